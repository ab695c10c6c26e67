"""What lsmkvd acknowledged is there after kill -9, and batches are whole."""

import base64
import collections
import http.client
import json
import threading

import harness
from scrape import Metrics

WRITERS = 4
KEYS_OF_A_BATCH = 5
ACKNOWLEDGED_BEFORE_KILL = 300


def b64(text):
    return base64.b64encode(text.encode()).decode()


class Writers:
    """Threads that write batches until the server is gone."""

    def __init__(self, server, round_number):
        self._server = server
        self._round = round_number
        self._lock = threading.Lock()
        self._enough = threading.Event()
        self.acknowledged = {}  # name of the batch -> version
        self._threads = [threading.Thread(target=self._write, args=(number,))
                         for number in range(WRITERS)]

    def _write(self, number):
        host, _, port = self._server.rest.rpartition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=60)
        n = 0
        while True:
            name = f"{self._round}:{number}:{n:06}"
            operations = [{"put": {"key": b64(f"{name}/{part}"),
                                   "value": b64(name * 20)}}
                          for part in range(KEYS_OF_A_BATCH)]
            try:
                answer = harness.send(connection, "POST", "/v1/kv:batchWrite",
                                      {"operations": operations})
            except (OSError, http.client.HTTPException):
                break
            if answer.status != 200:
                break
            with self._lock:
                self.acknowledged[name] = int(answer.json()["version"])
                if len(self.acknowledged) >= ACKNOWLEDGED_BEFORE_KILL:
                    self._enough.set()
            n += 1
        connection.close()

    def run_until_enough(self):
        for thread in self._threads:
            thread.start()
        if not self._enough.wait(120):
            raise AssertionError("too few writes in two minutes")
        self._server.kill()
        for thread in self._threads:
            thread.join()


def read_everything(server):
    """Parts of each batch, by its name; checks the values."""
    parts = collections.defaultdict(set)
    answer = server.http("POST", "/v1/kv:streamScan", {})
    for line in answer.body.splitlines():
        for record in json.loads(line)["result"]["records"]:
            name, _, part = base64.b64decode(
                record["key"]).decode().partition("/")
            if base64.b64decode(record["value"]).decode() != name * 20:
                raise AssertionError(f"wrong value under {name}/{part}")
            parts[name].add(int(part))
    return parts


class Kill(harness.TestCase):

    def check_durability(self, durability):
        flags = [f"--durability={durability}", "--memtable-bytes=64KiB"]
        server = self.start_server(flags=flags)
        acknowledged = {}
        whole = set(range(KEYS_OF_A_BATCH))
        for round_number in range(3):
            writers = Writers(server, round_number)
            writers.run_until_enough()
            if acknowledged:
                self.assertGreater(min(writers.acknowledged.values()),
                                   max(acknowledged.values()))
            acknowledged.update(writers.acknowledged)
            server = self.start_server(server.data_dir, flags)
            parts = read_everything(server)
            lost = [name for name in acknowledged if name not in parts]
            self.assertEqual(lost, [])
            halves = {name: has for name, has in parts.items()
                      if has != whole}
            self.assertEqual(halves, {})

    def test_sync(self):
        self.check_durability("sync")

    def test_interval(self):
        self.check_durability("interval")

    def test_os(self):
        self.check_durability("os")


class Requests(harness.TestCase):
    """A request may ask for more or less than the server's default."""

    def syncs_of(self, server, body):
        before = Metrics(server).get("lsmkv_engine_wal_syncs_total")
        for _ in range(5):
            answer = server.http("POST", "/keys",
                                 {"key": "k", "value": "v", **body})
            self.assertEqual(answer.status, 200, answer)
        return Metrics(server).get("lsmkv_engine_wal_syncs_total") - before

    def test_more_than_the_default(self):
        server = self.start_server(flags=["--durability=os"])
        self.assertEqual(self.syncs_of(server, {}), 0)
        self.assertEqual(self.syncs_of(server, {"durability": "sync"}), 5)
        result = harness.run_cli(server.grpc, "set", "--durability=sync",
                                 "k", "v")
        self.assertEqual(result.status, 0, result)

    def test_less_than_the_default(self):
        server = self.start_server()
        self.assertEqual(self.syncs_of(server, {}), 5)
        self.assertEqual(self.syncs_of(server, {"durability": "os"}), 0)

    def test_unknown_durability_is_named(self):
        server = self.start_server()
        answer = server.http("POST", "/keys", {
            "key": "k", "value": "v", "durability": "maybe"})
        self.assertEqual(answer.status, 400, answer)
        self.assertIn("durability", answer.json()["message"])


if __name__ == "__main__":
    harness.main()
