#!/usr/bin/env python3
"""What a program must not have in it, by the symbols of the linked file and by the linker's map.

  symbols_test.py PROGRAM --with ARCHIVE... --without ARCHIVE...

Every function that an archive defines is looked for in the program, and every member of it in
PROGRAM.map. --with: some of them are there (so that the test sees what it looks for); --without:
none is.
"""

import os
import re
import subprocess
import sys

# "src/edge/os/libplumb_edge_os.a(process.cc.o)"
MEMBER = re.compile(r"(\S+\.a)\(([^)]+)\)")


def functions(path):
    """Strong functions: inline ones and templates may come by a header."""
    text = subprocess.run(
        ["nm", "--defined-only", path], check=True, capture_output=True, text=True
    ).stdout
    rows = map(str.split, text.splitlines())
    return {words[2] for words in rows if len(words) == 3 and words[1] == "T"}


def members(map_file):
    """{name of an archive: its members that were linked}"""
    found = {}
    with open(map_file, encoding="utf-8") as file:
        for archive, member in MEMBER.findall(file.read()):
            found.setdefault(os.path.basename(archive), set()).add(member)
    return found


def main():
    program, *rest = sys.argv[1:]
    split = rest.index("--without")
    wanted, unwanted = rest[1:split], rest[split + 1 :]
    there, linked = functions(program), members(program + ".map")
    problems = []
    for archive in wanted:
        if not functions(archive) & there or os.path.basename(archive) not in linked:
            problems.append(f"nothing of {archive} is in {program}")
    for archive in unwanted:
        own = functions(archive)
        if not own:
            problems.append(f"{archive} defines nothing")
        problems += [f"{program} has {name} of {archive}" for name in sorted(own & there)]
        by_map = sorted(linked.get(os.path.basename(archive), ()))
        problems += [f"{program}.map has {member} of {archive}" for member in by_map]
    print("\n".join(problems) or f"{program}: {len(there)} functions of {len(linked)} archives")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
