"""import and export of lsmkv: NDJSON and TSV, there and back."""

import base64
import json
import os

import harness

RECORDS = sorted([
    (b"plain", b"value"), (b"empty", b""), (b"tab\t", b"\t\n\r\\"),
    (b"nul\0", b"\0"), (b"\xff", b"\xfe\xff"), (b"a/b%2F", b"100%"),
    ("schl\u00fcssel".encode(), "\u9375\U0001f511".encode()),
    (b'quo"te', b"'single'"), (b" blank ", b"  "), (b"\x1b[0m", b"\x7f"),
    (b"all", bytes(range(256))), (b"big", b"x" * 300_000),
    (b"\xed\xa0\x80", b"\xc3"), (b"k" * (16 << 10), b"key at the limit"),
    ("\u2028".encode(), "\ufeff".encode()),
])


def as_ndjson(key, value):
    record = {}
    for name, data in (("key", key), ("value", value)):
        try:
            record[name] = data.decode()
        except UnicodeDecodeError:
            record[name + "_base64"] = base64.b64encode(data).decode()
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


def from_ndjson(line):
    record = json.loads(line)
    pair = []
    for name in ("key", "value"):
        if name in record:
            pair.append(record[name].encode())
        else:
            pair.append(base64.b64decode(record[name + "_base64"]))
    return tuple(pair)


def as_tsv(key, value):
    def escaped(data):
        return b"".join(
            bytes([c]) if 0x20 <= c < 0x7f and c != 0x5c else b"\\x%02x" % c
            for c in data)
    return escaped(key) + b"\t" + escaped(value) + b"\n"


class ImportTestCase(harness.TestCase):

    def setUp(self):
        self.server = self.start_server()
        self.folder = self.temp_dir()

    def cli(self, *words, **options):
        return harness.run_cli(self.server.grpc, *words, **options)

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as out:
            out.write(content)
        return path

    def read(self, path):
        with open(path, "rb") as source:
            return source.read()

    def stored(self):
        lines = self.assert_ok(self.cli("export")).stdout.splitlines()
        return [from_ndjson(line) for line in lines]

    def delete_all(self):
        self.assert_ok(self.cli("delete-range", "--all", "--yes"))


class RoundTrip(ImportTestCase):

    def test_ndjson_gives_every_byte_back(self):
        path = self.file("in.ndjson",
                         b"".join(as_ndjson(*r) for r in RECORDS[::-1]))
        result = self.assert_ok(self.cli("import", "--format=ndjson", path))
        self.assertRegex(result.stdout.decode(),
                         rf"^Imported {len(RECORDS)} records in .* \(\d+ rec")
        self.assertEqual(self.stored(), RECORDS)

    def test_tsv_gives_every_byte_back(self):
        path = self.file("in.tsv", b"".join(as_tsv(*r) for r in RECORDS))
        self.assert_ok(self.cli("import", "--format=tsv", path))
        self.assertEqual(self.stored(), RECORDS)

    def test_what_export_writes_import_takes(self):
        source = self.file("in", b"".join(as_ndjson(*r) for r in RECORDS))
        self.assert_ok(self.cli("import", source))
        for form in ("ndjson", "tsv"):
            with self.subTest(form=form):
                first = os.path.join(self.folder, "first." + form)
                second = os.path.join(self.folder, "second." + form)
                self.assert_ok(self.cli("export", first))
                self.delete_all()
                self.assertEqual(self.stored(), [])
                self.assert_ok(self.cli("import", first))
                self.assertEqual(self.stored(), RECORDS)
                self.assert_ok(self.cli("export", "-f", form, second))
                if form == "tsv":  # without versions, so the same bytes
                    self.assertEqual(self.read(first), self.read(second))

    def test_scan_and_export_write_the_same_lines(self):
        source = self.file("in", b"".join(as_ndjson(*r) for r in RECORDS))
        self.assert_ok(self.cli("import", source))
        for scan, export in ((("-o", "text"), "tsv"),
                             (("-o", "ndjson"), "ndjson")):
            scanned = self.assert_ok(self.cli("scan", "", *scan)).stdout
            exported = self.assert_ok(
                self.cli("export", f"--format={export}")).stdout
            self.assertEqual(scanned, exported)

    def test_import_from_stdin_and_export_of_a_range(self):
        data = b"".join(b"k%03d\tv%d\n" % (n, n) for n in range(100))
        self.assert_ok(self.cli("import", "--format=tsv", "-", stdin=data))
        result = self.assert_ok(
            self.cli("export", "-f", "tsv", "--start=k010", "--end=k013"))
        self.assertEqual(result.stdout, b"k010\tv10\nk011\tv11\nk012\tv12\n")
        result = self.assert_ok(
            self.cli("export", "-f", "tsv", "--prefix=k09", "--limit=1"))
        self.assertEqual(result.stdout, b"k090\tv90\n")
        self.assertRegex(result.stderr, r"^Exported 1 record in ")

    def test_later_line_of_the_same_key_wins(self):
        data = b"".join(b"same\t%d\n" % n for n in range(5000))
        self.assert_ok(self.cli("import", "--format=tsv", "-",
                                "--batch-records=7", stdin=data))
        self.assertEqual(self.stored(), [(b"same", b"4999")])

    def test_export_replaces_a_file_only_when_complete(self):
        path = self.file("out.ndjson", b"old")
        self.server.kill()
        result = self.cli("export", path, "--timeout=2s")
        self.assertEqual(result.status, 5, result)
        self.assertEqual(self.read(path), b"old")
        self.assertEqual(os.listdir(self.folder), ["out.ndjson"])


class BadLines(ImportTestCase):
    GOOD = b'{"key":"good:%d","value":"x"}\n'

    def refuse(self, form, bad, *words):
        data = (self.GOOD % 1 if form == "ndjson" else b"good:1\tx\n")
        data += bad + (self.GOOD % 2 if form == "ndjson" else b"good:2\tx\n")
        path = self.file("bad", data)
        result = self.cli("import", f"--format={form}", path)
        self.assertEqual((result.status, result.stdout), (1, b""), result)
        self.assertIn(path, result.stderr)
        self.assertIn("line 2", result.stderr)
        self.assertIn("1 record written, up to line 1", result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)
        self.assertEqual([key for key, _ in self.stored()], [b"good:1"])
        self.delete_all()

    def test_ndjson(self):
        for bad, word in (
                (b"{\n", ""), (b"nonsense\n", ""), (b'{"key":"a"}\n', "value"),
                (b'{"value":"a"}\n', "key"), (b'{"key":"","value":""}\n',
                                              "empty"),
                (b'{"key":7,"value":"a"}\n', "key"),
                (b'{"key_base64":"*","value":"a"}\n', "base64"),
                (b'{"key":"a","value":"b","color":"c"}\n', "color"),
                (b'{"key":"a","key_base64":"YQ==","value":""}\n', "key"),
                (b'{"key":"\xff","value":"b"}\n', ""),
                (b'{"key":"' + b"k" * 16385 + b'","value":""}\n', "16385")):
            with self.subTest(bad=bad[:50]):
                self.refuse("ndjson", bad, word)

    def test_tsv(self):
        for bad, word in ((b"no tab\n", "tab"), (b"\tvalue\n", "empty"),
                          (b"a\\q\tb\n", "escape"), (b"a\tb\\x1\n", "escape"),
                          (b"a\t\xff\n", "\\xff"), (b"a\tb\tc\n", "\\x09")):
            with self.subTest(bad=bad):
                self.refuse("tsv", bad, word)

    def test_dry_run_checks_and_writes_nothing(self):
        path = self.file("in", self.GOOD % 1 + self.GOOD % 2)
        result = self.assert_ok(self.cli("import", "--dry-run", path))
        self.assertRegex(result.stdout.decode(), "^Checked 2 records")
        bad = self.file("bad", self.GOOD % 1 + b"{")
        result = self.cli("import", "--dry-run", bad)
        self.assertEqual(result.status, 1)
        self.assertIn("line 2", result.stderr)
        self.assertEqual(self.stored(), [])

    def test_import_goes_on_where_it_stopped(self):
        lines = [self.GOOD % n for n in range(50)]
        path = self.file("in", b"".join(lines[:30]) + b"bad\n" +
                         b"".join(lines[31:]))
        progress = os.path.join(self.folder, "progress")
        result = self.cli("import", path, f"--progress-file={progress}",
                          "--batch-records=8")
        self.assertEqual(result.status, 1)
        self.assertEqual(self.read(progress), b"30\n")
        path = self.file("in", b"".join(lines))
        self.assert_ok(self.cli("import", path, "--start-line=31"))
        self.assertEqual(len(self.stored()), 50)


if __name__ == "__main__":
    harness.main()
