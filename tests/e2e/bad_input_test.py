"""What lsmkvd says to folders, files and disks that are not as they should be.

Each message names the thing, and nothing that was acknowledged is lost.
"""

import base64
import ctypes
import os
import resource
import signal
import struct
import subprocess
import time

import harness
from harness import StartError

_PR_CAPBSET_DROP = 24
_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2


def obey_permissions():
    """In a child of root: file permissions hold for it too."""
    libc = ctypes.CDLL(None)
    for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def survive_file_limit():
    """In a child: a file that would be too large is an error, no death."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


class BadInputTestCase(harness.TestCase):

    def new_store(self, records=10, flags=()):
        """A folder whose store holds `records`, stopped in order."""
        data_dir = os.path.join(self.temp_dir(), "store")
        server = self.start_server(data_dir, flags)
        for n in range(records):
            self.put(server, n, b"value %d" % n)
        self.assertEqual(server.stop(), 0)
        return data_dir

    def put(self, server, n, value):
        answer = server.http("POST", "/keys", {
            "key": f"key:{n:06}",
            "value_base64": base64.b64encode(value).decode()})
        self.assertEqual(answer.status, 200, answer)

    def assert_records(self, server, records=10):
        for n in range(records):
            answer = server.http("GET", f"/keys/key:{n:06}")
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual(answer.json()["value"], f"value {n}")

    def the_file(self, data_dir, start="", end=""):
        names = [name for name in sorted(os.listdir(data_dir))
                 if name.startswith(start) and name.endswith(end)]
        self.assertNotEqual(names, [], os.listdir(data_dir))
        return os.path.join(data_dir, names[0])

    def patch(self, path, offset, data):
        """Overwrites bytes; returns what undoes it."""
        with open(path, "r+b") as file:
            file.seek(offset)
            before = file.read(len(data))
            file.seek(offset)
            file.write(data)
        return lambda: self.patch(path, offset, before)

    def flip(self, path, offset):
        with open(path, "rb") as file:
            file.seek(offset)
            byte = file.read(1)[0]
        return self.patch(path, offset, bytes([byte ^ 0x55]))


class Folders(BadInputTestCase):

    def test_second_server_on_the_same_folder(self):
        first = self.start_server()
        self.put(first, 0, b"value 0")
        self.fails_to_start(first.data_dir, first.data_dir, "LOCK", first.pid)
        self.assert_records(first, 1)
        self.put(first, 1, b"value 1")

    def test_folder_is_free_after_kill(self):
        first = self.start_server()
        self.put(first, 0, b"value 0")
        first.kill()
        self.assert_records(self.start_server(first.data_dir), 1)

    def test_read_only_store(self):
        data_dir = self.new_store()
        os.chmod(data_dir, 0o555)
        self.addCleanup(os.chmod, data_dir, 0o755)
        self.fails_to_start(data_dir, data_dir, "Permission denied",
                            in_child=obey_permissions)
        os.chmod(data_dir, 0o755)
        self.assert_records(self.start_server(data_dir))

    def test_read_only_parent(self):
        parent = self.temp_dir()
        os.chmod(parent, 0o555)
        data_dir = os.path.join(parent, "store")
        self.fails_to_start(data_dir, data_dir, "Permission denied",
                            in_child=obey_permissions)

    def test_folder_that_is_a_file(self):
        path = os.path.join(self.temp_dir(), "file")
        with open(path, "w", encoding="ascii") as file:
            file.write("mine")
        self.fails_to_start(path, path)
        with open(path, encoding="ascii") as file:
            self.assertEqual(file.read(), "mine")


class NewerFormats(BadInputTestCase):

    def header_checksum(self, header):
        """The low half of XXH3_64; apt itself needs the library."""
        xxhash = ctypes.CDLL("libxxhash.so.0")
        xxhash.XXH3_64bits.restype = ctypes.c_uint64
        xxhash.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
        return xxhash.XXH3_64bits(header, len(header)) & 0xFFFFFFFF

    def make_newer(self, path):
        """Raises the version of a log's header; returns what undoes it."""
        with open(path, "rb") as file:
            header = bytearray(file.read(48))
        checksum = struct.unpack_from("<I", header, 40)[0]
        self.assertEqual(self.header_checksum(bytes(header[:40])), checksum)
        struct.pack_into("<I", header, 8, 99)
        struct.pack_into("<I", header, 40,
                         self.header_checksum(bytes(header[:40])))
        return self.patch(path, 0, bytes(header))

    def test_newer_manifest(self):
        data_dir = self.new_store()
        manifest = self.the_file(data_dir, "MANIFEST-")
        restore = self.make_newer(manifest)
        self.fails_to_start(data_dir, manifest, "version 99", "newer")
        restore()
        self.assert_records(self.start_server(data_dir))

    def test_newer_log(self):
        server = self.start_server()
        for n in range(10):
            self.put(server, n, b"value %d" % n)
        server.kill()
        log = self.the_file(server.data_dir, end=".wal")
        restore = self.make_newer(log)
        self.fails_to_start(server.data_dir, log, "version 99", "newer")
        restore()
        self.assert_records(self.start_server(server.data_dir))


class DamagedFiles(BadInputTestCase):
    """Exit status 9, or code 15: corrupt data, and the file is named."""

    def test_damaged_manifest(self):
        data_dir = self.new_store()
        manifest = self.the_file(data_dir, "MANIFEST-")
        restore = self.flip(manifest, 20)
        self.fails_to_start(data_dir, manifest, status=9)
        restore()
        self.assert_records(self.start_server(data_dir))

    def test_damaged_current(self):
        data_dir = self.new_store()
        restore = self.flip(os.path.join(data_dir, "CURRENT"), 12)
        self.fails_to_start(data_dir, "CURRENT", status=9)
        restore()
        self.assert_records(self.start_server(data_dir))

    def test_damaged_acknowledged_write_in_the_log(self):
        server = self.start_server()
        for n in range(10):
            self.put(server, n, b"value %d" % n)
        server.kill()
        log = self.the_file(server.data_dir, end=".wal")
        restore = self.flip(log, 48 + 24 + 10)  # in the first record
        self.fails_to_start(server.data_dir, log, status=9)
        restore()
        self.assert_records(self.start_server(server.data_dir))

    def test_missing_table(self):
        data_dir = self.new_store()
        server = self.start_server(data_dir)
        self.assertEqual(
            server.http("POST", "/v1/admin:flush", {}).status, 200)
        self.assertEqual(server.stop(), 0)
        table = self.the_file(data_dir, end=".sst")
        os.rename(table, table + ".away")
        self.fails_to_start(data_dir, table, status=9)
        os.rename(table + ".away", table)
        self.assert_records(self.start_server(data_dir))

    def check_flipped_file(self, flags, end):
        server = self.start_server(flags=flags)
        self.put(server, 0, os.urandom(200_000))
        self.put(server, 1, b"value 1" * 10_000)
        self.assertEqual(
            server.http("POST", "/v1/admin:flush", {}).status, 200)
        self.assertEqual(server.stop(), 0)
        damaged = self.the_file(server.data_dir, end=end)
        self.flip(damaged, 100_000)
        server = self.start_server(server.data_dir)
        answer = server.http("GET", "/keys/key:000000")
        self.assertEqual(answer.status, 500, answer)
        self.assertEqual(answer.json()["code"], 15)
        self.assertIn(os.path.basename(damaged), answer.json()["message"])
        result = harness.run_cli(server.grpc, "get", "key:000000")
        self.assertEqual((result.status, result.stdout), (9, b""), result)
        self.assertIn(os.path.basename(damaged), result.stderr)

    def test_damaged_table_is_never_a_wrong_answer(self):
        self.check_flipped_file(("--value-separation-bytes=0",), ".sst")

    def test_damaged_value_file_is_never_a_wrong_answer(self):
        self.check_flipped_file((), ".val")


class NoSpace(BadInputTestCase):
    FLAGS = ("--memtable-bytes=1MiB",)
    VALUE_BYTES = 64 << 10

    def put_filling(self, server, values):
        """One more record, kept in `values` if it is acknowledged."""
        value = os.urandom(self.VALUE_BYTES)
        answer = server.http("POST", "/keys", {
            "key": f"fill:{len(values):06}",
            "value_base64": base64.b64encode(value).decode()})
        if answer.status == 200:
            values.append(value)
        return answer

    def fill(self, server, most_writes):
        """Writes until one is refused; acknowledged values and the answer."""
        values = []
        for _ in range(most_writes):
            answer = self.put_filling(server, values)
            if answer.status != 200:
                return values, answer
        self.fail(f"{most_writes} writes, and none was refused")

    def assert_filled(self, server, values):
        self.assertGreater(len(values), 0)
        for n, value in enumerate(values):
            answer = server.http("GET", f"/keys/fill:{n:06}")
            self.assertEqual(answer.status, 200, answer)
            self.assertTrue(
                base64.b64decode(answer.json()["value_base64"]) == value)

    def mount_small(self):
        """A file system of 24 MiB; mounting needs root."""
        path = self.temp_dir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=24m", "lsmkv-e2e", path],
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.skipTest("a full disk needs the right to mount a tmpfs: "
                          + done.stderr.strip())
        self.addCleanup(subprocess.run, ["umount", "--lazy", path],
                        check=False)
        return path

    def test_full_disk(self):
        mounted = self.mount_small()
        data_dir = os.path.join(mounted, "store")
        server = self.start_server(data_dir, self.FLAGS)
        values, refused = self.fill(server, 1000)
        self.assertEqual(refused.status, 429, refused)
        self.assertEqual(refused.json()["code"], 8)
        self.assertIn("No space left", refused.json()["message"])
        self.assertIn(data_dir, refused.json()["message"])
        # A flush or a compaction may still find some room for writes.
        for n in range(200):
            result = harness.run_cli(server.grpc, "set", f"k{n}", "-",
                                     stdin=os.urandom(self.VALUE_BYTES))
            if result.status != 0:
                break
        self.assertEqual(result.status, 8, result)
        self.assert_filled(server, values)
        server.kill()
        try:
            server = self.start_server(data_dir, self.FLAGS)
            self.assert_filled(server, values)
            server.kill()
        except StartError as error:
            self.assertIn("No space left", error.stderr)
            self.assertIn(data_dir, error.stderr)
        subprocess.run(["mount", "-o", "remount,size=256m", mounted],
                       check=True)
        server = self.start_server(data_dir, self.FLAGS)
        self.assert_filled(server, values)
        self.put(server, 0, b"value 0")
        self.assert_records(server, 1)

    def test_writes_go_on_when_space_returns(self):
        mounted = self.mount_small()
        filler = os.path.join(mounted, "filler")
        with open(filler, "wb") as file:
            file.write(bytes(12 << 20))
        server = self.start_server(os.path.join(mounted, "store"), self.FLAGS)
        values, refused = self.fill(server, 1000)
        self.assertEqual(refused.status, 429, refused)
        os.remove(filler)
        deadline = time.monotonic() + 60
        more = len(values) + 20
        while len(values) < more:
            answer = self.put_filling(server, values)
            self.assertIn(answer.status, (200, 429), answer)
            self.assertLess(time.monotonic(), deadline, answer)
        ready = harness.http_request(server.metrics, "GET", "/readyz")
        self.assertEqual(ready.status, 200, ready)
        self.assertIn("\nlsmkv_engine_read_only 0\n", server.metric_text())
        self.assert_filled(server, values)
        server.kill()
        self.assert_filled(
            self.start_server(server.data_dir, self.FLAGS), values)

    def test_file_size_limit(self):
        data_dir = os.path.join(self.temp_dir(), "store")
        server = self.start_server(data_dir, self.FLAGS,
                                   in_child=survive_file_limit)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE,
                         (600_000, 600_000))
        values, refused = self.fill(server, 1000)
        self.assertIn("File too large", refused.json()["message"])
        self.assertIn(data_dir, refused.json()["message"])
        self.assert_filled(server, values)
        server.kill()
        server = self.start_server(data_dir, self.FLAGS)
        self.assert_filled(server, values)
        self.put(server, 0, b"value 0")
        self.assert_records(server, 1)


if __name__ == "__main__":
    harness.main()
