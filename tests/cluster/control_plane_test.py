#!/usr/bin/env python3
"""The launcher of the test cluster: what it promises to the tests that build on it."""

import json
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.realpath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "harness"))
from local_server import alive  # noqa: E402

LAUNCHER = os.path.join(HERE, "control_plane")


class ControlPlaneTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="plumb-cluster-")
        self.addCleanup(folder.cleanup)
        self.folder = os.path.join(folder.name, "cluster")

    def start(self, *options):
        self.process = subprocess.Popen(
            [LAUNCHER, "run", "--dir", self.folder, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(self.end)
        self.assertEqual(self.process.stdout.readline(), "READY\n")

    def end(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def env(self):
        with open(os.path.join(self.folder, "env"), encoding="utf-8") as env:
            return dict(line.rstrip("\n").split("=", 1) for line in env)

    def pids(self):
        names = ("ETCD", "APISERVER", "CONTROLLERS")
        return [int(self.env()[f"PLUMB_CLUSTER_{name}_PID"]) for name in names]

    def request(self, path, body=None, token=None, timeout=10):
        env = self.env()
        request = urllib.request.Request(
            env["PLUMB_CLUSTER_SERVER"] + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": "Bearer " + (token or env["PLUMB_CLUSTER_TOKEN"]),
                "Content-Type": "application/json",
            },
        )
        context = ssl.create_default_context(cafile=env["PLUMB_CLUSTER_CA"])
        try:
            with urllib.request.urlopen(request, context=context, timeout=timeout) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def audited(self, user):
        with open(self.env()["PLUMB_CLUSTER_AUDIT_LOG"], encoding="utf-8") as log:
            events = [json.loads(line) for line in log]
        return [
            (event["verb"], event["objectRef"]["resource"], event["responseStatus"]["code"])
            for event in events
            if event["user"]["username"] == user and event["stage"] == "ResponseComplete"
        ]

    def test_serves_audits_and_restarts(self):
        self.start("--user", "alice=alice-token:devs")
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kept"}}
        self.assertEqual(self.request("/api/v1/namespaces", namespace)[0], 201)
        self.assertEqual(self.request("/api/v1/namespaces", token="alice-token")[0], 403)
        self.assertIn(("create", "namespaces", 201), self.audited("admin"))
        self.assertIn(("list", "namespaces", 403), self.audited("alice"))
        server = self.env()["PLUMB_CLUSTER_SERVER"]
        self.assertEqual(self.tell("restart-apiserver"), "OK restart-apiserver")
        self.assertEqual(self.env()["PLUMB_CLUSTER_SERVER"], server)
        self.assertEqual(self.request("/api/v1/namespaces/kept")[0], 200)
        self.assertEqual(self.tell("pause-apiserver"), "OK pause-apiserver")
        with self.assertRaises(OSError):
            self.request("/api/v1/namespaces/kept", timeout=1)
        self.assertEqual(self.tell("resume-apiserver"), "OK resume-apiserver")
        self.assertEqual(self.tell("stop-apiserver"), "OK stop-apiserver")
        with self.assertRaises(OSError):
            self.request("/api/v1/namespaces/kept")
        self.assertTrue(self.tell("resume-apiserver").startswith("ERROR"))

    def test_old_resource_versions_expire_after_compaction(self):
        self.start("--controllers", "none")
        _, listed = self.request("/api/v1/namespaces")
        old = listed["metadata"]["resourceVersion"]
        for name in ("a", "b"):
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            self.assertEqual(self.request("/api/v1/namespaces", body)[0], 201)
        self.assertEqual(self.tell("compact"), "OK compact")
        self.assertEqual(self.tell("restart-apiserver"), "OK restart-apiserver")
        code, _ = self.request(
            f"/api/v1/namespaces?resourceVersion={old}&resourceVersionMatch=Exact"
        )
        self.assertEqual(code, 410)

    def test_ends_with_stdin_and_leaves_nothing(self):
        self.start()
        pids = self.pids()
        self.assertTrue(all(alive(pid) for pid in pids))
        self.end()
        self.assertFalse(any(alive(pid) for pid in pids))
        self.assertFalse(os.path.exists(self.folder))

    def test_children_die_when_it_is_killed(self):
        self.start()
        pids = self.pids()
        self.process.send_signal(signal.SIGKILL)
        self.end()
        while any(alive(pid) for pid in pids):  # the test's timeout ends a loop that does not
            time.sleep(0.02)
        self.start()  # what was left behind is no hindrance

    def test_runs_in_the_background_and_ends_with_the_caller(self):
        up = [LAUNCHER, "up", "--dir", self.folder, "--controllers", "none"]
        subprocess.run(up, check=True, timeout=60)
        self.assertNotEqual(subprocess.run(up, capture_output=True).returncode, 0)
        told = subprocess.run(
            [LAUNCHER, "ctl", "--dir", self.folder, "stop-apiserver"],
            capture_output=True,
            text=True,
        )
        self.assertEqual(told.stdout, "OK stop-apiserver\n")
        subprocess.run([LAUNCHER, "down", "--dir", self.folder], check=True, timeout=60)
        self.assertFalse(os.path.exists(self.folder))
        subprocess.run(["bash", "-c", " ".join(up) + " --watch-parent; :"], check=True, timeout=60)
        while os.path.exists(self.folder):  # the test's timeout ends a loop that does not
            time.sleep(0.02)


if __name__ == "__main__":
    unittest.main()
