#!/usr/bin/env python3
"""./dev demo --compare without a person: every cell of its table is asserted from what was observed on the cluster.
PLUMB_BIN names the folder of the programs."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "scenarios")]
from compare import Compare  # noqa: E402
from world import ACCOUNT  # noqa: E402


class Comparison(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        compare = Compare()
        cls.addClassCleanup(compare.world.end)
        cls.rows = {name: (push, pull) for name, push, pull in compare.run()}
        cls.push, cls.pull = (side.saw for side in compare.sides)

    def cells(self, row, push, pull):
        for cell, words in zip(self.rows[row], (push, pull)):
            for word in words:
                self.assertIn(word, cell)

    def test_trigger(self):
        self.assertEqual(self.push.writer, "ci")
        self.assertEqual(self.pull.writer, ACCOUNT)
        self.assertFalse(self.push.broken_build_deploys)
        self.assertGreater(min(self.push.deploy_seconds, self.pull.deploy_seconds), 0)
        self.cells("deployment trigger", ["CI job", "as ci", "s"], ["a commit", "plumb-operator"])

    def test_credentials(self):
        self.assertEqual(self.push.ci_credentials, ["KUBECONFIG"])
        self.assertTrue(self.push.stolen_wrote)
        self.assertTrue(self.push.stolen_read)
        self.assertEqual(self.pull.ci_credentials, [])
        self.assertFalse(self.pull.stolen_wrote)
        self.assertEqual(self.pull.stolen_refusal, "NotAllowed")
        self.cells("cluster credentials", ["in the CI: KUBECONFIG", "workload of his own", "read a Secret"],
                   ["none in the CI", "refused: NotAllowed"])

    def test_drift(self):
        self.assertEqual(self.push.restored_seconds, -1)
        self.assertGreater(self.pull.restored_seconds, 0)
        self.cells("drift detection", ["none: still missing"], ["a watch: undone after"])

    def test_rollback(self):
        self.assertTrue(self.push.left_behind)
        self.assertFalse(self.pull.left_behind)
        self.cells("rollback mechanism", ["the old job again", "stays behind"], ["git revert", "is pruned"])

    def test_trail(self):
        self.assertEqual(self.push.commit, "")
        self.assertTrue(all(name.startswith("kubectl") for name in self.push.managers), self.push.managers)
        self.assertEqual(self.pull.signer, "alice")
        self.assertRegex(self.pull.commit, "^[0-9a-f]{40}$")
        self.assertIn("plumb", self.pull.managers)
        self.cells("audit trail", ["manager kubectl", "user ci", "no commit"],
                   ["signed by alice", self.pull.commit[:7]])


if __name__ == "__main__":
    unittest.main(verbosity=2)
