#!/usr/bin/env python3
"""Our texts name no place that only one machine has: a path into somebody's
checkout or home, or a host beyond the ones listed here."""

import re

import source_tree

KNOWN_HOSTS = {
    "127.0.0.1", "0.0.0.0", "[::1]", "prng.di.unimi.it",
    "github.com", "www.apache.org", "grpc.io", "prometheus.io", "aip.dev",
    "google.aip.dev", "protobuf.dev", "datatracker.ietf.org",
    "www.rfc-editor.org", "opensource.org", "json.schemastore.org",
    "cmake.org", "developers.google.com", "cloud.google.com",
    "www.freedesktop.org", "www.w3.org",
}
URL = re.compile(r"\bhttps?://(\[[^\]]*\]|[^/\s:\"'`<>)\],;]*)")
HOST_NAME = re.compile(r"[\w.\-]+|\[[0-9a-fA-F:]+\]")
PERSONAL_PATH = re.compile(
    r"(?<![\w.$})~-])/(?:home|Users|root|work|workspace)/[\w.]")


def check(tree):
    checkout = tree.root.as_posix()
    for path in tree.all_files():
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            for match in URL.finditer(line):
                host = match.group(1)
                if not HOST_NAME.fullmatch(host):
                    continue  # a placeholder, as in http://$host
                if "." not in host:
                    continue  # localhost, or a name inside compose.yaml
                if not (host in KNOWN_HOSTS or
                        host.endswith((".example", "example.com",
                                       ".invalid"))):
                    yield path, number, f"{host}: not one of the known hosts"
            if checkout in line or PERSONAL_PATH.search(line):
                yield path, number, "a path of one machine"


if __name__ == "__main__":
    source_tree.main(check)
