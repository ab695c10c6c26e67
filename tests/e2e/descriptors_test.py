#!/usr/bin/env python3
"""A server whose descriptors run out accepts again once there are some."""

import resource
import socket

import harness

LIMIT = 128


def few_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))


class Descriptors(harness.TestCase):

    def open_many(self, address):
        """As many connections as the server may have files, and more."""
        host, _, port = address.rpartition(":")
        connections = []
        for _ in range(LIMIT + 40):
            connections.append(socket.create_connection((host, int(port)), 10))
        return connections

    def test_listeners_accept_again_after_descriptors_ran_out(self):
        server = self.start_server(in_child=few_descriptors)
        for listener in ("grpc", "rest", "metrics"):
            with self.subTest(listener=listener):
                connections = self.open_many(getattr(server, listener))
                for connection in connections:
                    connection.close()
                self.assert_ok(harness.run_cli(server.grpc, "set", "k",
                                               listener))
                answer = server.http("GET", "/keys/k")
                self.assertEqual(answer.json()["value"], listener)
                self.assertIn("lsmkv_", server.metric_text())
        self.assertTrue(server.is_running())


if __name__ == "__main__":
    harness.main()
