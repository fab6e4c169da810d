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
PLAIN = """apiVersion: batch/v1
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
"""
WEB = PLAIN + """              envFrom:
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


COMPONENT = """kind: Component
resources: [extra.yaml]
labels:
  - pairs: {team: shop}
"""
OVERLAID = """  images:
    - {name: registry.example/web, newTag: "2"}
  patches:
    - target: {kind: CronJob, name: web}
      patch: |
        - {op: replace, path: /spec/schedule, value: "1 1 1 1 *"}
    - patch: |
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: value}
        data: {patched: "${tier}"}
  components: [../component]
  postBuild:
    substitute: {tier: gold}
"""


class Overlay(Scenario):
    """Images, patches and components of an App, whose path holds plain manifests."""

    def job(self):
        spec = self.cluster.get("CronJob", "web", self.name, "batch/v1")["spec"]
        return spec["schedule"], spec["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["image"]

    def data(self, name):
        found = self.cluster.get("ConfigMap", name, self.name)
        return found and found["data"]

    def test_plain(self):
        self.start({"web/job.yaml": PLAIN, "web/value.yaml": config_map("value", "1"),
                    "component/kustomization.yaml": COMPONENT, "component/extra.yaml": config_map("extra", "1")},
                   OVERLAID)
        self.assertEqual(self.job(), ("1 1 1 1 *", "registry.example/web:2"))
        # Variables are replaced after the patches.
        self.assertEqual(self.data("value"), {"value": "1", "patched": "gold"})
        found = self.cluster.get("ConfigMap", "extra", self.name)
        self.assertEqual(found["metadata"]["labels"]["team"], "shop")
        # What a patch made is healed as all else; a component is read like any other file.
        self.cluster.patch("ConfigMap", "value", self.name, {"data": {"patched": "iron"}})
        wait_for("the patched value to be healed", lambda: self.data("value")["patched"] == "gold")
        self.commit({"component/extra.yaml": config_map("extra", "2")})
        self.becomes("extra", "2")
        # The command line sees what the operator does.
        self.assertEqual(self.plumb("diff", self.name, "-n", "default").returncode, 0)
        # Another image is a change of the App alone.
        self.spec({"images": [{"name": "registry.example/web", "newName": "mirror.example/web", "newTag": "3"}]})
        wait_for("the new image", lambda: self.job()[1] == "mirror.example/web:3")
        # What a component brought goes with it.
        self.spec({"components": None})
        wait_for("extra to go", lambda: self.data("extra") is None)

    def test_mistakes(self):
        self.start({"web/job.yaml": PLAIN})
        self.spec({"patches": [{"target": {"kind": "CronJob"},
                                "patch": '[{"op": "remove", "path": "/spec/none"}]'}]})
        said = self.says("RenderFailed")["message"]
        self.assertIn("spec.patches[0]", said)
        self.assertIn("/spec/none", said)
        self.assertEqual(self.job()[0], "0 0 1 1 *")
        self.spec({"patches": None})
        self.says("Applied", status="True")
        for spec in ({"images": [{"newTag": "1"}]}, {"images": [{"name": "a", "digest": "sha256:1"}]},
                     {"patches": [{"target": {}}]}, {"components": ["https://example.org/x"]},
                     {"postBuild": {"substitute": {"1a": "b"}}}):
            with self.assertRaises(AssertionError, msg=spec) as refused:
                self.spec(spec)
            self.assertIn("Invalid", str(refused.exception))
