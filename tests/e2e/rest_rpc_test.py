"""Every RPC under /v1/..., as grpc-gateway maps it, and HTTP itself."""

import base64
import http.client
import json
import socket
import threading

import harness
from rest_case import RestTestCase, b64


class RpcTestCase(RestTestCase):

    def call(self, rpc, request):
        return self.assert_json(self.http("POST", "/v1/" + rpc, request))

    def put_all(self, records):
        self.call("kv:batchWrite", {"operations": [
            {"put": {"key": b64(key), "value": b64(value)}}
            for key, value in records]})


class KvRpcs(RpcTestCase):

    def test_put_and_get(self):
        for key in (b"k", b"\xff\0/%", "\u00fc".encode()):
            put = self.call("kv:put", {"key": b64(key), "value": b64(b"\xfe")})
            self.assertEqual(set(put), {"version"})
            got = self.call("kv:get", {"key": b64(key)})
            self.assertEqual(got, {"value": b64(b"\xfe"),
                                   "version": put["version"]})

    def test_get_of_an_absent_key_is_404(self):
        answer = self.http("POST", "/v1/kv:get", {"key": b64(b"nobody")})
        self.assert_error(answer, 404, 5, "KEY_NOT_FOUND")

    def test_url_safe_and_unpadded_base64_is_taken(self):
        self.call("kv:put", {"key": "__4", "value": "YQ"})
        got = self.call("kv:get", {"key": b64(b"\xff\xfe")})
        self.assertEqual(got["value"], b64(b"a"))

    def test_both_spellings_of_a_field_are_taken(self):
        self.put_all([(b"spell:1", b"1"), (b"spell:2", b"2")])
        for name in ("pageSize", "page_size"):
            page = self.call("kv:scan", {
                "range": {"prefix": b64(b"spell:")}, name: 1})
            self.assertEqual(len(page["records"]), 1)

    def test_durability_is_taken_by_name(self):
        for name in ("DURABILITY_SYNC", "DURABILITY_INTERVAL",
                     "DURABILITY_OS", "DURABILITY_UNSPECIFIED"):
            self.call("kv:put", {"key": b64(b"d"), "durability": name})

    def test_delete(self):
        self.put_all([(b"delete", b"x")])
        self.assertEqual(set(self.call("kv:delete", {"key": b64(b"delete")})),
                         {"version"})
        self.call("kv:delete", {"key": b64(b"delete")})  # absent is no error
        answer = self.http("POST", "/v1/kv:get", {"key": b64(b"delete")})
        self.assertEqual(answer.status, 404)

    def test_batch_get_answers_in_request_order(self):
        self.put_all([(b"bg:1", b"1"), (b"bg:2", b"")])
        results = self.call("kv:batchGet", {"keys": [
            b64(b"bg:2"), b64(b"bg:0"), b64(b"bg:1"), b64(b"bg:1")]})["results"]
        self.assertEqual(
            [(r["found"], r["value"]) for r in results],
            [(True, ""), (False, ""), (True, b64(b"1")), (True, b64(b"1"))])
        self.assertEqual(results[1]["version"], "0")

    def test_batch_write_is_all_or_nothing(self):
        answer = self.http("POST", "/v1/kv:batchWrite", {"operations": [
            {"put": {"key": b64(b"aon:1"), "value": b64(b"x")}},
            {"put": {"key": "", "value": b64(b"x")}}]})
        self.assert_error(answer, 400, 3, "INVALID_KEY", "operation 1")
        got = self.http("POST", "/v1/kv:get", {"key": b64(b"aon:1")})
        self.assertEqual(got.status, 404)

    def test_batch_write_applies_in_order(self):
        self.put_all([(b"o:1", b"old"), (b"o:2", b"old"), (b"o:3", b"old")])
        self.call("kv:batchWrite", {"operations": [
            {"deleteRange": {"startKey": b64(b"o:1"), "endKey": b64(b"o:3")}},
            {"put": {"key": b64(b"o:2"), "value": b64(b"new")}},
            {"delete": {"key": b64(b"o:3")}}]})
        page = self.call("kv:scan", {"range": {"prefix": b64(b"o:")}})
        self.assertEqual([(r["key"], r["value"]) for r in page["records"]],
                         [(b64(b"o:2"), b64(b"new"))])

    def test_delete_range(self):
        self.put_all([(b"dr:%d" % n, b"") for n in range(5)])
        answer = self.call("kv:deleteRange", {"range": {
            "startKey": b64(b"dr:1"), "endKey": b64(b"dr:4")}})
        self.assertEqual(set(answer), {"version"})
        page = self.call("kv:scan", {"range": {"prefix": b64(b"dr:")}})
        self.assertEqual([r["key"] for r in page["records"]],
                         [b64(b"dr:0"), b64(b"dr:4")])

    def test_delete_of_everything_needs_all(self):
        answer = self.http("POST", "/v1/kv:deleteRange", {})
        body = self.assert_json(answer, 400)
        self.assertEqual(body["code"], 3)
        self.assertIn("all", body["message"])


class ScanRpcs(RpcTestCase):
    KEYS = [b"s:%03d" % n for n in range(150)]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        operations = [{"put": {"key": b64(key), "value": b64(key * 40)}}
                      for key in cls.KEYS]
        cls.server.http("POST", "/v1/kv:batchWrite",
                        {"operations": operations})

    def pages(self, request):
        keys = []
        while True:
            page = self.call("kv:scan", request)
            keys += [base64.b64decode(r["key"]) for r in page["records"]]
            if not page["nextPageToken"]:
                return keys
            request = {**request, "pageToken": page["nextPageToken"]}

    def stream(self, request):
        answer = self.http("POST", "/v1/kv:streamScan", request)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        return [json.loads(line) for line in answer.body.splitlines()]

    def streamed(self, request):
        lines = self.stream(request)
        return [base64.b64decode(record["key"]) for line in lines
                for record in line["result"]["records"]]

    def test_scan_and_stream_agree_on_every_request(self):
        keys = self.KEYS
        bounds = {"startKey": b64(b"s:010"), "endKey": b64(b"s:020")}
        for request, expected in (
                ({}, keys),
                ({"range": bounds}, keys[10:20]),
                ({"range": {"startKey": b64(b"s:140")}}, keys[140:]),
                ({"range": {"endKey": b64(b"s:003")}}, keys[:3]),
                ({"range": {"prefix": b64(b"s:14")}}, keys[140:150]),
                ({"range": bounds, "reverse": True}, keys[10:20][::-1]),
                ({"reverse": True}, keys[::-1]),
                ({"limit": "7"}, keys[:7]),
                ({"limit": "7", "reverse": True}, keys[::-1][:7]),
                ({"range": {"prefix": b64(b"none")}}, [])):
            with self.subTest(request=request):
                self.assertEqual(self.streamed(request), expected)
                self.assertEqual(self.pages({**request, "pageSize": 4}),
                                 expected)

    def test_keys_only_leaves_values_out(self):
        page = self.call("kv:scan", {"limit": "3", "keysOnly": True})
        self.assertEqual([r["value"] for r in page["records"]], [""] * 3)
        page = self.call("kv:scan", {"limit": "3"})
        self.assertEqual(base64.b64decode(page["records"][2]["value"]),
                         self.KEYS[2] * 40)

    def test_stream_is_chunked_lines_of_results(self):
        lines = self.stream({})
        versions = {line["result"]["snapshotVersion"] for line in lines}
        self.assertEqual(len(versions), 1)
        answer = self.http("POST", "/v1/kv:streamScan", {})
        self.assertEqual(answer.headers["Transfer-Encoding"], "chunked")

    def test_bad_stream_request_is_an_http_error(self):
        answer = self.http("POST", "/v1/kv:streamScan", {
            "range": {"prefix": b64(b"a"), "startKey": b64(b"b")}})
        self.assert_error(answer, 400, 3, "INVALID_RANGE", "prefix")

    def test_token_of_another_query_is_refused(self):
        request = {"range": {"prefix": b64(b"s:")}, "pageSize": 5}
        token = self.call("kv:scan", request)["nextPageToken"]
        for change in ({"range": {"prefix": b64(b"s")}}, {"reverse": True},
                       {"keysOnly": True}, {"limit": "50"}):
            answer = self.http("POST", "/v1/kv:scan", {
                **request, **change, "pageToken": token})
            self.assert_error(answer, 400, 3, "INVALID_PAGE_TOKEN",
                              "another query")


class AdminRpcs(RpcTestCase):

    def test_limits_are_the_documented_defaults(self):
        limits = self.assert_json(self.http("GET", "/v1/admin/limits"))
        self.assertEqual(limits["keyBytesMax"], str(16 << 10))
        self.assertEqual(limits["valueBytesMax"], str(8 << 20))
        self.assertEqual(limits["batchBytesMax"], str(64 << 20))

    def test_flush_compact_and_stats(self):
        self.put_all([(b"admin:%04d" % n, b"v" * 100) for n in range(1000)])
        self.assertEqual(self.call("admin:flush", {}), {})
        stats = self.assert_json(self.http("GET", "/v1/admin/stats"))
        self.assertGreaterEqual(int(stats["tableFiles"]), 1)
        self.assertGreaterEqual(int(stats["tableRecords"]), 1000)
        self.assertEqual(stats["backgroundError"], "")
        self.call("kv:deleteRange", {"range": {"prefix": b64(b"admin:")}})
        self.assertEqual(self.call("admin:compact", {}), {})
        stats = self.assert_json(self.http("GET", "/v1/admin/stats"))
        self.assertEqual(int(stats["tableRecords"]), 0)


class Http(RestTestCase):

    def connect(self):
        host, _, port = self.server.rest.rpartition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=60)
        self.addCleanup(connection.close)
        return connection

    def raw(self, data):
        host, _, port = self.server.rest.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=60) as sock:
            sock.sendall(data)
            answer = b""
            while piece := sock.recv(65536):
                answer += piece
        return answer

    def test_connection_serves_many_requests(self):
        connection = self.connect()
        connection.connect()
        port = connection.sock.getsockname()[1]
        for n in range(50):
            answer = harness.send(connection, "POST", "/keys",
                                  {"key": "alive", "value": str(n)})
            self.assertEqual(answer.status, 200)
            answer = harness.send(connection, "GET", "/keys/alive")
            self.assertEqual(answer.json()["value"], str(n))
        self.assertEqual(connection.sock.getsockname()[1], port)

    def test_connection_outlives_errors_and_streams(self):
        connection = self.connect()
        for method, path, body, status in (
                ("GET", "/nowhere", None, 404), ("POST", "/keys", b"{", 400),
                ("PUT", "/keys", b"x", 405), ("GET", "/keys/absent", None, 404),
                ("POST", "/v1/kv:streamScan", b"{}", 200),
                ("GET", "/stats_all", None, 200)):
            answer = harness.send(connection, method, path, body)
            self.assertEqual(answer.status, status, (method, path))
            self.assertEqual(answer.headers["Connection"], "keep-alive")

    def test_client_may_ask_to_close(self):
        answer = self.raw(b"GET /stats_all HTTP/1.1\r\nHost: x\r\n"
                          b"Connection: close\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 OK\r\n"), answer)
        self.assertIn(b"\r\nConnection: close\r\n", answer)

    def test_chunked_request_body(self):
        connection = self.connect()
        pieces = iter([b'{"key":"chun', b'ked","value":"', b'yes"}'])
        connection.request("POST", "/keys", body=pieces, encode_chunked=True,
                           headers={"Transfer-Encoding": "chunked"})
        self.assertEqual(harness.Answer(connection.getresponse()).status, 200)
        answer = self.http("GET", "/keys/chunked")
        self.assertEqual(answer.json()["value"], "yes")

    def test_what_is_not_http_is_refused(self):
        answer = self.raw(b"\x16\x03\x01 not http\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)

    def test_grpc_timeout_header_is_a_deadline(self):
        answer = self.http("GET", "/stats_all",
                           headers={"Grpc-Timeout": "tomorrow"})
        self.assert_error(answer, 400, 3, "INVALID_TIMEOUT", "Grpc-Timeout")

    def test_concurrent_writers_are_all_there(self):
        def write(worker):
            connection = self.connect()
            for n in range(40):
                answer = harness.send(
                    connection, "POST", "/keys",
                    {"key": f"many:{worker}:{n:02}", "value": str(n)})
                statuses.append(answer.status)

        statuses = []
        threads = [threading.Thread(target=write, args=(worker,))
                   for worker in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(statuses, [200] * 320)
        page = self.http(
            "GET", "/keys/search?q=many:&prefix=true&pageSize=1000").json()
        self.assertEqual(len(page["records"]), 320)


if __name__ == "__main__":
    harness.main()
