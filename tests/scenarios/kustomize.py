"""An App whose path is an overlay, with its base elsewhere in the repository: names that depend on the content of an
object, changes of the base, mistakes in it."""

import json
import os
import subprocess
import sys

from scenario import Scenario
from world import ROOT, Git, config_map, trust_policy, wait_for

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


class OnBase(Scenario):
    """An App upon a commit of another repository."""

    REPOSITORY = "  timeout: 3s\n"

    def begin(self, of="bases"):
        """The App at the first commit of its base; answers that commit."""
        self.base = Git(self.world.http, self.world.git_url, self.world.directory, f"{of}/{self.name}")
        first = self.push_base("1")
        self.git = self.world.repository(self.name, interval=self.INTERVAL, extra=self.REPOSITORY,
                                         files=self.overlay(first))
        self.app(self.name)
        return first

    def push_base(self, value, *more):
        files = {f"base/{name}.yaml": config_map(name, value) for name in ("value", *more)}
        names = "\n".join(f"- {name.split('/')[1]}" for name in files)
        return self.base.commit({**files, "base/kustomization.yaml": f"resources:\n{names}\n"}, "base " + value)

    def overlay(self, commit, extra=""):
        base = f"{self.base.url}//base?ref={commit}"
        return {"web/kustomization.yaml": f"resources:\n  - {base}\nnamePrefix: a-\n{extra}"}

    def asked(self):
        """Requests for the base since the log was last forgotten."""
        log = json.loads(self.world.http.command("log"))
        return [entry for entry in log if entry["repository"] == self.base.name]

    def fault(self, text):
        self.world.http.command(f"fault {text} repository={self.base.name}")

    def keeps(self, value):
        """What is in force stays, is told as such, and is healed."""
        self.assertEqual(self.value("a-value"), value)
        self.edit("a-value", "by hand")
        self.becomes("a-value", value)


class RemoteBase(OnBase):
    def test_pin(self):
        first = self.begin()
        self.applied(self.git.head())
        self.assertEqual(self.value("a-value"), "1")
        self.keeps("1")
        # A new commit of the base is nothing to the App until its own repository names it.
        self.world.http.command("forget")
        second = self.push_base("2", "more")
        self.assertNotEqual(first, second)
        pushed = len(self.asked())
        self.commit(self.overlay(first, "commonAnnotations: {note: x}\n"))
        self.assertEqual(self.value("a-value"), "1")
        self.assertEqual(len(self.asked()), pushed, "a commit that is here is not asked for")
        self.commit(self.overlay(second))
        self.assertEqual((self.value("a-value"), self.value("a-more")), ("2", "2"))
        self.assertGreater(len(self.asked()), pushed)
        # Back to what was: with the host down, for it is here.
        self.fault("reset")
        self.commit(self.overlay(first))
        self.becomes("a-value", "1")
        wait_for("a-more to go", lambda: self.value("a-more") is None)
        # The command line renders the same, where it is allowed to.
        refused = self.plumb("render", self.git.clone + "/web")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("--remote-bases", refused.stderr)
        self.fault("none")
        done = self.plumb("render", self.git.clone + "/web", "--remote-bases", self.world.git_url.split("//")[1])
        self.assertIn(f"# Source: {self.base.url}@{first[:12]}:base/value.yaml:1", done.stdout, done.stderr)
        blamed = self.plumb("blame", "ConfigMap/a-value", "-n", self.name, "--remote-bases",
                            self.world.git_url.split("//")[1])
        self.assertEqual(blamed.returncode, 0, blamed.stderr)
        self.assertIn("web/kustomization.yaml", blamed.stdout)

    def test_down(self):
        self.begin()
        self.applied(self.git.head())
        second = self.push_base("2")
        self.fault("reset")
        self.git.commit(self.overlay(second))
        said = self.says("RenderFailed")["message"]
        for word in (self.base.url, second[:12], "cannot be fetched", "web/kustomization.yaml:2"):
            self.assertIn(word, said)
        self.keeps("1")
        # Without another commit, once the host is back.
        self.fault("none")
        self.applied(self.git.head(), seconds=60)
        self.assertEqual(self.value("a-value"), "2")

    def test_hang(self):
        """A host that does not answer holds up what is upon it, and nothing else."""
        self.begin()
        self.applied(self.git.head())
        second = self.push_base("2")
        self.fault("hang")
        self.git.commit({**self.overlay(second), "other/value.yaml": config_map("other", "1")})
        self.app(self.name + "-b", path="other")
        self.becomes("other", "1")
        self.keeps("1")
        self.assertIn("did not answer in time", self.says("RenderFailed")["message"])
        self.keeps("1")
        self.fault("none")
        self.applied(self.git.head(), seconds=60)
        self.assertEqual(self.value("a-value"), "2")

    def test_missing(self):
        first = self.begin()
        self.applied(self.git.head())
        self.git.commit(self.overlay("1" * 40))
        self.assertIn("no branch or tag leads to the base", self.says("RenderFailed")["message"])
        self.git.commit(self.overlay("main"))
        wait_for("a word on the pin", lambda: "is not pinned" in self.world.condition(self.name)["message"])
        self.keeps("1")
        self.commit(self.overlay(first))

    def test_forbidden(self):
        self.world.http.command("forget")
        self.begin(of="elsewhere")
        pushed = len(self.asked())
        said = self.says("RenderFailed")["message"]
        for word in ("--remote-bases", "web/kustomization.yaml:2"):
            self.assertIn(word, said + self.plumb("why", self.name, "-n", "default").stdout)
        self.assertEqual(len(self.asked()), pushed, "nothing is asked that is not allowed")


POLICY = """\
  principals:
    - {name: ci, kind: bot, keys: ["KEY"]}
  apps: [web]
  rules:
    - name: pins
      paths: ["web/**"]
      anyOf:
        - author: [ci]
          only: {rendered: [{at: /data/value, value: '^[0-9]+$'}]}
"""


class TrustedBase(OnBase):
    """A bot moves the pin of a base, under a rule about what that changes in the cluster."""

    def sign(self, files, *options):
        self.git.write(files)
        self.git.git("add", "-A")
        self.git.git("-c", "gpg.format=ssh", "-c", f"user.signingkey={self.key}", "commit", "-qS", "-m", "move the pin")
        return self.git.push(*options)

    def audit(self, policy, anchor, commit):
        """What a ledger says of the commit is judged again with the base, where it may be fetched."""
        pins = [{"rule": "pins"}]
        entry = {"time": "2026-11-24T09:00:00Z", "verdict": "accepted", "repository": f"default/{self.name}",
                 "url": self.git.url, "ref": "refs/heads/main", "policy": self.name, "from": anchor, "commit": commit,
                 "signer": "ci", "rules": pins, "commits": [{"commit": commit, "signer": "ci", "rules": pins}]}
        made = subprocess.run([sys.executable, os.path.join(ROOT, "tests/cli/make_ledger.py")], check=True, text=True,
                              input=json.dumps(entry), capture_output=True).stdout
        paths = [f"{self.git.clone}.{kind}" for kind in ("jsonl", "yaml")]
        for path, text in zip(paths, (made, policy)):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        words = ["audit", "verify", paths[0], "--repo", self.git.clone, "--policy", paths[1]]
        doubted = self.plumb(*words)
        self.assertEqual(doubted.returncode, 1, doubted.stdout + doubted.stderr)
        self.assertIn("is in another repository, and none is allowed here", doubted.stdout)
        whole = self.plumb(*words, "--remote-bases", self.world.git_url.split("//")[1])
        self.assertEqual(whole.returncode, 0, whole.stdout + whole.stderr)
        self.assertIn("1 acceptances judged again", whole.stdout)

    def test_policy(self):
        self.begin()
        self.applied(self.git.head())
        self.key = self.git.clone + ".key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        with open(self.key + ".pub", encoding="utf-8") as file:
            key = file.read().strip()
        anchor = self.git.head()
        policy = trust_policy(self.name, self.git, key, POLICY, anchor)
        self.cluster.apply(policy)
        self.addCleanup(self.cluster.delete, "TrustPolicy", self.name, "", "plumb.dev/v1alpha1")
        wait_for("the policy to count", lambda: self.world.condition(self.name, "Repository", which="Trusted")
                 .get("status") == "True")
        # What the base changes is what the rule lets the bot change: the new base is fetched to know.
        good = self.sign(self.overlay(self.push_base("2")))
        self.applied(good)
        self.assertEqual(self.value("a-value"), "2")
        self.audit(policy, anchor, good)
        # Another object comes with the next one.
        self.sign(self.overlay(self.push_base("3", "more")))
        said = self.says("OutOfScope", "Repository")["message"]
        self.assertIn("a-more", said)
        self.keeps("2")
        # Nothing is known of a base that cannot be fetched: what is in force stays, until it can.
        self.git.git("reset", "-q", "--hard", good)
        fourth = self.push_base("4")
        self.fault("reset")
        self.sign(self.overlay(fourth), "--force")
        wait_for("a word on the base", lambda: "cannot be fetched" in self.world.condition(self.name, "Repository")
                 .get("message", ""))
        self.keeps("2")
        self.fault("none")
        self.applied(self.git.head(), seconds=60)
        self.assertEqual(self.value("a-value"), "4")


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
