#!/usr/bin/env python3
"""Every call of the file system in the engine was made to fail.

  check_call_sites.py --program FILE --symbolizer FILE --sources ENGINE_SRC

The sources are read for calls of Env, RandomAccessFile and WritableFile that
can fail; the program (call_sites.cc) says which addresses it made to fail, and
how. The two lists must agree: a call that was not hit by an I/O error and by a
full disk is an error, and so is an address that is none of the calls, or a call
by a name this script does not know.
"""

import argparse
import bisect
import json
import pathlib
import re
import subprocess
import sys

# Method -> operation, as SimOpName calls it.
ENV_CALLS = {
    "NewRandomAccessFile": "open_read",
    "NewWritableFile": "create",
    "ListDir": "list_dir",
    "FileExists": "stat",
    "FileSize": "stat",
    "FreeSpaceBytes": "stat",
    "CreateDir": "create_dir",
    "SyncDir": "sync_dir",
    "RemoveFile": "remove",
    "RenameFile": "rename",
    "LockFile": "lock",
}
FILE_CALLS = {
    "Append": "append",
    "AppendUnsynced": "append",
    "AppendZeros": "append",
    "AppendDurably": "append",
    "StartAnew": "overwrite",
    "Overwrite": "overwrite",
    "Sync": "sync",
    "Preallocate": "preallocate",
    "Close": "close",
    "Read": "read",
    "ReadOnce": "read",
    "Size": "stat",
}
# Other classes have methods of these names: who is called decides.
FILES = {"(*opened)", "file", "file_", "file_.file", "file_->file", "file.file",
         "on_disk.file", "table_->file", "writer->file_"}
NO_FILES = {"impl_", "log", "log_", "logs", "manifest", "queue_", "reader", "(*reader)",
            "wals_", "shard->hot", "(block->cold_ ? shard->cold : shard->hot)"}
# Calls of a file that is the engine's own and hands each call on to one of the
# Env: (path, operation) -> where it does that. A fault there is a fault here.
HANDED_ON = {
    ("table/table_verifier.cc", "read"): ("db/verify.cc", "read"),
    ("table/block_fetch.cc", "stat"): ("db/verify.cc", "stat"),
}

IGNORED = re.compile(r'//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'')


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


class Source:
    def __init__(self, path):
        self.text = IGNORED.sub(blank, path.read_text(encoding="utf-8"))
        self.starts = [0] + [m.end() for m in re.finditer("\n", self.text)]

    def line(self, offset):
        return bisect.bisect_right(self.starts, offset)

    def statement(self, offset):
        """The lines of the statement around a place."""
        start = offset
        while start > 0 and self.text[start - 1] not in ";{}":
            start -= 1
        start += len(self.text[start:]) - len(self.text[start:].lstrip())
        end = re.compile("[;{}]").search(self.text, offset).start()
        return self.line(start), self.line(end)

    def calls(self):
        """Of every call: receiver, method, offset."""
        for match in re.finditer(r"(?:->|\.)(\w+)\(", self.text):
            name = match.group(1)
            if name in ENV_CALLS or name in FILE_CALLS:
                yield self.receiver(match.start()), name, match.start()

    def is_deliberate_bug(self, first, last):
        """Whether the lines are there only if a bug is switched on."""
        text = self.text[self.starts[first - 1]:
                         (self.starts + [len(self.text)])[last]]
        return re.search(r"(?<!!)LSMKV_BUG\(", text) is not None

    def receiver(self, end):
        """The expression before the arrow or dot."""
        start = end
        while start > 0:
            char = self.text[start - 1]
            if char == ")":
                depth = 0
                while True:
                    start -= 1
                    depth += {")": 1, "(": -1}.get(self.text[start], 0)
                    if depth == 0:
                        break
            elif char.isalnum() or char in "_.":
                start -= 1
            elif self.text[start - 2:start] == "->":
                start -= 2
            else:
                break
        return self.text[start:end]


def find_sites(root, problems):
    """(file, first line, last line, operation, line) of every call."""
    sites = []
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix not in (".cc", ".h") or name.startswith("io/"):
            continue
        source = Source(path)
        for receiver, method, offset in source.calls():
            line = source.line(offset)
            if method in FILE_CALLS and receiver not in FILES:
                if receiver not in NO_FILES:
                    problems.append(f"{name}:{line}: is {receiver}.{method} "
                                    "a file's? Tell this script.")
                continue
            operation = ENV_CALLS.get(method) or FILE_CALLS[method]
            first, last = source.statement(offset)
            if not source.is_deliberate_bug(first, last):
                sites.append((name, first, last, operation, line))
    return sites


def run_program(program):
    done = subprocess.run([program], text=True, stdout=subprocess.PIPE,
                          check=False)
    print("\n".join(line for line in done.stdout.splitlines()
                    if not line.startswith("site ")))
    if done.returncode != 0:
        sys.exit(f"{program}: status {done.returncode}")
    hits = []
    for line in done.stdout.splitlines():
        if line.startswith("site "):
            _, address, operation, *counts = line.split()
            hits.append((int(address, 16), operation, *map(int, counts)))
    return hits


def locate(symbolizer, program, hits):
    """(file, line) of each address, or None if it is none of the engine's."""
    # The address is where the call returns to: the one before is in the call.
    addresses = "".join(f"{hit[0] - 1:#x}\n" for hit in hits)
    done = subprocess.run(
        [symbolizer, f"--obj={program}", "--output-style=JSON"],
        input=addresses, text=True, stdout=subprocess.PIPE, check=True)
    places = []
    for line in done.stdout.splitlines():
        frame = json.loads(line)["Symbol"][0]
        # Whichever tree the compiler's cache has it from.
        path = re.fullmatch(r".*/engine/src/(.*)", frame["FileName"])
        places.append((path.group(1), frame["Line"]) if path else None)
    return places


def main():
    parser = argparse.ArgumentParser()
    for flag in ("--program", "--symbolizer", "--sources"):
        parser.add_argument(flag, required=True)
    args = parser.parse_args()
    root = pathlib.Path(args.sources)
    problems = []
    sites = find_sites(root, problems)
    hits = run_program(args.program)
    places = locate(args.symbolizer, args.program, hits)
    counts = {site: [0, 0, 0] for site in sites}
    for (address, operation, *seen), place in zip(hits, places):
        # A file of io/ that hands on what it is asked does nothing else.
        if place is None or place[0].startswith("io/"):
            continue
        found = [site for site in sites if site[0] == place[0]
                 and site[1] <= place[1] <= site[2] and site[3] == operation]
        if len(found) != 1:
            problems.append(f"{place[0]}:{place[1]}: {operation} at "
                            f"{address:#x} is {len(found)} of the known calls")
        for site in found:
            counts[site] = [a + b for a, b in zip(counts[site], seen)]
    for site in sites:
        target = HANDED_ON.get((site[0], site[3]))
        if target is not None:
            counts[site] = next(counts[other] for other in sites
                                if (other[0], other[3]) == target)
    for site, (calls, internal, exhausted) in sorted(counts.items()):
        place = f"{site[0]}:{site[4]}"
        print(f"{place:40} {site[3]:12} calls {calls:6} "
              f"EIO {internal:4} ENOSPC {exhausted:4}")
        if internal == 0 or exhausted == 0:
            problems.append(f"{place}: {site[3]} was not hit by "
                            + ("EIO" if internal == 0 else "ENOSPC"))
    hit = len(sites) - sum(1 for seen in counts.values() if 0 in seen[1:])
    print(f"count: fallible call sites = {len(sites)}")
    print(f"count: call sites hit by EIO and by ENOSPC = {hit}")
    print("\n".join(problems))
    return 1 if problems or not sites else 0


if __name__ == "__main__":
    sys.exit(main())
