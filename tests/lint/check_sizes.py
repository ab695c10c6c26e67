#!/usr/bin/env python3
"""No file over 800 lines, no C++ function over 70 lines, signature included.

Functions are found by matching braces; a lambda counts into the function
around it.
"""

import re

import source_tree

MAX_FILE_LINES = 800
MAX_FUNCTION_LINES = 70

SIZED_SUFFIXES = source_tree.CPP_SUFFIXES | {".py", ".sh", ".md", ".proto",
                                             ".cmake", ".txt", ""}

_PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
_ACCESS = re.compile(r"\b(?:public|private|protected)\s*:(?!:)")
_ATTRIBUTE = re.compile(r"\[\[.*?\]\]|\balignas\s*\([^()]*\)", re.DOTALL)
_TYPE = re.compile(r"(?:(?:typedef|static|inline|constexpr|const)\s+)*"
                   r"(?:class|struct|union|enum)\b")
_SCOPE = re.compile(r'(?:inline\s+)?namespace\b|extern\s*""\s*$')
_INIT_LIST = re.compile(r"\)\s*(?:noexcept\s*)?:(?!:)")
_TOKENS = re.compile(r"[{}();]")


def _without_template(head):
    """`head` without template<...> in front of it."""
    while True:
        head = head.strip()
        match = re.match(r"template\s*<", head)
        if not match:
            return head
        depth, at = 1, match.end()
        while at < len(head) and depth:
            depth += {"<": 1, ">": -1}.get(head[at], 0)
            at += 1
        head = head[at:]


def classify(head):
    """What a { after `head` opens: 'scope', 'function' or 'data'."""
    head = _ATTRIBUTE.sub(" ", head)
    head = _without_template(head)
    if _SCOPE.match(head) or (_TYPE.match(head) and not head.endswith("=")):
        return "scope"
    if head.endswith("="):
        return "data"
    if _INIT_LIST.search(head) and re.search(r"[\w>]$", head):
        after = head[_INIT_LIST.search(head).end():]
        if not re.search(r"[)}]\s*(?:const|noexcept|override|final)?$", after):
            return "data"  # member_{...} in a constructor's list
    if "(" in head or (head.endswith("]") and "=" in head):
        return "function"
    return "data"


def functions(text):
    """Yields (name, first line, last line) of each function in `text`."""
    text = source_tree.strip_comments_and_strings(text)
    text = _PREPROCESSOR.sub(lambda m: "\n" * m.group(0).count("\n"), text)
    head_start, parens, skipped = 0, 0, 0
    open_function = None  # where the head of the open function starts
    depth = 0
    for match in _TOKENS.finditer(text):
        token, at = match.group(0), match.start()
        if open_function is not None or skipped:
            if token in "{}":
                step = 1 if token == "{" else -1
                if open_function is not None:
                    depth += step
                    if depth == 0:
                        yield _describe(text, open_function, at)
                        open_function, head_start = None, at + 1
                else:
                    skipped += step
            continue
        if token in "()":
            parens += 1 if token == "(" else -1
        elif token == "{":
            head = _ACCESS.sub(" ", text[head_start:at])
            kind = "data" if parens > 0 else classify(head)
            if kind == "scope":
                head_start = at + 1
            elif kind == "function":
                open_function, depth = head_start, 1
            else:
                skipped = 1
        elif parens <= 0:  # } closes a scope, ; ends a declaration
            head_start, parens = at + 1, 0


def _describe(text, start, end):
    head = text[start:end].split("{")[0]
    head = _ACCESS.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), head)
    start += len(head) - len(head.lstrip())
    named = re.search(r"([~\w:]+(?:\s*\[\s*\])?)\s*\(", head)
    name = named.group(1) if named else "a lambda"
    if re.fullmatch(r"TEST(_[FP])?|TYPED_TEST(_P)?", name):
        name = " ".join(head[named.start():].split())
    return (name, text.count("\n", 0, start) + 1,
            text.count("\n", 0, end) + 1)


def check(tree):
    for path in tree.all_files():
        if path.suffix not in SIZED_SUFFIXES:
            continue
        text = tree.text(path)
        lines = text.count("\n")
        if lines > MAX_FILE_LINES:
            yield path, lines, f"{lines} lines, at most {MAX_FILE_LINES}"
        if path.suffix not in source_tree.CPP_SUFFIXES:
            continue
        for name, first, last in functions(text):
            length = last - first + 1
            if length > MAX_FUNCTION_LINES:
                yield (path, first, f"{name} has {length} lines, "
                       f"at most {MAX_FUNCTION_LINES}")


if __name__ == "__main__":
    source_tree.main(check)
