#!/usr/bin/env python3
"""tests/KNOWN_BUGS.md has one line for each bug, 1 to 56, and every test that
it names exists: `Suite.Test` in C++, `file_test.test_name` in Python."""

import pathlib
import re

import source_tree

TABLE = pathlib.Path("tests/KNOWN_BUGS.md")
BUGS = 56

_CPP_TEST = re.compile(r"^(?:TYPED_)?TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\s*\)",
                       re.MULTILINE)
_PYTHON_TEST = re.compile(r"^    def (test_\w+)\(self", re.MULTILINE)
_LINE = re.compile(r"\| (\d+) \| [^|]+ \| ([^|]+) \|")
_NAME = re.compile(r"`(\w+\.\w+)`")


def tests_of(tree):
    names = set()
    for path in tree.all_files():
        if path.parts[0] != "tests":
            continue
        if path.suffix in source_tree.CPP_SUFFIXES:
            names.update(".".join(found) for found in
                         _CPP_TEST.findall(tree.text(path)))
        elif path.name.endswith("_test.py"):
            names.update(f"{path.stem}.{name}" for name in
                         _PYTHON_TEST.findall(tree.text(path)))
    return names


def check(tree):
    if not (tree.root / TABLE).is_file():
        yield TABLE, 1, "is missing"
        return
    known = tests_of(tree)
    expected = 1
    last = 0
    for number, line in enumerate(tree.text(TABLE).splitlines(), 1):
        row = _LINE.fullmatch(line)
        if not row and line.startswith("| ") and not line.startswith("| #"):
            yield TABLE, number, "is no line of the table"
        if not row:
            continue
        last = number
        if int(row[1]) != expected:
            yield TABLE, number, f"is bug {row[1]}, not {expected}"
        expected += 1
        for name in _NAME.findall(row[2]):
            if name not in known:
                yield TABLE, number, f"there is no test {name}"
    if expected != BUGS + 1:
        yield TABLE, last, f"ends at bug {expected - 1}, not {BUGS}"


if __name__ == "__main__":
    source_tree.main(check)
