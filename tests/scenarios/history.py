"""History that is rewritten, and pushes that are announced."""

import glob
import hashlib
import hmac
import json
import os
import shutil
import subprocess
import urllib.error
import urllib.request

from scenario import OwnOperators, Scenario, files
from world import Operator, config_map, trust_policy, wait_for


class Rewind(Scenario):
    def test_force(self):
        """A force-push is refused until the Repository allows it."""
        commit = self.start(files("a"))
        self.commit(files("a", value="2"))
        self.git.git("reset", "-q", "--hard", commit)
        self.git.write(files("a", value="3"))
        self.git.git("commit", "-qam", "another history")
        rewritten = self.git.push("--force")
        self.says("NonFastForward", "Repository")
        self.assertEqual(self.value("a"), "2")
        self.spec({"allowRewind": True}, "Repository")
        self.applied(rewritten)
        self.assertEqual(self.value("a"), "3")


POLICY = """\
  principals:
    - {name: ada, kind: human, keys: ["KEY"]}
  rules:
    - {name: all, paths: ["**"], anyOf: [{author: [ada]}]}
"""


class Depth(OwnOperators):
    """Of a long history the operator fetches what it needs: without a policy none, with one all."""

    PAST = 200

    def begin(self, name):
        """A repository of PAST commits, of which nobody was told yet, and then an operator."""
        self.name = name
        self.git = self.world.repository(name, files=files("a"))
        self.git.git("config", "gpg.format", "ssh")
        self.key = self.git.clone + ".key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        self.git.git("config", "user.signingkey", self.key)
        past = "".join(f"commit refs/heads/main\ncommitter Ada <ada@example.org> {1700000000 + 60 * i} +0000\n"
                       f"data 1\nx\n" + ("from refs/heads/main^0\n" if i == 0 else "") +
                       f"M 100644 inline docs/a\ndata {len(str(i))}\n{i}\n" for i in range(self.PAST))
        subprocess.run(["git", "-C", self.git.clone, "fast-import", "--quiet"], input=past.encode(), check=True)
        self.git.git("reset", "-q", "--hard")
        self.git.push()
        self.world.namespace(name)
        self.operator = Operator(self.world, name=name)
        self.addCleanup(lambda: self.operator.process.poll() is None and self.operator.kill())
        self.world.app(name, name, "web", extra=f"  targetNamespace: {name}\n")
        self.addCleanup(self.take_down)
        self.world.wait_applied(name, self.git.head())

    def take_down(self):
        if self.operator.process.poll() is None:
            self.cluster.delete("App", self.name, "default", "plumb.dev/v1alpha1")
            wait_for("the App to go", lambda: not self.cluster.get("App", self.name, "default", "plumb.dev/v1alpha1"))
        self.cluster.delete("Repository", self.name, "default", "plumb.dev/v1alpha1")

    def commits(self):
        """How many the operator's store has."""
        for store in glob.glob(os.path.join(self.operator.cache, "*", "[0-9]*")):
            done = subprocess.run(["git", "--git-dir=" + store, "cat-file", "--batch-all-objects", "--batch-check"],
                                  check=False, capture_output=True, text=True)  # it may be just begun
            if self.git.head() in done.stdout:
                return done.stdout.count(" commit ")
        return None

    def commit(self, value, *options):
        """A commit on top, with a signature or without; the branch goes there, wherever it is."""
        self.git.write({"web/a.yaml": config_map("a", value)})
        self.git.git("commit", "-qam", "change", *options)
        return self.git.push("--force")

    def value(self):
        return self.cluster.get("ConfigMap", "a", self.name)["data"]["value"]

    def says(self, reason, which="Ready"):
        look = lambda: self.world.condition(self.name, "Repository", which=which)  # noqa: E731
        wait_for(reason, lambda: look().get("reason") == reason)
        return look()

    def test_none(self):
        """A fast-forward brings the new commits, a forced push is refused, and a lost store tells as well."""
        self.begin("depth-none")
        self.assertEqual(self.commits(), 1)
        good = self.commit("2")
        self.world.wait_applied(self.name, good)
        self.assertEqual(self.commits(), 2)
        self.git.git("reset", "-q", "--hard", "HEAD~3")
        self.commit("3")
        self.says("NonFastForward")
        self.assertEqual(self.value(), "2")
        self.assertLess(self.commits(), 100)
        # Nothing is left but what the status has: that branch is refused, and one that descends is taken.
        self.operator.stop()
        shutil.rmtree(self.operator.cache)
        self.operator.start()
        wait_for("a fetch", lambda: self.commits())
        self.says("NonFastForward")
        self.assertEqual(self.value(), "2")
        self.operator.stop()
        shutil.rmtree(self.operator.cache)
        self.git.git("reset", "-q", "--hard", good)
        for value in "456":
            last = self.commit(value)
        self.operator.start()
        self.world.wait_applied(self.name, last)
        self.assertEqual(self.value(), "6")
        self.assertEqual(self.commits(), 4)

    def test_policy(self):
        """A policy that comes later finds the history that it judges."""
        self.begin("depth-policy")
        anchor = self.git.head()
        for value in "234":
            signed = self.commit(value, "-S")
        self.world.wait_applied(self.name, signed)
        self.operator.stop()
        shutil.rmtree(self.operator.cache)
        self.operator.start()
        wait_for("the fetch", lambda: self.commits() == 1)
        with open(self.key + ".pub", encoding="utf-8") as file:
            key = file.read().strip()
        self.cluster.apply(trust_policy(self.name, self.git, key, POLICY, anchor))
        self.addCleanup(self.cluster.delete, "TrustPolicy", self.name, "", "plumb.dev/v1alpha1")
        self.says("Verified", "Trusted")
        self.assertEqual(self.commits(), self.PAST + 4)
        self.commit("evil")
        self.says("Unsigned", "Trusted")
        self.assertEqual(self.value(), "4")
        self.git.git("reset", "-q", "--hard", signed)
        last = self.commit("5", "-S")
        self.world.wait_applied(self.name, last)
        self.assertEqual(self.value(), "5")


class Blame(Scenario):
    def blame(self, *words):
        done = self.plumb("blame", "ConfigMap/a", "-n", self.name, "-o", "json", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_fields(self):
        """Which commit set each field, and who of the cluster set what is not from Git."""
        first = self.start(files("a"))
        second = self.commit(files("a", value="2"))
        self.cluster.patch("ConfigMap", "a", self.name, {"data": {"more": "by hand"}})
        by_path = lambda told: {field["path"]: field for field in told["fields"]}
        for words in ([], ["--repo", self.git.clone]):
            told = self.blame(*words)
            fields = by_path(told)
            self.assertEqual((fields["data.value"]["commit"], fields["data.value"]["value"]), (second, "2"))
            self.assertEqual(fields["metadata.name"]["commit"], first)
            self.assertEqual((told["app"], told["live"]), (f"default/{self.name}", True))
            self.assertEqual([(field["path"], field["value"]) for field in told["notFromGit"]],
                             [("data.more", "by hand")])
        self.assertEqual(by_path(self.blame("--revision", first))["data.value"]["commit"], first)
        self.assertIn("no app has ConfigMap/b", self.plumb("blame", "ConfigMap/b", "-n", self.name).stderr)


class Webhook(Scenario):
    INTERVAL = "1h"
    REPOSITORY = "  webhookSecretRef: {name: webhook}\n"
    BODY = b'{"ref": "refs/heads/main"}'

    def deliver(self, signature):
        url = f"http://127.0.0.1:{self.world.operator.webhook_port}/hook/default/{self.name}"
        headers = {"Content-Type": "application/json", "X-GitHub-Event": "push", **signature}
        try:
            with urllib.request.urlopen(urllib.request.Request(url, self.BODY, headers), timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def test_push(self):
        """Polled once an hour only: a signed delivery starts the fetch at once, any other nothing."""
        self.secret("webhook", {"token": "webhook-of-a-test"})
        self.start(files("a"))
        commit = self.git.commit(files("a", value="2"))
        wrong = {"X-Hub-Signature-256": "sha256=" + "0" * 64}
        self.assertEqual((self.deliver({}), self.deliver(wrong)), (401, 401))
        self.assertEqual(self.value("a"), "1")
        right = hmac.new(b"webhook-of-a-test", self.BODY, hashlib.sha256).hexdigest()
        self.assertEqual(self.deliver({"X-Hub-Signature-256": "sha256=" + right}), 202)
        self.applied(commit)
        self.assertEqual(self.value("a"), "2")
