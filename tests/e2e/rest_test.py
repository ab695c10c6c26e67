"""The REST endpoints of the contract: body, status and headers of each."""

import base64

import harness
from rest_case import RestTestCase, b64, field

# Keys that are awkward in a path, in JSON, or in both.
AWKWARD_KEYS = [
    b"a/b", b"/", b"//", b"/etc/passwd", b"nul\0nul", b"\0", b"100%", b"%41",
    b"%2F", b"\xff", b"\xff\xfe\x00\x80", b"two words", b" ", b"a+b", b"a?b=c",
    b"a#b", b"..", b".", b"../..", b"a\\b", b'quo"te', b"line\nbreak", b"\t",
    "schl\u00fcssel".encode(), "\u9375\u2713\U0001f511".encode(), b"search",
    b"{key}", b"a&b=c;d", b"~!*'()", b"\xc3", b"\xed\xa0\x80",
]


class DocumentedEndpoints(RestTestCase):

    def test_put_answers_key_and_version(self):
        answer = self.http("POST", "/keys", {"key": "user:1", "value": "data"})
        body = self.assert_json(answer)
        self.assertEqual(set(body), {"key", "version"})
        self.assertEqual(body["key"], "user:1")
        self.assertRegex(body["version"], "^[1-9][0-9]*$")

    def test_get_answers_key_value_and_version_of_the_write(self):
        version = self.put(b"get:1", b"data")
        body = self.assert_json(self.http("GET", "/keys/get:1"))
        self.assertEqual(
            body, {"key": "get:1", "value": "data", "version": version})

    def test_get_of_an_absent_key_is_404(self):
        self.assert_error(self.http("GET", "/keys/nobody"), 404, 5,
                          "KEY_NOT_FOUND")

    def test_versions_only_grow(self):
        versions = [int(self.put(b"grow", str(n).encode()))
                    for n in range(20)]
        self.assertEqual(versions, sorted(set(versions)))

    def test_put_overwrites(self):
        self.put(b"over", b"1")
        self.put(b"over", b"2")
        self.assertEqual(self.http("GET", "/keys/over").json()["value"], "2")

    def test_delete_answers_key_and_version(self):
        put_version = self.put(b"gone", b"x")
        body = self.assert_json(self.http("DELETE", "/keys/gone"))
        self.assertEqual(set(body), {"key", "version"})
        self.assertEqual(body["key"], "gone")
        self.assertGreater(int(body["version"]), int(put_version))
        self.assertEqual(self.http("GET", "/keys/gone").status, 404)

    def test_delete_of_an_absent_key_is_200(self):
        body = self.assert_json(self.http("DELETE", "/keys/never-there"))
        self.assertEqual(body["key"], "never-there")
        self.assertRegex(body["version"], "^[1-9][0-9]*$")

    def test_empty_value_is_a_value(self):
        self.put(b"empty", b"")
        body = self.assert_json(self.http("GET", "/keys/empty"))
        self.assertEqual(body["value"], "")

    def test_head_answers_the_head_of_get(self):
        self.put(b"head", b"12345")
        get = self.http("GET", "/keys/head")
        head = self.http("HEAD", "/keys/head")
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertEqual(head.headers["Content-Length"],
                         str(len(get.body)))

    def test_stats_all_has_the_documented_members(self):
        self.put(b"stats", b"x" * 5000)
        body = self.assert_json(self.http("GET", "/stats_all"))
        names = ("mem_records mem_kb sst_files sst_records sst_kb wal_kb "
                 "total_records memtable_max_size").split()
        for name in names:
            self.assertIsInstance(body[name], int, name)
        self.assertGreater(body["mem_records"], 0)
        self.assertGreaterEqual(body["mem_kb"], 4)
        self.assertGreater(body["total_records"], 0)
        self.assertGreater(body["memtable_max_size"], 0)

    def test_stats_all_follows_a_flush(self):
        self.put(b"stats", b"x")
        flushed = self.http("POST", "/v1/admin:flush", {})
        self.assertEqual(flushed.status, 200, flushed)
        body = self.http("GET", "/stats_all").json()
        self.assertGreater(body["sst_files"], 0)
        self.assertGreater(body["sst_records"], 0)
        self.assertGreater(body["sst_kb"], 0)


class AwkwardBytes(RestTestCase):

    def test_every_key_passes_put_get_and_delete(self):
        for key in AWKWARD_KEYS:
            with self.subTest(key=key):
                value = b"value of " + key
                version = self.put(key, value)
                path = harness.key_path(key)
                body = self.assert_json(self.http("GET", path))
                self.assertEqual(body, {**field("key", key),
                                        **field("value", value),
                                        "version": version})
                deleted = self.assert_json(self.http("DELETE", path))
                self.assertEqual(set(deleted), set(field("key", key)) |
                                 {"version"})
                self.assertEqual(self.http("GET", path).status, 404)

    def test_all_256_byte_values_pass_as_keys_and_values(self):
        for byte in range(256):
            data = bytes([byte])
            self.put(b"k" + data, data)
        for byte in range(256):
            data = bytes([byte])
            path = harness.key_path(b"k" + data)
            body = self.http("GET", path).json()
            self.assertEqual(body, {**body, **field("value", data)})

    def test_value_of_all_bytes_comes_back_in_base64(self):
        value = bytes(range(256)) * 3
        self.put(b"binary", value)
        body = self.http("GET", "/keys/binary").json()
        self.assertNotIn("value", body)
        self.assertEqual(base64.b64decode(body["value_base64"]), value)

    def test_text_may_be_sent_in_base64_and_comes_back_as_text(self):
        answer = self.http("POST", "/keys", {"key_base64": b64(b"t/1"),
                                             "value_base64": b64(b"text")})
        self.assertEqual(self.assert_json(answer)["key"], "t/1")
        self.assertEqual(self.http("GET", "/keys/t%2F1").json()["value"],
                         "text")

    def test_dots_in_a_path_are_not_resolved(self):
        self.put(b"..", b"dots")
        for path in ("/keys/..", "/keys/%2e%2E"):
            self.assertEqual(self.http("GET", path).json()["value"], "dots")

    def test_plus_in_a_path_is_a_plus(self):
        self.put(b"1+1", b"plus")
        self.assertEqual(self.http("GET", "/keys/1+1").json()["value"], "plus")
        self.assertEqual(self.http("GET", "/keys/1%2b1").json()["value"],
                         "plus")

    def test_unescaped_slash_is_another_path(self):
        self.put(b"a/b", b"x")
        self.assert_error(self.http("GET", "/keys/a/b"), 404, 5,
                          "PATH_NOT_FOUND")

    def test_json_escapes_are_the_characters_they_name(self):
        raw = b'{"key":"esc\\u0000\\ud83d\\udd11","value":"\\u00fc\\n"}'
        answer = self.http("POST", "/keys", raw)
        self.assertEqual(answer.status, 200, answer)
        path = harness.key_path("esc\0\U0001f511".encode())
        self.assertEqual(self.http("GET", path).json()["value"], "\u00fc\n")

    def test_key_named_search_is_reached_without_q(self):
        self.put(b"search", b"just a key")
        body = self.assert_json(self.http("GET", "/keys/search"))
        self.assertEqual(body["value"], "just a key")


class Search(RestTestCase):
    RECORDS = [(b"usr:%02d" % n, b"v%d" % n) for n in range(25)]
    OTHERS = [(b"a-usr-b", b"1"), (b"us", b"2"), (b"usq", b"3"),
              (b"uss", b"4"), (b"x/usr\xff", b"\xfe")]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for key, value in cls.RECORDS + cls.OTHERS:
            body = {**field("key", key), **field("value", value)}
            cls.server.http("POST", "/keys", body)

    def keys(self, query):
        body = self.assert_json(self.http("GET", "/keys/search?" + query))
        self.assertEqual(set(body), {"records", "nextPageToken"})
        return [record.get("key", record.get("key_base64"))
                for record in body["records"]]

    def test_prefix_gives_the_records_in_key_order(self):
        body = self.assert_json(
            self.http("GET", "/keys/search?q=usr&prefix=true"))
        self.assertEqual(body["nextPageToken"], "")
        self.assertEqual(
            [(r["key"], r["value"]) for r in body["records"]],
            [(k.decode(), v.decode()) for k, v in self.RECORDS])
        for record in body["records"]:
            self.assertRegex(record["version"], "^[1-9][0-9]*$")

    def test_without_prefix_gives_the_keys_that_contain_q(self):
        expected = (["a-usr-b"] + [k.decode() for k, _ in self.RECORDS] +
                    [b64(b"x/usr\xff")])
        self.assertEqual(self.keys("q=usr"), expected)
        self.assertEqual(self.keys("q=usr&prefix=false"), expected)

    def test_nothing_found_is_an_empty_list(self):
        body = self.assert_json(
            self.http("GET", "/keys/search?q=nothing&prefix=true"))
        self.assertEqual(body, {"records": [], "nextPageToken": ""})

    def test_empty_q_with_prefix_is_everything(self):
        self.assertEqual(len(self.keys("q=&prefix=true")),
                         len(self.RECORDS + self.OTHERS))

    def test_q_is_decoded(self):
        self.assertEqual(self.keys("q=x%2Fusr%ff&prefix=true"),
                         [b64(b"x/usr\xff")])

    def test_pages_give_every_record_once(self):
        seen, token = [], ""
        while True:
            page = self.assert_json(self.http(
                "GET", "/keys/search?q=usr:&prefix=true&pageSize=10"
                f"&pageToken={token}"))
            self.assertLessEqual(len(page["records"]), 10)
            seen += [record["key"] for record in page["records"]]
            token = page["nextPageToken"]
            if not token:
                break
        self.assertEqual(seen, [k.decode() for k, _ in self.RECORDS])

    def test_pages_see_the_snapshot_of_the_first(self):
        path = "/keys/search?q=snap:&prefix=true&pageSize=2"
        for n in range(4):
            self.put(b"snap:%d" % n, b"old")
        first = self.http("GET", path).json()
        self.put(b"snap:3", b"new")
        self.put(b"snap:4", b"new")
        self.http("DELETE", "/keys/snap:2")
        token = first["nextPageToken"]
        second = self.http("GET", f"{path}&pageToken={token}").json()
        self.assertEqual([(r["key"], r["value"]) for r in second["records"]],
                         [("snap:2", "old"), ("snap:3", "old")])

    def test_token_of_another_query_is_refused(self):
        page = self.http(
            "GET", "/keys/search?q=usr:&prefix=true&pageSize=5").json()
        token = page["nextPageToken"]
        for query in ("q=us&prefix=true", "q=usr:", "q=usr:&prefix=false"):
            answer = self.http(
                "GET", f"/keys/search?{query}&pageSize=5&pageToken={token}")
            self.assert_error(answer, 400, 3, "INVALID_PAGE_TOKEN",
                              "another query")

    def test_token_that_is_none_is_refused(self):
        path = "/keys/search?q=usr&pageSize=5"
        real = self.http("GET", path).json()["nextPageToken"]
        at = len(real) // 2
        changed = real[:at] + ("A" if real[at] != "A" else "B") + real[at + 1:]
        for token in ("x", "AAAA", "%00", real[:-4], real + "AAAA", changed):
            answer = self.http("GET", f"{path}&pageToken={token}")
            self.assert_error(answer, 400, 3, "INVALID_PAGE_TOKEN")

    def test_token_of_a_server_that_is_gone_has_expired(self):
        server = self.start_server()
        for key in ("a", "b"):
            server.http("POST", "/keys", {"key": key, "value": "x"})
        path = "/keys/search?q=&prefix=true&pageSize=1"
        token = server.http("GET", path).json()["nextPageToken"]
        self.assertEqual(server.stop(), 0)
        server = self.start_server(server.data_dir)
        answer = server.http("GET", f"{path}&pageToken={token}")
        self.assert_error(answer, 400, 11, "SNAPSHOT_EXPIRED", "again")

    def test_bad_parameters_are_named(self):
        for query, word in (("q=a&prefix=maybe", "prefix"),
                            ("q=a&pageSize=x", "pageSize"),
                            ("q=a&pageSize=-1", "pageSize"),
                            ("q=a&pageSize=99999999999", "pageSize")):
            answer = self.http("GET", "/keys/search?" + query)
            self.assert_error(answer, 400, 3, "INVALID_QUERY", word)


if __name__ == "__main__":
    harness.main()
