"""What lsmkvd says to bad flags, variables, files and addresses."""

import os
import subprocess

import harness


class Ports(harness.TestCase):

    def test_port_in_use_is_named(self):
        first = self.start_server()
        for name in ("grpc", "rest", "metrics"):
            with self.subTest(listener=name):
                address = getattr(first, name)
                data_dir = os.path.join(self.temp_dir(), "store")
                self.fails_to_start(data_dir, address,
                                    flags=[f"--{name}-listen={address}"])
        self.assertEqual(first.http("GET", "/stats_all").status, 200)

    def test_address_of_nobody_is_named(self):
        for name in ("grpc", "rest", "metrics"):
            with self.subTest(listener=name):
                data_dir = os.path.join(self.temp_dir(), "store")
                flags = [f"--{name}-listen=192.0.2.1:4000", "--insecure"]
                self.fails_to_start(data_dir, "192.0.2.1:4000", flags=flags)


class Configuration(harness.TestCase):

    def refused(self, *words, flags=(), **options):
        data_dir = os.path.join(self.temp_dir(), "store")
        stderr = self.fails_to_start(data_dir, *words, flags=flags, status=2,
                                     **options)
        self.assertFalse(os.path.exists(data_dir))
        return stderr

    def test_all_problems_at_once(self):
        config = os.path.join(self.temp_dir(), "lsmkv.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write('colour = "red"\nlog-level = "loud"\n')
        stderr = self.refused(
            "--memtable-bytes=lots", "--durability=maybe", "--wings",
            "--grpc-listen=nowhere", "LSMKV_COMPRESSION=rar", "colour",
            "loud",
            flags=["--memtable-bytes=lots", "--durability=maybe", "--wings",
                   "--grpc-listen=nowhere", f"--config={config}"],
            env={"LSMKV_COMPRESSION": "rar"})
        self.assertGreaterEqual(len(stderr.splitlines()), 7)

    def test_unknown_flag(self):
        self.refused("--no-such-flag", flags=["--no-such-flag=1"])

    def test_value_out_of_range(self):
        self.refused("--memtable-bytes=1", flags=["--memtable-bytes=1"])
        self.refused("--key-bytes-max=70000",
                     flags=["--key-bytes-max=70000"])

    def test_missing_config_file(self):
        self.refused("/no/such/file", flags=["--config=/no/such/file"])

    def test_public_address_needs_insecure(self):
        self.refused("0.0.0.0:0", "--insecure",
                     flags=["--rest-listen=0.0.0.0:0"])

    def test_flag_wins_over_environment_and_file(self):
        config = os.path.join(self.temp_dir(), "lsmkv.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write('key-bytes-max = "30"\nvalue-bytes-max = "30"\n'
                       'batch-bytes-max = "30"\n')
        server = self.start_server(
            flags=["--key-bytes-max=10", f"--config={config}"],
            env={"LSMKV_KEY_BYTES_MAX": "20", "LSMKV_VALUE_BYTES_MAX": "20"})
        limits = server.http("GET", "/v1/admin/limits").json()
        self.assertEqual(
            [limits["keyBytesMax"], limits["valueBytesMax"],
             limits["batchBytesMax"]], ["10", "20", "30"])

    def test_help_version_and_check(self):
        for flags, text in ((["--help"], "--data-dir"),
                            (["--version"], "lsmkvd "),
                            (["--check-config"], "valid")):
            done = subprocess.run(
                [harness.program("LSMKVD")] + flags, capture_output=True,
                env=harness.clean_environment(), cwd=self.temp_dir(),
                text=True, timeout=60, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn(text, done.stdout)


if __name__ == "__main__":
    harness.main()
