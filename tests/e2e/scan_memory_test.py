"""A scan of 2 GiB through StreamScan holds the server's memory flat."""

import http.client
import os
import shutil
import subprocess
import time

import harness

MIB = 1 << 20
DATA_BYTES = 2 << 30
VALUE_BYTES = 64 << 10
GROWTH_BYTES_MAX = 64 * MIB
DISK_BYTES_NEEDED = 6 << 30
# How long a reader that takes nothing is watched.
STALL_SECONDS = 5
# Small, so that the scan cannot hide its memory in what was there before.
FLAGS = ("--durability=os", "--memtable-bytes=8MiB",
         "--block-cache-bytes=8MiB")


class ScanMemory(harness.TestCase):

    @classmethod
    def setUpClass(cls):
        folder = harness.make_temp_dir(cls.addClassCleanup)
        free = shutil.disk_usage(folder).free
        if free < DISK_BYTES_NEEDED:
            raise AssertionError(
                f"{folder} has {free >> 20} MiB free, "
                f"{DISK_BYTES_NEEDED >> 20} are needed; TMPDIR may name "
                "another place")
        data_dir = os.path.join(folder, "store")
        cls.start(data_dir)
        cls.records = DATA_BYTES // VALUE_BYTES
        # Random values, which no compression makes smaller.
        cls.cli("batch", str(cls.records), f"--value-bytes={VALUE_BYTES}",
                "--key-prefix=scan:")
        cls.cli("flush")
        cls.settle()
        if cls.server.stop() != 0:
            raise AssertionError("lsmkvd did not end in order")
        # A new process: memory that loading left unused would hide growth.
        cls.start(data_dir)
        # Fills the cache, and what a first scan allocates once.
        cls.cli("export", "--limit=500", "/dev/null")

    @classmethod
    def start(cls, data_dir):
        cls.server = harness.Server(data_dir, FLAGS)
        cls.addClassCleanup(harness.end_server, cls.server)

    @classmethod
    def cli(cls, *words):
        result = harness.run_cli(cls.server.grpc, *words, timeout=2400)
        if result.status != 0:
            raise AssertionError(f"{words}: {result}")
        return result

    @classmethod
    def settle(cls):
        """Waits for background work, whose memory is not the scan's."""
        deadline = time.monotonic() + 900
        while True:
            stats = cls.server.http("GET", "/v1/admin/stats").json()
            if (stats["compactionsRunning"], stats["immutableMemtables"],
                    stats["compactionPendingBytes"]) == ("0", "0", "0"):
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"compaction does not end: {stats}")
            time.sleep(0.5)

    def start_export(self, *words, **options):
        command = [harness.program("LSMKV"),
                   f"--endpoint={self.server.grpc}", "--timeout=0", "export",
                   "--format=tsv"]
        export = harness.popen(
            command + list(words), env=harness.clean_environment(),
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)
        self.addCleanup(export.stderr.close)
        self.addCleanup(export.wait)
        self.addCleanup(export.kill)
        return export

    def assert_flat(self, before, going_on):
        """The server's memory stays flat as long as `going_on` says so."""
        peak = before
        while going_on():
            peak = max(peak, self.server.resident_bytes())
            time.sleep(0.02)
        print(f"resident before {before >> 20} MiB, peak {peak >> 20} MiB")
        self.assertLess(peak - before, GROWTH_BYTES_MAX)

    def test_scan_of_everything(self):
        before = self.server.resident_bytes()
        export = self.start_export("/dev/null", stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 1800
        self.assert_flat(before, lambda: export.poll() is None and
                         time.monotonic() < deadline)
        self.assertIsNotNone(export.poll(), "the scan is slow")
        said = export.stderr.read().decode()
        self.assertEqual(export.returncode, 0, said)
        self.assertIn(f"Exported {self.records} records", said)
        print(said)

    def for_a_while(self):
        end = time.monotonic() + STALL_SECONDS
        return lambda: time.monotonic() < end

    def test_grpc_reader_that_stops_taking(self):
        before = self.server.resident_bytes()
        exports = [self.start_export("-", stdout=subprocess.PIPE)
                   for _ in range(4)]
        for export in exports:
            self.addCleanup(export.stdout.close)
            self.assertNotEqual(export.stdout.read(1), b"")
        self.assert_flat(before, self.for_a_while())

    def test_rest_reader_that_stops_taking(self):
        host, _, port = self.server.rest.rpartition(":")
        before = self.server.resident_bytes()
        for _ in range(4):
            connection = http.client.HTTPConnection(host, int(port),
                                                    timeout=60)
            self.addCleanup(connection.close)
            connection.request("POST", "/v1/kv:streamScan", body=b"{}")
            answer = connection.getresponse()
            self.addCleanup(answer.close)
            self.assertEqual(answer.status, 200)
        self.assert_flat(before, self.for_a_while())


if __name__ == "__main__":
    harness.main()
