#!/usr/bin/env python3
"""Runs every folder of cases/: `cmd` is a shell line with plumb in the PATH, run in the case's folder.

Standard output, standard error and the exit code must be want.out, want.err and want.code (missing: empty, 0).
ACCEPT=1 writes them instead.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
CASES = pathlib.Path(__file__).resolve().parent / "cases"
ACCEPT = os.environ.get("ACCEPT") == "1"


def run(case, home):
    environment = {"PATH": f"{PROGRAM.parent}:/usr/bin:/bin", "HOME": home, "LC_ALL": "C", "TERM": "xterm"}
    done = subprocess.run(["sh", "-c", (case / "cmd").read_text()], cwd=case, env=environment, capture_output=True,
                          timeout=60)
    out, err = (text.decode(errors="backslashreplace").replace(home, "$HOME") for text in (done.stdout, done.stderr))
    return {"want.out": out, "want.err": err, "want.code": f"{done.returncode}\n"}


def check(case, got):
    failures = 0
    for name, text in got.items():
        file = case / name
        default = "0\n" if name == "want.code" else ""
        if ACCEPT:
            file.write_text(text) if text != default else file.unlink(missing_ok=True)
            continue
        want = file.read_text() if file.exists() else default
        if text != want:
            failures += 1
            print(f"{case.name}: {name}\n--- wanted\n{want}--- got\n{text}")
    return failures


def main():
    cases = sorted(path for path in CASES.iterdir() if path.is_dir())
    if not cases:
        sys.exit("no cases found")
    with tempfile.TemporaryDirectory() as home:
        failures = sum(check(case, run(case, home)) for case in cases)
    print(f"{len(cases)} cases, {failures} differences")
    sys.exit(1 if failures else 0)


main()
