"""Changes by other clients: what drifted is corrected by one request, what is not ours is left alone."""

from scenario import Scenario, files
from world import config_map, wait_for


class Heal(Scenario):
    def test_edit(self):
        self.start(files("a", "b"))
        mark = self.world.audit_mark()
        self.edit("a", "evil")
        self.becomes("a", "1")
        message = self.event("Healed")
        self.assertIn(f"ConfigMap {self.name}/a", message)
        self.assertIn("data.value by kubectl-edit", message)
        self.assertEqual(self.requests(mark), [("patch", "configmaps", "a")])

    def test_fight(self):
        """Who changes an object again and again is answered with growing pauses, and named once."""
        self.start(files("a"))
        for number in range(3):
            self.edit("a", f"edit {number}")
            self.becomes("a", "1")
        self.edit("a", "edit 3")
        self.assertIn("a is changed again and again by kubectl-edit", self.event("Fighting"))
        drifted = self.world.condition(self.name, which="Drifted")
        self.assertEqual((drifted["status"], drifted["reason"]), ("True", "Fighting"))
        self.becomes("a", "1")
        self.edit("a", "edit 4")
        self.becomes("a", "1")
        wait_for("the end of the drift", lambda: not self.world.condition(self.name, which="Drifted"))
        told = [event for event in self.world.events(self.name) if event["reason"] == "Fighting"]
        self.assertEqual(len(told), 1)

    def test_crowd(self):
        """An edit is undone while a hundred Apps have their first sync: it waits for none of them."""
        self.start(files("a"))
        crowd = [f"crowd-{i}" for i in range(100)]
        self.world.repository("crowd", extra="  suspend: true\n", files={
            f"{name}/{i}.yaml": config_map(f"{name}-{i}") for name in crowd for i in range(4)})
        self.addCleanup(self.cluster.delete, "Repository", "crowd", "default", "plumb.dev/v1alpha1")
        self.apps += crowd
        for name in crowd:
            self.world.app(name, "crowd", name, extra=f"  targetNamespace: {self.name}\n")
        mark = self.world.audit_mark()
        self.cluster.patch("Repository", "crowd", "default", {"spec": {"suspend": None}}, "plumb.dev/v1alpha1")
        wait_for("the first of them", lambda: self.value("crowd-0-0"))
        self.edit("a", "by hand")
        self.becomes("a", "1")
        for name in crowd:
            wait_for(f"{name} to be applied", lambda name=name: self.world.condition(name).get("status") == "True")
        written = [name for verb, resource, name in self.world.operator_requests(mark)
                   if (verb, resource) == ("patch", "configmaps")]
        self.assertEqual(len(written), 401)
        self.assertLess(written.index("a"), 400)

    def test_delete(self):
        self.start(files("a", "b"))
        mark = self.world.audit_mark()
        self.cluster.delete("ConfigMap", "b", self.name)
        self.becomes("b", "1")
        self.assertIn(f"ConfigMap {self.name}/b was deleted", self.event("Healed"))
        applied = [r for r in self.requests(mark) if not r[1].endswith("/status")]
        self.assertEqual(applied, [("patch", "configmaps", "b")])

    def test_foreign(self):
        """Labels, annotations, fields we do not set and status are others' to write: no request at all."""
        deployment = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: example.org/web}]}
"""
        self.start({**files("a"), "web/web.yaml": deployment})
        self.requests(self.world.audit_mark())
        mark = self.world.audit_mark()
        theirs = {"metadata": {"labels": {"team": "blue"}, "annotations": {"note": "mine"}}}
        self.cluster.patch("ConfigMap", "a", self.name, {**theirs, "data": {"extra": "theirs"}})
        # No annotation here: it raises the generation of a Deployment, which is then in progress for a moment.
        self.cluster.patch("Deployment", "web", self.name, {"metadata": {"labels": {"team": "blue"}}}, "apps/v1")
        status = self.cluster.get("Deployment", "web", self.name, "apps/v1")["status"]
        judged = status.get("conditions", []) + [{"type": "Audited", "status": "True"}]
        self.cluster.patch("Deployment", "web", self.name, {"status": {"conditions": judged}}, "apps/v1",
                           subresource="/status")
        self.assertEqual(self.requests(mark), [])
        self.assertEqual(self.cluster.get("ConfigMap", "a", self.name)["data"]["extra"], "theirs")

    def test_warn(self):
        """heal: warn tells of the drift and does not correct it; correct does so at once."""
        self.start(files("a"), "  heal: warn\n")
        mark = self.world.audit_mark()
        self.edit("a", "by hand")
        self.assertNotIn(("patch", "configmaps", "a"), self.requests(mark))
        self.assertEqual(self.value("a"), "by hand")
        self.spec({"heal": "correct"})
        self.becomes("a", "1")

    def test_alone(self):
        """An object that its manifest says to leave alone is neither applied nor healed nor pruned; the rest is."""
        self.start(files("a", "b"))
        alone = config_map("a", "2", "  annotations: {plumb.dev/reconcile: disabled}\n")
        self.commit({"web/a.yaml": alone, **files("b", value="2")})
        self.assertEqual((self.value("a"), self.value("b")), ("1", "2"))
        self.edit("a", "by hand")
        self.edit("b", "by hand")
        self.becomes("b", "2")
        self.assertEqual(self.value("a"), "by hand")
        self.commit(files("a", value="3"))
        self.assertEqual(self.value("a"), "3")

    def test_only_created(self):
        """What is applied only where there is none is left to whoever has it; ours is pruned, another's is not."""
        def seed(name):
            return {f"web/{name}.yaml": config_map(
                name, "1", "  annotations: {kustomize.toolkit.fluxcd.io/ssa: IfNotPresent}\n")}
        self.cluster.apply(config_map("theirs", "0"), self.name)
        self.start({**files("a"), **seed("ours"), **seed("theirs")})
        self.assertEqual((self.value("ours"), self.value("theirs")), ("1", "0"))
        self.edit("ours", "by hand")
        mark = self.world.audit_mark()
        self.commit(files("b"))
        self.assertEqual([r[2] for r in self.requests(mark) if r[:2] == ("patch", "configmaps")], ["b"])
        self.assertEqual((self.value("ours"), self.value("theirs")), ("by hand", "0"))
        self.cluster.delete("ConfigMap", "ours", self.name)
        self.becomes("ours", "1")
        self.commit({"web/ours.yaml": None, "web/theirs.yaml": None})
        wait_for("the prune", lambda: self.value("ours") is None)
        self.assertEqual(self.value("theirs"), "0")

    def test_suspend(self):
        self.start(files("a"))
        self.spec({"suspend": True})
        self.says("Suspended")
        self.edit("a", "by hand")
        self.git.commit(files("b"))
        mark = self.world.audit_mark()
        self.assertEqual([r for r in self.requests(mark) if r[1] == "configmaps"], [])
        self.spec({"suspend": False})
        self.becomes("a", "1")
        wait_for("the commit made meanwhile", lambda: self.value("b"))
