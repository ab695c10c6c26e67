"""Each command of lsmkv, one-shot: stdout, stderr and exit status."""

import base64
import json
import os
import signal
import socket
import subprocess

import harness

AWKWARD = [
    b"a/b", b"100%", b"\xff", b"\xff\xfe\x80", b" two  words ", b"tab\ttab",
    b"line\nline", b"back\\slash", b'"quoted"', b"'single'", b"{}", b"[a,b]",
    b"-dash", b"--", b"-", b"#hash", b"get", "schl\u00fcssel".encode(),
    "\u9375\U0001f511".encode(), b"\x01\x1b[31m", b"=", b"a=b", b"\xc3",
]


class CliTestCase(harness.SharedServerTestCase):

    def ok(self, *words, **options):
        """stdout of a command that must succeed and say nothing else."""
        result = self.assert_ok(self.cli(*words, **options))
        self.assertEqual(result.stderr, "", words)
        return result.stdout

    def fails(self, status, *words, **options):
        """stderr of a command that must fail without any data."""
        result = self.cli(*words, **options)
        self.assertEqual(result.status, status, (words, result))
        self.assertEqual(result.stdout, b"", words)
        self.assertNotEqual(result.stderr, "", words)
        return result.stderr


class DataCommands(CliTestCase):

    def test_set_get_delete(self):
        self.assertEqual(self.ok("set", "user:1", "data"), b"OK\n")
        self.assertEqual(self.ok("get", "user:1"), b"data")
        self.assertEqual(self.ok("delete", "user:1"), b"OK\n")
        result = self.cli("get", "user:1")
        self.assertEqual((result.status, result.stdout), (3, b""))
        self.assertEqual(result.stderr, "Key not found\n")

    def test_commands_in_upper_case(self):
        self.assertEqual(self.ok("SET", "UP", "Value"), b"OK\n")
        self.assertEqual(self.ok("GET", "UP"), b"Value")
        self.assertEqual(self.ok("SCAN", "UP"), b"UP\tValue\n")
        self.assertEqual(self.ok("DELETE", "UP"), b"OK\n")
        self.assertIn(b"MemTable", self.ok("STATS"))

    def test_delete_of_an_absent_key_is_ok(self):
        self.assertEqual(self.ok("delete", "never-there"), b"OK\n")

    def test_get_adds_no_byte_to_the_value(self):
        for value in (b"", b"\n", b"no newline", bytes(range(1, 256))):
            self.ok("set", "exact", value)
            self.assertEqual(self.ok("get", "exact"), value)

    def test_awkward_keys_and_values(self):
        for key in AWKWARD:
            with self.subTest(key=key):
                value = b"value " + key
                self.ok("set", "--", key, value)
                self.assertEqual(self.ok("get", "--", key), value)
                self.ok("delete", "--", key)
                self.assertEqual(self.cli("get", "--", key).status, 3)

    def test_every_byte_through_encodings(self):
        data = bytes(range(256))
        hexed, based = data.hex(), base64.b64encode(data).decode()
        escaped = "".join(f"\\x{byte:02x}" for byte in data)
        for encoding, text in (("hex", hexed), ("base64", based),
                               ("escaped", escaped)):
            with self.subTest(encoding=encoding):
                options = (f"--key-encoding={encoding}",
                           f"--value-encoding={encoding}")
                self.ok("set", *options, text, text)
                self.assertEqual(self.ok("get", *options[:1], text), data)
                self.ok("delete", *options[:1], text)

    def test_value_from_stdin_is_taken_byte_for_byte(self):
        value = bytes(range(256)) * 8000
        self.ok("set", "piped", "-", stdin=value)
        self.assertEqual(self.ok("get", "piped"), value)

    def test_value_at_the_limit_and_one_byte_over(self):
        value = b"\xff" * (8 << 20)
        self.ok("set", "limit", "-", stdin=value)
        self.assertTrue(self.ok("get", "limit") == value)
        error = self.fails(2, "set", "over", "-", stdin=value + b"x")
        self.assertIn(str((8 << 20) + 1), error)
        self.assertIn(str(8 << 20), error)

    def test_key_at_the_limit_and_one_byte_over(self):
        key = b"\xff" * (16 << 10)
        self.ok("set", key, "limit")
        self.assertEqual(self.ok("get", key), b"limit")
        for words in (("set", key + b"x", "v"), ("get", key + b"x"),
                      ("delete", key + b"x")):
            self.assertIn(str((16 << 10) + 1), self.fails(2, *words))

    def test_empty_key_is_refused(self):
        for words in (("set", "", "v"), ("get", ""), ("delete", "")):
            self.assertIn("key is empty", self.fails(2, *words))

    def test_json_output_is_the_object_of_rest(self):
        put = json.loads(self.ok("set", "-o", "json", "j", "v"))
        self.assertEqual(put, {"key": "j", "version": put["version"]})
        got = json.loads(self.ok("get", "-o", "json", "j"))
        self.assertEqual(got, self.server.http("GET", "/keys/j").json())
        gone = json.loads(self.ok("delete", "-o", "json", "j"))
        self.assertGreater(int(gone["version"]), int(put["version"]))


class ScanCommand(CliTestCase):
    RECORDS = [
        (b"s/1", b"one"), (b"s/2", b""), (b"s/3\t", b"tab\there"),
        (b"s/4\\", b"line\nline"), (b"s/\xc3\xbc", "\u00fc".encode()),
        (b"s/\xff", b"\xfe\x00"), (b"t", b"other"),
    ]
    LINES = [
        b"s/1\tone\n", b"s/2\t\n", b"s/3\\x09\ttab\\x09here\n",
        b"s/4\\\\\tline\\x0aline\n", "s/\u00fc\t\u00fc\n".encode(),
        b"s/\\xff\t\\xfe\\x00\n", b"t\tother\n",
    ]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for key, value in cls.RECORDS:
            body = {"key_base64": base64.b64encode(key).decode(),
                    "value_base64": base64.b64encode(value).decode()}
            cls.server.http("POST", "/keys", body)

    def test_prefix_gives_escaped_lines_in_key_order(self):
        self.assertEqual(self.ok("scan", "s/"), b"".join(self.LINES[:-1]))

    def test_empty_prefix_is_the_whole_store(self):
        self.assertEqual(self.ok("scan", ""), b"".join(self.LINES))

    def test_nothing_found_is_no_line(self):
        self.assertEqual(self.ok("scan", "nothing"), b"")

    def test_prefix_of_binary_bytes(self):
        self.assertEqual(self.ok("scan", b"s/\xff"), self.LINES[5])
        self.assertEqual(self.ok("scan", "--key-encoding=hex", "732fff"),
                         b"732fff\t\\xfe\\x00\n")

    def test_ndjson_lines_are_the_objects_of_rest(self):
        lines = self.ok("scan", "-o", "ndjson", "s/").splitlines()
        found = self.server.http("GET", "/keys/search?q=s/&prefix=true")
        self.assertEqual([json.loads(line) for line in lines],
                         found.json()["records"])

    def test_limit_reverse_keys_only_and_bounds(self):
        self.assertEqual(self.ok("scan", "", "--limit=2", "--keys-only"),
                         b"s/1\ns/2\n")
        self.assertEqual(self.ok("scan", "", "-r", "-n1"), b"t\tother\n")
        self.assertEqual(
            self.ok("scan", "--start", "s/2", "--end", "s/3", "-k"),
            b"s/2\n")

    def test_scan_without_prefix_is_a_usage_error(self):
        self.assertIn("prefix", self.fails(2, "scan"))


class OtherCommands(CliTestCase):

    def test_stats(self):
        self.ok("set", "stats", "x")
        text = self.ok("stats").decode()
        for label in ("Server version: ", "MemTable records: ",
                      "MemTable size: ", "SST files: ", "SST records: ",
                      "WAL size: ", "Block cache: ", "Last version: "):
            self.assertIn(label, text)
        stats = json.loads(self.ok("stats", "-o", "json"))
        rest = self.server.http("GET", "/v1/admin/stats").json()
        self.assertEqual(set(stats), set(rest))
        self.assertEqual(stats["lastVersion"], rest["lastVersion"])

    def test_batch_inserts_n_records_and_tells_the_rate(self):
        self.assertRegex(
            self.ok("batch", "500", "--key-prefix=b:").decode(),
            r"^Inserted 500 records in \d+\.\d{3} s \(\d+ records/s\)\n$")
        lines = self.ok("scan", "b:", "-k").splitlines()
        self.assertEqual(len(lines), 500)
        self.assertEqual(lines, sorted(set(lines)))
        for bad in ("x", "-1", "1.5", ""):
            self.fails(2, "batch", bad)

    def test_bench_tells_rate_and_latency(self):
        for workload in ("put", "get", "mixed"):
            text = self.ok("bench", workload, "-n", "200").decode()
            self.assertRegex(text, rf"^{workload}: 200 operations in [\d.]+ s "
                             r"\(\d+ operations/s\)\nlatency: p50 [\d.]+ ms, "
                             r"p99 [\d.]+ ms, max [\d.]+ ms\n")
        self.fails(2, "bench", "everything")

    def test_compact_drops_what_is_deleted(self):
        for n in range(20):
            self.ok("set", f"compact:{n}", "x" * 100)
        self.assertEqual(self.ok("flush"), b"OK\n")
        self.assertEqual(
            self.ok("delete-range", "--prefix=compact:", "--yes"), b"OK\n")
        self.assertEqual(self.ok("compact"), b"OK\n")
        self.assertEqual(self.ok("scan", "compact:"), b"")
        self.assertEqual(self.ok("compact", "a", "b"), b"OK\n")

    def test_delete_of_everything_needs_all_and_yes(self):
        self.ok("set", "keep", "x")
        self.assertIn("--all", self.fails(2, "delete-range", "--yes"))
        self.assertIn("--yes", self.fails(2, "delete-range", "--all"))
        self.assertEqual(self.ok("get", "keep"), b"x")

    def test_limits_and_health(self):
        limits = json.loads(self.ok("limits", "-o", "json"))
        self.assertEqual(limits["keyBytesMax"], "16384")
        self.assertEqual(self.ok("health"), b"SERVING\n")

    def test_help_and_version(self):
        general = self.ok("help").decode()
        for name in ("set", "get", "delete", "scan", "stats", "batch",
                     "import", "export", "bench", "compact", "help", "exit"):
            self.assertRegex(general, rf"(?m)^  {name}\b")
            self.assertIn(f"Usage: lsmkv {name}",
                          self.ok("help", name).decode())
        self.assertEqual(self.ok("--help").decode(), general)
        self.assertRegex(self.ok("--version").decode(), r"^lsmkv \d+\.\d+")
        self.assertEqual(self.ok("exit"), b"")


class ExitStatus(CliTestCase):

    def test_usage_errors_are_2_and_name_the_word(self):
        for words, named in ((("fly",), "fly"), (("gte", "k"), "get"),
                             (("get",), "<key>"), (("get", "a", "b"), "<key>"),
                             (("set", "k"), "value"),
                             (("get", "--fast", "k"), "--fast"),
                             (("-o", "xml", "get", "k"), "xml"),
                             (("--timeout=soon", "get", "k"), "soon"),
                             (("get", "--key-encoding=hex", "xyz"), "hex"),
                             (("import",), "<file>"),
                             (("import", "--format=csv", "x"), "csv"),
                             (("set", "--durability=no", "k", "v"), "no")):
            with self.subTest(words=words):
                self.assertIn(named, self.fails(2, *words))

    def test_absent_key_is_3(self):
        self.fails(3, "get", "absent")

    def test_no_server_is_5_and_names_the_endpoint(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # bound, but it does not listen
            endpoint = f"127.0.0.1:{taken.getsockname()[1]}"
            for words in (("get", "k"), ("set", "k", "v"), ("scan", ""),
                          ("stats",), ("batch", "5"), ("compact",)):
                result = harness.run_cli(endpoint, "--timeout=3s", *words)
                self.assertEqual((result.status, result.stdout), (5, b""),
                                 (words, result))
                self.assertIn(endpoint, result.stderr)

    def test_server_that_stands_still_is_6(self):
        server = self.start_server()
        command = [harness.program("LSMKV"), f"--endpoint={server.grpc}"]
        cli = harness.popen(command, env=harness.clean_environment(),
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)
        self.addCleanup(cli.wait)
        self.addCleanup(cli.kill)
        cli.stdin.write(b"set k v\n")
        cli.stdin.flush()
        self.assertEqual(cli.stdout.readline(), b"OK\n")
        os.kill(server.pid, signal.SIGSTOP)
        os.waitpid(server.pid, os.WUNTRACED)  # not all threads stop at once
        out, err = cli.communicate(b"get --timeout=300ms k\n", timeout=60)
        os.kill(server.pid, signal.SIGCONT)
        self.assertEqual((cli.returncode, out), (6, b""), err)
        self.assertIn(b"DEADLINE_EXCEEDED", err)

    def test_other_trouble_is_1(self):
        self.assertIn("/nowhere/x", self.fails(1, "import", "/nowhere/x"))
        self.assertIn("/nowhere/x", self.fails(1, "export", "/nowhere/x"))

    def test_full_output_is_1(self):
        self.ok("set", "full", "x")
        command = [harness.program("LSMKV"), f"--endpoint={self.server.grpc}",
                   "get", "full"]
        with open("/dev/full", "wb") as full:
            done = subprocess.run(command, stdout=full, check=False,
                                  stderr=subprocess.PIPE, timeout=60,
                                  env=harness.clean_environment())
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"could not be written", done.stderr)

    def test_endpoint_comes_from_flag_or_environment(self):
        env = {"LSMKV_ENDPOINT": self.server.grpc}
        result = harness.run_cli(None, "set", "env", "1", env=env)
        self.assertEqual(result.status, 0, result)
        env = {"LSMKV_ENDPOINT": "127.0.0.1:1"}
        result = harness.run_cli(self.server.grpc, "get", "env", env=env)
        self.assertEqual(result.stdout, b"1", "a flag wins")


if __name__ == "__main__":
    harness.main()
