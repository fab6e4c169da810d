#!/usr/bin/env python3
"""Builds every case of kustomize's own tests and compares with what the original made of it.

Usage: krusty_test.py KUSTOMIZE_BUILD [CASE...]

known_differences.txt lists what differs and why, a line "krusty/CASE: REASON" each. A case that is not in it has to be
equal; one that is in it and is equal has to be taken out. With names of cases, the differences are shown.
"""

import collections
import json
import pathlib
import subprocess
import sys
import tempfile

from differential import HERE, compare, report


def text_of(file):
    return file.read_text() if file.exists() else None


def main():
    program, chosen = pathlib.Path(sys.argv[1]).resolve(), set(sys.argv[2:])
    verdicts, skips = {}, collections.Counter()
    with tempfile.TemporaryDirectory() as out:
        captured = subprocess.run([HERE / "capture", out])
        if captured.returncode:
            sys.exit(captured.returncode)
        for case in sorted(pathlib.Path(out).iterdir()):
            options = json.loads((case / "options.json").read_text())
            if options.get("skip"):
                skips[options["skip"]] += 1
            elif not chosen or case.name in chosen:
                verdicts["krusty/" + case.name] = compare(
                    program, case / "in", options["path"], text_of(case / "want.yaml"), text_of(case / "want.error"),
                    case.name if chosen else "")
    for reason, count in sorted(skips.items()):
        print(f"{count} left out: {reason}")
    if chosen:
        sys.exit(set(verdicts.values()) != {"equal"})
    report(verdicts, "krusty/")


main()
