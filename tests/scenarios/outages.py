"""The API server and its etcd restart, stop, freeze and lose history under a running operator."""

import os
import signal
import time

from scenario import Scenario, files
from world import World, config_map, wait_for


class UnsteadyWorld(World):
    """A control plane of its own, since it is disturbed."""


class Outages(Scenario):
    WORLD = UnsteadyWorld
    SPEC = "  retryInterval: 1s\n"

    def tell(self, command):
        answer = self.world.plane.command(command)
        self.assertTrue(answer.startswith("OK"), answer)

    def begin_sync(self):
        """A commit of many objects; answers it when some of them are there and most are not."""
        self.start(files("a", "b"))
        mark = self.world.audit_mark()
        commit = self.git.commit({**files("a", *[f"m{i}" for i in range(60)], value="2"), "web/b.yaml": None})
        wait_for("the sync to begin", lambda: any(r[1] == "configmaps" for r in self.world.operator_requests(mark)))
        return commit

    def ends_well(self, commit):
        self.applied(commit, seconds=60)
        self.assertEqual({self.value(f"m{i}") for i in range(60)}, {"2"})
        self.assertEqual((self.value("a"), self.value("b")), ("2", None))
        self.requests(self.world.audit_mark())
        mark = self.world.audit_mark()
        time.sleep(1.5)
        self.assertEqual(self.requests(mark), [])
        self.edit("a", "by hand")
        self.becomes("a", "2")

    def answers(self):
        """Whether the API server lets an administrator write."""
        try:
            path = f"/api/v1/namespaces/{self.name}/configmaps/probe?fieldManager=x&dryRun=All&force=true"
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "probe"}}
            return self.cluster.call("PATCH", path, body, "application/apply-patch+yaml")[0] in (200, 201)
        except OSError:
            return False

    def test_restart(self):
        """kill -9 of the API server in the middle of a sync."""
        commit = self.begin_sync()
        self.tell("restart-apiserver")
        self.ends_well(commit)

    def test_away(self):
        """No API server for a while: the operator waits, and needs no more memory for it."""
        self.start(files("a", "b"))
        before = self.memory()
        self.tell("stop-apiserver")
        commit = self.git.commit({**files("a", *[f"m{i}" for i in range(60)], value="2"), "web/b.yaml": None})
        time.sleep(int(os.environ.get("AWAY_SECONDS", "12")))
        self.assertEqual(self.world.operator.probe("/readyz"), "ok\n")
        self.assertLess(self.memory() - before, 8 << 20)
        self.tell("start-apiserver")
        self.ends_well(commit)

    def memory(self):
        with open(f"/proc/{self.world.operator.process.pid}/statm", encoding="utf-8") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def test_frozen(self):
        """The API server takes connections and answers nothing."""
        commit = self.begin_sync()
        self.tell("pause-apiserver")
        time.sleep(4)
        self.tell("resume-apiserver")
        self.ends_well(commit)

    def test_etcd(self):
        commit = self.begin_sync()
        self.tell("restart-etcd")
        self.ends_well(commit)

    def test_stalled(self):
        """etcd answers nothing: writes time out within the API server."""
        commit = self.begin_sync()
        self.tell("pause-etcd")
        time.sleep(8)
        self.tell("resume-etcd")
        self.ends_well(commit)

    def test_full(self):
        """Writes are refused, for every object and for the status; nothing is pruned, and on it goes when there is
        space again."""
        self.start(files("a", "b"))
        self.tell("fill-etcd")
        try:
            commit = self.git.commit({**files("a", *[f"m{i}" for i in range(60)], value="2"), "web/b.yaml": None})
            mark = self.world.audit_mark()
            wait_for("a refusal", lambda: self.world.operator_requests(mark))
            time.sleep(3)
            self.assertEqual(self.value("b"), "1")
        finally:
            self.tell("empty-etcd")
        wait_for("etcd to take writes", self.answers)
        self.ends_well(commit)

    def test_history(self):
        """etcd is compacted in the middle of a sync, and the API server restarts: watches cannot resume."""
        commit = self.begin_sync()
        self.tell("compact")
        self.tell("restart-apiserver")
        self.ends_well(commit)

    def test_missed(self):
        """The operator is frozen while all this happens: what changed meanwhile it learns from a new list."""
        self.start(files("a", "b", "c"))
        self.world.operator.process.send_signal(signal.SIGSTOP)
        self.edit("a", "by hand")
        self.cluster.delete("ConfigMap", "b", self.name)
        for number in range(20):
            self.edit("c", str(number))
        self.edit("c", "1")
        self.tell("compact")
        self.tell("restart-apiserver")
        self.world.operator.process.send_signal(signal.SIGCONT)
        self.becomes("a", "1")
        self.becomes("b", "1")
        self.assertEqual(self.value("c"), "1")

    def test_restored(self):
        """etcd is put back to what it was before two commits. The operator ends, since all it remembers is wrong; the
        next one starts from what the cluster holds now, the old inventory included."""
        self.start(files("a", "b"))
        self.requests(self.world.audit_mark())
        self.tell("save-etcd")
        wait_for("the API server", self.answers)
        self.commit({**files("a", "new", value="2"), "web/b.yaml": None})
        commit = self.commit(files("a", value="3"))
        # A server that starts writes a few versions of its own: what is lost must be more than that.
        self.cluster.apply(config_map("theirs"), self.name)
        for number in range(200):
            self.edit("theirs", str(number))
        # Repositories are watched for it; else a bookmark brings the version, once a minute.
        self.cluster.patch("Repository", self.name, "default", {"metadata": {"annotations": {"note": "new"}}},
                           "plumb.dev/v1alpha1")
        time.sleep(0.5)
        mark = self.world.audit_mark()
        self.tell("restore-etcd")
        self.assertEqual(self.world.operator.process.wait(60), 1)
        self.assertEqual(self.requests(mark), [])
        self.world.operator.start()
        self.becomes("a", "3", seconds=60)
        self.becomes("new", "2", seconds=60)
        wait_for("b to go again", lambda: self.value("b") is None, seconds=60)
        self.applied(commit)
