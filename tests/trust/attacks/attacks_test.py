#!/usr/bin/env python3
"""Attacks on a verified history (docs/trust.md lists them): each is made with the real git, gpg and ssh-keygen,
and `plumb verify` must refuse it with the reason that stands beside it; then it must accept a legitimate commit
on what was accepted before. Usage: attacks_test.py PLUMB [NUMBER...]
"""

import os
import shutil
import sys
import tempfile

from attack_world import FILES, World
from cases import ATTACKS
from signing import REF, Keys, Repo

def judge(plumb, scratch, template, keys, base, attack):
    world = World(scratch, template, keys, base)
    tip = attack.make(world)
    verdict = world.verify(plumb, tip, world.accepted)
    got = "accepted" if verdict["trusted"] else verdict["reason"]
    text = verdict.get("message", "")
    failures = []
    if got != attack.reason or attack.message not in text:
        failures.append(f"wanted {attack.reason} {attack.message!r}, got {got}: {text}")
    if world.ref == REF and attack.then_legitimate:
        world.principals = ""
        good = world.repo.commit(base, {"docs/readme.md": "better words\n"}, signer="bob")
        verdict = world.verify(plumb, good, base)
        if not verdict["trusted"]:
            failures.append(f"the legitimate commit after it: {verdict.get('message')}")
    return failures


def main():
    plumb = os.path.abspath(sys.argv[1])
    wanted = set(sys.argv[2:])
    failed = 0
    with tempfile.TemporaryDirectory(prefix="plumb-attacks-") as scratch:
        keys = Keys(scratch)
        try:
            template = os.path.join(scratch, "template.git")
            os.makedirs(template)
            base = Repo(template, keys).commit([], FILES)
            for attack in ATTACKS:
                if wanted and attack.name not in wanted and attack.name.split("-")[0] not in wanted:
                    continue
                place = os.path.join(scratch, attack.name)
                os.makedirs(place)
                failures = judge(plumb, place, template, keys, base, attack)
                shutil.rmtree(place, ignore_errors=True)
                failed += bool(failures)
                print(f"{'FAIL' if failures else 'ok  '} TRU-{attack.name}: {attack.reason}", *failures, sep="\n     ")
        finally:
            keys.close()
    print(f"{failed} failures")
    sys.exit(1 if failed else 0)


main()
