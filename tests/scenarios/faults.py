"""The API server is reached through a proxy that spoils requests, answers and watches: whatever happens on the way, the
operator comes to what Git says, deletes nothing else, and does not flood the server."""

import json
import os
import time

from scenario import Scenario, files
from world import ACCOUNT, ROOT, Operator, World, config_map, wait_for

OBJECTS = "/configmaps/"
PROGRAM = os.path.join(ROOT, "tests/harness/fault_proxy/fault_proxy")


class Proxy:
    """tests/harness/fault_proxy, which describes its commands."""

    def __init__(self, world):
        env = world.cluster.env
        server = os.path.join(os.path.dirname(env["PLUMB_CLUSTER_CA"]), "server")
        self.child = world.child(PROGRAM, "-upstream", world.cluster.server, "-ca", env["PLUMB_CLUSTER_CA"],
                                 "-cert", server + ".crt", "-key", server + ".key")
        self.url = json.loads(self.child.ready)["url"]

    def tell(self, op, **what):
        answer = json.loads(self.child.command(json.dumps({"op": op, **what})))
        assert "error" not in answer, answer
        return answer

    def rule(self, do, methods=(), path="", **what):
        self.tell("rule", do=do, methods=list(methods), path=path, **what)

    def clear(self):
        self.tell("clear")

    def stats(self):
        return self.tell("stats")

    def applied(self, rule=0):
        return self.stats()["rules"][rule]["applied"]


    def kubeconfig(self, world):
        """The operator's, but by way of the proxy."""
        with open(world.operator_kubeconfig, encoding="utf-8") as file:
            config = json.load(file)
        config["clusters"][0]["cluster"]["server"] = self.url
        path = os.path.join(world.directory, "proxied.kubeconfig")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        return path


class FaultyWorld(World):
    """The operator reaches the API server through the proxy."""

    def __init__(self):
        super().__init__(operator=False)
        self.proxy = Proxy(self)
        self.operator = Operator(self, kubeconfig=self.proxy.kubeconfig(self))

    def deletions(self, mark, namespace):
        """Names of what the operator deleted, or tried to, in a namespace since the mark."""
        out = []
        for event in self.audited(mark):
            target = event.get("objectRef", {})
            if event["user"]["username"] == ACCOUNT and event["verb"].startswith("delete") and \
                    target.get("namespace") == namespace:
                out.append(target.get("name", "everything"))
        return sorted(set(out))


class Faulty(Scenario):
    WORLD = FaultyWorld
    SPEC = "  retryInterval: 1s\n"

    def setUp(self):
        super().setUp()
        self.proxy = self.world.proxy
        self.mark = self.world.audit_mark()
        self.addCleanup(self.proxy.clear)

    def status_answer(self, code, reason, message):
        return json.dumps({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                           "message": message, "reason": reason, "code": code})

    def events_told(self, reason):
        return [e["message"] for e in self.world.events(self.name) if e["reason"] == reason]


class Requests(Faulty):
    """Faults of single requests while a commit is applied that makes 20 objects, changes one and removes one."""

    def change(self, seconds=60):
        """The commit; what it takes until it is applied is what the caller spoilt."""
        many = [f"m{i}" for i in range(20)]
        commit = self.git.commit({**files("a", *many, value="2"), "web/b.yaml": None})
        self.applied(commit, seconds)
        self.assertEqual([self.value(name) for name in ["a", "b", *many]], ["2", None] + ["2"] * 20)
        self.assertEqual(self.world.deletions(self.mark, self.name), ["b"])

    def survive(self, do, methods=("PATCH",), path=OBJECTS, times=8, least=None, **what):
        """Spoils the first requests of the commit; all of them must be met, and few more be made."""
        self.start(files("a", "b"))
        before = self.proxy.stats()["requests"]
        self.proxy.rule(do, methods, path, times=times, **what)
        self.change()
        self.assertGreaterEqual(self.proxy.applied(), least or times)
        self.assertLess(self.proxy.stats()["requests"] - before, 120)
        self.proxy.clear()
        self.rests()
        self.edit("a", "by hand")
        self.becomes("a", "2")

    def rests(self):
        """Nothing was undone that was ours, nothing failed for good, and no request is made any more."""
        self.assertEqual(self.events_told("Healed"), [])
        self.requests(self.world.audit_mark())
        mark = self.world.audit_mark()
        time.sleep(1.5)
        self.assertEqual(self.requests(mark), [])

    def test_slow(self):
        self.survive("delay", ("GET", "PATCH", "POST", "DELETE"), "", times=40, least=20, ms=500)

    def test_crawl(self):
        """Five seconds for each of the first answers: nothing else waits for them, and no thread is begun for one."""
        self.start(files("a", "b"))
        threads = self.threads()
        self.proxy.rule("delay", ["PATCH", "POST", "DELETE"], "", times=12, ms=5000)
        commit = self.git.commit({**files("a", *[f"m{i}" for i in range(20)], value="2"), "web/b.yaml": None})
        wait_for("slow answers", lambda: self.proxy.applied() > 0)
        self.assertEqual(self.world.operator.probe("/readyz"), "ok\n")
        self.assertEqual(self.threads(), threads)
        self.applied(commit, seconds=90)
        self.assertEqual(self.world.deletions(self.mark, self.name), ["b"])
        self.assertEqual(self.events_told("ApplyFailed"), [])

    def threads(self):
        return len(os.listdir(f"/proc/{self.world.operator.process.pid}/task"))

    def test_reset(self):
        self.survive("reset")

    def test_lost(self):
        """The server did it, and the answer never came."""
        self.survive("lost")

    def test_aborted(self):
        self.survive("abort", bytes=60)

    def test_short(self):
        """Half an answer that looks whole."""
        self.survive("short", bytes=60)

    def test_throttled(self):
        """429: repeated when the server asked to, and never told as a failure."""
        self.survive("status", status=429, headers={"Retry-After": "1"},
                     body=self.status_answer(429, "TooManyRequests", "too many requests"))
        self.assertEqual(self.events_told("ApplyFailed"), [])

    def test_unavailable(self):
        self.survive("status", status=503, body="upstream connect error")

    def test_internal(self):
        self.survive("status", status=500, body=self.status_answer(500, "InternalError", "etcdserver: leader changed"))

    def test_timeout(self):
        self.survive("status", status=504, body=self.status_answer(504, "Timeout", "request did not complete"))

    def test_released(self):
        """The App goes with its finalizer, and the answer is lost: it is gone, and nobody tries again."""
        self.start(files("a"))
        mark, log = self.world.audit_mark(), os.path.getsize(self.world.operator.log)
        self.proxy.rule("lost", ["PATCH"], f"/apps/{self.name}\\?", times=1)
        self.cluster.delete("App", self.name, "default", "plumb.dev/v1alpha1")
        wait_for("the App to go", self.gone)
        requests = self.requests(mark)
        self.assertEqual(self.proxy.applied(), 1)
        self.assertIsNone(self.world.operator.line("finalizer not removed", log))
        self.assertLessEqual(requests.count(("patch", "apps", self.name)), 2)

    def test_deletion(self):
        """The deletion is done, and the answer never came."""
        self.survive("lost", ("DELETE",), times=2, least=1)

    def test_status(self):
        """Neither the inventory nor the outcome can be written at first."""
        self.survive("status", path="/status", times=4, status=503)

    def test_goaway(self):
        """The server sends the client to another connection again and again, as behind a balancer."""
        self.start(files("a", "b"))
        before = self.proxy.stats()["connections"]
        for number in range(5):
            self.proxy.rule("goaway", ["PATCH"], OBJECTS, times=1)
            self.commit(files("a", *[f"m{i}" for i in range(20)], value=str(number)))
            self.assertEqual(self.proxy.applied(), 1)
            self.proxy.clear()
        self.change()
        self.assertGreaterEqual(self.proxy.stats()["connections"], before + 5)
        self.assertEqual(self.events_told("ApplyFailed"), [])
        self.rests()

    def test_cut(self):
        """Every connection is cut, again and again."""
        self.start(files("a", "b"))
        self.proxy.rule("delay", ["PATCH"], OBJECTS, ms=100)
        for number in range(4):
            self.git.commit(files("a", *[f"m{i}" for i in range(20)], value=f"cut {number}"))
            wait_for("some writes", lambda seen=self.proxy.applied(): self.proxy.applied() > seen + 3)
            self.proxy.tell("cut")
        self.proxy.clear()
        self.change()
        self.rests()

    def test_full(self):
        """After the first few writes the server refuses every other, until it does not."""
        self.start(files("a", "b"))
        self.proxy.rule("status", ["PATCH", "POST", "DELETE"], "", skip=6, status=500,
                        body=self.status_answer(500, "InternalError", "etcdserver: mvcc: database space exceeded"))
        commit = self.git.commit({**files("a", *[f"m{i}" for i in range(10)], value="2"), "web/b.yaml": None})
        wait_for("refusals", lambda: self.proxy.applied() > 5)
        before = self.proxy.stats()["requests"]
        time.sleep(5)
        self.assertLess(self.proxy.stats()["requests"] - before, 150)
        self.assertEqual(self.value("b"), "1")
        self.proxy.clear()
        self.applied(commit)
        self.assertEqual([self.value(name) for name in ("a", "b", "m9")], ["2", None, "2"])

    def test_credentials(self):
        """The server does not know us for a while."""
        self.survive("status", ("GET", "PATCH", "POST"), "", times=6, status=401,
                     body=self.status_answer(401, "Unauthorized", "Unauthorized"))


class Watches(Faulty):
    """Faults of the streams that tell what is in the cluster."""

    GONE = json.dumps({"type": "ERROR", "object": {
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 410, "reason": "Expired",
        "message": "too old resource version: 1 (2)"}})

    def be_deaf(self):
        """From now on the watch of ConfigMaps tells nothing."""
        self.start(files("a", "b", "c"))
        self.proxy.tell("mute", path="/configmaps")
        self.edit("a", "by hand")
        self.cluster.delete("ConfigMap", "b", self.name)
        time.sleep(0.5)
        self.assertEqual((self.value("a"), self.value("b")), ("by hand", None))

    def hear(self):
        self.becomes("a", "1")
        self.becomes("b", "1")
        self.assertEqual(self.world.deletions(self.mark, self.name), [])

    def test_gone(self):
        """410: lists anew, and finds what was changed and deleted meanwhile."""
        self.be_deaf()
        self.proxy.tell("inject", path="/configmaps", body=self.GONE)
        self.hear()

    def test_refused(self):
        """410 as the answer to the request."""
        self.be_deaf()
        self.proxy.rule("status", ["GET"], "/configmaps.*resourceVersion=[1-9]", times=1, status=410,
                        body=self.status_answer(410, "Expired", "too old resource version: 1 (2)"))
        self.proxy.tell("inject", path="/configmaps")
        self.hear()
        self.assertEqual(self.proxy.applied(), 1)

    def test_ended(self):
        """The stream ends: the next one goes on where it was."""
        self.be_deaf()
        self.proxy.tell("inject", path="/configmaps")
        self.hear()

    def test_garbage(self):
        """An event that cannot be read: what it said is found by a list."""
        self.be_deaf()
        self.proxy.tell("inject", path="/configmaps", body='{"type": "MODIFIED", "object": {"metad')
        self.hear()

    def test_stale(self):
        """What is to be pruned was deleted and made anew by somebody else, which the watch did not tell: not ours."""
        self.be_deaf()
        self.cluster.apply(config_map("b", "theirs"), self.name)
        commit = self.git.commit({"web/b.yaml": None})
        time.sleep(3)
        self.assertEqual(self.value("b"), "theirs")
        self.proxy.tell("inject", path="/configmaps")
        self.applied(commit)
        self.assertEqual(self.value("b"), "theirs")

    def survive_start(self, do, times=5, **what):
        """The operator starts while its first lists are spoilt; what it sees of them must not decide over anything."""
        self.start(files("a", "b", *[f"m{i}" for i in range(20)]))
        self.world.operator.stop()
        commit = self.git.commit({"web/b.yaml": None, **files("new")})
        self.proxy.rule(do, ["GET"], r"/configmaps\?", times=times, **what)
        self.world.operator.start()
        self.edit("a", "by hand")
        self.applied(commit)
        self.becomes("a", "1")
        self.assertEqual([self.value(name) for name in ("b", "new")], [None, "1"])
        self.assertEqual(self.proxy.applied(), times)
        self.assertEqual(self.world.deletions(self.mark, self.name), ["b"])
        self.assertEqual({self.value(f"m{i}") for i in range(20)}, {"1"})

    def test_aborted_list(self):
        self.survive_start("abort", bytes=3000)

    def test_short_list(self):
        """Part of the list, with an end that looks proper."""
        self.survive_start("short", bytes=3000)

    def test_no_list(self):
        self.survive_start("status", status=500, body=self.status_answer(500, "InternalError", "storage is starting"))

    def test_throttled_list(self):
        self.survive_start("status", times=3, status=429, headers={"Retry-After": "1"},
                           body=self.status_answer(429, "TooManyRequests", "too many requests"))

    def test_pages(self):
        """A server that streams no lists, and whose history ends between two pages: the list starts over, and half of
        it decides over nothing."""
        many = [f"m{i}" for i in range(520)]
        self.start(files("a", "b", *many))
        self.world.operator.stop()
        commit = self.git.commit({"web/b.yaml": None})
        refusal = self.status_answer(400, "BadRequest", "sendInitialEvents is forbidden for watch")
        self.proxy.rule("status", ["GET"], "/configmaps.*sendInitialEvents", status=400, body=refusal)
        self.proxy.rule("status", ["GET"], "/configmaps.*continue=", times=2, status=410,
                        body=self.status_answer(410, "Expired", "The provided continue parameter is too old"))
        self.world.operator.start()
        self.edit("a", "by hand")
        self.applied(commit)
        self.becomes("a", "1")
        self.assertEqual(self.proxy.applied(1), 2)
        self.assertEqual(self.world.deletions(self.mark, self.name), ["b"])
        _, found = self.cluster.call("GET", f"/api/v1/namespaces/{self.name}/configmaps?labelSelector=plumb.dev/app")
        self.assertEqual(len(found["items"]), 521)

    def test_own(self):
        """The same for our own resources: an App that was not listed yet is not an App that is gone."""
        self.start(files("a", "b"))
        self.world.operator.stop()
        commit = self.git.commit(files("a", value="2"))
        self.proxy.rule("short", ["GET"], r"/apps\?", times=2, bytes=200)
        self.proxy.rule("abort", ["GET"], r"/repositories\?", times=2, bytes=200)
        self.world.operator.start()
        self.applied(commit)
        self.assertEqual(self.world.deletions(self.mark, self.name), [])


class Permissions(Faulty):
    SPEC = Faulty.SPEC + "  serviceAccountName: deployer\n"
    RIGHTS = """apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: deployer, namespace: NAMESPACE}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}
subjects: [{kind: ServiceAccount, name: deployer, namespace: default}]
"""

    def test_revoked(self):
        """The rights of an App's account are taken away: told with what is missing, nothing is pruned, and on it goes
        when they are back."""
        rights = self.RIGHTS.replace("NAMESPACE", self.name)
        self.cluster.apply(rights)
        self.start(files("a", "b"))
        self.cluster.delete("RoleBinding", "deployer", self.name, "rbac.authorization.k8s.io/v1")
        commit = self.git.commit({**files("a", "c", value="2"), "web/b.yaml": None})
        message = self.says("ApplyFailed")["message"]
        self.assertIn("configmaps", message)
        self.assertIn("system:serviceaccount:default:deployer", message)
        self.assertEqual(self.value("b"), "1")
        self.assertEqual(self.world.deletions(self.mark, self.name), [])
        self.cluster.apply(rights)
        self.applied(commit)
        self.assertEqual([self.value(name) for name in "abc"], ["2", None, "2"])
