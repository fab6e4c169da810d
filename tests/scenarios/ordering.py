"""Apps that depend on each other: what is needed comes first, and goes last."""

from scenario import Scenario, files
from world import config_map, wait_for

# There is no node: it is healthy when the test says so.
POD = """apiVersion: v1
kind: Pod
metadata: {name: db}
spec:
  automountServiceAccountToken: false
  containers: [{name: db, image: "db:1"}]
"""


class Depends(Scenario):
    def start_pair(self):
        """The App of the test depends on another, which is not healthy yet."""
        self.first = self.name + "-db"
        self.git = self.world.repository(self.name, interval=self.INTERVAL,
                                         files={"db/pod.yaml": POD, "db/b.yaml": config_map("b"), **files("a")})
        self.app(self.name, f"  dependsOn: [{{name: {self.first}}}]\n")
        self.app(self.first, path="db")

    def become_ready(self):
        ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
        self.cluster.patch("Pod", "db", self.name, {"status": ready}, subresource="/status")

    def test_chain(self):
        """An App waits until what it depends on is healthy at this commit, says for what, and goes on at once."""
        self.start_pair()
        said = self.says("DependencyNotReady")["message"]
        self.assertIn(self.first + " is not ready: waits for Pod", said)
        self.assertIsNone(self.value("a"))
        self.become_ready()
        self.applied(self.git.head())
        self.assertEqual(self.value("a"), "1")
        self.requests(self.world.audit_mark())  # let it come to rest
        mark = self.world.audit_mark()
        self.git.commit({"README": "nothing for anybody\n"})
        wait_for("the commit to be seen", lambda: self.requests(mark))
        writes = [name for verb, resource, name in self.requests(mark) if resource == "apps"]
        self.assertEqual(writes, [], "a commit that changes nothing is no news for Apps that depend on others")
        # What was applied is kept while the next commit waits.
        self.git.commit({"db/pod.yaml": POD.replace("name: db", "name: db2"), **files("a", value="2")})
        self.says("DependencyNotReady")
        self.edit("a", "by hand")
        self.becomes("a", "1")

    def test_cycle(self):
        self.start_pair()
        self.cluster.patch("App", self.first, "default", {"spec": {"dependsOn": [{"name": self.name}]}},
                           "plumb.dev/v1alpha1")
        said = self.says("DependencyCycle")["message"]
        self.assertIn(f"default/{self.name} -> default/{self.first} -> default/{self.name}", said)

    def test_missing(self):
        self.git = self.world.repository(self.name, interval=self.INTERVAL, files=files("a"))
        self.app(self.name, "  dependsOn: [{name: nobody}]\n")
        self.assertIn("App default/nobody does not exist", self.says("DependencyNotReady")["message"])
        self.spec({"dependsOn": []})
        self.applied(self.git.head())

    def test_deletion(self):
        """Deleted together, the one that depends goes first."""
        self.start_pair()
        self.says("DependencyNotReady")
        self.become_ready()
        self.applied(self.git.head())
        hold = {"metadata": {"finalizers": ["example.com/hold"]}}
        self.cluster.patch("ConfigMap", "a", self.name, hold)
        mark = self.world.audit_mark()
        for app in (self.name, self.first):
            self.cluster.delete("App", app, "default", "plumb.dev/v1alpha1")
        self.says("Deleting", name=self.first, status="Unknown")
        self.assertEqual({name for verb, _, name in self.requests(mark) if verb == "delete"}, {"a"})
        self.assertEqual(self.value("b"), "1")
        self.cluster.patch("ConfigMap", "a", self.name, {"metadata": {"finalizers": None}})
        wait_for("both to go", lambda: self.gone() and self.gone(self.first))
        self.assertIsNone(self.value("b"))


class Waves(Scenario):
    def test_order(self):
        """A wave begins when the one before it is healthy; Plumb's annotation and Argo CD's count alike."""
        pod = POD.replace("metadata: {name: db}", 'metadata: {name: db, annotations: {plumb.dev/wave: "-1"}}')
        late = '  annotations: {argocd.argoproj.io/sync-wave: "1"}\n'
        self.git = self.world.repository(self.name, interval=self.INTERVAL, files={
            "web/db.yaml": pod, **files("a"), "web/late.yaml": config_map("late", "1", late)})
        self.app(self.name)
        wait_for("the App to name what the wave waits for",
                 lambda: f"Pod {self.name}/db" in self.says("Progressing", status="Unknown")["message"])
        self.assertEqual((self.value("a"), self.value("late")), (None, None))
        Depends.become_ready(self)
        self.applied(self.git.head())
        self.assertEqual((self.value("a"), self.value("late")), ("1", "1"))

    def test_deadline(self):
        """What is not healthy within spec.timeout is told as failed, with what it waits for; it still may come."""
        self.git = self.world.repository(self.name, interval=self.INTERVAL, files={"web/db.yaml": POD})
        self.app(self.name, "  timeout: 2s\n")
        said = self.says("HealthCheckFailed")["message"]
        self.assertIn("not done within 2s: Pod", said)
        Depends.become_ready(self)
        self.applied(self.git.head())
