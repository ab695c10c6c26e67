"""Bad requests over REST: each is refused, named, and changes nothing."""

import http.client

import harness
from rest_case import RestTestCase, b64

KEY_BYTES_MAX = 16 << 10
VALUE_BYTES_MAX = 8 << 20


class BadBodies(RestTestCase):

    def refuse(self, body, *words, path="/keys", reason="INVALID_BODY"):
        answer = self.http("POST", path, body)
        return self.assert_error(answer, 400, 3, reason, *words)

    def test_malformed_json(self):
        for body in (b"", b"{", b"nonsense", b'{"key":"a","value":"b"',
                     b'{"key":"a","value":"b"} x', b'{"key":"a",}',
                     b"{'key':'a','value':'b'}", b'{"key":"a" "value":"b"}',
                     b'{"key":"\x01","value":"b"}', b'{"key":"\\x41"}',
                     b'{"key":"\xff","value":"b"}', b'{"key":"\\ud800"}',
                     b"[" * 100000, b'"key"', b"[]", b"null", b"7"):
            with self.subTest(body=body[:40]):
                answer = self.http("POST", "/keys", body)
                error = self.assert_json(answer, 400)
                self.assertEqual(error["code"], 3)
                self.assertNotEqual(error["message"], "")

    def test_malformed_json_of_an_rpc(self):
        for body in (b"{", b'{"key":7}', b'{"key":"*"}', b"[]",
                     b'{"key":"YQ==","value":{}}'):
            with self.subTest(body=body):
                answer = self.http("POST", "/v1/kv:put", body)
                error = self.assert_json(answer, 400)
                self.assertEqual(error["code"], 3)

    def test_missing_key_or_value_is_named(self):
        self.refuse({"value": "x"}, '"key"')
        self.refuse({"key": "x"}, '"value"')
        self.refuse({}, '"key"')

    def test_key_that_is_no_string(self):
        for value in (7, None, True, ["a"], {"a": "b"}):
            self.refuse({"key": value, "value": "x"}, '"key"')

    def test_text_and_base64_exclude_each_other(self):
        self.refuse({"key": "a", "key_base64": "YQ==", "value": "x"}, "key")

    def test_bad_base64_is_named(self):
        self.refuse({"key_base64": "*", "value": "x"}, "key_base64")
        self.refuse({"key": "a", "value_base64": "a b"}, "value_base64")

    def test_nothing_was_written(self):
        before = self.http("GET", "/stats_all").json()["last_version"]
        self.test_malformed_json()
        self.test_missing_key_or_value_is_named()
        after = self.http("GET", "/stats_all").json()["last_version"]
        self.assertEqual(after, before)


class EmptyKeys(RestTestCase):

    def test_empty_key_is_refused_everywhere(self):
        for method, path, body in (
                ("GET", "/keys/", None), ("DELETE", "/keys/", None),
                ("POST", "/keys", {"key": "", "value": "x"}),
                ("POST", "/keys", {"key_base64": "", "value": "x"}),
                ("POST", "/v1/kv:put", {"value": b64(b"x")}),
                ("POST", "/v1/kv:get", {}), ("POST", "/v1/kv:delete", {}),
                ("POST", "/v1/kv:batchGet", {"keys": [b64(b"a"), ""]}),
                ("POST", "/v1/kv:batchWrite",
                 {"operations": [{"delete": {}}]})):
            with self.subTest(method=method, path=path, body=body):
                answer = self.http(method, path, body)
                self.assert_error(answer, 400, 3, "INVALID_KEY", "empty")


class Limits(RestTestCase):

    def test_key_at_the_limit_passes_every_endpoint(self):
        for byte in (b"k", b"\0", b"\xff"):
            key = byte * KEY_BYTES_MAX
            self.put(key, b"at the limit")
            path = harness.key_path(key)
            body = self.assert_json(self.http("GET", path))
            self.assertEqual(body["value"], "at the limit")
            got = self.http("POST", "/v1/kv:get", {"key": b64(key)})
            self.assertEqual(got.json()["value"], b64(b"at the limit"))
            self.assert_json(self.http("DELETE", path))
            self.assertEqual(self.http("GET", path).status, 404)

    def test_key_one_byte_over_is_refused(self):
        key = b"k" * (KEY_BYTES_MAX + 1)
        words = (str(KEY_BYTES_MAX + 1), str(KEY_BYTES_MAX))
        for method, path, body in (
                ("POST", "/keys", {"key": key.decode(), "value": ""}),
                ("GET", harness.key_path(key), None),
                ("DELETE", harness.key_path(key), None),
                ("POST", "/v1/kv:put", {"key": b64(key)}),
                ("POST", "/v1/kv:get", {"key": b64(key)})):
            with self.subTest(method=method, path=path[:20]):
                answer = self.http(method, path, body)
                self.assert_error(answer, 400, 3, "KEY_TOO_LARGE", *words)

    def test_value_at_the_limit_passes(self):
        for value in (b"v" * VALUE_BYTES_MAX, b"\xff" * VALUE_BYTES_MAX):
            self.put(b"big", value)
            body = self.http("GET", "/keys/big").json()
            if "value" in body:
                self.assertTrue(body["value"].encode() == value)
            else:
                self.assertTrue(body["value_base64"] == b64(value))

    def test_text_of_many_escapes_passes(self):
        value = b"\n" * VALUE_BYTES_MAX
        answer = self.http("POST", "/keys",
                           {"key": "escapes", "value": value.decode()})
        self.assertEqual(answer.status, 200, answer)
        body = self.http("GET", "/keys/escapes").json()
        self.assertTrue(body["value"].encode() == value)

    def test_value_one_byte_over_is_refused(self):
        value = b"v" * (VALUE_BYTES_MAX + 1)
        words = (str(VALUE_BYTES_MAX + 1), str(VALUE_BYTES_MAX))
        for path, body in (
                ("/keys", {"key": "over", "value": value.decode()}),
                ("/keys", {"key": "over", "value_base64": b64(value)}),
                ("/v1/kv:put", {"key": b64(b"over"), "value": b64(value)})):
            answer = self.http("POST", path, body)
            self.assert_error(answer, 400, 3, "VALUE_TOO_LARGE", *words)
        self.assertEqual(self.http("GET", "/keys/over").status, 404)

    def test_limits_that_were_configured_hold(self):
        flags = ("--key-bytes-max=10", "--value-bytes-max=20")
        server = self.start_server(flags=flags)
        fits = {"key": "k" * 10, "value": "v" * 20}
        self.assertEqual(server.http("POST", "/keys", fits).status, 200)
        for change in ({"key": "k" * 11}, {"value": "v" * 21}):
            answer = server.http("POST", "/keys", {**fits, **change})
            self.assertEqual(answer.status, 400, answer)

    def test_announced_body_is_refused_before_it_is_sent(self):
        host, _, port = self.server.rest.rpartition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=60)
        self.addCleanup(connection.close)
        connection.putrequest("POST", "/keys")
        connection.putheader("Content-Length", str(1 << 40))
        connection.endheaders()
        answer = harness.Answer(connection.getresponse())
        self.assert_error(answer, 413, 8, "BODY_TOO_LARGE")
        self.assertEqual(answer.headers["Connection"], "close")
        self.assertLess(self.server.resident_bytes(), 1 << 30)

    def test_header_that_is_too_large_is_431(self):
        answer = self.http("GET", "/stats_all",
                           headers={"X-Long": "x" * (1 << 20)})
        self.assertEqual(answer.status, 431, answer)


class Paths(RestTestCase):

    def test_unknown_path(self):
        for path in ("/", "/nowhere", "/keys/a/b", "/v1", "/v1/kv:nothing",
                     "/v2/kv:get", "/stats_all/", "/KEYS/a"):
            with self.subTest(path=path):
                self.assert_error(self.http("GET", path), 404, 5,
                                  "PATH_NOT_FOUND")

    def test_wrong_method_names_the_right_ones(self):
        for method, path, allowed in (
                ("PUT", "/keys/a", {"GET", "HEAD", "DELETE"}),
                ("POST", "/keys/a", {"GET", "HEAD", "DELETE"}),
                ("PATCH", "/keys/search?q=a", {"GET", "HEAD", "DELETE"}),
                ("GET", "/keys", {"POST"}),
                ("DELETE", "/keys", {"POST"}),
                ("POST", "/stats_all", {"GET", "HEAD"}),
                ("GET", "/v1/kv:put", {"POST"}),
                ("POST", "/v1/admin/stats", {"GET", "HEAD"}),
                ("BREW", "/stats_all", {"GET", "HEAD"})):
            with self.subTest(method=method, path=path):
                answer = self.http(method, path, b"")
                self.assert_error(answer, 405, 12, "METHOD_NOT_ALLOWED")
                self.assertEqual(set(answer.headers["Allow"].split(", ")),
                                 allowed)

    def test_bad_escape_in_a_path(self):
        for path in ("/keys/%", "/keys/%4", "/keys/%zz", "/keys/a%2",
                     "/keys/search?q=%"):
            with self.subTest(path=path):
                self.assert_error(self.http("GET", path), 400, 3,
                                  "INVALID_URL", "%")


if __name__ == "__main__":
    harness.main()
