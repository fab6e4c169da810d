"""Fields that are left to others: those a manifest does not set, and those a rule of the App ignores. Heal, apply and
diff agree."""

from scenario import Scenario, files
from world import wait_for

DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  %s
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "example.org/web:%s"}]}
"""


def deployment(image="1", replicas="replicas: 0"):
    return {"web/web.yaml": DEPLOYMENT % (replicas, image)}


class Ignore(Scenario):
    def web(self):
        return self.cluster.get("Deployment", "web", self.name, "apps/v1")

    def replicas(self):
        return self.web()["spec"]["replicas"]

    def scale(self, replicas, manager="autoscaler"):
        """As an HPA does it: by the subresource."""
        self.cluster.patch("Deployment", "web", self.name, {"spec": {"replicas": replicas}}, "apps/v1", manager,
                           subresource="/scale")

    def writes(self, mark):
        """What was asked for Deployments; the status of the App follows theirs."""
        return [verb for verb, resource, _ in self.requests(mark) if resource == "deployments"]

    def becomes_image(self, image):
        def look():
            return self.web()["spec"]["template"]["spec"]["containers"][0]["image"] == "example.org/web:" + image
        wait_for("the new image", look)

    def test_unused(self):
        """A rule of no use is told in the status and by one Event, and costs nothing afterwards."""
        self.start(files("a"), "  ignore: [{paths: [/data/valeu], target: {kind: ConfigMap}}]\n")
        told = ["spec.ignore[0]: no object that it fits has /data/valeu"]
        self.assertEqual(self.world.status(self.name)["warnings"], told)
        self.assertEqual(self.event("Warnings"), told[0])
        self.requests(self.world.audit_mark())
        mark = self.world.audit_mark()
        self.cluster.patch("App", self.name, "default",
                           {"metadata": {"annotations": {"plumb.dev/sync-requested-at": "now"}}}, "plumb.dev/v1alpha1")
        wait_for("the sync", lambda: self.world.status(self.name).get("lastHandledSync") == "now")
        self.assertEqual(self.requests(mark), [("patch", "apps/status", self.name)])
        self.assertEqual(len([e for e in self.world.events(self.name) if e["reason"] == "Warnings"]), 1)
        self.spec({"ignore": [{"paths": ["/data/value"], "target": {"kind": "ConfigMap"}}]})
        wait_for("no warning", lambda: "warnings" not in self.world.status(self.name))

    def scaled_and_left_alone(self):
        """Another client scales: it costs one look at the object, then nothing; a commit leaves the number alone."""
        mark = self.world.audit_mark()
        self.scale(3)
        writes = self.writes(mark)  # looked at again where its status changed in between
        self.assertEqual(writes, ["get", "patch"] * (len(writes) // 2))
        self.assertIn(len(writes), range(2, 11))
        mark = self.world.audit_mark()
        self.scale(2)
        self.assertEqual(self.writes(mark), [])
        self.git.commit(deployment("2"))
        self.becomes_image("2")
        self.assertEqual(self.replicas(), 2)
        differs = self.plumb("diff", self.name, "-n", "default")
        self.assertEqual(differs.returncode, 0, differs.stdout + differs.stderr)
        self.assertFalse([e for e in self.world.events(self.name) if e["reason"] in ("Healed", "Fighting", "Drifted")])
        self.assertEqual(self.world.condition(self.name, which="Drifted"), {})

    def test_unset(self):
        """What the manifest does not set is nobody's business here: no request."""
        self.git = self.world.repository(self.name, files={**deployment(replicas="paused: false"), **files("a")})
        self.app(self.name)
        wait_for("the Deployment", self.web)
        self.requests(self.world.audit_mark())
        mark = self.world.audit_mark()
        self.scale(2)
        self.assertEqual(self.writes(mark), [])
        self.git.commit(deployment("2", "paused: false"))
        self.becomes_image("2")
        self.assertEqual(self.replicas(), 2)

    def test_pointer(self):
        """spec.ignore as Flux writes it."""
        self.start(deployment(), "  ignore: [{paths: [/spec/replicas], target: {kind: Deployment}}]\n")
        self.scaled_and_left_alone()

    def test_argo(self):
        self.start(deployment(),
                   "  ignoreDifferences: [{group: apps, kind: Deployment, jsonPointers: [/spec/replicas]}]\n")
        self.scaled_and_left_alone()

    def test_manager(self):
        self.start(deployment(), "  ignoreDifferences: [{group: '*', kind: '*', "
                                 "managedFieldsManagers: [autoscaler]}]\n")
        self.scaled_and_left_alone()
        # What somebody else takes from that manager is taken back when the object is applied next.
        self.scale(5, manager="somebody")
        self.git.commit(deployment("3"))
        self.becomes_image("3")
        self.assertEqual(self.replicas(), 0)

    def test_warn(self):
        """What is ignored is no drift, and other drift still is."""
        self.start(deployment(), "  heal: warn\n  ignore: [{paths: [/spec/replicas]}]\n")
        self.scaled_and_left_alone()
        evil = {"template": {"spec": {"containers": [{"name": "web", "image": "example.org/evil"}]}}}
        self.cluster.patch("Deployment", "web", self.name, {"spec": evil}, "apps/v1")
        drifted = wait_for("the drift to be told", lambda: self.world.condition(self.name, which="Drifted"))
        self.assertIn("spec.template.spec.containers[web].image", drifted["message"])
        self.assertNotIn("replicas", drifted["message"])

    def test_gone(self):
        """An object that is made anew has the field as it is written; without the rule it is healed again."""
        self.start(deployment(), "  ignore: [{paths: [/spec/replicas]}]\n")
        self.scale(3)
        self.requests(self.world.audit_mark())
        self.cluster.delete("Deployment", "web", self.name, "apps/v1")
        wait_for("the Deployment to come back", lambda: self.web() and self.replicas() == 0)
        self.scale(3)
        self.requests(self.world.audit_mark())
        self.spec({"ignore": []})
        wait_for("the written number", lambda: self.replicas() == 0)

    def test_scaled(self):
        """Without a rule it is drift, and who scaled is named."""
        self.start(deployment())
        self.scale(3, manager="kubectl")
        wait_for("the heal", lambda: self.replicas() == 0)
        self.assertIn("spec.replicas by kubectl", self.event("Healed"))

    def test_refused(self):
        """Rules that would not do what they say are refused by the API server."""
        self.git = self.world.repository(self.name, files=files("a"))
        self.app(self.name)
        for rule, said in [({"ignore": [{"paths": ["spec/replicas"]}]}, "write a JSON pointer"),
                           ({"ignore": [{"paths": ["/a"], "target": {"labelSelector": "a=b"}}]}, "not supported"),
                           ({"ignoreDifferences": [{"kind": "Deployment", "jqPathExpressions": [".spec.replicas"]}]},
                            "jqPathExpressions is not supported"),
                           ({"ignoreDifferences": [{"kind": "Deployment"}]}, "name the fields")]:
            path = self.cluster.path("App", self.name, "default", "plumb.dev/v1alpha1")
            status, answer = self.cluster.call("PATCH", path, {"spec": rule}, "application/merge-patch+json")
            self.assertEqual(status, 422, answer)
            self.assertIn(said, answer["message"])
        self.spec({"ignore": [{"paths": ["/data"], "target": {"name": "["}}]})
        self.assertIn('"[" is not a regular expression', self.says("BadIgnoreRule")["message"])
        self.spec({"ignore": [{"paths": ["/metadata/name"]}]})
        wait_for("the other message", lambda: "names what makes the object this object" in self.world.condition(
            self.name)["message"])
        self.spec({"ignore": []})
