"""What is deleted only after a person has confirmed it, or not at all; and what prunes wait for."""

from scenario import Scenario, files
from world import config_map, wait_for

ARGO = "argocd.argoproj.io/sync-options"


def noted(name, annotation, value):
    return {f"web/{name}.yaml": config_map(name, "1", f"  annotations: {{{annotation}: \"{value}\"}}\n")}


class Prunes(Scenario):
    def confirm(self, word):
        self.cluster.patch("App", self.name, "default", {"metadata": {"annotations": {
            "plumb.dev/confirm-prune": word}}}, "plumb.dev/v1alpha1")

    def without(self, *names):
        return self.git.commit({f"web/{name}.yaml": None for name in names})

    def test_held(self):
        """A held prune holds no other, and is carried out once it is confirmed for this commit."""
        first = self.start({**files("a", "c"), **noted("b", "plumb.dev/prune", "confirm"),
                            **noted("d", ARGO, "Prune=confirm"), **noted("e", ARGO, "Prune=false"),
                            **noted("f", "helm.sh/resource-policy", "keep")})
        commit = self.without("b", "c", "d", "e", "f")
        said = self.says("PruneHeld")["message"]
        self.assertIn(f"ConfigMap {self.name}/b", said)
        wait_for("the prune that needs nobody", lambda: self.value("c") is None)
        self.assertEqual([self.value(name) for name in "bdef"], ["1"] * 4)
        why = self.plumb("why", self.name, "-n", "default").stdout
        self.assertIn(f"kubectl annotate app {self.name} -n default plumb.dev/confirm-prune={commit}", why)
        self.confirm(first)
        self.says("PruneHeld")
        self.confirm(commit)
        self.applied(commit)
        self.assertEqual([self.value(name) for name in "abdef"], ["1", None, None, "1", "1"])

    def test_deletion(self):
        """The same when the App is deleted, by the commit in force."""
        commit = self.start({**files("a"), **noted("b", ARGO, "Delete=confirm"), **noted("c", ARGO, "Delete=false"),
                             **noted("d", "plumb.dev/prune", "confirm")})
        self.cluster.delete("App", self.name, "default", "plumb.dev/v1alpha1")
        self.says("Deleting", status="Unknown")
        wait_for("the deletion that needs nobody", lambda: self.value("a") is None)
        held = wait_for("what is held", lambda: [p["id"].split("_")[1] for p in
                                                 self.world.status(self.name).get("problems", [])])
        self.assertEqual(sorted(held), ["b", "d"])
        self.confirm("yes")
        self.assertFalse(self.gone())
        self.confirm(commit)
        wait_for("the App to go", self.gone)
        self.assertEqual([self.value(name) for name in "bcd"], [None, "1", None])

    def test_waits(self):
        """What is to be pruned stays until what is wanted in this commit is applied, and the status says so."""
        fixed = "immutable: true\n"
        self.start({**files("a"), "web/b.yaml": config_map("b", "1", fixed)})
        self.git.commit({"web/a.yaml": None, "web/b.yaml": config_map("b", "2", fixed)})
        self.assertIn("prunes wait for it (1)", self.says("ApplyFailed")["message"])
        self.assertEqual(self.value("a"), "1")
        self.assertIn("until all of this revision is applied", self.plumb("why", self.name, "-n", "default").stdout)
        self.commit({"web/b.yaml": config_map("b", "1", fixed)})
        self.assertIsNone(self.value("a"))
