#!/usr/bin/env python3
"""Every public header compiles alone, before anything else is included."""

import concurrent.futures
import os
import shutil
import subprocess

import source_tree

INCLUDE_FOLDERS = ("engine/include", "client/include")
COMPILER = os.environ.get("CXX") or (
    "clang++" if shutil.which("clang++") else "c++")


def compile_alone(tree, path):
    """The compiler's first complaint about `path`, or None."""
    folder = next(f for f in INCLUDE_FOLDERS
                  if path.as_posix().startswith(f + "/"))
    source = f'#include "{path.relative_to(folder).as_posix()}"\n'
    command = [COMPILER, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra",
               "-Werror", "-x", "c++", "-"]
    command += [f"-I{tree.root / f}" for f in INCLUDE_FOLDERS]
    run = subprocess.run(command, input=source, capture_output=True,
                         text=True)
    return None if run.returncode == 0 else run.stderr.strip()


def check(tree):
    headers = [p for p in tree.cpp_files() if p.suffix == ".h"
               and p.as_posix().startswith(INCLUDE_FOLDERS)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda p: compile_alone(tree, p), headers)
        for path, complaint in zip(headers, results):
            if complaint:
                yield path, 1, f"does not compile alone:\n{complaint}"


if __name__ == "__main__":
    source_tree.main(check)
