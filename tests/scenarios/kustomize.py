"""An App whose path is an overlay, with its base elsewhere in the repository: names that depend on the content of an
object, changes of the base, mistakes in it."""

from scenario import Scenario
from world import config_map, wait_for

OVERLAY = """resources:
  - ../../base
namespace: NAMESPACE
namePrefix: prod-
labels:
  - pairs: {team: shop}
configMapGenerator:
  - name: settings
    behavior: merge
    literals: [level=warn]
"""
BASE = """resources:
  - web.yaml
  - value.yaml
configMapGenerator:
  - name: settings
    literals: [level=info, color=COLOR]
"""
WEB = """apiVersion: batch/v1
kind: CronJob
metadata: {name: web}
spec:
  schedule: "0 0 1 1 *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: web
              image: registry.example/web:1
              envFrom:
                - configMapRef: {name: settings}
"""


class Kustomize(Scenario):
    def begin(self, extra=""):
        files = {"overlays/prod/kustomization.yaml": OVERLAY.replace("NAMESPACE", self.name) + extra,
                 "base/kustomization.yaml": BASE.replace("COLOR", "blue"),
                 "base/web.yaml": WEB, "base/value.yaml": config_map("value", "1"), "docs/README.md": "text\n"}
        self.git = self.world.repository(self.name, interval=self.INTERVAL, files=files)
        self.apps.append(self.name)
        self.world.app(self.name, self.name, "overlays/prod")
        self.applied(self.git.head())

    def settings(self):
        """Name and data of the generated ConfigMap that the job is to read."""
        job = self.cluster.get("CronJob", "prod-web", self.name, "batch/v1")
        pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        name = pod["containers"][0]["envFrom"][0]["configMapRef"]["name"]
        found = self.cluster.get("ConfigMap", name, self.name)
        return name, found and found["data"]

    def test_base(self):
        self.begin()
        name, data = self.settings()
        self.assertEqual(data, {"level": "warn", "color": "blue"})
        self.assertRegex(name, r"^prod-settings-[a-z0-9]{10}$")
        found = self.cluster.get("ConfigMap", "prod-value", self.name)
        self.assertEqual(found["metadata"]["labels"]["team"], "shop")
        # What is in the base belongs to the App: a new commit changes it, an edit of it is undone.
        self.commit({"base/value.yaml": config_map("value", "2")})
        self.becomes("prod-value", "2")
        self.edit("prod-value", "3")
        self.becomes("prod-value", "2")
        # What leaves the base is pruned.
        self.commit({"base/kustomization.yaml": BASE.replace("COLOR", "blue").replace("  - value.yaml\n", "")})
        wait_for("prod-value to go", lambda: self.value("prod-value") is None)

    def test_mistake(self):
        self.begin()
        broken = self.git.commit({"base/kustomization.yaml": BASE.replace("COLOR", "blue") + "namePrefx: a-\n"})
        said = self.says("RenderFailed")["message"]
        self.assertIn("base/kustomization.yaml:7", said)
        self.assertIn("namePrefx", said)
        self.assertEqual(self.value("prod-value"), "1")
        self.assertNotEqual(self.world.status(self.name)["lastAppliedRevision"][-40:], broken)
        self.git.revert()
        self.applied(self.git.head())

    def test_outside(self):
        self.begin()
        self.git.commit({"overlays/prod/kustomization.yaml":
                         OVERLAY.replace("NAMESPACE", self.name).replace("../../base", "../../../../etc")})
        self.assertIn("leads outside the repository", self.says("RenderFailed")["message"])
        self.git.commit({"overlays/prod/kustomization.yaml":
                         OVERLAY.replace("NAMESPACE", self.name).replace("../../base", "https://example.com/base")})
        wait_for("a word on the URL", lambda: "not in this repository" in self.world.condition(self.name)["message"])
        self.assertEqual(self.value("prod-value"), "1")
