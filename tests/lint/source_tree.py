"""What the checks share: our files, C++ text without its comments, a report.

Every check is a program `check_x.py [--root DIR]` that prints one line for
each problem, `path:line: what is wrong`, and exits 1 if there was one.
"""

import argparse
import pathlib
import re
import sys

CPP_SUFFIXES = {".h", ".cc"}
OUR_FOLDERS = ("proto", "service", "engine", "client", "cmake", "tests",
               "deploy", ".ci", ".github")
# The last two hold inputs of fuzzers: bytes, not texts of ours.
SKIPPED_FOLDERS = {"__pycache__", ".cache", ".git", "corpus", "regressions"}


class SourceTree:
    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()

    def all_files(self):
        """Every file of ours, as paths relative to the root, sorted."""
        found = [p for p in self.root.iterdir() if p.is_file()]
        for folder in OUR_FOLDERS:
            for path in (self.root / folder).rglob("*"):
                if path.is_file() and not SKIPPED_FOLDERS & set(path.parts):
                    found.append(path)
        return sorted(p.relative_to(self.root) for p in found
                      if p.suffix != ".swp")

    def cpp_files(self):
        return [p for p in self.all_files() if p.suffix in CPP_SUFFIXES]

    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8",
                                            errors="replace")


_CPP_NOISE = re.compile(
    r"""//[^\n]*
      | /\*.*?\*/
      | R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"
      | "(?:\\.|[^"\\\n])*"
      | (?<![0-9a-zA-Z_])'(?:\\.|[^'\\\n])+'
    """, re.DOTALL | re.VERBOSE)


def strip_comments_and_strings(text):
    """C++ `text` with comments gone and literals empty; lines stay lines."""

    def blank(match):
        found = match.group(0)
        newlines = "\n" * found.count("\n")
        if found.startswith("/"):
            return " " + newlines
        return ("''" if found.startswith("'") else '""') + newlines

    # A // inside an #include or #error line never starts a literal.
    return _CPP_NOISE.sub(blank, text)


def main(check):
    """Runs check(tree) -> iterable of (path, line, message)."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"]
                                     .__doc__)
    default_root = pathlib.Path(__file__).resolve().parents[2]
    parser.add_argument("--root", default=default_root)
    arguments = parser.parse_args()
    tree = SourceTree(arguments.root)
    problems = list(check(tree))
    for path, line, message in problems:
        print(f"{path}:{line}: {message}")
    if not problems:
        print(f"ok: {len(tree.all_files())} files")
    sys.exit(1 if problems else 0)
