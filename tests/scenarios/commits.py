"""What a commit costs and does."""

import time

from scenario import Scenario, files


class Commits(Scenario):
    def test_change(self):
        """One object changed: one patch, and one status write for each of the two resources at most."""
        self.start(files("a", "b", "c"))
        mark = self.world.audit_mark()
        self.commit(files("b", value="2"))
        self.assertEqual(self.value("b"), "2")
        asked = self.requests(mark)
        self.assertEqual([r for r in asked if not r[1].endswith("/status")], [("patch", "configmaps", "b")])
        self.assertLessEqual(len([r for r in asked if r[1].endswith("/status")]), 2, asked)

    def test_rest(self):
        """Polled once a second, with nothing new: not one request to the API server."""
        self.start(files("a", "b"))
        self.requests(self.world.audit_mark())  # let the first sync come to rest
        mark = self.world.audit_mark()
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
