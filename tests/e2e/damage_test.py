"""Damage on the disk of a real server: found, named, and survived."""

import glob
import json
import os
import subprocess
import time

import harness
from scrape import Metrics

KEYS = 3000


def flip(path, offset):
    """Inverts the bits of a byte of a file."""
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 0xFF]))


def contents(folder):
    """Name and bytes of each file, but for the lock."""
    found = {}
    for name in os.listdir(folder):
        if name != "LOCK":
            with open(os.path.join(folder, name), "rb") as file:
                found[name] = file.read()
    return found


def salvage(source, *flags):
    done = subprocess.run(
        [harness.program("LSMKVD"), f"--salvage={source}", *flags],
        capture_output=True, env=harness.clean_environment(), check=False,
        timeout=harness.CLI_SECONDS)
    return harness.Result(done.returncode, done.stdout.decode(),
                          done.stderr.decode())


class Damage(harness.TestCase):

    def setUp(self):
        self.data_dir = os.path.join(self.temp_dir(), "store")

    def fill(self, server):
        """Records k0000 to k2999, half of them in a table."""
        for half in range(2):
            lines = "".join(f"k{i:04}\tvalue {i}\n" for i in
                            range(half * KEYS // 2, (half + 1) * KEYS // 2))
            self.assert_ok(harness.run_cli(
                server.grpc, "import", "--format", "tsv", "-",
                stdin=lines.encode()))
            if half == 0:
                self.assert_ok(harness.run_cli(server.grpc, "flush"))

    def table(self):
        return sorted(glob.glob(os.path.join(self.data_dir, "*.sst")))[0]

    def saved(self, server):
        out = self.assert_ok(harness.run_cli(server.grpc, "scan", "")).stdout
        return dict(line.split("\t") for line in out.decode().splitlines())

    def test_verify_names_the_file_and_the_server_goes_on(self):
        server = self.start_server(self.data_dir, ["--scrub-interval=0"])
        self.fill(server)
        clean = self.assert_ok(harness.run_cli(server.grpc, "verify"))
        self.assertIn(b"no damage", clean.stdout)
        flip(self.table(), 100)
        found = harness.run_cli(server.grpc, "verify")
        self.assertEqual(found.status, 9, found)
        line = found.stdout.decode().splitlines()[0]
        self.assertTrue(line.startswith(f"{self.table()}: offset 0: "), line)
        self.assertIn("keys from", line)
        rows = harness.run_cli(server.grpc, "verify", "-o", "ndjson")
        places = [json.loads(row) for row in rows.stdout.splitlines()]
        self.assertEqual(places[0]["file"], self.table())
        self.assertEqual(places[-1]["findings"], str(len(places) - 1))
        answer = server.http("POST", "/v1/admin:verify", {})
        self.assertEqual(answer.status, 200)
        self.assertIn(self.table(), answer.body.decode())
        self.assert_ok(harness.run_cli(server.grpc, "get", "k2999"))
        self.assert_ok(harness.run_cli(server.grpc, "set", "new", "value"))

    def test_scrub_finds_it_by_itself(self):
        flags = ["--scrub-interval=100ms", "--scrub-bytes-per-second=0"]
        server = self.start_server(self.data_dir, flags)
        self.fill(server)
        flip(self.table(), 100)
        deadline = time.monotonic() + 60
        while Metrics(server).get("lsmkv_scrub_damaged_places") == 0:
            self.assertLess(time.monotonic(), deadline, "never found")
        self.assertGreaterEqual(
            Metrics(server).get("lsmkv_scrub_findings_total"), 1)
        ready = harness.http_request(server.metrics, "GET", "/readyz")
        self.assertEqual(ready.status, 200)
        self.assertIn(f"degraded: DATA_LOSS: {self.table()}",
                      ready.body.decode())
        self.assertEqual(server.stop(), 0)
        logged = [line for line in server.stderr().splitlines()
                  if "damage_found" in line]
        places = [line.split("damage_found", 1)[1] for line in logged]
        self.assertGreaterEqual(len(places), 1)
        self.assertEqual(len(places), len(set(places)), "told twice")

    def test_salvage_saves_the_rest(self):
        server = self.start_server(self.data_dir)
        self.fill(server)
        refused = salvage(self.data_dir)
        self.assertEqual(refused.status, 4, refused)
        self.assertIn("LOCK", refused.stderr)
        self.assertEqual(server.stop(), 0)
        table = self.table()
        flip(table, 100)
        os.remove(os.path.join(self.data_dir, "CURRENT"))
        stderr = self.fails_to_start(self.data_dir, "CURRENT", status=9)
        self.assertIn(f"lsmkvd --salvage {self.data_dir}", stderr)

        before = contents(self.data_dir)
        dry = salvage(self.data_dir)
        self.assertEqual(dry.status, 9, dry)
        self.assertIn(f"{table}: partly", dry.stdout)
        target = os.path.join(self.temp_dir(), "saved")
        done = salvage(self.data_dir, f"--salvage-to={target}")
        self.assertEqual(done.status, 9, done)
        self.assertEqual(contents(self.data_dir), before)
        again = salvage(self.data_dir, f"--salvage-to={target}")
        self.assertEqual(again.status, 4, again)
        self.assertIn("not empty", again.stderr)

        found = self.saved(self.start_server(target))
        for key, value in found.items():
            self.assertEqual(value, f"value {int(key[1:])}")
        lost = {f"k{i:04}" for i in range(KEYS)} - set(found)
        self.assertGreater(len(lost), 0)
        self.assertLess(len(lost), 500)
        self.assertIn("k2999", found)

    def test_whole_store_loses_nothing(self):
        server = self.start_server(self.data_dir)
        self.fill(server)
        self.assertEqual(server.stop(), 0)
        target = os.path.join(self.temp_dir(), "saved")
        done = salvage(self.data_dir, f"--salvage-to={target}")
        self.assertEqual(done.status, 0, done)
        self.assertIn("lost: nothing", done.stdout)
        self.assertEqual(len(self.saved(self.start_server(target))), KEYS)

    def test_salvage_without_a_store_is_refused(self):
        self.assertEqual(salvage(self.data_dir).status, 4)
        self.assertEqual(salvage("").status, 2)


if __name__ == "__main__":
    harness.main()
