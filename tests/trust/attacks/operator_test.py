#!/usr/bin/env python3
"""The attacks against a running operator: real control plane, real Git server. What is pushed is refused with its
reason, nothing in the cluster changes but the condition of the Repository, and a legitimate commit is applied after
it. PLUMB_BIN names the folder of the programs. Usage: operator_test.py [NUMBER|STORY...]
"""

import json
import os
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "scenarios")]
import signing  # noqa: E402
from attack_world import FILES, World as AttackWorld, policy_of  # noqa: E402
from cases import ATTACKS, Attack  # noqa: E402
from signing import REF, Keys, Repo  # noqa: E402
from world import Operator, World, wait_for  # noqa: E402

API = "/apis/plumb.dev/v1alpha1"
# What the server or the fetch refuses before anybody judges it: as good.
FETCH = {"CorruptPack", "FetchFailed", "RefNotFound", "CorruptStore", "CommitNotFound", "NotACommit", "BadGitObject"}
# About the command line, the policy's text or one clone.
LOCAL = {"11", "19", "24-option", "24-head", "18-graft", "18-replace", "23"}


class Stage:
    """One attack's namespace, repository, policy and app."""

    def __init__(self, world, scratch, template, keys, base, attack):
        self.world, self.cluster, self.attack = world, world.cluster, attack
        self.name = "tru-" + attack.name
        world.http.command("create " + self.name)
        self.url = signing.URL = f"{world.git_url}/{self.name}.git"
        self.attacked = AttackWorld(scratch, template, keys, base)
        self.keys, self.base = keys, base
        self.tip = attack.make(self.attacked)
        self.accepted = self.attacked.accepted or self.attacked.base
        self.ref = self.attacked.ref

    def push(self, *refs):
        self.attacked.repo.git("push", "-q", "--force", self.url, *refs)

    def call(self, method, path, body=None, kind="application/json"):
        status, answer = self.cluster.call(method, path, body, kind)
        assert status in (200, 201), (path, answer)
        return answer

    def begin(self):
        """The state in which the attack finds the cluster: the accepted commit is in force."""
        self.push(f"{self.accepted}:{REF}")
        self.world.namespace(self.name)
        text = policy_of(self.keys, self.base, REF, self.attacked.principals, self.name, self.attacked.more)
        self.call("PATCH", f"{API}/trustpolicies/{self.name}?fieldManager=t&force=true", text,
                  "application/apply-patch+yaml")
        accepted = [{"url": self.url, "ref": REF, "commit": self.accepted, "at": "2026-01-01T00:00:00Z"}]
        self.call("PATCH", f"{API}/trustpolicies/{self.name}/status", {"status": {"accepted": accepted}},
                  "application/merge-patch+json")
        # `trust: none` does not lower what a policy asks for.
        self.cluster.apply(f"""apiVersion: plumb.dev/v1alpha1
kind: Repository
metadata: {{name: r, namespace: {self.name}}}
spec: {{url: "{self.url}", ref: {{branch: main}}, interval: 1s, trust: none}}
---
apiVersion: plumb.dev/v1alpha1
kind: App
metadata: {{name: a, namespace: {self.name}}}
spec: {{repository: {{name: r}}, path: docs, targetNamespace: {self.name}, interval: 1h}}
""")
        wait_for("the app", lambda: self.condition("apps", "a", "Ready").get("status") == "True")

    def condition(self, plural, name, kind):
        body = self.cluster.call("GET", f"{API}/namespaces/{self.name}/{plural}/{name}")[1]
        return {c["type"]: c for c in body.get("status", {}).get("conditions", [])}.get(kind, {})

    def state(self):
        """Every object of the namespace, the App and what the policy accepted, byte for byte."""
        paths = [f"/api/v1/namespaces/{self.name}/configmaps", f"{API}/namespaces/{self.name}/apps"]
        items = [json.dumps(self.call("GET", path)["items"], sort_keys=True) for path in paths]
        policy = self.call("GET", f"{API}/trustpolicies/{self.name}")
        return [*items, json.dumps(policy["status"], sort_keys=True)]

    def attempt(self):
        before = self.state()
        refs = self.attacked.repo.git("for-each-ref", "--format=%(refname)", "refs/plumb/").split()
        self.push(f"{self.tip}:{REF}", *refs)
        repository = lambda: self.condition("repositories", "r", "Ready")  # noqa: E731
        refused = wait_for("a refusal", lambda: repository().get("status") == "False" and repository())
        time.sleep(0.3)  # what would be done wrongly would be done now
        assert self.state() == before, "the cluster changed"
        reason = refused["reason"]
        if reason not in {self.attack.reason} | FETCH:
            return f"wanted {self.attack.reason}, got {reason}: {refused['message']}"
        if reason not in FETCH:
            trusted = self.condition("repositories", "r", "Trusted")
            assert trusted["status"] == "False" and trusted["reason"] == reason, trusted
        return ""

    def recover(self):
        live = FILES["docs/live.yaml"].replace("first", "second")
        good = self.attacked.repo.commit(self.accepted, {"docs/live.yaml": live}, signer="bob")
        self.push(f"{good}:{REF}")
        value = lambda: self.cluster.get("ConfigMap", "live", self.name)["data"]["value"]  # noqa: E731
        wait_for("the legitimate commit", lambda: value() == "second")
        wait_for("its condition", lambda: self.condition("repositories", "r", "Trusted").get("status") == "True")
        assert "signed by bob" in self.condition("repositories", "r", "Trusted")["message"]

    def repository(self, ref):
        self.cluster.apply(f"""apiVersion: plumb.dev/v1alpha1
kind: Repository
metadata: {{name: r, namespace: {self.name}}}
spec: {{url: "{self.url}", ref: {ref}, interval: 1s, trust: none}}
""")

    def policy(self, text):
        self.call("PATCH", f"{API}/trustpolicies/{self.name}?fieldManager=t&force=true", text,
                  "application/apply-patch+yaml")

    def commit(self, parent, value, signer="bob"):
        live = FILES["docs/live.yaml"].replace("first", value)
        return self.attacked.repo.commit(parent, {"docs/live.yaml": live}, signer=signer)

    def applied(self, value):
        wait_for(value, lambda: self.cluster.get("ConfigMap", "live", self.name)["data"]["value"] == value)

    def trusted(self, status, reason):
        wait_for(reason, lambda: (lambda c: (c.get("status"), c.get("reason")))(
            self.condition("repositories", "r", "Trusted")) == (status, reason))

    def accepted_commit(self):
        policy = self.call("GET", f"{API}/trustpolicies/{self.name}")
        return [one["commit"] for one in policy.get("status", {}).get("accepted", [])]

    def end(self):
        for path in (f"{API}/namespaces/{self.name}/apps/a", f"{API}/namespaces/{self.name}/repositories/r",
                     f"{API}/trustpolicies/{self.name}"):
            self.cluster.call("DELETE", path)


# Stories of a running operator that one command cannot tell.


def drift_is_healed(stage):
    """What is refused stops nothing: the last good revision is kept true."""
    stage.begin()
    stage.push(f"{stage.commit(stage.base, 'evil', signer=None)}:{REF}")
    stage.trusted("False", "Unsigned")
    stage.cluster.patch("ConfigMap", "live", stage.name, {"data": {"value": "by hand"}})
    stage.applied("first")


def rewind_while_away(stage):
    """The branch goes back while no operator runs: the policy remembers."""
    stage.begin()
    good = stage.commit(stage.base, "second")
    stage.push(f"{good}:{REF}")
    stage.applied("second")
    wait_for("the record", lambda: stage.accepted_commit() == [good])
    stage.world.operator.stop()
    stage.push(f"{stage.base}:{REF}")
    stage.world.operator.start()
    stage.trusted("False", "NotFastForward")
    stage.cluster.patch("ConfigMap", "live", stage.name, {"data": {"value": "by hand"}})
    stage.applied("second")


def record_lost(stage):
    """TRU-48: without the record all is judged again, from the anchor."""
    stage.begin()
    middle = stage.commit(stage.base, "second", signer="mallory")
    path = f"{API}/trustpolicies/{stage.name}/status"
    stage.call("PATCH", path, {"status": {"accepted": None}}, "application/merge-patch+json")
    stage.push(f"{stage.commit(middle, 'third')}:{REF}")
    stage.trusted("False", "UnknownKey")
    good = stage.commit(stage.commit(stage.base, "fourth"), "fifth")
    stage.push(f"{good}:{REF}")
    stage.applied("fifth")
    assert stage.accepted_commit() == [good]


def moved_tag(stage):
    """TRU-20: a tag that was accepted stays where it is."""
    stage.begin()
    repo, ref = stage.attacked.repo, "refs/tags/v1"
    stage.policy(policy_of(stage.keys, stage.base, ref, "", stage.name))
    first, second = stage.commit(stage.base, "second"), stage.commit(stage.base, "third")
    repo.tag("v1", first)
    stage.push(ref)
    stage.repository("{tag: v1}")
    stage.applied("second")
    stage.trusted("True", "Verified")
    before = stage.state()
    repo.tag("v1", second)
    stage.push(ref)
    stage.trusted("False", "TagMoved")
    assert stage.state()[2] == before[2]
    stage.applied("second")


def two_policies(stage):
    stage.begin()
    text = policy_of(stage.keys, stage.base, REF, "", stage.name + "-too")
    path = f"{API}/trustpolicies/{stage.name}-too"
    stage.call("PATCH", path + "?fieldManager=t&force=true", text, "application/apply-patch+yaml")
    stage.push(f"{stage.commit(stage.base, 'second')}:{REF}")
    stage.trusted("False", "InvalidPolicy")
    stage.applied("first")
    stage.call("DELETE", path)
    stage.applied("second")


def another_ref(stage):
    """A branch that the policy does not name, and `trust: none`: the repository is the policy's."""
    stage.begin()
    stage.push(f"{stage.commit(stage.base, 'dev')}:refs/heads/dev")
    stage.repository("{branch: dev}")
    stage.trusted("False", "NotASource")
    stage.applied("first")


def audit(stage):
    stage.begin()
    text = policy_of(stage.keys, stage.base, REF, "", stage.name).replace("spec:\n", "spec:\n  mode: audit\n", 1)
    stage.policy(text)
    stage.push(f"{stage.commit(stage.base, 'second', signer=None)}:{REF}")
    stage.applied("second")
    assert stage.accepted_commit() == [stage.base]


def two_replicas(stage):
    """TRU-49: two that work at once, without a Lease, both write what was accepted: it never goes back."""
    stage.begin()
    other = Operator(stage.world, name="other")
    try:
        seen, tip = [stage.base], stage.base
        for number in range(12):
            tip = stage.commit(tip, f"v{number}")
            stage.push(f"{tip}:{REF}")
            (now,) = stage.accepted_commit()
            if now != seen[-1]:
                seen.append(now)
        stage.applied("v11")
        wait_for("the record", lambda: stage.accepted_commit() == [tip])
        for before, after in zip([*seen, tip], [*seen[1:], tip]):
            stage.attacked.repo.git("merge-base", "--is-ancestor", before, after)
        stage.push(f"{stage.commit(tip, 'evil', signer=None)}:{REF}")
        stage.trusted("False", "Unsigned")
        assert stage.accepted_commit() == [tip]
    finally:
        other.kill()


def events(stage, reason):
    items = stage.call("GET", f"/api/v1/namespaces/{stage.name}/events")["items"]
    return [item["message"] for item in items if item["reason"] == reason and item["involvedObject"]["name"] == "r"]


def alarms(stage):
    """A refusal, a stale source and a compromised key are told once each, as Events and in the status; nothing is
    undone by any of them."""
    stage.begin()
    evil = stage.commit(stage.base, "evil", signer=None)
    stage.push(f"{evil}:{REF}")
    wait_for("the refusal", lambda: events(stage, "Unsigned"))
    good = stage.commit(stage.base, "second", signer="alice")
    stage.push(f"{good}:{REF}")
    stage.applied("second")
    fresh = lambda: stage.condition("repositories", "r", "Fresh")  # noqa: E731
    assert not fresh()
    more = "  freshness: {maxAge: 1h}\n"
    stage.policy(policy_of(stage.keys, stage.base, REF, "", stage.name, more))
    wait_for("an alarm", lambda: fresh().get("status") == "False")
    assert fresh()["reason"] == "Stale" and "nothing newer than commit" in fresh()["message"], fresh()
    stage.attacked.repo.heartbeat("ci", good, url=stage.url)
    stage.push("refs/plumb/heartbeat")
    wait_for("its end", lambda: fresh().get("status") == "True")
    assert "a heartbeat by ci" in fresh()["message"], fresh()
    assert (len(events(stage, "Stale")), len(events(stage, "Fresh"))) == (1, 1)
    more += f"  compromised: [{{key: \"{stage.keys.public('alice')}\", since: {stage.base}}}]\n"
    stage.policy(policy_of(stage.keys, stage.base, REF, "", stage.name, more))
    (told,) = wait_for("the compromised key", lambda: events(stage, "KeyCompromised"))
    assert good[:12] in told, told
    stage.applied("second")
    third = stage.commit(good, "third")
    stage.push(f"{third}:{REF}")
    stage.applied("third")
    assert (len(events(stage, "KeyCompromised")), len(events(stage, "Unsigned"))) == (1, 1)


STORIES = [alarms, drift_is_healed, rewind_while_away, record_lost, moved_tag, two_policies, another_ref, audit,
           two_replicas]


def play(world, scratch, template, keys, base, story):
    name = story.__name__.replace("_", "-")
    attack = next(one for one in ATTACKS if one.name == "00-control")
    place = os.path.join(scratch, name)
    os.makedirs(place)
    stage = Stage(world, place, template, keys, base, Attack("story-" + name, "", "", attack.make, False))
    try:
        story(stage)
        failure = ""
    except AssertionError as error:
        failure = str(error) or repr(error)
    stage.end()
    print(f"{'FAIL' if failure else 'ok  '} {name} {failure}", flush=True)
    return bool(failure)


def chosen():
    wanted = set(sys.argv[1:])
    for attack in ATTACKS:
        if attack.reason == "accepted" or attack.name in LOCAL or attack.name.startswith(("20", "21", "22", "42-n")):
            continue
        if not wanted or attack.name in wanted or attack.name.split("-")[0] in wanted:
            yield attack


def main():
    world = World()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="plumb-attacks-") as scratch:
        keys = Keys(scratch)
        try:
            template = os.path.join(scratch, "template.git")
            os.makedirs(template)
            base = Repo(template, keys).commit([], FILES)
            for story in STORIES:
                if len(sys.argv) < 2 or story.__name__ in sys.argv:
                    failed += play(world, scratch, template, keys, base, story)
            for attack in chosen():
                place = os.path.join(scratch, attack.name)
                os.makedirs(place)
                stage = Stage(world, place, template, keys, base, attack)
                try:
                    stage.begin()
                    failure = stage.attempt()
                    if attack.then_legitimate:
                        stage.recover()
                except AssertionError as error:
                    failure = str(error)
                stage.end()
                shutil.rmtree(place, ignore_errors=True)
                failed += bool(failure)
                print(f"{'FAIL' if failure else 'ok  '} TRU-{attack.name} {failure}", flush=True)
        finally:
            keys.close()
    world.operator.stop()
    report = world.sanitizer_report()
    failed += bool(report)
    print(f"{report}{failed} failures")
    if failed:
        with open(world.operator.log, encoding="utf-8") as log:
            print("the operator's log ends with:\n" + log.read()[-4000:])
    sys.exit(1 if failed else 0)


main()
