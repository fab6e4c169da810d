#!/usr/bin/env python3
"""examples/ci, run: examples_test.py PLUMB_CI

Every YAML file is read by a YAML parser, and every script that calls plumb-ci is run
by a shell as the example has it, in a world with a config repository, a signing key and a trust
policy; docker, curl and the like are not part of it. A line that plumb-ci does not understand, a
variable that nothing sets, or a step that fails, fails the test.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
EXAMPLES = os.path.join(ROOT, "examples", "ci")
PROGRAM = ""
KUSTOMIZATION = """resources: []
images:
  - name: web
    newName: registry.example/web
    newTag: v1.0.0 # set by CI
"""
CONFIG_MAP = """apiVersion: v1
kind: ConfigMap
metadata: {name: colour, namespace: prod}
data: {colour: blue}
"""
APP = """apiVersion: plumb.dev/v1alpha1
kind: App
metadata: {name: colour, namespace: prod}
spec: {repository: {name: config}, path: apps/colour}
"""
POLICY = """apiVersion: plumb.dev/v1alpha1
kind: TrustPolicy
metadata: {name: prod}
spec:
  sources:
    - {url: "https://git.example.com/org/config.git", ref: refs/heads/main}
  anchor: %s
  mode: enforce
  principals:
    - {name: ann, keys: ["%s"]}
    - {name: ci, kind: bot, keys: ["%s"]}
  rules:
    - name: images
      paths: ["apps/*/kustomization.yaml"]
      anyOf:
        - author: [ci]
          only: {source: [{at: /images/*/newTag, value: '^v\\d+\\.\\d+\\.\\d+$', monotonic: semver}]}
        - {approvals: 1, from: [ann], authorCounts: true}
    - name: rest
      paths: ["**"]
      anyOf: [{approvals: 1, from: [ann], authorCounts: true}]
"""


def scripts(text):
    """The shell of an example: blocks (`run: |`, sh ''') and the items of GitLab's `script:`."""
    blocks = re.findall(r"^( *)run: \|\n((?:\1  .*\n|\n)+)", text, re.MULTILINE)
    found = [textwrap.dedent(body) for _, body in blocks]
    found += [textwrap.dedent(body) for body in re.findall(r"sh '''\n(.*?)'''", text, re.DOTALL)]
    for indent, body in re.findall(r"^( +)script:\n((?:\1  - .*\n)+)", text, re.MULTILINE):
        found.append("\n".join(line[len(indent) + 4 :] for line in body.splitlines()) + "\n")
    return [script for script in found if "plumb-ci" in script]


class ExamplesTest(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="plumb-examples-")
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        self.bare, self.work = (os.path.join(self.root, name) for name in ("config.git", "work"))
        self.keys = {name: self.key(name) for name in ("ann", "ci")}
        self.git("init", "-q", "--bare", "-b", "main", self.bare, at="/")
        self.git("init", "-q", "-b", "main", self.work, at="/")
        self.git("remote", "add", "origin", "file://" + self.bare)
        files = {"apps/web/kustomization.yaml": KUSTOMIZATION, "apps/colour/c.yaml": CONFIG_MAP}
        self.first = self.commit("first", {**files, "apps.yaml": APP})
        public = tuple(self.read(self.keys[name] + ".pub").strip() for name in ("ann", "ci"))
        self.write("policy.yaml", POLICY % (self.first, *public))

    @staticmethod
    def read(path):
        with open(path, encoding="utf-8") as file:
            return file.read()

    def key(self, name):
        path = os.path.join(self.root, name)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path], check=True)
        return path

    def git(self, *words, at=None):
        return self.run_it(["git", *words], at or self.work).stdout.strip()

    def environment(self):
        return {
            "PATH": os.path.join(self.root, "bin") + ":/usr/bin:/bin",
            "HOME": self.root,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Ann",
            "GIT_AUTHOR_EMAIL": "ann@example.org",
            "GIT_COMMITTER_NAME": "Ann",
            "GIT_COMMITTER_EMAIL": "ann@example.org",
        }

    def run_it(self, words, at, env=None):
        done = subprocess.run(
            words, cwd=at, env=env or self.environment(), text=True, capture_output=True,
            check=False, timeout=120, stdin=subprocess.DEVNULL,
        )
        self.assertEqual(done.returncode, 0, f"{words}\n{done.stdout}{done.stderr}")
        return done

    def write(self, name, text):
        path = os.path.join(self.work, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def commit(self, message, files):
        for name, text in files.items():
            self.write(name, text)
        self.git("add", "apps", "apps.yaml")
        signing = ("-c", "gpg.format=ssh", "-c", "user.signingKey=" + self.keys["ann"])
        self.git(*signing, "commit", "-q", "-S", "-m", message)
        self.git("push", "-q", "origin", "HEAD")
        return self.git("rev-parse", "HEAD")

    def job(self, example):
        """The scripts of an example, each with all that its CI system and its secrets give."""
        text = self.read(os.path.join(EXAMPLES, example))
        found = scripts(text)
        lines = re.findall(r"^ *(?:- )?plumb-ci ", text, re.MULTILINE)
        self.assertEqual(len(lines), sum(s.count("plumb-ci ") for s in found), example)
        self.assertTrue(found, example)
        bin_directory = os.path.join(self.root, "bin")
        os.makedirs(bin_directory, exist_ok=True)
        os.symlink(PROGRAM, os.path.join(bin_directory, "plumb-ci"))
        with open(os.path.join(bin_directory, "curl"), "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nexit 0\n")
        os.chmod(os.path.join(bin_directory, "curl"), 0o755)
        env = {
            **self.environment(),
            "PLUMB_SIGNING_KEY": self.read(self.keys["ci"]),
            "KEY_FILE": self.keys["ci"],
            "CONFIG_REPO": "file://" + self.bare,
            "BASE": self.first,
            "HEAD": self.git("rev-parse", "HEAD"),
            "GIT_PREVIOUS_SUCCESSFUL_COMMIT": self.first,
            "CHANGE_TARGET": "main",
            "GITHUB_REF_NAME": "v1.2.0",
            "CI_COMMIT_TAG": "v1.2.0",
            "TAG_NAME": "v1.2.0",
            "GITHUB_STEP_SUMMARY": os.path.join(self.root, "summary"),
            "NOTE_TOKEN": "token",
            "NOTES": "https://gitlab.example.com/notes",
        }
        for script in found:
            self.run_it(["bash", "-eu", "-c", script], self.work, env)

    def build(self, example):
        self.job(example)
        self.git("pull", "-q", "--ff-only", "origin", "main")
        after = self.read(os.path.join(self.work, "apps/web/kustomization.yaml"))
        self.assertEqual(after, KUSTOMIZATION.replace("v1.0.0", "v1.2.0"))
        # What CI wrote is what the policy lets it write.
        verify = [PROGRAM, "verify", "--policy", "policy.yaml", "--range", "HEAD^..HEAD"]
        self.assertIn("trusted", self.run_it(verify, self.work).stdout)

    def config(self, example):
        self.git("checkout", "-q", "-b", "change")
        self.commit("change", {"apps/colour/c.yaml": CONFIG_MAP.replace("blue", "green")})
        self.git("fetch", "-q", "origin")
        self.job(example)
        plan = self.read(os.path.join(self.work, "plan.md"))
        self.assertIn("### Plan: 1 to change", plan)
        self.assertIn("+ green", plan)

    def test_every_file_has_its_test(self):
        folders = ("github", "gitlab", "jenkins")
        found = [os.path.join(d, f) for d in folders for f in os.listdir(os.path.join(EXAMPLES, d))]
        self.assertEqual(len(found), 6, found)
        for name in found:
            (self.check_yaml if name.endswith((".yaml", ".yml")) else self.check_jenkinsfile)(name)

    def check_yaml(self, name):
        """By Plumb's own parser: set-image reads every file of a folder, and finds no such image."""
        shutil.copy(os.path.join(EXAMPLES, name), os.path.join(self.work, "apps", "checked.yaml"))
        self.commit(name, {})
        words = ["set-image", "--repo", "file://" + self.bare, "--path", "apps/checked.yaml", "none=:1"]
        done = subprocess.run([PROGRAM, *words], env=self.environment(), text=True,
                              capture_output=True, check=False, timeout=60)
        self.assertIn("E1202", done.stderr, name)

    def check_jenkinsfile(self, name):
        text = self.read(os.path.join(EXAMPLES, name))
        self.assertEqual(text.count("{"), text.count("}"), name)
        self.assertEqual(text.count("'''") % 2, 0, name)


def add_tests():
    for kind, ending in (("build", ("build.",)), ("config", ("config.",))):
        for folder in ("github", "gitlab", "jenkins"):
            for name in os.listdir(os.path.join(EXAMPLES, folder)):
                if name.startswith(ending):
                    example = os.path.join(folder, name)
                    method = lambda self, kind=kind, example=example: getattr(self, kind)(example)
                    setattr(ExamplesTest, f"test_{folder}_{kind}", method)


if __name__ == "__main__":
    PROGRAM = os.path.realpath(sys.argv.pop(1))
    add_tests()
    unittest.main()
