#!/usr/bin/env python3
"""Our C++ is as clang-format 14 with .clang-format writes it.

To put it right: clang-format-14 -i FILE...
"""

import re
import shutil
import subprocess
import sys

import source_tree

FORMATTER = "clang-format-14"


def check(tree):
    if not shutil.which(FORMATTER):
        sys.exit(f"{FORMATTER} is not installed (deploy/install-deps test)")
    files = [str(p) for p in tree.cpp_files()]
    if not files:
        return
    run = subprocess.run([FORMATTER, "--dry-run", *files], cwd=tree.root,
                         capture_output=True, text=True, check=True)
    seen = set()
    for path, line in re.findall(r"^(\S+?):(\d+):\d+: warning", run.stderr,
                                 re.MULTILINE):
        if path not in seen:  # the first place is enough to find the rest
            seen.add(path)
            yield path, line, f"run {FORMATTER} -i {path}"


if __name__ == "__main__":
    source_tree.main(check)
