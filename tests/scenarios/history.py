"""History that is rewritten, and pushes that are announced."""

import hashlib
import hmac
import json
import urllib.error
import urllib.request

from scenario import Scenario, files


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
