"""What the tests of REST share: records as JSON, errors as grpc-gateway's."""

import base64

import harness


def b64(data):
    return base64.b64encode(data).decode()


def is_text(data):
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def field(name, data):
    """The member of a JSON object that holds `data`."""
    if is_text(data):
        return {name: data.decode()}
    return {name + "_base64": b64(data)}


class RestTestCase(harness.SharedServerTestCase):

    def http(self, *args, **options):
        return self.server.http(*args, **options)

    def put(self, key, value):
        body = {**field("key", key), **field("value", value)}
        answer = self.http("POST", "/keys", body)
        self.assertEqual(answer.status, 200, answer)
        return answer.json()["version"]

    def assert_json(self, answer, status=200):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        self.assertEqual(int(answer.headers["Content-Length"]),
                         len(answer.body))
        return answer.json()

    def assert_error(self, answer, status, code, reason, *words):
        body = self.assert_json(answer, status)
        self.assertEqual(body["code"], code, body)
        self.assertEqual(set(body), {"code", "message", "details"})
        self.assertEqual(len(body["details"]), 1)
        detail = body["details"][0]
        self.assertEqual(detail["@type"],
                         "type.googleapis.com/google.rpc.ErrorInfo")
        self.assertEqual(detail["reason"], reason, body)
        self.assertEqual(detail["domain"], "lsmkv.v1")
        for word in words:
            self.assertIn(word, body["message"])
        return body
