#!/usr/bin/env python3
"""Builds cases/NAME/in and compares with want.yaml; a case without want.yaml is one that has to fail.

Usage: cases_test.py KUSTOMIZE_BUILD [NAME...]

The wanted text is the original's: where there is Go, that is checked too, and ACCEPT=1 writes it. The kustomization is
in/, or in/overlay where there is such a folder. The project's own kustomization, deploy/, is held against the original
without a want.yaml. Differences that are known stand as "cases/NAME: REASON" in
known_differences.txt.
"""

import pathlib
import sys

from differential import HERE, check_wants, compare, has_go, original, report


def path_of(case):
    return "overlay" if (case / "in" / "overlay").is_dir() else "."


def main():
    program, chosen = pathlib.Path(sys.argv[1]).resolve(), set(sys.argv[2:])
    cases = sorted(path for path in (HERE / "cases").iterdir() if not chosen or path.name in chosen)
    if has_go() and check_wants(cases, [(case / "in", path_of(case)) for case in cases]):
        sys.exit(1)
    verdicts = {}
    for case in cases:
        wanted = case / "want.yaml"
        text, error = (wanted.read_text(), None) if wanted.exists() else (None, "it fails")
        verdicts["cases/" + case.name] = compare(program, case / "in", path_of(case), text, error,
                                                 case.name if chosen else "")
    if not chosen and has_go():
        deploy = HERE.parent.parent / "deploy"
        text, error = original([(deploy, ".")])[0]
        verdicts["cases/deploy"] = compare(program, deploy, ".", text, error)
    if chosen:
        sys.exit(set(verdicts.values()) != {"equal"})
    report(verdicts, "cases/")


main()
