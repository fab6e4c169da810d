"""A bad commit, a refused object, an empty directory: the rest keeps running, and the reason is told with its place."""

import os
import time

from scenario import Scenario, files
from world import ROOT, config_map, wait_for

POLICY = """apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: no-debug
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [configmaps]}]
  validations: [{expression: "!has(object.data) || !('debug' in object.data)", message: debug is not allowed here}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: no-debug
spec:
  policyName: no-debug
  validationActions: [Deny]
"""
DEBUG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bad}\ndata: {debug: on-please}\n"


class Mistakes(Scenario):
    def test_yaml(self):
        """The App stays on its last good commit, healed as before, until the next good one."""
        good = self.start(files("a", "b"))
        self.git.commit({"web/b.yaml": "kind: ConfigMap\nmetadata:\n\tname: b\n", **files("a", value="2")})
        self.assertIn("web/b.yaml:3", self.says("RenderFailed")["message"])
        self.assertTrue(self.world.status(self.name)["lastAppliedRevision"].endswith(good))
        self.edit("a", "by hand")
        self.becomes("a", "1")
        self.commit(files("b", value="3"))
        self.assertEqual((self.value("a"), self.value("b")), ("2", "3"))

    def test_relapse(self):
        """What was applied last stays in force, healed, though the newest commit cannot be rendered."""
        self.start(files("a", "b"))
        self.git.commit({"web/b.yaml": "kind: ConfigMap\nmetadata:\n\tname: b\n", **files("a", value="2")})
        self.says("RenderFailed")
        self.world.operator.stop()
        self.edit("a", "by hand")
        self.world.operator.start()
        self.becomes("a", "1")
        self.cluster.delete("ConfigMap", "b", self.name)
        self.becomes("b", "1")
        self.commit(files("b", value="3"))
        self.assertEqual((self.value("a"), self.value("b")), ("2", "3"))

    def test_itself(self):
        """A spec that admission lets through and the operator refuses: the status says why, and what runs is left."""
        self.start(files("a"))
        self.spec({"dependsOn": [{"name": self.name, "namespace": "default"}]})
        self.assertIn("depends on itself", self.says("DependsOnItself")["message"])
        mark = self.world.audit_mark()
        commit = self.git.commit(files("a", value="2"))
        time.sleep(2)
        self.assertEqual([request for request in self.requests(mark) if "repositories" not in str(request)], [])
        self.spec({"dependsOn": None})
        self.applied(commit)

    def test_denied(self):
        """An object that admission refuses leaves the rest applied."""
        self.cluster.apply(POLICY)
        self.addCleanup(self.cluster.delete, "ValidatingAdmissionPolicyBinding", "no-debug", "",
                        "admissionregistration.k8s.io/v1")
        probe = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "probe"}, "data": {"debug": "x"}}
        where = f"/api/v1/namespaces/{self.name}/configmaps?dryRun=All"
        wait_for("the policy to take effect", lambda: self.cluster.call("POST", where, probe)[0] == 422, every=0.1)
        self.start(files("a"))
        self.git.commit({"web/bad.yaml": "# a comment\n" + DEBUG, **files("a", "c", value="2")})
        message = self.says("ApplyFailed")["message"]
        self.assertIn("web/bad.yaml:2", message)
        self.assertIn("debug is not allowed here", message)
        self.assertEqual((self.value("a"), self.value("c")), ("2", "2"))
        self.commit({"web/bad.yaml": None})

    def test_empty(self):
        """A directory without manifests prunes nothing; neither does one that is gone."""
        self.start({**files("a", "b"), "web/README": "nothing\n"})
        self.git.commit({"web/a.yaml": None, "web/b.yaml": None})
        self.says("EmptyRender")
        self.git.commit({"web/README": None, "README": "moved\n"})
        self.says("RenderFailed")
        self.assertEqual((self.value("a"), self.value("b")), ("1", "1"))

    def test_own(self):
        """An App has the definitions of Plumb itself, and they leave Git: they stay until a person confirms it, and
        with them every App there is."""
        folder = os.path.join(ROOT, "deploy")
        names = [name for name in os.listdir(folder) if "-crd-" in name]
        own = {}
        for name in names:
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                own["web/" + name] = file.read()
        self.start({**files("a", "b"), **own}, "  deletionPolicy: orphan\n")
        self.git.commit({**files("a", value="2"), "web/b.yaml": None, **{path: None for path in own}})
        self.becomes("a", "2")
        wait_for("the App to say so", lambda: "apps.plumb.dev" in self.world.condition(self.name).get("message", ""))
        for plural in ("apps", "repositories", "trustpolicies"):
            found = self.cluster.get("CustomResourceDefinition", plural + ".plumb.dev", "", "apiextensions.k8s.io/v1")
            self.assertNotIn("deletionTimestamp", found["metadata"])
        wait_for("b, which nobody holds, to go", lambda: self.value("b") is None)
        self.commit({**files("a", value="3"), **own})
        self.assertEqual((self.value("a"), self.value("b")), ("3", None))

    def test_immutable(self):
        """A clear error, until an annotation allows to delete and create."""
        fixed = "immutable: true\n"
        self.start({"web/a.yaml": config_map("a", "1", fixed)})
        self.git.commit({"web/a.yaml": config_map("a", "2", fixed)})
        message = self.says("ApplyFailed")["message"]
        self.assertIn(f"ConfigMap {self.name}/a", message)
        self.assertIn("web/a.yaml:6", message)
        self.assertEqual(self.world.status(self.name)["problems"][0]["reason"], "Immutable")
        before = self.cluster.get("ConfigMap", "a", self.name)["metadata"]["uid"]
        allowed = "  annotations: {plumb.dev/replace: on-immutable}\n" + fixed
        self.commit({"web/a.yaml": config_map("a", "2", allowed)})
        after = self.cluster.get("ConfigMap", "a", self.name)
        self.assertEqual(after["data"]["value"], "2")
        self.assertNotEqual(after["metadata"]["uid"], before)

    def test_contested(self):
        """Two Apps claim one object: the second is told, nothing flips, and its end takes nothing of the first."""
        self.start({**files("a"), "other/a.yaml": config_map("a", "theirs"), "other/b.yaml": config_map("b")})
        second = self.name + "-2"
        self.app(second, path="other")
        self.assertIn(self.name, self.says("OwnedByAnotherApp", name=second)["message"])
        wait_for("the rest of the second App", lambda: self.value("b") == "1")
        mark = self.world.audit_mark()
        time.sleep(2)
        self.assertEqual(self.requests(mark), [])
        self.cluster.delete("App", second, "default", "plumb.dev/v1alpha1")
        wait_for("the second App to go", lambda: self.gone(second))
        self.assertEqual((self.value("a"), self.value("b")), ("1", None))

    def test_moved(self):
        """A commit moves objects from one App to another: they are handed over, not deleted and made again."""
        self.start({**files("a", "b", "c"), "other/d.yaml": config_map("d")})
        second = self.name + "-2"
        self.app(second, path="other")
        wait_for("the second App", lambda: self.value("d") == "1")
        before = {name: self.cluster.get("ConfigMap", name, self.name)["metadata"]["uid"] for name in "abd"}
        self.git.commit({"web/a.yaml": None, "web/b.yaml": None, "other/d.yaml": None,
                         "other/a.yaml": config_map("a"), "other/b.yaml": config_map("b"),
                         "web/d.yaml": config_map("d")})
        owner = lambda name: self.cluster.get("ConfigMap", name, self.name)["metadata"]["labels"]["plumb.dev/app"]
        wait_for("the new owners", lambda: [owner(name) for name in "abcd"] == [second, second, self.name, self.name])
        self.says("Applied", name=second, status="True")
        self.says("Applied", status="True")
        self.assertEqual(before, {name: self.cluster.get("ConfigMap", name, self.name)["metadata"]["uid"]
                                  for name in "abd"})
