"""The ledger of a running operator: what was done and refused is in it, it is whole after a crash, its head is in the
Lease, and it costs no request."""

import json
import os
import re
import shlex
import shutil
import subprocess
import time

from replicas import TIMES
from scenario import OwnOperators, files
from world import ROOT, Operator, config_map, wait_for

SECRET = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: "%s"}\n'


def documented_export():
    """How docs/audit.md says to export, held against deploy/: its selector, the command and its folder."""
    with open(os.path.join(ROOT, "docs/audit.md"), encoding="utf-8") as file:
        namespace, selector, command, folder = re.search(
            r"kubectl -n (\S+) get pod -l (\S+) -o name\); do\n"
            r".* -- (plumb-operator --print-ledger --ledger-dir (\S+)) >", file.read()).groups()
    with open(os.path.join(ROOT, "deploy/30-operator.yaml"), encoding="utf-8") as file:
        deployment = file.read().split("\n---\n")[0]
    labels = dict(re.findall(r"(app\.kubernetes\.io/\w+): (\w+)", deployment))
    assert selector == ",".join(f"{name}={value}" for name, value in labels.items()), selector
    assert f"\n  namespace: {namespace}\n" in deployment, namespace
    assert f"--ledger-dir={folder}]" in deployment, folder
    assert any(folder.startswith(path + "/") for path in re.findall(r"mountPath: ([^}]+)\}", deployment)), folder
    return command, folder


class Ledger(OwnOperators):
    def setUp(self):
        self.name = "ledger-" + self._testMethodName[5:].replace("_", "-")
        self.folder = os.path.join(self.world.directory, self.name + ".ledger")
        self.cluster.call("DELETE", "/apis/coordination.k8s.io/v1/namespaces/plumb-system/leases/plumb-operator")
        self.operator = Operator(self.world, "--leader-elect", *TIMES, "--ledger-dir", self.folder, name=self.name,
                                 begun="operator stands by")
        self.addCleanup(self.end)
        self.git = self.world.repository(self.name, files=files("a", "b"))
        self.world.namespace(self.name)
        self.world.app(self.name, self.name, "web", extra=f"  targetNamespace: {self.name}\n")
        self.applied(self.git.head())

    def end(self):
        if self.operator.process.poll() is None:
            self.operator.kill()
        for kind in ("App", "Repository"):
            body = {"metadata": {"finalizers": None}}
            self.cluster.patch(kind, self.name, "default", body, "plumb.dev/v1alpha1")
            self.cluster.delete(kind, self.name, "default", "plumb.dev/v1alpha1")

    def applied(self, commit):
        self.world.wait_applied(self.name, commit, seconds=60)

    def commit(self, changed):
        commit = self.git.commit(changed)
        self.applied(commit)
        return commit

    def becomes(self, name, value, every=0.002):
        def look():
            found = self.cluster.get("ConfigMap", name, self.name)
            return found and found["data"]["value"] == value
        wait_for(f"{name} to be {value}", look, 60, every)

    def text(self, folder=None):
        """As `kubectl exec` gives it, while the operator runs or not."""
        command, deployed = documented_export()
        words = [folder or self.folder if word == deployed else word for word in shlex.split(command)]
        done = subprocess.run([self.world.program(words[0]), *words[1:]], check=True, capture_output=True, text=True)
        return done.stdout

    def entries(self, **wanted):
        found = [json.loads(line)["entry"] for line in self.text().splitlines()]
        return [one for one in found if all(one.get(key) == value for key, value in wanted.items())]

    def plumb(self, *words):
        environment = {**os.environ, "KUBECONFIG": os.path.join(self.world.plane_directory, "kubeconfig")}
        return subprocess.run([self.world.program("plumb"), *words], env=environment, check=False, capture_output=True,
                              text=True, timeout=60)

    def lease_head(self):
        found = self.cluster.get("Lease", "plumb-operator", "plumb-system", "coordination.k8s.io/v1")
        return found["metadata"].get("annotations", {}).get("plumb.dev/ledger-head", "")

    def whole(self, *words):
        """The ledger is whole, up to the head that the Lease has, and its commits are in the clone."""
        last = json.loads(self.text().splitlines()[-1])
        head = f"{last['record']}:{last['hash']}"
        wait_for("the head in the Lease", lambda: self.lease_head() == head)
        shown = self.plumb("audit", "head")
        self.assertEqual(shown.stdout.strip(), head, shown.stderr)
        path = os.path.join(self.world.directory, self.name + ".jsonl")
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.text())
        done = self.plumb("audit", "verify", path, "--repo", self.git.clone, "--head", head, *words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return path

    def test_story(self):
        """Applied, healed, pruned, refused, deleted: each is told once, with names and no values."""
        first = self.git.head()
        (accepted,) = self.entries(verdict="accepted", commit=first)
        self.assertEqual((accepted["repository"], accepted["policy"]), (f"default/{self.name}", "none"))
        created = self.entries(verdict="applied", commit=first)
        self.assertEqual({one["id"].split("_")[1] for entry in created for one in entry["objects"]}, {"a", "b"})
        second = self.commit({"web/a.yaml": config_map("a", "2"), "web/b.yaml": None,
                              "web/s.yaml": SECRET % "canary-one"})
        wait_for("the prune", lambda: not self.cluster.get("ConfigMap", "b", self.name))
        third = self.commit({"web/s.yaml": SECRET % "canary-two"})
        self.cluster.patch("ConfigMap", "a", self.name, {"data": {"value": "by hand"}})
        self.becomes("a", "2")
        bad = self.git.commit({"web/a.yaml": "kind: [\n"})
        wait_for("the refusal", lambda: self.entries(verdict="refused", commit=bad))
        time.sleep(1.5)  # tried again meanwhile
        self.assertEqual(len(self.entries(verdict="refused", commit=bad)), 1)
        done = self.entries(verdict="applied", commit=second)
        objects = {one["id"].split("_")[1]: one for entry in done for one in entry["objects"]}
        self.assertEqual(objects["a"]["fields"], ["data.value"])
        self.assertEqual((objects["b"]["action"], objects["b"]["reason"]), ("delete", "LeftSource"))
        (secret,) = self.entries(verdict="applied", commit=third)[0]["objects"]
        self.assertEqual(secret["fields"], ["stringData.password"])
        (healed,) = self.entries(verdict="healed")
        self.assertIn("kubectl-edit", healed["objects"][0]["detail"])
        self.git.revert()
        self.applied(self.git.head())
        path = self.whole()
        text = self.text()
        for canary in ("canary-one", "canary-two", "Y2FuYXJ5"):
            self.assertNotIn(canary, text)
        shown = self.plumb("history", f"default/{self.name}", "--ledger", path)
        self.assertIn("healed", shown.stdout)
        listed = json.loads(self.plumb("history", f"default/{self.name}", "-o", "json").stdout)["history"]
        self.assertEqual(listed[0]["health"], "Current")
        self.assertIn("Secret/s", [name for one in listed for name in one["objects"]])

    def test_no_request(self):
        """What is told costs nothing: a heal is one apply, and quiet is quiet. The head travels with the Lease."""
        number = len(self.entries())
        mark = self.world.audit_mark()
        self.cluster.patch("ConfigMap", "a", self.name, {"data": {"value": "by hand"}})
        self.becomes("a", "1")
        wait_for("the record", lambda: len(self.entries()) == number + 1)
        self.whole()
        time.sleep(1)
        asked = [request for request in self.world.operator_requests(mark) if request[1] not in ("leases", "events")]
        self.assertEqual(asked, [("patch", "configmaps", "a")])
        self.assertEqual(len(self.entries()), number + 1)

    def test_crash(self):
        """Killed as soon as the cluster shows a change: the chain goes on, and the commit is told."""
        for number in range(2, 8):
            commit = self.git.commit(files("a", "b", value=str(number)))
            self.becomes("a", str(number), every=0)
            self.operator.kill()
            self.operator.start("operator stands by")
            self.applied(commit)
            wait_for("the commit in the ledger",
                     lambda commit=commit: self.entries(app=f"default/{self.name}", verdict="applied", commit=commit))
        self.whole()

    def test_replicas(self):
        """Two replicas lead in turns, each with a volume of its own: what they have is one ledger; a gap is named."""
        folder = self.folder + ".other"
        self.assertEqual(self.text(folder), "")
        other = Operator(self.world, "--leader-elect", *TIMES, "--ledger-dir", folder, name=self.name + "-other",
                         begun="operator stands by")
        self.addCleanup(lambda: other.process.poll() is None and other.kill())
        commits = [self.git.head()]
        for leader, next_one in ((self.operator, other), (other, self.operator)):
            leader.stop()
            commits.append(self.commit(files("a", "b", value=str(len(commits) + 1))))
            leader.start("operator stands by")
            self.assertEqual(next_one.process.poll(), None)
        paths = []
        for number, text in enumerate((self.text(folder), self.text())):
            paths.append(os.path.join(self.world.directory, f"{self.name}-{number}.jsonl"))
            with open(paths[-1], "w", encoding="utf-8") as file:
                file.write(text)
        records = [json.loads(line) for path in paths for line in open(path, encoding="utf-8")]
        last = max(records, key=lambda record: record["record"])
        head = f"{last['record']}:{last['hash']}"
        wait_for("the head in the Lease", lambda: self.lease_head() == head)
        done = self.plumb("audit", "verify", *paths, "--repo", self.git.clone, "--head", head)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for commit in commits:
            self.assertIn(commit, [r["entry"]["commit"] for r in records if r["entry"]["verdict"] == "applied"])
        done = self.plumb("audit", "verify", paths[1], "--head", head)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"records? \d+ .* missing")

    def test_divided(self):
        """Asked for as a whole, the ledgers of several shards are no ledger."""
        folder = self.folder + ".shards"
        os.makedirs(os.path.join(folder, "shard-0"))
        done = subprocess.run([self.world.program("plumb-operator"), "--print-ledger", "--ledger-dir", folder],
                              check=False, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("shard-0", done.stderr)

    def test_other_volume(self):
        """The folder is lost: the ledger goes on behind what the Lease has, and the end that is missing is named."""
        path = self.whole()
        with open(path, encoding="utf-8") as file:
            kept = len(file.read().splitlines())
        self.operator.stop()
        shutil.rmtree(self.folder)
        self.operator.start("operator stands by")
        self.commit(files("a", "b", value="2"))
        self.whole("--first", str(kept + 1))
        done = self.plumb("audit", "verify", os.path.join(self.world.directory, self.name + ".jsonl"))
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"records 1 to {kept} are missing", done.stdout)
