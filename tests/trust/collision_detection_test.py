#!/usr/bin/env python3
"""TRU-47: no two objects of one SHA-1 may pass for one another. Nobody has published a collision of Git objects, so
that none can be made here. What can be seen is that both programs that take objects in have the detection of such
attacks (sha1collisiondetection) built in: git, which takes packs, and libgit2, which reads them with
all hashes checked.
Usage: collision_detection_test.py PROGRAM..., which link libgit2.
"""

import re
import shutil
import subprocess
import sys


def holds(file, words):
    with open(file, "rb") as binary:
        return words in binary.read()


def main():
    failures = []
    if not holds(shutil.which("git", path="/usr/bin:/bin"), b"SHA-1 appears to be part of a collision attack"):
        failures.append("git has no detection of SHA-1 collisions")
    for program in sys.argv[1:]:
        linked = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
        library = re.search(r"libgit2\.so\S* => (\S+)", linked)
        if not library:
            failures.append(f"{program} does not link libgit2: how does it read objects?")
        elif not holds(library[1], b"SHA1 collision attack detected"):
            failures.append(f"{library[1]} has no detection of SHA-1 collisions")
    print(*failures, f"{len(failures)} failures", sep="\n")
    sys.exit(1 if failures else 0)


main()
