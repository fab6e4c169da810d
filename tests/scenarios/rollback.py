"""`plumb rollback` from a person's clone: the same way to the cluster as every commit, and nothing but it."""

import os
import subprocess

from scenario import Scenario, files
from world import GIT_ENVIRONMENT


class Rollback(Scenario):
    def rollback(self, *words, code=0):
        done = subprocess.run(
            [self.world.program("plumb"), "rollback", "default/" + self.name, "--repo", self.git.clone,
             "--timeout", "60s", *words],
            env={**GIT_ENVIRONMENT, "KUBECONFIG": self.cluster.env["KUBECONFIG"]}, check=False,
            capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stderr

    def sign_by(self, name):
        key = os.path.join(self.world.directory, name)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key], check=True)
        for setting, value in (("gpg.format", "ssh"), ("user.signingKey", key)):
            self.git.git("config", setting, value)
        signers = key + ".signers"
        with open(key + ".pub", encoding="utf-8") as public, open(signers, "w", encoding="utf-8") as file:
            file.write("ada@example.org " + public.read())
        self.git.git("config", "gpg.ssh.allowedSignersFile", signers)

    def test_back(self):
        """To the revision before, signed, with what else the commits changed left alone."""
        self.start({**files("a", "b"), "other": "1"})
        bad = self.commit({**files("a", "new", value="2"), "web/b.yaml": None, "other": "2"})
        self.assertEqual((self.value("a"), self.value("b"), self.value("new")), ("2", None, "2"))
        self.sign_by("key-of-ada")
        told = self.rollback()
        self.assertIn("reverts " + bad, told)
        self.assertIn(f"app default/{self.name} is ready at", told)
        self.assertEqual((self.value("a"), self.value("b"), self.value("new")), ("1", "1", None))
        self.git.git("pull", "-q", "--ff-only", "origin", "main")
        self.git.git("verify-commit", "HEAD")
        self.assertEqual(self.git.git("rev-parse", "HEAD^"), bad)
        self.assertEqual(self.git.git("show", "HEAD:other"), "2")
        trailers = self.git.git("log", "-1", "--format=%(trailers:key=Plumb-Revert,valueonly)")
        self.assertEqual(trailers.split(), [bad])

    def test_named(self):
        """To a commit that is named; nothing to take back and unknown commits push nothing."""
        first = self.start(files("a"))
        self.commit(files("a", value="2"))
        self.commit(files("a", value="3"))
        self.rollback("--to", first[:10])
        self.assertEqual(self.value("a"), "1")
        self.git.git("pull", "-q", "--ff-only", "origin", "main")
        head = self.git.head()
        self.assertIn("E0344", self.rollback("--to", head, code=2))
        self.assertIn("E0315", self.rollback("--to", "0000000", code=2))
        self.assertIn("E0345", self.rollback("--remote", "nowhere", code=2))
        self.git.git("fetch", "-q")
        self.assertEqual(self.git.git("rev-parse", "origin/main"), head)

    def test_shallow(self):
        """A clone that does not reach back to the good revision says so, and nothing else is chosen."""
        first = self.start(files("a"))
        self.commit(files("a", value="2"))
        self.commit(files("a", value="3"))
        whole, self.git.clone = self.git.clone, self.git.clone + "-shallow"
        self.git.git("clone", "-q", "--depth", "1", self.git.url, self.git.clone, cwd=self.world.directory)
        self.assertIn("git fetch --unshallow", self.rollback(code=2))
        self.assertIn("git fetch --unshallow", self.rollback("--to", first, code=2))
        self.git.git("fetch", "-q", "--unshallow")
        self.rollback()
        self.assertEqual(self.value("a"), "2")
        self.git.clone = whole

    def test_unwell(self):
        """A commit that cannot be applied is rolled back just as well."""
        self.start(files("a"))
        self.git.commit({"web/a.yaml": "kind: [broken\n"})
        self.says("RenderFailed")
        self.assertIn("is ready at", self.rollback())
        self.assertEqual(self.value("a"), "1")

    def test_shared(self):
        """A base that other apps may have, too, is not taken back unasked."""
        base = "resources: [a.yaml]\n"
        first = self.start({"web/kustomization.yaml": "resources: [../base]\n", "base/kustomization.yaml": base,
                    "base/a.yaml": files("a")["web/a.yaml"]})
        self.commit({"base/a.yaml": files("a", value="2")["web/a.yaml"], "web/kustomization.yaml":
                     "resources: [../base]\ncommonLabels: {new: label}\n"})
        told = self.rollback(code=2)
        self.assertIn("E0806", told)
        self.assertIn("base/a.yaml", told)
        self.assertNotIn("base/kustomization.yaml", told)
        self.assertIn("keeps base/a.yaml", self.rollback("--shared", "keep"))
        labels = lambda: self.cluster.get("ConfigMap", "a", self.name)["metadata"]["labels"]  # noqa: E731
        self.assertEqual((self.value("a"), "new" in labels()), ("2", False))
        self.assertIn("reverts base/a.yaml", self.rollback("--shared", "revert", "--to", first))
        self.assertEqual(self.value("a"), "1")

    def test_base(self):
        """Where a base alone changed, the state before that is the earlier one, with what left the base."""
        first = self.start({"web/kustomization.yaml": "resources: [../base]\n",
                            "base/kustomization.yaml": "resources: [a.yaml, b.yaml]\n",
                            "base/a.yaml": files("a")["web/a.yaml"], "base/b.yaml": files("b")["web/b.yaml"]})
        changed = {"base/kustomization.yaml": "resources: [a.yaml]\n", "base/b.yaml": None,
                   "base/a.yaml": files("a", value="2")["web/a.yaml"]}
        self.commit(changed)
        self.git.commit({"other": "1"})
        told = self.rollback(code=2)
        self.assertIn("E0806", told)
        self.assertIn(f"which changed since {first[:12]}: base/a.yaml, base/kustomization.yaml, base/b.yaml", told)
        self.assertIn("E0344", self.rollback("--shared", "keep", code=2))
        self.assertIn("reverts base/b.yaml", self.rollback("--shared", "revert"))
        self.assertEqual((self.value("a"), self.value("b")), ("1", "1"))
        # One that breaks the render is gone back from, too.
        self.git.git("pull", "-q", "--ff-only", "origin", "main")
        self.git.commit({"base/kustomization.yaml": "resources: [nowhere.yaml]\n"})
        self.says("RenderFailed")
        self.rollback("--shared", "revert")
        self.assertEqual((self.value("a"), self.value("b")), ("1", "1"))

    def test_reached(self):
        """The other Apps that are made from what is reverted are named, and no others."""
        bases = {"base/kustomization.yaml": "resources: [a.yaml]\n", "base/a.yaml": files("a")["web/a.yaml"],
                 "web/kustomization.yaml": "resources: [../base]\n",
                 "other/kustomization.yaml": "resources: [../base]\nnamePrefix: other-\n",
                 "alone/b.yaml": files("b")["web/b.yaml"],
                 "web/inner/kustomization.yaml": "resources: [c.yaml]\n",
                 "web/inner/c.yaml": files("c")["web/c.yaml"]}
        first = self.start(bases)
        for name in ("other", "alone", "inner"):
            self.app(f"{self.name}-{name}", path="web/inner" if name == "inner" else name)
        self.commit({"base/a.yaml": files("a", value="2")["web/a.yaml"]})
        told = self.rollback("--to", first, code=2)
        self.assertIn("base/a.yaml", told)
        self.assertIn(f"default/{self.name}-other is made from them, too", told)
        self.assertNotIn("-alone", told)
        self.git.commit({"web/inner/c.yaml": files("c", value="2")["web/c.yaml"], "alone/b.yaml": None,
                     "alone/d.yaml": files("d")["web/d.yaml"]})
        self.becomes("c", "2")
        told = self.rollback("--shared", "revert", "--to", first)
        for name in ("other", "inner"):
            self.assertIn(f"also changes app default/{self.name}-{name}", told)
        self.assertNotIn("-alone", told)
        self.becomes("other-a", "1")
        self.becomes("c", "1")
