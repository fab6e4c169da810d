#!/usr/bin/env python3
"""Every ErrorCode of src/ has a number and a name of its own and is listed in docs/errors.md.

ACCEPT=1 rewrites the table in docs/errors.md. The last column is written by people and kept; a new
code takes it from the comment at its constant.
"""

import os
import re
import sys

from sources import ROOT, line_of, read, report, sources, without_comments

DOCUMENT = "docs/errors.md"
BEGIN, END = "<!-- codes -->", "<!-- end of codes -->"
CODE = re.compile(r'\bErrorCode\s+(k\w+)\s*\{\s*(\d+)\s*,\s*"([^"]*)"\s*\}\s*;([^\n]*)')
ROW = re.compile(r"^\| E(\d{4}) \| `([^`]*)` \| ([^|]*) \| (.*) \|$", re.MULTILINE)
# The first digits of a number tell the area; the same list is at the top of src/base/error.h.
AREAS = {
    1: "YAML and JSON",
    2: "manifests and rendering",
    3: "Git",
    4: "trust",
    5: "cluster",
    6: "plan and apply",
    7: "custom resources",
    8: "command line",
    9: "operating system, network and internal",
    10: "Kustomize",
    11: "Helm",
    12: "config-repo edits",
}
INTRODUCTION = """# Error codes

Every error that Plumb reports has a code; the name is also the reason of a condition and never
changes. The table is made from the sources: `ACCEPT=1 tools/check_errors.py`.

"""


def codes_in_sources():
    """[(number, name, path, line, comment)]"""
    found = []
    for path in sources("src"):
        if not path.endswith((".cc", ".h")) or path.endswith("_test.cc"):
            continue
        text = read(path)
        kept = without_comments(text)
        for match in CODE.finditer(text):
            if kept[match.start()] == " ":
                continue  # an example in a comment
            comment = re.search(r"//\s*(.*)", match.group(4))
            found.append(
                (
                    int(match.group(2)),
                    match.group(3),
                    path,
                    line_of(text, match.start()),
                    comment.group(1).strip() if comment else "",
                )
            )
    return sorted(found)


def twice(codes, problems):
    for field, what in ((0, "number"), (1, "name")):
        first = {}
        for code in codes:
            path, line = code[2], code[3]
            if code[field] in first:
                problems.append(
                    (path, line, f"{what} {code[field]} is taken by {first[code[field]]}")
                )
            else:
                first[code[field]] = f"{path}:{line}"


def malformed(codes, problems):
    for number, name, path, line, _ in codes:
        if number // 100 not in AREAS:
            problems.append((path, line, f"number {number} is in no area of src/base/error.h"))
        if not re.fullmatch(r"([A-Z][a-z0-9]*)+", name):
            problems.append((path, line, f'"{name}" is not CamelCase'))


def meaning_of(name, meanings, comment):
    return meanings.get(name, "") or comment or "-"


def table(codes, meanings):
    lines = [BEGIN]
    area = None
    for number, name, path, _, comment in codes:
        if number // 100 != area:
            area = number // 100
            title = AREAS.get(area, "others")
            lines += ["", f"## {title[0].upper()}{title[1:]}", ""]
            lines += ["| Code | Name | Raised in | Meaning |", "|---|---|---|---|"]
        meaning = meaning_of(name, meanings, comment)
        folder = os.path.dirname(path)[len("src/") :]
        lines.append(f"| E{number:04} | `{name}` | {folder} | {meaning} |")
    return "\n".join(lines + ["", END])


def accept(wanted, present):
    if BEGIN in present and END in present:
        head, rest = present.split(BEGIN, 1)
        text = head + wanted + rest.split(END, 1)[1]
    else:
        text = INTRODUCTION + wanted + "\n"
    path = os.path.join(ROOT, DOCUMENT)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def main():
    problems, codes = [], codes_in_sources()
    twice(codes, problems)
    malformed(codes, problems)
    present = read(DOCUMENT) if os.path.exists(os.path.join(ROOT, DOCUMENT)) else ""
    meanings = {row[1]: row[3] for row in ROW.findall(present) if row[3] != "-"}
    wanted = table(codes, meanings)
    for _, name, path, line, comment in codes:
        if f"`{name}`" in present and meaning_of(name, meanings, comment) == "-":
            problems.append((path, line, f"{name} has no meaning in {DOCUMENT} and no comment"))
    if wanted not in present:
        if os.environ.get("ACCEPT") == "1":
            accept(wanted, present)
        else:
            problems.append((DOCUMENT, 1, "the table is not that of the sources"))
    return report(problems, "ACCEPT=1 tools/check_errors.py rewrites the table.")


if __name__ == "__main__":
    sys.exit(main())
