#!/usr/bin/env python3
"""Builds every case of kustomize's own tests and compares with what the original made of it.

Usage: krusty_test.py KUSTOMIZE_BUILD [CASE...]

known_differences.txt lists what differs and why, a line "CASE: REASON" each. A case that is not in it has to be equal;
one that is in it and is equal has to be taken out. With names of cases, the differences are shown.
"""

import collections
import difflib
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77


def known_differences():
    lines = (HERE / "known_differences.txt").read_text().splitlines()
    pairs = (line.split(":", 1) for line in lines if line and not line.startswith("#"))
    return {name.strip(): reason.strip() for name, reason in pairs}


def build(program, folder, path):
    try:
        return subprocess.run([program, folder, path], capture_output=True, timeout=60)
    except subprocess.TimeoutExpired as expired:
        return subprocess.CompletedProcess(expired.cmd, -1, b"", b"ran for too long")


def verdict(program, case, options, show):
    """What is different: equal, differs (both build), verdict (one of them fails), crash."""
    done = build(program, case / "in", options["path"])
    wanted = case / "want.yaml"
    if done.returncode not in (0, 1):
        kind = "crash"
    elif wanted.exists() != (done.returncode == 0):
        kind = "verdict"
    elif wanted.exists() and wanted.read_bytes() != done.stdout:
        kind = "differs"
    else:
        kind = "equal"
    if show:
        print(f"== {case.name}: {kind}\n{done.stderr.decode(errors='replace')}")
        if wanted.exists():
            print("\n".join(difflib.unified_diff(wanted.read_text().splitlines(),
                                                 done.stdout.decode(errors="replace").splitlines(),
                                                 "original", "ours", lineterm="")))
        else:
            print("the original: " + (case / "want.error").read_text())
    return kind


def main():
    program, chosen = pathlib.Path(sys.argv[1]).resolve(), set(sys.argv[2:])
    with tempfile.TemporaryDirectory() as out:
        captured = subprocess.run([HERE / "capture", out])
        if captured.returncode:
            sys.exit(captured.returncode)
        cases = sorted(path for path in pathlib.Path(out).iterdir() if path.is_dir())
        verdicts, skips = {}, collections.Counter()
        for case in cases:
            options = json.loads((case / "options.json").read_text())
            if options.get("skip"):
                skips[options["skip"]] += 1
            elif not chosen or case.name in chosen:
                verdicts[case.name] = verdict(program, case, options, bool(chosen))
    if chosen:
        return
    report(verdicts, skips)


def report(verdicts, skips):
    counts = collections.Counter(verdicts.values())
    print(f"{len(verdicts)} cases: {counts['equal']} equal, {counts['differs']} differ, "
          f"{counts['verdict']} where one fails and the other does not, {counts['crash']} crashes")
    for reason, count in sorted(skips.items()):
        print(f"{count} left out: {reason}")
    known, failures = known_differences(), 0
    for name, kind in sorted(verdicts.items()):
        if kind != "equal" and name not in known:
            print(f"FAIL {name}: {kind}")
        elif kind == "equal" and name in known:
            print(f"FAIL {name}: equal by now; take it out of known_differences.txt")
        else:
            continue
        failures += 1
    for name in sorted(set(known) - set(verdicts)):
        print(f"FAIL {name}: known_differences.txt names it, but there is no such case")
        failures += 1
    sys.exit(1 if failures else 0)


main()
