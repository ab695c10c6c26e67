#!/usr/bin/env python3
"""Every test is run: a *_test.cc, *_test.sh or *_test.py under tests/ is
named by the CMakeLists.txt of its folder or of one above it."""

import re

import source_tree

TEST_NAME = re.compile(r".*_test\.(cc|sh|py)$")


def named_in(tree, folder, path):
    listing = tree.root / folder / "CMakeLists.txt"
    if not listing.is_file():
        return False
    text = re.sub(r"#[^\n]*", "", listing.read_text(encoding="utf-8"))
    name = re.escape(path.relative_to(folder).as_posix())
    # Words like ${dir}/name and foreach(name a b) hide names: write them out.
    return re.search(rf"(?<![\w.])(?:\$\{{\w+\}}/)?{name}(?![\w.])", text)


def check(tree):
    for path in tree.all_files():
        if path.parts[0] != "tests" or not TEST_NAME.match(path.name):
            continue
        folders = [f for f in path.parents if f.parts]
        if not any(named_in(tree, folder, path) for folder in folders):
            yield path, 1, "no CMakeLists.txt names this test"


if __name__ == "__main__":
    source_tree.main(check)
