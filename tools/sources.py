"""The files the checks look at, and C++ text with comments and literals blanked."""

import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
# Inputs and wanted outputs of tests are data, and what is built or fetched is not ours.
SKIPPED_FOLDERS = {"build", "node_modules", "__pycache__", "cases", "corpus", "testdata"}
SUFFIXES = (".cc", ".h", ".py", ".sh", ".cmake", ".ts", ".svelte")


def is_source(folder, name):
    if name.endswith(SUFFIXES) or name == "CMakeLists.txt":
        return True
    if "." in name:
        return False
    try:
        with open(os.path.join(folder, name), "rb") as start:
            return start.read(2) == b"#!"
    except OSError:
        return False


def sources(*folders):
    """All source files in these folders of the repository: paths relative to it, in order."""
    found = []
    for top in folders or ("",):
        for folder, inner, names in os.walk(os.path.join(ROOT, top)):
            inner[:] = [
                name
                for name in inner
                if name not in SKIPPED_FOLDERS and (not name.startswith(".") or name == ".ci")
            ]
            for name in names:
                path = os.path.join(folder, name)
                if not os.path.islink(path) and is_source(folder, name):
                    found.append(os.path.relpath(path, ROOT))
    return sorted(found)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


TOKENS = re.compile(
    r"""(?P<raw>\bu?8?R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)")"""
    r"""|(?P<text>"(?:\\.|[^"\\\n])*")"""
    r"""|(?P<letter>(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+')"""
    r"""|(?P<comment>//[^\n]*|/\*.*?\*/)""",
    re.DOTALL,
)


def without_literals(text):
    """C++ without the contents of its literals, every line in its place."""

    def cut(match):
        return match.group(0) if match.group("comment") else "\n" * match.group(0).count("\n")

    return TOKENS.sub(cut, text)


def blanked(text):
    """C++ with comments and literals replaced by blanks, every line in its place."""

    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))

    return TOKENS.sub(blank, text)


def without_comments(text):
    """C++ with comments replaced by blanks, every line in its place; literals stay."""

    def blank(match):
        if match.group("comment") is None:
            return match.group(0)
        return re.sub(r"[^\n]", " ", match.group(0))

    return TOKENS.sub(blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def report(problems, hint):
    """Prints problems (path, line, text); the exit status of a check."""
    for path, line, text in sorted(problems):
        print(f"{path}:{line}: {text}")
    if problems:
        print(f"{len(problems)} problem(s). {hint}")
    return 1 if problems else 0
