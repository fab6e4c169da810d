"""What else goes wrong around the operator: sources that are gone, namespaces that do not go, policies that rewrite,
groups that do not answer, people who edit what they should not."""

import base64
import calendar
import glob
import os
import resource
import subprocess
import time
import unittest

from scenario import Scenario, files
from world import TIME_FACTOR, Operator, World, config_map, wait_for

REWRITE = """apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata:
  name: rewrite
spec:
  failurePolicy: Fail
  reinvocationPolicy: Never
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [configmaps]}]
  matchConditions: [{name: wanted, expression: "has(object.data) && 'rewrite' in object.data"}]
  mutations:
    - patchType: ApplyConfiguration
      applyConfiguration:
        expression: >-
          Object{metadata: Object.metadata{annotations: {"seen": "yes"}}, data: {"value": "rewritten"}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata:
  name: rewrite
spec:
  policyName: rewrite
"""
GROUP = """apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata:
  name: v1.silent.example.com
spec:
  group: silent.example.com
  version: v1
  groupPriorityMinimum: 1000
  versionPriority: 10
  insecureSkipTLSVerify: true
  service: {name: nobody, namespace: default}
"""
REGISTRATION = "admissionregistration.k8s.io/v1"


class TroubledWorld(World):
    """A control plane of its own: kinds that are not there, and groups that do not answer, are looked for."""


class Troubles(Scenario):
    WORLD = TroubledWorld
    SPEC = "  retryInterval: 1s\n"

    def test_sourceless(self):
        """The Git server and the Repository are gone, and then the App: its inventory tells what it had."""
        self.start(files("a", "b"))
        self.world.http.command(f"fault down repository={self.name}")
        self.cluster.delete("Repository", self.name, "default", "plumb.dev/v1alpha1")
        wait_for("the Repository to go",
                 lambda: not self.cluster.get("Repository", self.name, "default", "plumb.dev/v1alpha1"))
        self.cluster.delete("App", self.name, "default", "plumb.dev/v1alpha1")
        wait_for("the App to go", self.gone)
        self.assertEqual((self.value("a"), self.value("b")), (None, None))

    def test_renewed(self):
        """Git refuses our password; the new one in the Secret is used as soon as it is there."""
        self.secret("git-login", {"username": "ada", "password": "one"})
        self.addCleanup(self.world.http.command, "auth none")
        self.git = self.world.repository(self.name, files=files("a"), extra="  secretRef: {name: git-login}\n")
        self.world.http.command("auth basic:ada:one")
        self.app(self.name, self.SPEC)
        self.applied(self.git.head())
        self.world.http.command("auth basic:ada:two")
        self.says("AuthFailed", "Repository")
        self.edit("a", "by hand")
        self.becomes("a", "1")
        self.spec({"interval": "1h"}, "Repository")
        self.cluster.patch("Secret", "git-login", "default", {"stringData": {"password": "two"}})
        self.says("Fetched", "Repository", status="True")

    def test_terminating(self):
        """A namespace that does not go: its objects say so, the others are applied, and nobody asks without end."""
        other = self.name + "-2"
        self.world.namespace(other)
        there = "  namespace: " + other + "\n"
        self.start({**files("a"), "web/b.yaml": config_map("b", "1", there)})
        self.cluster.apply(f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hold\n  namespace: {other}\n"
                           "  finalizers: [example.com/hold]\n")
        self.cluster.delete("Namespace", other)
        wait_for("b to go", lambda: not self.cluster.get("ConfigMap", "b", other))
        mark = self.world.audit_mark()
        self.git.commit(files("a", "c", value="2"))
        self.assertIn(f"the namespace {other} is being deleted", self.says("ApplyFailed")["message"])
        self.becomes("a", "2")
        self.becomes("c", "2")
        time.sleep(3)
        self.assertLess(len([r for r in self.world.operator_requests(mark) if r[2] == "b"]), 12)
        self.cluster.patch("ConfigMap", "hold", other, {"metadata": {"finalizers": None}})
        wait_for("the namespace to go", lambda: not self.cluster.get("Namespace", other))
        self.world.namespace(other)
        self.applied(self.git.head(), seconds=60)
        self.assertTrue(self.cluster.get("ConfigMap", "b", other))

    def test_rewritten(self):
        """A policy of the cluster rewrites what we send: that is no drift, and nothing is sent again."""
        self.cluster.apply(REWRITE)
        for kind in ("MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"):
            self.addCleanup(self.cluster.delete, kind, "rewrite", "", REGISTRATION)
        probe = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "probe"}, "data": {"rewrite": "x"}}
        where = f"/api/v1/namespaces/{self.name}/configmaps?dryRun=All"
        wait_for("the policy to take effect",
                 lambda: self.cluster.call("POST", where, probe)[1]["data"].get("value") == "rewritten", every=0.1)
        self.start({**files("a"), "web/b.yaml": config_map("b") + "  rewrite: please\n"})
        self.assertEqual(self.value("b"), "rewritten")
        self.requests(self.world.audit_mark())
        mark = self.world.audit_mark()
        time.sleep(2)
        self.assertEqual([r for r in self.requests(mark) if r[0] != "get"], [])
        self.commit(files("a", value="2"))
        self.assertEqual([e for e in self.world.events(self.name) if e["reason"] == "Healed"], [])

    def test_silent(self):
        """An API group whose server does not answer: what is of it waits, the rest is applied, nothing is pruned."""
        self.start(files("a", "b"))
        self.cluster.apply(GROUP)
        self.addCleanup(self.cluster.delete, "APIService", "v1.silent.example.com", "", "apiregistration.k8s.io/v1")
        thing = "apiVersion: silent.example.com/v1\nkind: Thing\nmetadata:\n  name: t\n"
        self.git.commit({"web/t.yaml": thing, "web/b.yaml": None, **files("a", value="2")})
        self.becomes("a", "2")
        wait_for("the App to say so",
                 lambda: "silent.example.com" in self.world.condition(self.name).get("message", ""))
        self.assertEqual(self.value("b"), "1")
        self.commit({"web/t.yaml": None})
        self.assertIsNone(self.value("b"))

    def test_descriptors(self):
        """No file can be opened any more: commits cannot be fetched, which is told; drift is corrected as before; and
        all goes on when files can be opened again."""
        self.start(files("a"))
        pid = self.world.operator.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        open_now = max(int(name) for name in os.listdir(f"/proc/{pid}/fd"))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (open_now + 1, before[1]))
        try:
            commit = self.git.commit(files("a", value="2"))
            wait_for("a fetch that fails",
                     lambda: self.world.condition(self.name, "Repository")["status"] == "False")
            self.edit("a", "by hand")
            self.becomes("a", "1")
        finally:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        self.applied(commit, seconds=60)

    def test_finalizer(self):
        """The finalizer of an App is taken away by hand: it is put back, since it is what cleans up."""
        self.start(files("a"))
        path = self.cluster.path("App", self.name, "default", "plumb.dev/v1alpha1")
        self.cluster.patch("App", self.name, "default", {"metadata": {"finalizers": None}}, "plumb.dev/v1alpha1")
        wait_for("the finalizer", lambda: self.cluster.call("GET", path)[1]["metadata"].get("finalizers"))

    def test_status(self):
        """A status that was edited by hand is mended by the next turn, and what it says leads to no wrong prune."""
        commit = self.start(files("a", "b"))
        self.cluster.patch("App", self.name, "default", {"status": {
            "applied": "99/99", "lastAppliedRevision": "nonsense", "conditions": [], "inventory": None}},
            "plumb.dev/v1alpha1", subresource="/status")
        self.edit("a", "by hand")
        self.becomes("a", "1")
        self.commit({"web/b.yaml": None})
        self.assertIsNone(self.value("b"))
        self.assertEqual(self.world.status(self.name)["applied"], "1/1")
        self.assertNotEqual(commit, self.git.head())


class SmallDiskWorld(World):
    """The operator's cache is a file system of 1 MiB."""

    def __init__(self):
        super().__init__(operator=False)
        self.cache = os.path.join(self.directory, "operator.cache")
        os.mkdir(self.cache)
        self.mount("size=1m")
        self.operator = Operator(self)

    def mount(self, options):
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", self.cache], capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            raise unittest.SkipTest("no file system can be mounted: " + done.stderr.strip())

    def end(self):
        if self.operator and self.operator.process.poll() is None:
            self.operator.kill()
        subprocess.run(["umount", self.cache], capture_output=True, check=False)
        super().end()


class Disk(Scenario):
    WORLD = SmallDiskWorld
    SPEC = Troubles.SPEC

    def test_full(self):
        """A commit that the disk has no room for: told, what is in force stays, and all goes on with more room."""
        self.start(files("a", "b"))
        big = base64.b64encode(os.urandom(2 << 20)).decode()
        commit = self.git.commit({**files("a", value="2"), "web/b.yaml": None, "big.txt": big})
        wait_for("a fetch that fails",
                 lambda: self.world.condition(self.name, "Repository").get("status") == "False")
        self.assertRegex(self.world.condition(self.name, "Repository")["message"], "[Nn]o space left on device")
        self.edit("a", "by hand")
        self.becomes("a", "1")
        self.assertEqual(self.value("b"), "1")
        self.world.operator.kill()
        self.world.operator.start()
        self.edit("a", "by hand again")
        self.becomes("a", "1")
        self.world.mount("remount,size=64m")
        self.applied(commit, seconds=60)
        self.assertEqual((self.value("a"), self.value("b")), ("2", None))


class ClockWorld(World):
    """The operator sees a clock that the test can set, and holds a Lease of 3 s."""

    def __init__(self):
        library = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        if not library:
            raise unittest.SkipTest("libfaketime is not installed")
        if TIME_FACTOR != 1:
            raise unittest.SkipTest("libfaketime and a sanitizer both want to be the first in a program")
        super().__init__(operator=False)
        self.clock = os.path.join(self.directory, "clock")
        self.set("+0")
        flags = ("--leader-elect-lease-duration", "3s", "--leader-elect-renew-deadline", "2s",
                 "--leader-elect-retry-period", "300ms", "--leader-elect-resource-namespace", "plumb-system")
        self.operator = Operator(self, "--leader-elect", *flags, begun="operator stands by", environment={
            "LD_LIBRARY_PATH": self.no_jemalloc(), "LD_PRELOAD": library[0],
            "FAKETIME_TIMESTAMP_FILE": self.clock, "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"})

    def no_jemalloc(self):
        """Where an empty library is found in its place: jemalloc asks for the time before it can allocate, libfaketime
        allocates before it can tell the time, and neither would come to an end."""
        subprocess.run(["g++", "-shared", "-x", "c++", "/dev/null", "-Wl,-soname,libjemalloc.so.2", "-o",
                        os.path.join(self.directory, "libjemalloc.so.2")], check=True)
        return self.directory

    def set(self, offset):
        with open(self.clock + ".new", "w", encoding="utf-8") as file:
            file.write(offset)
        os.rename(self.clock + ".new", self.clock)


class Clock(Scenario):
    WORLD = ClockWorld
    SPEC = Troubles.SPEC

    def test_jumps(self):
        """The clock jumps two hours on, a day, and back: the Lease is kept, commits are applied, drift is healed."""
        self.start(files("a", "b"))
        pid = self.world.operator.process.pid
        for number, (offset, hours) in enumerate((("+2h", 2), ("+1d", 24), ("+0", 0)), 2):
            with self.subTest(offset=offset):
                self.world.set(offset)
                time.sleep(4)  # longer than the Lease
                self.commit(files("a", value=str(number)))
                applied = self.world.status(self.name)["history"][0]["appliedAt"]
                ahead = calendar.timegm(time.strptime(applied, "%Y-%m-%dT%H:%M:%SZ")) - time.time()
                self.assertEqual(round(ahead / 3600), hours, "the operator's clock")
                self.edit("a", "by hand")
                self.becomes("a", str(number))
        self.assertEqual((self.world.operator.process.poll(), self.world.operator.process.pid), (None, pid))
        lease = self.cluster.get("Lease", "plumb-operator", "plumb-system", "coordination.k8s.io/v1")["spec"]
        self.assertEqual(lease.get("leaseTransitions", 0), 0)
