"""spec.rollback.onUnhealthy: the operator makes a Job and no more; what the Job runs is run here in the place of a
kubelet, with the environment that its Secret gives."""

import base64
import os
import subprocess

from scenario import Scenario
from world import config_map, wait_for

SPEC = "  timeout: 2s\n  rollback: {onUnhealthy: {image: registry.example.com/plumb-ci:v1, secretName: push}}\n"


def deployment(version, replicas):
    return f"""apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec: {{containers: [{{name: web, image: "example.org/web:{version}"}}]}}
"""


SCALER = """apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {maxReplicas: 2, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
"""


class AutoRollback(Scenario):
    def jobs(self):
        code, found = self.cluster.call("GET", "/apis/batch/v1/namespaces/default/jobs?labelSelector="
                                               "plumb.dev/rollback-of=" + self.name)
        self.assertEqual(code, 200)
        return found["items"]

    def job(self):
        return wait_for("a Job for the rollback", self.jobs)[0]

    def run_job(self, job):
        """As a kubelet would: the command, and the environment of the Secret; the image is the program here."""
        pod = job["spec"]["template"]["spec"]
        container = pod["containers"][0]
        self.assertFalse(pod["automountServiceAccountToken"])
        code, secret = self.cluster.call("GET", "/api/v1/namespaces/default/secrets/"
                                         + container["envFrom"][0]["secretRef"]["name"])
        self.assertEqual(code, 200)
        environment = {name: base64.b64decode(value).decode() for name, value in secret.get("data", {}).items()}
        arguments = [*container["args"], "--allow-http"]  # the server of the test has no certificate
        return subprocess.run([self.world.program(container["command"][0]), *arguments], text=True,
                              env={"PATH": "/usr/bin:/bin", "HOME": self.world.directory, **environment},
                              capture_output=True, check=False, timeout=120)

    def test_unhealthy(self):
        """A new revision that does not become healthy in time is reverted once, and the app is well again."""
        key = os.path.join(self.world.directory, "key-of-the-job")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        with open(key, encoding="utf-8") as file:
            self.secret("push", {"PLUMB_SIGNING_KEY": file.read()})
        good = self.start({"web/web.yaml": deployment("v1", 0), "web/a.yaml": config_map("a")}, SPEC)
        self.says("Applied", status="True")
        bad = self.git.commit({"web/web.yaml": deployment("v2", 1), "other": "stays"})
        self.says("HealthCheckFailed")
        job = self.job()
        self.assertEqual(job["metadata"]["name"], f"{self.name}-rollback-{bad[:12]}")
        self.assertEqual(job["metadata"]["ownerReferences"][0]["kind"], "App")
        self.assertIn("did not become healthy", self.event("RollbackOrdered"))
        # The operator itself wrote nothing to Git.
        self.git.git("fetch", "-q")
        self.assertEqual(self.git.git("rev-parse", "origin/main"), bad)

        done = self.run_job(job)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        reverted = done.stdout.splitlines()[-1]
        self.says("Applied", status="True")
        self.applied(reverted)
        self.git.git("pull", "-q", "--ff-only", "origin", "main")
        self.assertEqual(self.git.git("rev-parse", "HEAD:web"), self.git.git("rev-parse", good + ":web"))
        self.assertEqual(self.git.git("show", "HEAD:other"), "stays")
        self.assertEqual(self.git.git("log", "-1", "--format=%(trailers:key=Plumb-App,valueonly)"),
                         "default/" + self.name)
        # Run again, as a Job that is repeated: nothing is left to do.
        again = self.run_job(job)
        self.assertEqual((again.returncode, again.stdout.splitlines()[0]), (0, "nothing to change"), again.stderr)
        self.assertEqual(len(self.jobs()), 1)

    def test_wave(self):
        """It stops at a wave. The time counts from when that began, and the status has it for the next operator."""
        self.secret("push", {})
        later = config_map("later", extra="  annotations: {plumb.dev/wave: '1'}\n")
        self.start({"web/web.yaml": deployment("v1", 0), "web/later.yaml": later}, SPEC)
        self.says("Applied", status="True")
        bad = self.git.commit({"web/web.yaml": deployment("v2", 1), "web/later.yaml": later.replace('"1"', '"2"')})
        job = self.job()
        self.assertEqual(job["metadata"]["name"], f"{self.name}-rollback-{bad[:12]}")
        self.says("HealthCheckFailed")
        status = self.world.status(self.name)
        self.assertTrue(status["lastAttemptedRevision"].endswith(bad))
        self.assertFalse(status["lastAppliedRevision"].endswith(bad))
        self.assertLess(status["lastAttemptedSince"], job["metadata"]["creationTimestamp"])

    def test_busy(self):
        """A repository with commits more often than the timeout: those that are about others change nothing here."""
        self.secret("push", {})
        good = self.start({"web/web.yaml": deployment("v1", 0)}, SPEC.replace("2s", "8s"))
        self.says("Applied", status="True")
        bad = self.git.commit({"web/web.yaml": deployment("v2", 1)})
        wait_for("the commit", lambda: self.world.status(self.name).get("lastAttemptedRevision", "").endswith(bad))
        commits = [self.git.commit({"other": "1"})]

        def ordered():
            commits.append(self.git.commit({"other": str(len(commits) + 1)}))
            return self.jobs()
        job = wait_for("a Job for the rollback", ordered, 40, every=1.5)[0]
        self.assertGreater(len(commits), 3)
        self.assertEqual(job["metadata"]["name"], f"{self.name}-rollback-{bad[:12]}")
        arguments = job["spec"]["template"]["spec"]["containers"][0]["args"]
        self.assertEqual(arguments[arguments.index("--to") + 1], good)
        self.says("HealthCheckFailed")
        status = self.world.status(self.name)
        self.assertEqual([one["revision"].rpartition("@")[2] for one in status["history"]], [bad, good])
        self.git.commit({"other": "last"})
        wait_for("the last commit", lambda: self.world.status(self.name)["lastAttemptedRevision"].endswith(
            self.git.head()))
        self.assertEqual(self.world.condition(self.name)["reason"], "HealthCheckFailed")
        self.assertEqual(len(self.jobs()), 1)

    def test_fixed(self):
        """Somebody fixes it before the Job runs: the fix stays."""
        self.secret("push", {})
        self.start({"web/web.yaml": deployment("v1", 0)}, SPEC)
        self.says("Applied", status="True")
        self.git.commit({"web/web.yaml": deployment("v2", 1)})
        job = self.job()
        fixed = self.commit({"web/web.yaml": deployment("v3", 0)})
        done = self.run_job(job)
        self.assertEqual((done.returncode, done.stdout.splitlines()[0]), (0, "nothing to change"), done.stderr)
        self.git.git("fetch", "-q")
        self.assertEqual(self.git.git("rev-parse", "origin/main"), fixed)

    def test_later(self):
        """What was healthy once and fails later is no fault of the commit."""
        self.secret("push", {})
        self.start({"web/scaler.yaml": SCALER}, SPEC)
        self.commit({"web/a.yaml": config_map("a")})
        self.says("Applied", status="True")
        failing = [{"type": "Ready", "status": "False", "reason": "Test", "message": "not ready"}]
        self.cluster.patch("HorizontalPodAutoscaler", "web", self.name,
                           {"status": {"conditions": failing, "desiredReplicas": 1}}, "autoscaling/v2",
                           subresource="/status")
        self.says("HealthCheckFailed")
        self.assertEqual(self.jobs(), [])

    def take_down(self):
        super().take_down()
        for job in self.jobs():
            self.cluster.call("DELETE", "/apis/batch/v1/namespaces/default/jobs/" + job["metadata"]["name"])
        self.cluster.call("DELETE", "/api/v1/namespaces/default/secrets/push")
