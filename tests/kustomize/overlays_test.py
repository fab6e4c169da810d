#!/usr/bin/env python3
"""Renders overlays/NAME/in as overlays/NAME/app.yaml says, and compares with want.yaml; a case without want.yaml is one
that has to fail.

Usage: overlays_test.py PLUMB [NAME...]

The wanted text is what kustomize builds of the kustomization that Flux would write for the App: where there is Go, that
is checked too, and ACCEPT=1 writes it. The path is spec.path of the App.
"""

import contextlib
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from differential import HERE, check_wants, has_go


def path_of(case):
    found = re.search(r"^  path: (.*)$", (case / "app.yaml").read_text(), re.M)
    return found.group(1) if found else "."


@contextlib.contextmanager
def copies(cases):
    """Of their sources, each a working copy."""
    with tempfile.TemporaryDirectory() as folder:
        made = [pathlib.Path(folder) / case.name for case in cases]
        for case, copy in zip(cases, made):
            shutil.copytree(case / "in", copy)
            (copy / ".git").mkdir()
        yield made


def check_overlays(cases):
    with copies(cases) as folders:
        return check_wants(cases, [(folder, f"{path_of(case)}\t{case / 'app.yaml'}")
                                   for case, folder in zip(cases, folders)])


def main():
    program, chosen = pathlib.Path(sys.argv[1]).resolve(), set(sys.argv[2:])
    cases = sorted(path for path in (HERE / "overlays").iterdir() if not chosen or path.name in chosen)
    failures = check_overlays(cases) if has_go() else 0
    with copies(cases) as folders:
        for case, folder in zip(cases, folders):
            command = [program, "render", "--app-file", case / "app.yaml", folder / path_of(case)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60)
            shown = re.sub(r"^---\n# Source: .*\n", "---\n", done.stdout, flags=re.M).removeprefix("---\n")
            wanted = case / "want.yaml"
            if done.returncode not in (0, 2) or (done.returncode == 0) != wanted.exists():
                print(f"FAIL {case.name}: exit code {done.returncode}\n{done.stderr}")
            elif wanted.exists() and wanted.read_text() != shown:
                print(f"FAIL {case.name}: want.yaml is not what is rendered:\n{shown}")
            else:
                continue
            failures += 1
    print(f"{len(cases)} cases, {failures} failures")
    sys.exit(1 if failures or not cases else 0)


main()
