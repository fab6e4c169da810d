"""What the tests of this folder share: the original's builds, ours, and the list of known differences."""

import collections
import difflib
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77  # exit status for ctest: no Go


def has_go():
    script = ". ../../tools/go.sh; go_command"
    return subprocess.run(["bash", "-c", script], cwd=HERE, capture_output=True).returncode == 0


def oracle():
    """The program that builds with the original's library."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "plumb" / "kustomize"
    cache.mkdir(parents=True, exist_ok=True)
    program = cache / "oracle"
    version = "-X sigs.k8s.io/kustomize/api/provenance.version=v5.8.1"
    script = (". ../../tools/go.sh; go_command >/dev/null || exit 77; "
              f"go_run build -ldflags='{version}' -o \"$0\" ./oracle")
    built = subprocess.run(["bash", "-c", script, program], cwd=HERE)
    if built.returncode:
        sys.exit(built.returncode)
    return program


def original(folders):
    """What kustomize makes of (folder, path) pairs, in one process: a list of (text, error), one of them None."""
    program = oracle()
    lines = "".join(f"{folder}\t{path}\n" for folder, path in folders)
    done = subprocess.run([program], input=lines, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(folders):
        sys.exit(f"the original ended at {folders[len(answers)]}")
    return [(answer.get("yaml"), answer.get("error")) for answer in answers]


def check_wants(cases, asked):
    """Whether want.yaml of each case is what the original prints when it is asked so; the number of those that are not.
    ACCEPT=1 writes them."""
    failures = 0
    for case, (text, error) in zip(cases, original(asked)):
        wanted = case / "want.yaml"
        if os.environ.get("ACCEPT") == "1":
            wanted.unlink(missing_ok=True) if text is None else wanted.write_text(text)
            print(f"{case.name}: {error or 'written'}")
        elif (wanted.read_text() if wanted.exists() else None) != text:
            print(f"FAIL {case.name}: want.yaml is not what the original builds {error or ''}")
            failures += 1
    return failures


def build(program, folder, path):
    try:
        return subprocess.run([program, folder, path], capture_output=True, timeout=60)
    except subprocess.TimeoutExpired as expired:
        return subprocess.CompletedProcess(expired.cmd, -1, b"", b"ran for too long")


def build_many(program, folders):
    """(text, error) for each, in one process; what comes after a crash is None."""
    lines = "".join(f"{folder}\t{path}\n" for folder, path in folders)
    done = subprocess.run([program, "-"], input=lines, text=True, stdout=subprocess.PIPE)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    known = [(answer.get("yaml"), answer.get("error")) for answer in answers]
    return known + [None] * (len(folders) - len(known))


def compare(program, folder, path, text, error, title=""):
    """equal, differs (both build), verdict (one of them fails) or crash; with a title, shows the difference."""
    done = build(program, folder, path)
    if done.returncode not in (0, 1):
        kind = "crash"
    elif (error is None) != (done.returncode == 0):
        kind = "verdict"
    elif error is None and text.encode() != done.stdout:
        kind = "differs"
    else:
        kind = "equal"
    if title and kind != "equal":
        print(f"== {title}: {kind}\n{done.stderr.decode(errors='replace')}")
        if error is None:
            ours = done.stdout.decode(errors="replace").splitlines()
            print("\n".join(difflib.unified_diff(text.splitlines(), ours, "original", "ours", lineterm="")))
        else:
            print(f"the original: {error}")
    return kind


def known_differences(prefix):
    lines = (HERE / "known_differences.txt").read_text().splitlines()
    pairs = (line.split(":", 1) for line in lines if line and not line.startswith("#"))
    return {name.strip(): reason.strip() for name, reason in pairs if name.startswith(prefix)}


def forget(names):
    """Takes names out of the list of known differences."""
    file = HERE / "known_differences.txt"
    kept = [line for line in file.read_text().splitlines(True) if line.split(":", 1)[0] not in names]
    file.write_text("".join(kept))


def report(verdicts, prefix, complete=True):
    """Prints the figures and ends the test: with 1 if a case that is not listed differs, or one that is does not.

    Not complete: there are more cases than those that ran."""
    counts = collections.Counter(verdicts.values())
    print(f"{len(verdicts)} cases: {counts['equal']} equal, {counts['differs']} differ, "
          f"{counts['verdict']} where one fails and the other does not, {counts['crash']} crashes")
    known, failures = known_differences(prefix), 0
    if os.environ.get("ACCEPT") == "1":
        forget({name for name in known if verdicts.get(name, "equal") == "equal"})
        known = known_differences(prefix)
    for name, kind in sorted(verdicts.items()):
        if kind != "equal" and name not in known:
            print(f"FAIL {name}: {kind}")
        elif kind == "equal" and name in known:
            print(f"FAIL {name}: equal by now; take it out of known_differences.txt")
        else:
            continue
        failures += 1
    for name in sorted(set(known) - set(verdicts) if complete else []):
        print(f"FAIL {name}: known_differences.txt names it, but there is no such case")
        failures += 1
    sys.exit(1 if failures else 0)
