#!/usr/bin/env python3
"""Builds kustomizations made by chance, with the original and with ours.

Usage: random_test.py KUSTOMIZE_BUILD [SEED...]

RANDOM_CASES=N builds the seeds 0 to N-1 (300 if it is not given; 10000 each night). With seeds, the differences are
shown and the folders kept. Known differences stand as "random/SEED: REASON" in known_differences.txt.
"""

import os
import pathlib
import sys
import tempfile

import random_builds
from differential import build_many, compare, original, report


def write(folder, seed):
    files, path = random_builds.make(seed)
    for name, body in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(body)
    return folder, path


def main():
    program, chosen = pathlib.Path(sys.argv[1]).resolve(), [int(seed) for seed in sys.argv[2:]]
    count = int(os.environ.get("RANDOM_CASES", "300"))
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(tempfile.mkdtemp() if chosen else scratch)
        seeds = chosen or range(count)
        builds = [write(root / str(seed), seed) for seed in seeds]
        answers = original(builds)

        kinds = []
        for build, theirs, ours in zip(builds, answers, build_many(program, builds)):
            same = ours is not None and ours[0] == theirs[0] and (ours[1] is None) == (theirs[1] is None)
            kinds.append("equal" if same else compare(program, *build, *theirs, str(build[0]) if chosen else ""))
    verdicts = {f"random/{seed}": kind for seed, kind in zip(seeds, kinds)}
    built = sum(error is None for _, error in answers)
    print(f"{built} of {len(builds)} build with the original")
    if chosen:
        sys.exit(set(verdicts.values()) != {"equal"})
    report(verdicts, "random/", complete=False)


main()
