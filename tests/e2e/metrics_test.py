"""Prometheus metrics, the health endpoints, and an orderly end."""

import base64
import http.client
import re
import signal
import threading
import time

import harness
from scrape import Metrics

KV_METHODS = {
    "Put": "unary", "Get": "unary", "Delete": "unary", "BatchGet": "unary",
    "BatchWrite": "unary", "DeleteRange": "unary", "Scan": "unary",
    "StreamScan": "server_stream",
}
ADMIN_METHODS = {
    "GetStats": "unary", "GetLimits": "unary", "Flush": "unary",
    "Compact": "unary", "Verify": "server_stream",
}
CODES = (
    "OK Canceled Unknown InvalidArgument DeadlineExceeded NotFound "
    "AlreadyExists PermissionDenied ResourceExhausted FailedPrecondition "
    "Aborted OutOfRange Unimplemented Internal Unavailable DataLoss "
    "Unauthenticated").split()


def rpc(method, service="lsmkv.v1.KvService", kind="unary", **more):
    return {"grpc_type": kind, "grpc_service": service,
            "grpc_method": method, **more}


def eventually(check, server):
    """Gives `check` scrapes until it is content.

    A call is counted when it is over for the server, which may be after the
    client has its answer.
    """
    deadline = time.monotonic() + 30
    while True:
        try:
            return check(Metrics(server))
        except (AssertionError, KeyError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


class GrpcFamilies(harness.TestCase):

    def setUp(self):
        self.server = self.start_server()

    def cli(self, *words, **options):
        return harness.run_cli(self.server.grpc, *words, **options)

    def test_every_method_and_code_is_zero_from_the_start(self):
        metrics = Metrics(self.server)
        for method, kind in KV_METHODS.items():
            labels = rpc(method, kind=kind)
            for name in ("started", "msg_received", "msg_sent"):
                self.assertEqual(
                    metrics.get(f"grpc_server_{name}_total", **labels), 0)
            for code in CODES:
                self.assertEqual(
                    metrics.get("grpc_server_handled_total", grpc_code=code,
                                **labels), 0)
            self.assertEqual(
                metrics.get("grpc_server_handling_seconds_count", **labels),
                0)
        for method, kind in ADMIN_METHODS.items():
            labels = rpc(method, "lsmkv.v1.AdminService", kind,
                         grpc_code="OK")
            self.assertEqual(
                metrics.get("grpc_server_handled_total", **labels), 0)

    def test_calls_are_counted_under_their_code(self):
        self.assert_ok(self.cli("set", "k", "v"))
        self.assert_ok(self.cli("get", "k"))
        self.assertEqual(self.cli("get", "absent").status, 3)
        self.assertEqual(self.cli("get", "").status, 2)
        eventually(self.check_codes, self.server)

    def check_codes(self, metrics):
        def handled(method, code):
            return metrics.get("grpc_server_handled_total",
                               **rpc(method, grpc_code=code))

        self.assertEqual(handled("Put", "OK"), 1)
        self.assertEqual(handled("Get", "OK"), 1)
        self.assertEqual(handled("Get", "NotFound"), 1)
        self.assertEqual(handled("Get", "InvalidArgument"), 1)
        get = rpc("Get")
        self.assertEqual(metrics.get("grpc_server_started_total", **get), 3)
        self.assertEqual(
            metrics.get("grpc_server_msg_received_total", **get), 3)
        self.assertEqual(metrics.get("grpc_server_msg_sent_total", **get), 1)
        self.assertEqual(
            metrics.get("grpc_server_handling_seconds_count", **get), 3)
        self.assertGreater(
            metrics.get("grpc_server_handling_seconds_sum", **get), 0)

    def test_streams_count_their_messages(self):
        self.assert_ok(self.cli("batch", "3000"))
        self.assert_ok(self.cli("export", "/dev/null"))
        eventually(self.check_stream, self.server)

    def check_stream(self, metrics):
        stream = rpc("StreamScan", kind="server_stream")
        self.assertEqual(metrics.get("grpc_server_handled_total",
                                     grpc_code="OK", **stream), 1)
        self.assertGreater(
            metrics.get("grpc_server_msg_sent_total", **stream), 1)


class Families(harness.SharedServerTestCase):

    def test_content_type_is_prometheus_text(self):
        answer = harness.http_request(self.server.metrics, "GET", "/metrics")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["Content-Type"],
                         "text/plain; version=0.0.4; charset=utf-8")

    def test_every_family_has_help_and_type_once(self):
        metrics = Metrics(self.server)
        for name in metrics.names():
            family = re.sub("_(bucket|sum|count)$", "", name)
            self.assertTrue(name in metrics.types or family in metrics.types,
                            name)
        for name, kind in metrics.types.items():
            self.assertEqual(
                metrics.text.count(f"\n# TYPE {name} {kind}\n") +
                metrics.text.startswith(f"# TYPE {name} {kind}\n"), 1, name)
            self.assertIn(name, metrics.help)
            self.assertEqual(name.endswith("_total"), kind == "counter", name)

    def test_histograms_are_cumulative(self):
        self.assert_ok(self.cli("set", "histogram", "x"))
        metrics = Metrics(self.server)
        series = {}
        for (name, labels), value in metrics.samples.items():
            if not name.endswith("_bucket"):
                continue
            bound = float(dict(labels)["le"])
            rest = frozenset(pair for pair in labels if pair[0] != "le")
            series.setdefault((name, rest), []).append((bound, value))
        self.assertNotEqual(series, {})
        for (name, labels), buckets in series.items():
            counts = [count for _, count in sorted(buckets)]
            self.assertEqual(counts, sorted(counts), name)
            self.assertEqual(max(buckets)[0], float("inf"))
            count = metrics.samples[(name[:-len("bucket")] + "count", labels)]
            self.assertEqual(counts[-1], count, name)

    def test_engine_families_follow_the_store(self):
        before = Metrics(self.server)
        self.assert_ok(self.cli("batch", "2000"))
        self.assert_ok(self.cli("flush"))
        after = Metrics(self.server)
        for name in ("lsmkv_engine_writes_total",
                     "lsmkv_engine_wal_written_bytes_total",
                     "lsmkv_engine_flushes_total",
                     "lsmkv_engine_last_version"):
            self.assertGreater(after.get(name), before.get(name), name)
        self.assertGreaterEqual(
            after.total("lsmkv_engine_level_records"), 2000)
        self.assertGreater(after.total("lsmkv_engine_level_bytes"), 0)
        self.assertEqual(after.get("lsmkv_engine_read_only"), 0)
        for name in ("lsmkv_build_info", "process_resident_memory_bytes",
                     "process_cpu_seconds_total", "process_open_fds",
                     "lsmkv_engine_block_cache_bytes",
                     "lsmkv_engine_memtable_bytes",
                     "lsmkv_engine_compactions_total"):
            self.assertIn(name, after.names())

    def test_gateway_counts_by_route_never_by_path(self):
        self.server.http("POST", "/keys", {"key": "gw", "value": "x"})
        for n in range(3):
            self.server.http("GET", f"/keys/gateway-{n}")
        self.server.http("GET", "/keys/search?q=a")
        self.server.http("GET", "/no/such/path")
        self.server.http("POST", "/v1/kv:get", {"key": "YQ=="})
        eventually(self.check_gateway, self.server)

    def check_gateway(self, metrics):
        requests = "lsmkv_gateway_requests_total"
        self.assertEqual(metrics.get(requests, route="/keys/{key}",
                                     method="GET", code="404"), 3)
        self.assertEqual(metrics.get(requests, route="/keys", method="POST",
                                     code="200"), 1)
        self.assertEqual(metrics.get(requests, route="/keys/search",
                                     method="GET", code="200"), 1)
        self.assertEqual(metrics.get(requests, route="/v1/kv:get",
                                     method="POST", code="404"), 1)
        self.assertEqual(metrics.total(requests, code="404",
                                       route="unknown"), 1)
        self.assertEqual(
            metrics.get("lsmkv_gateway_request_duration_seconds_count",
                        route="/keys/{key}"), 3)
        self.assertNotIn("gateway-1", metrics.text)

    def test_health_endpoints(self):
        for path in ("/livez", "/readyz"):
            answer = harness.http_request(self.server.metrics, "GET", path)
            self.assertEqual((answer.status, answer.body), (200, b"ok\n"))
        answer = harness.http_request(self.server.metrics, "GET", "/other")
        self.assertEqual(answer.status, 404)
        answer = harness.http_request(self.server.metrics, "POST", "/metrics")
        self.assertEqual(answer.status, 405)
        self.assertIn("GET", answer.headers["Allow"])
        answer = self.server.http("GET", "/healthz")
        self.assertEqual(answer.json(), {"status": "SERVING"})
        self.assertEqual(self.cli("health").stdout, b"SERVING\n")


class OrderlyEnd(harness.TestCase):

    def test_ready_line(self):
        server = self.start_server()
        address = r"127\.0\.0\.1:[1-9]\d*"
        self.assertRegex(
            server.ready_line,
            rf"^ready grpc={address} rest={address} metrics={address}\n$")

    def test_sigterm_exits_0_and_data_is_there_after(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            server = self.start_server()
            for n in range(50):
                answer = server.http("POST", "/keys",
                                     {"key": f"k{n}", "value": str(n)})
                self.assertEqual(answer.status, 200)
            server.process.send_signal(number)
            self.assertEqual(server.process.wait(60), 0)
            again = self.start_server(server.data_dir)
            for n in range(50):
                answer = again.http("GET", f"/keys/k{n}")
                self.assertEqual(answer.json()["value"], str(n))

    def test_sigterm_under_load_loses_nothing_acknowledged(self):
        server = self.start_server()
        acknowledged = []
        enough = threading.Event()

        def write(worker):
            n = 0
            while True:
                key = f"load:{worker}:{n:06}"
                try:
                    answer = server.http("POST", "/keys",
                                         {"key": key, "value": key})
                except (OSError, http.client.HTTPException):
                    return
                if answer.status != 200:
                    return
                acknowledged.append(key)
                n += 1
                if n == 30:
                    enough.set()

        threads = [threading.Thread(target=write, args=(worker,))
                   for worker in range(4)]
        for thread in threads:
            thread.start()
        self.assertTrue(enough.wait(120))
        self.assertEqual(server.stop(), 0)
        for thread in threads:
            thread.join()
        again = self.start_server(server.data_dir)
        keys = [base64.b64encode(key.encode()).decode()
                for key in acknowledged]
        results = again.http("POST", "/v1/kv:batchGet",
                             {"keys": keys}).json()["results"]
        lost = [key for key, result in zip(acknowledged, results)
                if not result["found"]]
        self.assertEqual(lost, [])


if __name__ == "__main__":
    harness.main()
