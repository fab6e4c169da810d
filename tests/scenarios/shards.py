"""The work is divided into shards over several replicas: each App has one writer at a time, whatever becomes of the
replicas, of the Repositories' labels, and of objects that two Apps want."""

import base64
import hashlib
import hmac
import json
import os
import signal
import subprocess
import time
import unittest
import urllib.request

from faults import Proxy
from replicas import TIMES
from scenario import OwnOperators, files
from world import Operator, config_map, wait_for

LEASES = "/apis/coordination.k8s.io/v1/namespaces/plumb-system/leases"
BODY = json.dumps({"ref": "refs/heads/main"}).encode()


class Sharded(OwnOperators):
    """What scenarios of shards share."""

    COUNT = 4

    def setUp(self):
        self.replicas = {}
        self.name = self._testMethodName.replace("_", "-")[5:]
        self.gits = {}
        self.world.namespace(self.name)

    def start(self, *names, count=COUNT, **options):
        for name in names:
            replica = Operator(self.world, "--leader-elect", *TIMES, "--shards", str(count), name=f"{self.name}-{name}",
                               begun="operator stands by", **options)
            self.replicas[name] = replica
            self.addCleanup(lambda one=replica: one.process.poll() is None and one.kill())

    def holders(self):
        """The identity that holds each shard; none for what is held by nobody."""
        _, found = self.cluster.call("GET", LEASES)
        out = {}
        for lease in found["items"]:
            name = lease["metadata"]["name"]
            if name.startswith("plumb-operator-shard-") and lease["spec"].get("holderIdentity"):
                out[int(name.rsplit("-", 1)[1])] = lease["spec"]["holderIdentity"]
        return out

    def identity(self, name):
        """What the replica calls itself; None before it took a shard."""
        line = self.replicas[name].line('"msg":"lease acquired"')
        return line["identity"] if line else None

    def shared(self, **counts):
        """Waits until each replica has so many shards; answers the holders."""
        def look():
            holders = list(self.holders().values())
            return all(holders.count(self.identity(name) or "") == count for name, count in counts.items())
        wait_for(f"shards to be held by {counts}", look, 30, every=0.05)
        return self.holders()

    def app(self, name, shard, objects=None, spec="", path="web", wait=True):
        """An App with a Repository of its own in this shard."""
        self.gits[name] = self.world.repository(name, files=objects or files(name),
                                                labels=f'{{plumb.dev/shard: "{shard}"}}')
        self.world.app(name, name, path, extra=f"  targetNamespace: {self.name}\n{spec}")
        if wait:
            self.world.wait_applied(name, self.gits[name].head())

    def shard_of(self, name):
        return self.world.status(name).get("shard", "")

    def writes(self, mark):
        """[(name of the object or App, user agent)] of all that was written since the mark but Leases, Events and what
        is told of Repositories."""
        return [(name, agent) for verb, resource, name, agent in self.world.requests_by_agent(mark)
                if verb not in ("get", "list") and resource not in ("leases", "events", "repositories/status")]

    def tearDown(self):
        if not any(replica.process.poll() is None for replica in self.replicas.values()):
            return
        for name in self.gits:
            if self.cluster.get("App", name, "default", "plumb.dev/v1alpha1"):
                self.cluster.delete("App", name, "default", "plumb.dev/v1alpha1")
        for name in self.gits:
            wait_for(f"{name} to go",
                     lambda name=name: not self.cluster.get("App", name, "default", "plumb.dev/v1alpha1"))
            self.cluster.delete("Repository", name, "default", "plumb.dev/v1alpha1")
        for replica in self.replicas.values():
            if replica.process.poll() is None:
                replica.stop()


class Shards(Sharded):
    def test_divided(self):
        """Four shards and two replicas: two each. A shard's App is written by its holder alone; at rest only Leases are
        asked for."""
        mark = self.world.audit_mark()
        self.start("one", "two")
        holders = self.shared(one=2, two=2)
        names = [f"divided-{shard}" for shard in range(self.COUNT)]
        for shard, name in enumerate(names):
            self.app(name, shard)
        for shard, name in enumerate(names):
            self.assertEqual(self.shard_of(name), f"{shard}/4")
            self.world.wait_applied(name, self.gits[name].commit(files(name, value="2")))
        writers = {}
        for name, agent in self.writes(mark):
            writers.setdefault(name, set()).add(agent)
        self.assertEqual({name: writers[name] for name in names},
                         {name: {f"plumb-operator ({holders[shard]}; shard {shard}/4)"}
                          for shard, name in enumerate(names)})
        metrics = {name: self.replicas[name].probe("/metrics") for name in ("one", "two")}
        for text in metrics.values():
            self.assertIn("plumb_shards 2\n", text)
            self.assertIn('plumb_apps{state="ready"} 2\n', text)
        def rests():
            mark = self.world.audit_mark()
            time.sleep(2.5)
            return {request[1] for request in self.world.requests_by_agent(mark)} == {"leases"}
        wait_for("nothing but Leases to be asked for", rests)

    def test_killed(self):
        """kill -9 of one of two: the other has all shards when the Leases run out, and each App has one writer at a
        time."""
        self.start("one", "two")
        holders = self.shared(one=2, two=2)
        names = [f"killed-{shard}" for shard in range(self.COUNT)]
        for shard, name in enumerate(names):
            self.app(name, shard)
        mark = self.world.audit_mark()
        dead = self.identity("two")
        for name in names:
            self.gits[name].commit(files(name, *[f"{name}-{i}" for i in range(40)], value="2"))
        self.replicas["two"].kill()
        for name in names:
            self.world.wait_applied(name, self.gits[name].head(), seconds=60)
        self.shared(one=4)
        for name in names:
            agents = [agent for written, agent in self.writes(mark) if written.startswith(name)]
            turns = [agent for i, agent in enumerate(agents) if i == 0 or agents[i - 1] != agent]
            self.assertLessEqual(len(turns), 2, turns)
            if len(turns) == 2:
                self.assertIn(dead, turns[0])
        self.assertEqual(sorted(shard for shard, holder in holders.items() if holder == dead),
                         sorted(shard for shard in holders if holders[shard] != self.identity("one")))

    def test_joined(self):
        """A third replica comes: it gets its share once the others are sure of it, and what it takes over it finds as
        it should be."""
        self.start("one", "two")
        before = self.shared(one=2, two=2)
        names = [f"joined-{shard}" for shard in range(self.COUNT)]
        for shard, name in enumerate(names):
            self.app(name, shard)
        mark = self.world.audit_mark()
        self.start("three")
        wait_for("it to have a shard", lambda: self.identity("three") in self.holders().values(), 30, every=0.05)
        after = self.holders()
        self.assertLessEqual(sum(before[shard] != after.get(shard) for shard in before), 1)
        moved = next(shard for shard in after if after[shard] == self.identity("three"))
        wait_for("it to work", lambda: self.replicas["three"].line('"msg":"shard started"'))
        self.cluster.patch("ConfigMap", names[moved], self.name, {"data": {"value": "by hand"}})
        wait_for("drift to be healed",
                 lambda: self.cluster.get("ConfigMap", names[moved], self.name)["data"]["value"] == "1")
        self.assertEqual([write for write in self.writes(mark) if write[0] not in names], [])
        self.assertEqual({agent for name, agent in self.writes(mark) if name == names[moved]},
                         {f"plumb-operator ({after[moved]}; shard {moved}/4)"})
        self.assertLess(self.replicas["three"].stop(), 5)
        holders = wait_for("the shard to be taken back", lambda: len(self.holders()) == 4 and self.holders())
        self.assertEqual(sorted(list(holders.values()).count(self.identity(n)) for n in ("one", "two")), [2, 2])
        self.world.wait_applied(names[moved], self.gits[names[moved]].commit(files(names[moved], value="3")))

    def test_contested(self):
        """Apps of different shards want one object, at the same time: one has it, the others are told; it never
        changes hands but when the first lets go of it, and then it is the same object."""
        self.start("one", "two")
        self.shared(one=2, two=2)
        rivals = ["contested-a", "contested-b", "contested-c", "contested-d"]
        mark = self.world.audit_mark()
        for shard, name in enumerate(rivals):
            self.app(name, shard, {**files(name), "web/shared.yaml": config_map("shared", name)}, wait=False)
        def decided():
            reasons = [self.world.condition(name).get("reason") for name in rivals]
            return reasons.count("OwnedByAnotherApp") == 3 and [
                name for name in rivals if self.world.condition(name).get("status") == "True"]
        owner = wait_for("one of them to have it", decided, 60, every=0.05)[0]
        def label(): return self.cluster.get("ConfigMap", "shared", self.name)["metadata"]["labels"]["plumb.dev/app"]
        self.assertEqual(label(), owner)
        found = self.cluster.get("ConfigMap", "shared", self.name)
        self.assertEqual(found["data"]["value"], owner)
        self.assertEqual(len({agent for name, agent in self.writes(mark) if name == "shared"}), 1)
        # What only the others have they applied.
        for name in rivals:
            self.assertIsNotNone(self.cluster.get("ConfigMap", name, self.name))
        for name in rivals:
            entries = self.world.status(name)["inventory"]["entries"]
            self.assertEqual([e["id"] for e in entries if "shared" in e["id"]] != [], name == owner, name)
        # The owner lets go of it: handed over, across shards.
        self.gits[owner].commit({"web/shared.yaml": None})
        wait_for("another to have it", lambda: label() != owner, 30)
        now = self.cluster.get("ConfigMap", "shared", self.name)
        self.assertEqual(now["metadata"]["uid"], found["metadata"]["uid"])

    def test_race(self):
        """The same with many objects, and what each App claims arrives late: all claim all before any knows of the
        others. The order of the writes decides: each object is applied by one of them only, and each App keeps what it
        has."""
        rivals = [f"race-{shard}" for shard in range(self.COUNT)]
        shared = [f"shared-{i}" for i in range(40)]
        for shard, name in enumerate(rivals):
            objects = {f"web/{one}.yaml": config_map(one, name) for one in shared}
            self.app(name, shard, {**files(name), **objects}, wait=False)
        mark = self.world.audit_mark()
        proxy = Proxy(self.world)
        proxy.rule("delay", ["PATCH"], "/status", ms=5000)  # longer than the replicas take to begin
        self.start("one", "two", "three", kubeconfig=proxy.kubeconfig(self.world))
        def owners():
            found = {one: self.cluster.get("ConfigMap", one, self.name) for one in shared}
            return all(found.values()) and {
                one: (o["metadata"]["labels"]["plumb.dev/app"], o["data"]["value"]) for one, o in found.items()}
        first = wait_for("all objects to be there", owners, 60, every=0.1)
        for owner, value in first.values():
            self.assertEqual(owner, value)
        def decided():
            for name in rivals:
                has = [one for one in shared if first[one][0] == name]
                held = [e["id"] for e in self.world.status(name).get("inventory", {}).get("entries", [])]
                if len(held) != len(has) + 1 or self.world.condition(name).get("status") not in ("True", "False"):
                    return False
            return True
        wait_for("each App to know what it has", decided, 60, every=0.1)
        self.assertTrue(any(replica.line("another App was first") for replica in self.replicas.values()))
        self.assertEqual(owners(), first)
        writers = {}
        for name, agent in self.writes(mark):
            writers.setdefault(name, set()).add(agent)
        self.assertEqual([(one, writers[one]) for one in shared if len(writers[one]) != 1], [])

    def test_many(self):
        """Thirty objects that an App of another shard wants: when the first lets go of all in one commit, each is
        handed over, and none is deleted."""
        self.start("one", "two")
        self.shared(one=2, two=2)
        shared = [f"many-{i}" for i in range(30)]
        self.app("many-a", 0, {**files("many-a"), **files(*shared)})
        self.app("many-b", 1, {**files("many-b"), **files(*shared, value="2")}, wait=False)
        wait_for("the second to be told", lambda: self.world.condition("many-b").get("reason") == "OwnedByAnotherApp")
        def seen():
            found = [self.cluster.get("ConfigMap", one, self.name) for one in shared]
            return all(found) and [(o["metadata"]["uid"], o["metadata"]["labels"]["plumb.dev/app"]) for o in found]
        before = seen()
        self.assertEqual({owner for _, owner in before}, {"many-a"})
        mark = self.world.audit_mark()
        self.gits["many-a"].commit({f"web/{one}.yaml": None for one in shared})
        self.world.wait_applied("many-b", self.gits["many-b"].head())
        self.assertEqual(seen(), [(uid, "many-b") for uid, _ in before])
        deleted = [name for verb, resource, name in self.world.operator_requests(mark) if verb == "delete"]
        self.assertEqual(deleted, [])
        self.assertEqual(self.cluster.get("ConfigMap", shared[-1], self.name)["data"]["value"], "2")
        self.world.wait_applied("many-a", self.gits["many-a"].head())
        self.assertNotIn("wanted", self.world.status("many-b"))

    def test_moved(self):
        """A Repository gets another label while its App is being synced: the one lets go of it before the other takes
        it."""
        self.start("one", "two")
        holders = self.shared(one=2, two=2)
        other = next(shard for shard in range(1, 4) if holders[shard] != holders[0])
        self.app("moved", 0)
        mark = self.world.audit_mark()
        self.gits["moved"].commit(files(*[f"m{i}" for i in range(100)]))
        wait_for("the sync to begin", lambda: any(name == "m1" for name, _ in self.writes(mark)))
        self.cluster.patch("Repository", "moved", "default", {"metadata": {"labels": {"plumb.dev/shard": str(other)}}},
                           "plumb.dev/v1alpha1")
        wait_for("the other to have it", lambda: self.shard_of("moved") == f"{other}/4")
        self.world.wait_applied("moved", self.gits["moved"].commit(files("z")))
        agents = [agent for _, agent in self.writes(mark)]
        turns = [agent for i, agent in enumerate(agents) if i == 0 or agents[i - 1] != agent]
        self.assertEqual(turns, [f"plumb-operator ({holders[0]}; shard 0/4)",
                                 f"plumb-operator ({holders[other]}; shard {other}/4)"])

    def test_frozen(self):
        """A replica is stopped in the middle of a sync, and wakes up when another has its shards: it writes nothing
        more, and ends."""
        self.start("one", "two")
        holders = self.shared(one=2, two=2)
        frozen = next(name for name in ("one", "two") if self.identity(name) == holders[0])
        self.app("frozen", 0)
        mark = self.world.audit_mark()
        self.gits["frozen"].commit(files(*[f"m{i}" for i in range(150)]))
        wait_for("the sync to begin", lambda: any(name == "m1" for name, _ in self.writes(mark)))
        self.replicas[frozen].process.send_signal(signal.SIGSTOP)
        commit = self.gits["frozen"].commit({"web/m0.yaml": config_map("m0", "2")})
        self.world.wait_applied("frozen", commit, seconds=60)
        mark = self.world.audit_mark()
        self.replicas[frozen].process.send_signal(signal.SIGCONT)
        self.assertEqual(self.replicas[frozen].process.wait(20), 1)
        self.world.wait_applied("frozen", self.gits["frozen"].commit(files("z")))
        self.assertEqual([agent for _, agent in self.writes(mark) if holders[0] in agent], [])

    def test_unattended(self):
        """Nobody works on the shards any more: the command line tells which one an App waits for."""
        self.start("one")
        self.shared(one=4)
        self.app("unattended", 3)
        def plumb(*words):
            environment = {**os.environ, "KUBECONFIG": os.path.join(self.world.plane_directory, "kubeconfig")}
            return subprocess.run([self.world.program("plumb"), *words, "-n", "default"], env=environment,
                                  check=False, capture_output=True, text=True, timeout=60).stdout
        self.assertIn("shard      3/4\n", plumb("why", "unattended"))
        identity = self.identity("one")
        self.replicas["one"].kill()
        def unattended():
            text = plumb("why", "unattended")
            return "no replica" in text and text
        said = wait_for("it to be told", unattended, 30, every=0.5)
        self.assertIn("app default/unattended is left as it is: no replica of the operator works on shard 3/4\n", said)
        self.assertIn(identity, said)
        self.assertIn("no replica of the operator works on shard 3/4", plumb("status"))
        self.start("two")
        wait_for("somebody to work on it", lambda: "no replica" not in plumb("why", "unattended"), 30, every=0.5)

    def test_depends(self):
        """An App waits for one of another shard, and is woken by it."""
        self.start("one", "two")
        self.shared(one=2, two=2)
        self.app("depends-late", 1, spec="  dependsOn: [{name: depends-first}]\n", wait=False)
        wait_for("it to wait", lambda: self.world.condition("depends-late").get("reason") == "DependencyNotReady")
        self.app("depends-first", 2)
        self.world.wait_applied("depends-late", self.gits["depends-late"].head())
        # The reverse order when they are deleted.
        for name in ("depends-first", "depends-late"):
            self.cluster.delete("App", name, "default", "plumb.dev/v1alpha1")
        for name in ("depends-late", "depends-first"):
            wait_for(f"{name} to go", lambda name=name: not self.cluster.get("App", name, "default",
                                                                             "plumb.dev/v1alpha1"))

    def test_webhook(self):
        """A webhook reaches a replica that does not have the Repository."""
        self.start("one", "two")
        holders = self.shared(one=2, two=2)
        self.cluster.call("POST", "/api/v1/namespaces/default/secrets", {
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "webhook"},
            "data": {"token": base64.b64encode(b"webhook-of-a-test").decode()}})
        self.app("webhook", 0)
        self.cluster.patch("Repository", "webhook", "default",
                           {"spec": {"interval": "1h", "webhookSecretRef": {"name": "webhook"}}}, "plumb.dev/v1alpha1")
        other = next(name for name in ("one", "two") if self.identity(name) != holders[0])
        def deliver():
            request = urllib.request.Request(
                f"http://127.0.0.1:{self.replicas[other].webhook_port}/hook/default/webhook", BODY,
                {"Content-Type": "application/json", "X-GitHub-Event": "push",
                 "X-Hub-Signature-256": "sha256=" + hmac.new(b"webhook-of-a-test", BODY, hashlib.sha256).hexdigest()})
            try:
                with urllib.request.urlopen(request, timeout=5) as answer:
                    return answer.status == 202
            except urllib.error.HTTPError:
                return False
        wait_for("the webhook to be known there", deliver, every=0.1)
        time.sleep(1.5)
        commit = self.gits["webhook"].commit(files("webhook", value="2"))
        self.assertTrue(deliver())
        self.world.wait_applied("webhook", commit)

    def test_division(self):
        """Replicas that know of another number of shards, or of none, wait until the last of these is gone."""
        self.start("one")
        self.shared(one=4)
        self.app("division", 1)
        self.start("two", count=2)
        alone = Operator(self.world, "--leader-elect", *TIMES, name=f"{self.name}-alone", begun="operator stands by")
        self.addCleanup(lambda: alone.process.poll() is None and alone.kill())
        time.sleep(4)
        self.assertIsNone(self.identity("two"))
        self.assertIsNone(alone.line('"msg":"lease acquired"'))
        alone.kill()
        self.replicas["one"].kill()
        commit = self.gits["division"].commit(files("division", value="2"))
        self.world.wait_applied("division", commit, seconds=60)
        self.assertEqual(self.shard_of("division"), "1/2")
        # And to one that works alone.
        self.replicas["two"].stop()
        alone = Operator(self.world, "--leader-elect", *TIMES, name=f"{self.name}-last", begun="operator stands by")
        self.replicas = {"last": alone}
        self.addCleanup(lambda: alone.process.poll() is None and alone.kill())
        self.world.wait_applied("division", self.gits["division"].commit(files("division", value="3")), seconds=60)


if __name__ == "__main__":
    unittest.main()
