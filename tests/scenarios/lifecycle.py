"""The operator ends, in whatever way, and starts again; an App is deleted."""

import os

from scenario import Scenario, files, shop_files
from world import wait_for


class Restart(Scenario):
    def test_kill(self):
        """kill -9 in the middle of a sync: the next start finishes it."""
        self.start(files("a"))
        many = [f"m{i}" for i in range(60)]
        mark = self.world.audit_mark()
        commit = self.git.commit(files(*many))
        wait_for("the sync to begin", lambda: any(r[1] == "configmaps" for r in self.world.operator_requests(mark)))
        self.world.operator.kill()
        self.assertFalse(self.world.status(self.name)["lastAppliedRevision"].endswith(commit))
        self.edit("a", "by hand")
        self.world.operator.start()
        self.applied(commit)
        self.assertEqual({self.value(name) for name in ["a", *many]}, {"1"})

    def test_rest(self):
        """A start in sync writes nothing."""
        self.start(files("a", "b"))
        self.requests(self.world.audit_mark())  # let the first sync come to rest
        mark = self.world.audit_mark()
        self.world.operator.stop()
        self.world.operator.start()
        wait_for("the first turn", lambda: self.turns() > 0)
        writes = [r for r in self.requests(mark) if r[0] not in ("get", "list")]
        self.assertEqual(writes, [])
        self.edit("a", "by hand")
        self.becomes("a", "1")

    def test_no_git(self):
        """Started while the Git server is down: what was in force still is, and drift is corrected."""
        self.start(files("a"))
        self.world.operator.stop()
        self.world.http.command("fault down")
        try:
            self.world.operator.start()
            self.edit("a", "by hand")
            self.becomes("a", "1")
        finally:
            self.world.http.command("fault none")

    def turns(self):
        return metric(self.world, 'plumb_turns_total{kind="app"}') or 0

    def test_away(self):
        """What was committed, edited and deleted while no operator ran is put right by its start."""
        self.start(files("a", "b", "c"))
        self.assertLess(self.world.operator.stop(), 5)
        self.assertEqual(self.world.operator.process.returncode, 0)
        commit = self.git.commit({"web/c.yaml": None, **files("d")})
        self.edit("a", "by hand")
        self.cluster.delete("ConfigMap", "b", self.name)
        self.world.operator.start()
        self.applied(commit)
        wait_for("all in order", lambda: [self.value(name) for name in "abcd"] == ["1", "1", None, "1"])


def metric(world, series):
    for line in world.operator.probe("/metrics").splitlines():
        if line.startswith(series + " "):
            return float(line.split()[-1])
    return None


class Metrics(Scenario):
    def test_app(self):
        """An App is told with its state as long as it is there; its turns with the time they took."""
        def state(state, reason, health):
            return metric(self.world, f'plumb_app_info{{health="{health}",name="{self.name}",namespace="default",'
                                      f'reason="{reason}",repository="default/{self.name}",state="{state}"}}')

        self.start(files("a"))
        wait_for("the App to be ready", lambda: state("ready", "Applied", "Current") == 1)
        heals = metric(self.world, 'plumb_turn_duration_seconds_count{kind="heal"}') or 0
        # A heal may come to its turn in another lane than its own: the counts of others differ.
        waits = metric(self.world, 'plumb_turn_wait_seconds_count{lane="heal"}') or 0
        self.edit("a", "by hand")
        self.becomes("a", "1")
        wait_for("a heal to be counted",
                 lambda: metric(self.world, 'plumb_turn_duration_seconds_count{kind="heal"}') == heals + 1)
        self.assertGreater(metric(self.world, 'plumb_turn_wait_seconds_count{lane="heal"}'), waits)
        self.git.commit({"web/a.yaml": "a: ["})
        wait_for("the App to fail", lambda: state("failed", "RenderFailed", "Current") == 1)
        self.assertIsNone(state("ready", "Applied", "Current"))
        self.cluster.delete("App", self.name, "default", "plumb.dev/v1alpha1")
        wait_for("the App to go", lambda: f'name="{self.name}"' not in self.world.operator.probe("/metrics"))

    def test_process(self):
        self.assertGreater(metric(self.world, "process_resident_memory_bytes"), 1 << 20)
        self.assertGreater(metric(self.world, "process_cpu_seconds_total"), 0)


class Status(Scenario):
    def test_by_hand(self):
        """A status that somebody else wrote is written again: the next start goes by its inventory."""
        self.start(files("a", "b"))
        held = self.world.status(self.name)
        self.cluster.patch("App", self.name, "default", {"status": {"inventory": None, "health": "Fine", "problems": [
            {"id": "x_y__ConfigMap", "reason": "Invented"}]}}, "plumb.dev/v1alpha1", subresource="/status")
        wait_for("the status as it was", lambda: self.world.status(self.name) == held)
        self.world.operator.stop()
        self.world.operator.start()
        self.commit({"web/b.yaml": None})
        wait_for("the prune", lambda: self.value("b") is None)
        self.assertEqual(self.value("a"), "1")


class Deletion(Scenario):
    def delete_app(self):
        mark = self.world.audit_mark()
        self.cluster.delete("App", self.name, "default", "plumb.dev/v1alpha1")
        wait_for("the App to go", self.gone)
        return [resource for verb, resource, _ in self.requests(mark) if verb == "delete"]

    def test_prune(self):
        """The objects go in the reverse order of their coming: namespaces last; then the App."""
        self.git = self.world.repository(self.name, files=shop_files("shop-gone"))
        self.apps.append(self.name)
        self.world.app(self.name, self.name, "web")
        self.applied(self.git.head(), seconds=60)
        order = list(dict.fromkeys(self.delete_app()))
        self.assertEqual(order[0], "discounts")
        self.assertEqual(order[-2:], ["customresourcedefinitions", "namespaces"])
        self.assertIsNone(self.cluster.get("Deployment", "web", "shop-gone", "apps/v1"))

    def test_once(self):
        """The finalizer is taken away once, however late the watch tells that the App is gone."""
        self.start(files(*[f"m{i}" for i in range(40)]))
        log, mark = os.path.getsize(self.world.operator.log), self.world.audit_mark()
        self.assertEqual(len(self.delete_app()), 40)
        self.assertEqual(self.requests(mark).count(("patch", "apps", self.name)), 1)
        self.assertIsNone(self.world.operator.line("finalizer not removed", log))

    def test_orphan(self):
        self.start(files("a"), "  deletionPolicy: orphan\n")
        self.assertEqual(self.delete_app(), [])
        self.assertEqual(self.value("a"), "1")

    def test_unreadable(self):
        """An App whose spec cannot be decoded is refused, and deleted all the same."""
        self.start(files("a"))
        self.cluster.patch("App", self.name, "default", {"spec": {"ignore": [
            {"paths": ["/data"], "target": {"name": "("}}]}}, "plumb.dev/v1alpha1")
        wait_for("the refusal", lambda: self.world.condition(self.name).get("reason") == "BadIgnoreRule")
        self.assertEqual(self.delete_app(), ["configmaps"])
        self.assertIsNone(self.value("a"))
