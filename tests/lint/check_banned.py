#!/usr/bin/env python3
"""Words that do not belong in our sources, each with what to use instead."""

import re

import source_tree

# (pattern, files where it may stand, what to say); C++ only, looked for
# outside comments and literals.
CPP_RULES = [
    (r"\bstd::cout\b",
     r"client/cli/|client/examples/|engine/tools/|service/main\.cc|tests/",
     "a library does not print: take a std::ostream or the Logger"),
    (r"\b(sleep_for|sleep_until|usleep|nanosleep)\b",
     r"engine/src/io/|tests/support/|tests/bench/|\w+/.*clock[^/]*$",
     "wait through the Env or the clock seam, so that tests need not"),
    (r"(?<![\w.>])s?rand\s*\(", None, "use the seeded generator"),
    (r"\bthrow\b", None, "return an absl::Status"),
    (r"\babsl::(Reader|Writer)?Mutex(Lock)?\b", None,
     "use lsmkv/engine/mutex.h (or the client's own)"),
    (r"\busing\s+namespace\s+std\b", None, "name what is used"),
]

# In every text of ours, comments included.
UNFINISHED = re.compile(r"\b(FIXME|TODO|XXX|HACK)\b")
GUARD_PRAGMA = re.compile(r"^\s*#\s*pragma\s+once", re.MULTILINE)


def expected_guard(path):
    """The include guard that `path` must have."""
    name = path.as_posix()
    for public in ("engine/include/", "client/include/"):
        name = name.removeprefix(public)
    return re.sub(r"\W", "_", name.removeprefix("lsmkv/")).upper() + "_"


def cpp_problems(path, text):
    if GUARD_PRAGMA.search(text):
        yield 1, "write an include guard"
    elif path.suffix == ".h":
        guard = "LSMKV_" + expected_guard(path)
        if f"#ifndef {guard}\n#define {guard}\n" not in text:
            yield 1, f"the include guard is not {guard}"
    code = source_tree.strip_comments_and_strings(text)
    for pattern, allowed, message in CPP_RULES:
        if allowed and re.match(allowed, path.as_posix()):
            continue
        for match in re.finditer(pattern, code):
            line = code.count("\n", 0, match.start()) + 1
            yield line, f"{match.group(0).strip()}: {message}"


def check(tree):
    for path in tree.all_files():
        if path.parts[:2] == ("tests", "lint"):
            continue  # the words stand here as rules
        text = tree.text(path)
        for match in UNFINISHED.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield path, line, f"{match.group(0)}: file an issue instead"
        if path.suffix in source_tree.CPP_SUFFIXES:
            for line, message in cpp_problems(path, text):
                yield path, line, message


if __name__ == "__main__":
    source_tree.main(check)
