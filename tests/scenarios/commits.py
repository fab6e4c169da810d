"""What a commit costs and does."""

import time

from scenario import Scenario, files
from world import config_map, wait_for


DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:TAG"}]}
"""


def deployment(tag):
    return {"web/deployment.yaml": DEPLOYMENT.replace("TAG", tag)}


class Commits(Scenario):
    def begin(self, files_):
        """Started and at rest: the Event of a first sync comes behind its status. Answers the mark."""
        self.start(files_)
        self.requests(self.world.audit_mark())
        return self.world.audit_mark()

    def all_requests(self, mark):
        """Of the operator, about anything of this scenario; Events too, once nothing more comes."""
        self.requests(mark)
        return sorted((verb, resource) for verb, resource, _ in self.world.operator_requests(mark))

    def test_first(self):
        """The first sync: the finalizer, the inventory ahead, the objects, the end, and one Event. A Deployment is not
        current at once; that is told by its end alone."""
        self.git = self.world.repository(self.name, files={**files("a", "b", "c"), **deployment("1")})
        wait_for("the fetch", lambda: self.world.status(self.name, "Repository").get("commit"))
        mark = self.world.audit_mark()
        self.app(self.name)
        self.applied(self.git.head())
        self.assertEqual(self.all_requests(mark), sorted(
            [("patch", "apps"), ("patch", "apps/status"), ("patch", "apps/status"), ("create", "events"),
             ("patch", "deployments")] + 3 * [("patch", "configmaps")]))
        self.assertIn("4 objects", self.event("Applied"))

    def test_change(self):
        """One object changed: one patch, and one status write for each of the two resources. No Event: the status tells
        it."""
        mark = self.begin(files("a", "b", "c"))
        self.commit(files("b", value="2"))
        self.assertEqual(self.value("b"), "2")
        self.assertEqual(self.all_requests(mark),
                         [("patch", "apps/status"), ("patch", "configmaps"), ("patch", "repositories/status")])
        self.assertEqual([entry["changed"] for entry in self.world.status(self.name)["history"]], [1, 3])

    def test_rollout(self):
        """The same for an object that becomes current by and by."""
        mark = self.begin(deployment("1"))
        self.commit(deployment("2"))
        self.assertEqual(self.all_requests(mark),
                         [("patch", "apps/status"), ("patch", "deployments"), ("patch", "repositories/status")])
        self.assertEqual([entry["changed"] for entry in self.world.status(self.name)["history"]], [1, 1])

    def test_progress(self):
        """What is on its way for longer is told: a Deployment without any nodes."""
        mark = self.begin(deployment("1"))
        self.git.commit({"web/deployment.yaml": DEPLOYMENT.replace("TAG", "2").replace("replicas: 0", "replicas: 1")})
        found = self.says("Progressing", status="Unknown")
        self.assertIn("web", found["message"])
        self.assertEqual(self.all_requests(mark),
                         [("patch", "apps/status"), ("patch", "deployments"), ("patch", "repositories/status")])
        status = self.world.status(self.name)
        self.assertEqual(self.world.condition(self.name, which="Reconciling")["status"], "True")
        self.assertTrue(status["lastAppliedRevision"].endswith(self.git.head()))

    def test_all_at_once(self):
        """A commit that changes every App: all objects come first, the reports of it then. Only the workers that are
        free at the end, when nobody waits any more, may tell of theirs before the last object."""
        workers, folders = 8, [f"app{i:02d}" for i in range(40)]

        def everywhere(value):
            return {f"{folder}/{folder}.yaml": config_map(folder, value) for folder in folders}
        self.git = self.world.repository(self.name, files=everywhere("1"))
        names = {folder: f"{self.name}-{folder}" for folder in folders}
        for folder in folders:
            self.app(names[folder], path=folder)

        def all_at(commit):
            for folder in folders:
                self.world.wait_applied(names[folder], commit)
        all_at(self.git.head())
        self.requests(self.world.audit_mark())
        mark = self.world.audit_mark()
        all_at(self.git.commit(everywhere("2")))
        self.assertEqual(self.value(folders[-1]), "2")
        asked = [resource for _, resource, _ in self.requests(mark)]
        self.assertEqual(asked.count("configmaps"), 40)
        self.assertEqual(asked.count("apps/status"), 40)
        last = max(at for at, resource in enumerate(asked) if resource == "configmaps")
        self.assertLess(asked[:last].count("apps/status"), workers)

    def test_rest(self):
        """Polled once a second, with nothing new: not one request to the API server."""
        mark = self.begin(files("a", "b"))
        time.sleep(2.5)
        self.assertEqual(self.world.operator_requests(mark), [])

    def test_removal(self):
        """A file removed: its object is pruned, and git revert brings it back."""
        self.start(files("a", "b"))
        self.commit({"web/b.yaml": None})
        self.assertIsNone(self.value("b"))
        self.assertEqual(self.value("a"), "1")
        self.assertIn("b", self.event("Pruned"))
        self.applied(self.git.revert())
        self.assertEqual(self.value("b"), "1")
