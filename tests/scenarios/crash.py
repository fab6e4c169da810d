"""The operator is killed before every single write, one after the other: the next start must come to the same end as if
nothing had happened, and delete nothing that Git did not take away.

The proxy of faults.py lets the first n-1 writes through and holds the n-th and all after it; then comes kill -9. So the
cluster is left as it is between any two writes, the inventory's among them."""

import json
import time

import faults
from scenario import files
from world import config_map, wait_for

WRITES = ("PATCH", "POST", "PUT", "DELETE")
LATER = "  annotations: {plumb.dev/wave: \"1\"}\n"
ACCOUNT = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\n"
VOLATILE = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "generation")
KINDS = ("configmaps", "serviceaccounts", "secrets")


class Crash(faults.Faulty):
    maxDiff = None

    def begin(self, number):
        """A repository for one more run; everything in it is named after the run."""
        self.run_name = f"{self.name}-{number}"
        self.world.namespace(self.run_name)
        self.git = self.world.repository(self.run_name, files={**files("a", "b", "c", "d"), "web/web.yaml": ACCOUNT})
        self.first = self.git.head()

    def create_app(self):
        self.apps.append(self.run_name)
        self.world.app(self.run_name, self.run_name, "web", extra=f"  targetNamespace: {self.run_name}\n{self.SPEC}")

    def change(self):
        """Creates, an update, a prune of two, and an object of a later wave."""
        self.second = self.git.commit({
            **files("a", value="2"), **files("e", "f"), "web/c.yaml": None, "web/d.yaml": None,
            "web/g.yaml": config_map("g", "1", LATER)})

    def has_applied(self, commit):
        status = self.world.status(self.run_name)
        ready = self.world.condition(self.run_name)
        return ready.get("status") == "True" and status.get("lastAppliedRevision", "").endswith(commit)

    def quiet(self, seconds=1.0):
        """Waits until the operator writes nothing any more."""
        seen, since = -1, time.monotonic()
        while time.monotonic() - since < seconds:
            now = self.proxy.stats()["writes"]
            if now != seen:
                seen, since = now, time.monotonic()
            time.sleep(0.05)

    def state(self):
        """All that is left in the end, without what is different each time."""
        out = {}
        for kind in KINDS:
            _, found = self.cluster.call("GET", f"/api/v1/namespaces/{self.run_name}/{kind}")
            for item in found["items"]:
                if item["metadata"]["name"] in ("kube-root-ca.crt", "default"):
                    continue
                item["metadata"] = {k: v for k, v in item["metadata"].items() if k not in VOLATILE}
                out[f"{kind}/{item['metadata']['name']}"] = item
        app = self.cluster.get("App", self.run_name, "default", "plumb.dev/v1alpha1")
        if app:
            status = app["status"]
            out["conditions"] = [(c["type"], c["status"], c["reason"]) for c in status["conditions"]]
            out["inventory"] = sorted(entry["id"] for entry in status["inventory"]["entries"])
            out["finalizers"] = app["metadata"].get("finalizers")
        return json.dumps(out, sort_keys=True, indent=1).replace(self.run_name, "RUN")

    def names(self):
        path = f"/api/v1/namespaces/{self.run_name}/configmaps?labelSelector=plumb.dev/app"
        _, found = self.cluster.call("GET", path)
        return {item["metadata"]["name"] for item in found["items"]}

    def crash_everywhere(self, prepare, act, ended, may_delete, meanwhile=None):
        """Once without a crash, then with one before each write that the first run made. `meanwhile`: what happens
        before the next start."""
        def after_crash():
            if meanwhile:
                meanwhile()

        self.begin(0)
        prepare()
        self.quiet()
        before = self.proxy.stats()["writes"]
        act()
        wait_for("the end", ended)
        self.quiet()
        writes = self.proxy.stats()["writes"] - before
        after_crash()
        wait_for("the end of what happens meanwhile", ended)
        self.quiet()
        wanted = self.state()
        self.assertEqual(self.world.deletions(self.mark, self.run_name), sorted(may_delete))
        for number in range(1, writes + 1):
            with self.subTest(crash_before_write=number, of=writes):
                self.begin(number)
                prepare()
                self.quiet()
                self.proxy.rule("hold", WRITES, skip=number - 1)
                act()
                wait_for(f"write {number} of {writes}", lambda: self.proxy.applied() > 0 or ended())
                self.world.operator.kill()
                self.proxy.clear()
                after_crash()
                self.world.operator.start()
                wait_for("the end after a crash", ended)
                self.quiet(0.3)
                self.assertEqual(self.state(), wanted)
                self.assertEqual(set(self.world.deletions(self.mark, self.run_name)) - set(may_delete), set())
        return writes

    def test_first(self):
        """The first sync of an App."""
        writes = self.crash_everywhere(lambda: None, self.create_app, lambda: self.has_applied(self.first), [])
        self.assertGreaterEqual(writes, 7)

    def test_change(self):
        """A commit that creates, changes, prunes, and has a wave."""
        def prepare():
            self.create_app()
            wait_for("the first sync", lambda: self.has_applied(self.first))

        writes = self.crash_everywhere(prepare, self.change, lambda: self.has_applied(self.second), ["c", "d"])
        self.assertGreaterEqual(writes, 8)

    def test_withdrawn(self):
        """The same commit, which is reverted before the next start: what was made of it has to go again, though no
        source names it any more. Only the inventory knows, which was written ahead."""
        def prepare():
            self.create_app()
            wait_for("the first sync", lambda: self.has_applied(self.first))
            self.last = None

        def withdraw():
            self.last = self.git.revert()

        def ended():
            if self.last is None:
                return self.has_applied(self.second)
            # For an App that never came to the commit its revert is no news: it stays at the first one.
            commit = self.world.status(self.run_name, "Repository").get("commit")
            entries = self.world.status(self.run_name)["inventory"]["entries"]
            ready = self.world.condition(self.run_name)["status"]
            return commit == self.last and ready == "True" and len(entries) == 5 and self.names() == set("abcd")

        self.crash_everywhere(prepare, self.change, ended, ["c", "d", "e", "f", "g"], withdraw)

    def test_deletion(self):
        """The App is deleted: all of it goes, nothing else does."""
        def prepare():
            self.create_app()
            wait_for("the first sync", lambda: self.has_applied(self.first))
            self.cluster.apply(config_map("theirs"), self.run_name)

        def act():
            self.cluster.delete("App", self.run_name, "default", "plumb.dev/v1alpha1")

        self.crash_everywhere(prepare, act, lambda: self.gone(self.run_name), ["a", "b", "c", "d", "web"])


class Ended(faults.Faulty):
    def test_term(self):
        """SIGTERM in the middle of a sync against a slow server: it ends soon and well, and the next start goes on."""
        self.start(files("a", "b"))
        self.proxy.rule("delay", ["PATCH"], "/configmaps/", ms=300)
        commit = self.git.commit({**files(*[f"m{i}" for i in range(60)]), "web/b.yaml": None})
        wait_for("the sync to begin", lambda: self.proxy.applied() > 10)
        self.assertLess(self.world.operator.stop(), 10)
        self.assertEqual(self.world.operator.process.returncode, 0)
        self.proxy.clear()
        self.assertEqual(self.value("b"), "1")
        self.world.operator.start()
        self.applied(commit)
        self.assertEqual({self.value(f"m{i}") for i in range(60)}, {"1"})
        self.assertEqual(self.world.deletions(self.mark, self.name), ["b"])
