#!/usr/bin/env python3
"""Attacks on a verified history (docs/trust.md lists them): each is made with the real git, gpg and ssh-keygen,
and `plumb verify` must refuse it with the reason that stands beside it; then it must accept a legitimate commit
on what was accepted before. Usage: attacks_test.py PLUMB [NUMBER...]
"""

import json
import os
import shutil
import sys
import tempfile

from cases import ATTACKS
from signing import REF, URL, Keys, Repo, run

KUSTOMIZATION = """resources:
  - deployment.yaml
images:
  - name: web
    newTag: v1.2.3 # kept by ci
labels: []
"""
FILES = {
    "apps/web/kustomization.yaml": KUSTOMIZATION,
    "apps/web/deployment.yaml": "kind: Deployment\n",
    "clusters/prod/rbac/admins.yaml": "kind: ClusterRoleBinding\n",
    "docs/readme.md": "words\n",
    "docs/other.md": "more words\n",
}


def policy_of(keys, anchor, ref, principals):
    people = "".join(
        f"    - name: {name}\n      kind: {kind}\n      keys: [{json.dumps(key)}]\n" for name, kind, key in [
            ("alice", "human", keys.public("alice")), ("bob", "human", keys.public("bob")),
            ("carol", "human", keys.public("carol")), ("ci", "bot", keys.public("ci")),
            ("forge", "forge", keys.public("forge"))])
    return f"""apiVersion: plumb.dev/v1alpha1
kind: TrustPolicy
metadata: {{name: prod}}
spec:
  sources: [{{url: "{URL}", ref: "{ref}"}}]
  anchor: {anchor}
  principals:
{people}{principals}
  rules:
    - name: rbac
      paths: ["clusters/**/rbac/**", ".plumb/**"]
      anyOf: [{{approvals: 2, from: [alice, bob, carol], authorCounts: true}}]
    - name: images
      paths: ["apps/*/kustomization.yaml"]
      anyOf:
        - {{approvals: 1, from: [alice, bob, carol]}}
        - author: [ci]
          only:
            source:
              - {{at: /images/*/newTag, value: '^v\\d+\\.\\d+\\.\\d+$', monotonic: semver}}
              - {{at: /images/*/newName, value: '^registry\\.example\\.com/acme/[a-z]+$'}}
    - name: config
      paths: ["apps/**", "clusters/**"]
      anyOf: [{{approvals: 1, from: [alice, bob, carol]}}]
    - name: docs
      paths: ["docs/**"]
      anyOf: [{{author: [alice, bob, carol{extra_names(principals)}]}}]
  history: {{maxWalk: 10000}}
"""


def extra_names(principals):
    names = [line.split(":")[1].strip() for line in principals.splitlines() if line.strip().startswith("- name:")]
    return "".join(", " + name for name in names)


class World:
    """What an attack is given: a repository with one accepted commit, keys, and ways to ask for the verdict."""

    def __init__(self, scratch, template, keys, base):
        self.directory = os.path.join(scratch, "repo.git")
        shutil.copytree(template, self.directory)
        self.keys, self.base = keys, base
        self.repo = Repo(self.directory, keys)
        self.ref, self.anchor, self.accepted, self.principals = REF, base, base, ""
        self.kustomization = KUSTOMIZATION

    def verify(self, plumb, tip, accepted):
        policy = os.path.join(self.directory, "policy.yaml")
        with open(policy, "w", encoding="utf-8") as file:
            file.write(policy_of(self.keys, self.anchor, self.ref, self.principals))
        span = f"{accepted}..{tip}" if accepted else tip
        command = [plumb, "verify", "--policy", policy, "--repo", self.directory, "--range", span, "-o", "json"]
        environment = self.repo.environment | {"HOME": self.directory}
        out = run(command, None, environment, check=False)
        if not out:
            told = run([*command, "--color=never"], None, environment, check=False)
            errors = run(["sh", "-c", '"$@" 2>&1 >/dev/null', "sh", *command], None, environment, check=False)
            return {"trusted": None, "reason": "error", "message": (told + errors).decode(errors="replace")}
        return json.loads(out)


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
