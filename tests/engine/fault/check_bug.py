#!/usr/bin/env python3
"""Proves that a test would notice a bug: it must pass as the engine is, and
fail with the bug switched on.

  check_bug.py --bug NAME --program FILE --filter GTEST_FILTER [--seeds N]
  check_bug.py --covered SOURCES NAME...

The program is linked with the engine that has hooks (LSMKV_TEST_HOOKS). With
the bug it is run for up to N seeds, since a random test need not meet the bug
with every one; a crash of the test program counts as noticed, a time-out does
not. The second form fails unless the names are exactly those that the sources
ask for with LSMKV_BUG.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

TIMEOUT_SECONDS = 100


def run(program, gtest_filter, seed, bug):
    env = dict(os.environ, LSMKV_TEST_SEED=str(seed))
    env.setdefault("LSMKV_TEST_SCALE", "0.1")
    env.pop("LSMKV_DELIBERATE_BUG", None)
    if bug:
        env["LSMKV_DELIBERATE_BUG"] = bug
    return subprocess.run(
        [program, f"--gtest_filter={gtest_filter}", "--gtest_brief=1"],
        env=env, text=True, errors="replace", stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=TIMEOUT_SECONDS)


def check_bug(args):
    first_seed = int.from_bytes(os.urandom(4), "little")
    good = run(args.program, args.filter, first_seed, None)
    if good.returncode != 0 or "0 tests ran" in good.stdout:
        print(good.stdout[-8000:])
        print(f"{args.filter} does not pass without the bug")
        return 1
    reached = False
    for seed in range(first_seed, first_seed + args.seeds):
        bad = run(args.program, args.filter, seed, args.bug)
        reached |= f"deliberate bug reached: {args.bug}" in bad.stdout
        if bad.returncode != 0:
            print(bad.stdout[-1500:])
            print(f"caught: {args.bug} (seed {seed})")
            return 0
    print(f"NOT caught in {args.seeds} runs: {args.bug}, which was "
          f"{'reached' if reached else 'never reached'}")
    return 1


def check_covered(sources, names):
    asked = set()
    for path in pathlib.Path(sources).rglob("*.[ch]*"):
        text = path.read_text()
        if path.name != "deliberate_bug.h":
            asked |= set(re.findall(r'LSMKV_BUG\(\s*"(\w+)"', text))
    for name in sorted(asked - set(names)):
        print(f"no test proves that {name} would be noticed")
    for name in sorted(set(names) - asked):
        print(f"{name} is nowhere in {sources}")
    return 0 if asked == set(names) and asked else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bug")
    parser.add_argument("--program")
    parser.add_argument("--filter", default="*")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--covered")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    if args.covered:
        return check_covered(args.covered, args.names)
    return check_bug(args)


if __name__ == "__main__":
    sys.exit(main())
