"""History that is rewritten, and pushes that are announced."""

import hashlib
import hmac
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
