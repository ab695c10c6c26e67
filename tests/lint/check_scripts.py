#!/usr/bin/env python3
"""Our scripts: bash and strict, executable, free of errors bash -n finds (and
shellcheck, where it is installed)."""

import os
import re
import shutil
import subprocess

import source_tree

STRICT = re.compile(r"^set -euo pipefail$", re.MULTILINE)


def first_line(tree, path):
    with open(tree.root / path, "rb") as file:
        return file.readline(200).decode("utf-8", "replace").rstrip()


def bash_problems(tree, path):
    if not STRICT.search(tree.text(path)):
        yield 1, "lacks `set -euo pipefail`"
    commands = [["bash", "-n"]]
    if shutil.which("shellcheck"):
        commands.append(["shellcheck", "--format=gcc", "--external-sources"])
    for command in commands:
        run = subprocess.run([*command, path.as_posix()], cwd=tree.root,
                             capture_output=True, text=True)
        if run.returncode:
            yield 1, (run.stdout + run.stderr).strip()


def check(tree):
    for path in tree.all_files():
        line = first_line(tree, path)
        if not line.startswith("#!"):
            if path.suffix == ".sh":
                yield path, 1, "lacks a #! line"
            continue
        if not os.access(tree.root / path, os.X_OK):
            yield path, 1, "starts with #! and is not executable"
        if line == "#!/usr/bin/env bash":
            for number, message in bash_problems(tree, path):
                yield path, number, message
        elif line != "#!/usr/bin/env python3":
            yield path, 1, f"{line}: scripts are bash or python3, by env"


if __name__ == "__main__":
    source_tree.main(check)
