"""Real input: this machine's Debian package index, there and back, and safe.

LSMKV_DEBIAN_INDEX may name a file that holds what `apt-cache dumpavail`
prints; otherwise apt-cache is asked. After `apt-get update` it has more than
60,000 stanzas.
"""

import base64
import json
import os
import random
import subprocess
import time

import harness

STANZAS_MIN = 60_000
KILLS = 10


def read_index():
    """The text of the index, as bytes."""
    path = os.environ.get("LSMKV_DEBIAN_INDEX")
    if path:
        with open(path, "rb") as file:
            return file.read()
    try:
        done = subprocess.run(["apt-cache", "dumpavail"], check=True,
                              capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise AssertionError(
            f"apt-cache dumpavail: {error}; LSMKV_DEBIAN_INDEX may name a "
            "file that holds its output") from error
    return done.stdout


def parse_index(text):
    """The stanzas by `name/version`, both as bytes."""
    records = {}
    for stanza in text.split(b"\n\n"):
        fields = {}
        for line in stanza.split(b"\n"):
            name, colon, rest = line.partition(b":")
            if colon and name in (b"Package", b"Version"):
                fields.setdefault(name, rest.strip())
        if len(fields) == 2:
            key = fields[b"Package"] + b"/" + fields[b"Version"]
            records[key] = stanza
    if len(records) < STANZAS_MIN:
        raise AssertionError(
            f"the package index has {len(records)} stanzas, {STANZAS_MIN} are "
            "needed: run apt-get update, or let LSMKV_DEBIAN_INDEX name a "
            "dump")
    return records


def member(name, data):
    try:
        return {name: data.decode()}
    except UnicodeDecodeError:
        return {name + "_base64": base64.b64encode(data).decode()}


def bytes_of(name, record):
    if name in record:
        return record[name].encode()
    return base64.b64decode(record[name + "_base64"])


def read_lines(path):
    """The records of an NDJSON file, in its order."""
    with open(path, "rb") as file:
        for line in file:
            record = json.loads(line)
            yield bytes_of("key", record), bytes_of("value", record)


class DebianIndex(harness.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.records = parse_index(read_index())
        cls.keys = list(cls.records)
        # Not in key order, as an importer's input may be; the seed is fixed.
        random.Random(1).shuffle(cls.keys)
        folder = harness.make_temp_dir(cls.addClassCleanup)
        cls.source = os.path.join(folder, "index.ndjson")
        with open(cls.source, "w", encoding="utf-8") as file:
            for key in cls.keys:
                record = {**member("key", key),
                          **member("value", cls.records[key])}
                file.write(json.dumps(record, ensure_ascii=False) + "\n")

    def setUp(self):
        self.folder = self.temp_dir()

    def export(self, server):
        path = os.path.join(self.folder, "out.ndjson")
        self.assert_ok(harness.run_cli(server.grpc, "export", path,
                                       timeout=600))
        return list(read_lines(path))

    def assert_same(self, found, expected):
        """Without a difference of megabytes in the message."""
        self.assertEqual(len(found), len(expected))
        for got, wanted in zip(found, expected):
            self.assertEqual(got, wanted)

    def test_every_record_comes_back_in_key_order(self):
        server = self.start_server()
        done = self.assert_ok(harness.run_cli(
            server.grpc, "import", "--format=ndjson", self.source,
            timeout=900))
        self.assertIn(f"Imported {len(self.keys)} records",
                      done.stdout.decode())
        expected = sorted(self.records.items())
        self.assert_same(self.export(server), expected)
        for prefix in (b"lib", b"python3-", b"0ad/", b"g++", b"z", b"linux-i",
                       b"a", b"nothing-starts-so"):
            with self.subTest(prefix=prefix):
                self.assert_scan(server, prefix)
        self.assertEqual(server.stop(), 0)
        server = self.start_server(server.data_dir)
        self.assert_same(self.export(server), expected)

    def assert_scan(self, server, prefix):
        found = self.assert_ok(harness.run_cli(
            server.grpc, "scan", "-o", "ndjson", prefix)).stdout
        records = [json.loads(line) for line in found.splitlines()]
        expected = sorted(item for item in self.records.items()
                          if item[0].startswith(prefix))
        self.assert_same([(bytes_of("key", record), bytes_of("value", record))
                          for record in records], expected)

    def test_acknowledged_records_survive_kill(self):
        """Ten kills at ten moments of one import that goes on after each."""
        data_dir = os.path.join(self.temp_dir(), "store")
        progress = os.path.join(self.folder, "progress")
        acknowledged = 0
        for number in range(1, KILLS + 1):
            server = self.start_server(
                data_dir, ["--memtable-bytes=4MiB"])
            goal = len(self.keys) * number // (KILLS + 2)
            self.import_until(server, progress, acknowledged + 1, goal)
            time.sleep(random.Random(number).uniform(0, 0.05))
            server.kill()
            self.importer.wait(harness.CLI_SECONDS)
            self.assertNotEqual(self.importer.returncode, 0)
            acknowledged = self.read_progress(progress)
            self.assertGreaterEqual(acknowledged, goal)
            self.assertLess(acknowledged, len(self.keys))
            self.assert_acknowledged(data_dir, acknowledged)
        self.assert_finished(data_dir, acknowledged)

    def import_until(self, server, progress, first_line, goal):
        """Starts an import; returns once `goal` lines are acknowledged."""
        command = [harness.program("LSMKV"), f"--endpoint={server.grpc}",
                   "import", self.source, f"--progress-file={progress}",
                   f"--start-line={first_line}", "--batch-records=100",
                   "--timeout=20s"]
        self.importer = harness.popen(
            command, env=harness.clean_environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.addCleanup(self.importer.wait)
        self.addCleanup(self.importer.kill)
        deadline = time.monotonic() + 300
        while self.read_progress(progress) < goal:
            self.assertIsNone(self.importer.poll(), "the import ended early")
            self.assertLess(time.monotonic(), deadline, "the import is slow")
            time.sleep(0.002)

    def read_progress(self, path):
        try:
            with open(path, encoding="ascii") as file:
                return int(file.read())
        except FileNotFoundError:
            return 0

    def assert_acknowledged(self, data_dir, count):
        """The first `count` lines are stored; what else is, is right too."""
        server = self.start_server(data_dir)
        found = dict(self.export(server))
        lost = [key for key in self.keys[:count] if key not in found]
        self.assertEqual(lost, [], f"of {count} acknowledged records")
        wrong = [key for key, value in found.items()
                 if self.records.get(key) != value]
        self.assertEqual(wrong, [])
        self.assertEqual(server.stop(), 0)

    def assert_finished(self, data_dir, acknowledged):
        server = self.start_server(data_dir)
        self.assert_ok(harness.run_cli(
            server.grpc, "import", self.source,
            f"--start-line={acknowledged + 1}", timeout=900))
        self.assert_same(self.export(server), sorted(self.records.items()))


if __name__ == "__main__":
    harness.main()
