#!/usr/bin/env python3
"""Who may include whom.

engine knows nothing of proto, service and client. service knows the engine's
public headers and proto. client knows proto only. Nothing but tests includes
tests. Inside the engine a folder includes only folders below it, and each
vendor's headers stay where they are wrapped.
"""

import re

import source_tree

INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]')

ENGINE_RANK = {"util": 0, "format": 1, "io": 2,
               "wal": 3, "memtable": 3, "table": 3, "iter": 3,
               "version": 4, "compaction": 5, "db": 6}
# The interface that memtable and table implement and iter combines.
SHARED_BY_RANK_3 = "engine/src/iter/internal_iterator.h"

PROTOCOL = r"^(grpc|grpcpp|google/(protobuf|rpc))/|\.pb\.h$"

# (who, must not include, unless the file matches, what to say)
RULES = [
    (r"engine/", r"^(service|client|lsmkv/client|lsmkv/v1|prometheus|boost)/|"
     + PROTOCOL, None,
     "the engine knows nothing of service, client and their libraries"),
    (r"engine/include/", r"^engine/src/", None,
     "a public header includes only std, absl and public headers"),
    (r"service/", r"^engine/", None,
     "the service uses only the engine's public headers, lsmkv/engine/"),
    (r"service/", r"^(client|lsmkv/client)/", None,
     "the service knows nothing of the client"),
    (r"service/core/",
     r"^(prometheus|boost|service/(grpc|rest|http))/|" + PROTOCOL, None,
     "the service core is free of protocols"),
    (r"client/", r"^(engine|service|lsmkv/engine)/", r"client/examples/",
     "the client knows only proto"),
    (r"client/include/", r"^(client/src|boost)/|" + PROTOCOL, None,
     "a public client header has no transport in it"),
    (r"(engine|service|client)/", r"^tests/", None,
     "only tests include tests"),
    (r"(service|client)/", r"^prometheus/", r"service/observability/",
     "prometheus is wrapped in service/observability"),
    (r"(service|client)/", r"^boost/",
     r"service/http/|service/rest/.*\.cc$|service/grpc/connection_acceptor\.cc$",
     "boost is wrapped in service/http, the .cc files of service/rest and "
     "service/grpc/connection_acceptor.cc"),
    (r"(service|client)/", r"^(grpc|grpcpp)/|\.grpc\.pb\.h$",
     r"service/grpc/|service/server\.(h|cc)$|client/src/",
     "gRPC is wrapped in service/grpc, service/server and client/src"),
]


def engine_problem(path, included):
    """What is wrong with an include between two folders of engine/src."""
    here = path.split("/")[2]
    there = included.split("/")[2]
    for folder in (here, there):
        if folder not in ENGINE_RANK:
            return f"engine/src/{folder} has no place in the layers"
    if here == there or ENGINE_RANK[there] < ENGINE_RANK[here]:
        return None
    if included == SHARED_BY_RANK_3 and here in ("memtable", "table"):
        return None
    return f"engine/src/{here} must not include engine/src/{there}"


def problems_of(path, included):
    """Yields what is wrong with `path` including `included`."""
    for who, what, unless, message in RULES:
        if not re.match(who, path) or not re.search(what, included):
            continue
        if not unless or not re.match(unless, path):
            yield message
    inside = "engine/src/"
    if (path.startswith(inside) and included.startswith(inside)
            and path.count("/") > 2 and included.count("/") > 2):
        problem = engine_problem(path, included)
        if problem:
            yield problem


def check(tree):
    for path in tree.cpp_files():
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            for message in problems_of(path.as_posix(), match.group(1)):
                yield path, number, f"{match.group(1)}: {message}"


if __name__ == "__main__":
    source_tree.main(check)
