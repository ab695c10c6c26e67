#!/usr/bin/env python3
"""The same awkward keys through every interface: what one of them writes, each
other reads, and deleting one key takes nothing else with it.

The command line goes through the client library and gRPC; tests of the engine
read the same list (tests/support/awkward_keys.txt).
"""

import base64
import json
import pathlib

import harness
from rest_case import RestTestCase, b64, field

LIST = pathlib.Path(__file__).parents[1] / "support/awkward_keys.txt"
KEYS = [bytes.fromhex(line) for line in LIST.read_text().split()]


class AwkwardKeys(RestTestCase):

    def put_cli(self, key, value):
        self.assert_ok(self.cli("set", "--key-encoding=hex", key.hex(), "-",
                                stdin=value))

    def put_keys(self, key, value):
        self.put(key, value)

    def put_rpc(self, key, value):
        answer = self.http("POST", "/v1/kv:put",
                           {"key": b64(key), "value": b64(value)})
        self.assertEqual(answer.status, 200, answer)

    def get_cli(self, key):
        result = self.cli("get", "--key-encoding=hex", key.hex())
        self.assertIn(result.status, (0, 3), result)
        return result.stdout if result.status == 0 else None

    def get_keys(self, key):
        answer = self.http("GET", harness.key_path(key))
        if answer.status == 404:
            return None
        body = self.assert_json(answer)
        self.assertEqual({name: body[name] for name in field("key", key)},
                         field("key", key))
        if "value" in body:
            return body["value"].encode()
        return base64.b64decode(body["value_base64"])

    def get_rpc(self, key):
        answer = self.http("POST", "/v1/kv:get", {"key": b64(key)})
        if answer.status == 404:
            return None
        return base64.b64decode(self.assert_json(answer)["value"])

    def scan_cli(self):
        result = self.assert_ok(self.cli("scan", "-o", "ndjson", ""))
        records = map(json.loads, result.stdout.splitlines())
        return [r["key"].encode() if "key" in r
                else base64.b64decode(r["key_base64"]) for r in records]

    def delete_rpc_range(self, key):
        answer = self.http("POST", "/v1/kv:deleteRange", {
            "range": {"startKey": b64(key), "endKey": b64(key + b"\0")}})
        self.assertEqual(answer.status, 200, answer)

    def test_what_one_interface_writes_each_other_reads(self):
        self.assertEqual(len(set(KEYS)), 12)
        gets = (self.get_cli, self.get_keys, self.get_rpc)
        for put in (self.put_cli, self.put_keys, self.put_rpc):
            for key in KEYS:
                put(key, put.__name__.encode() + b" " + key)
            for key in KEYS:
                for get in gets:
                    with self.subTest(key=key, put=put.__name__,
                                      get=get.__name__):
                        self.assertEqual(
                            get(key), put.__name__.encode() + b" " + key)
            self.assertEqual(self.scan_cli(), sorted(KEYS))
            left = sorted(KEYS)
            while left:  # a range of this one key
                self.delete_rpc_range(left.pop(0))
                self.assertEqual(self.scan_cli(), left)


if __name__ == "__main__":
    harness.main()
