#!/usr/bin/env python3
"""plumb against a real kube-apiserver: status, why, tree, sync, suspend and diff, and what they leave behind.

No operator runs: the statuses are written by the test, so that each command's own part is what is seen.
"""
import fcntl
import json
import os
import pathlib
import pty
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
NAMES = {"apps": "App", "repositories": "Repository"}


def open_definition(plural, kind):
    """A definition that takes anything; used where deploy/crds does not exist."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1alpha1", "served": True, "storage": True, "subresources": {"status": {}},
               "schema": {"openAPIV3Schema": schema}}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.plumb.dev"},
            "spec": {"group": "plumb.dev", "scope": "Namespaced", "versions": [version],
                     "names": {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": kind + "List"}}}


class CliTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="plumb-cli-")
        cls.addClassCleanup(folder.cleanup)
        cls.work = pathlib.Path(folder.name)
        cls.cluster = subprocess.Popen(
            [ROOT / "tests/cluster/control_plane", "run", "--dir", cls.work / "cluster", "--controllers", "none",
             "--user", "nobody=token-of-nobody"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.end)
        if cls.cluster.stdout.readline() != "READY\n":
            raise RuntimeError("the control plane did not start")
        lines = (cls.work / "cluster/env").read_text().splitlines()
        cls.env = dict(line.split("=", 1) for line in lines)
        cls.before_installation = cls.run_plumb("status")
        files = sorted((ROOT / "deploy/crds").glob("*.yaml"))
        for file in files:
            cls.apply("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", file.read_text())
        for plural, kind in ({} if files else NAMES).items():
            cls.apply("/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                      json.dumps(open_definition(plural, kind)))
        cls.wait_until_served()
        cls.apply("/api/v1/namespaces", json.dumps({"apiVersion": "v1", "kind": "Namespace",
                                                    "metadata": {"name": "prod"}}))

    @classmethod
    def end(cls):
        cls.cluster.stdin.close()
        cls.cluster.wait(timeout=30)
        cls.cluster.stdout.close()

    @classmethod
    def request(cls, method, path, text=None, content="application/apply-patch+yaml"):
        request = urllib.request.Request(
            cls.env["PLUMB_CLUSTER_SERVER"] + path, method=method, data=None if text is None else text.encode(),
            headers={"Authorization": "Bearer " + cls.env["PLUMB_CLUSTER_TOKEN"], "Content-Type": content})
        context = ssl.create_default_context(cafile=cls.env["PLUMB_CLUSTER_CA"])
        with urllib.request.urlopen(request, context=context, timeout=20) as answer:
            return json.load(answer)

    @classmethod
    def apply(cls, collection, text, subresource=""):
        name = json.loads(text)["metadata"]["name"] if text.lstrip().startswith("{") else next(
            line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("  name:"))
        return cls.request("PATCH", f"{collection}/{name}{subresource}?fieldManager=test&force=true", text)

    @classmethod
    def wait_until_served(cls):
        for _ in range(100):
            try:
                for plural in NAMES:
                    cls.request("GET", f"/apis/plumb.dev/v1alpha1/{plural}")
                return
            except OSError:
                time.sleep(0.2)
        raise RuntimeError("the custom resources are not served")

    @classmethod
    def run_plumb(cls, *words):
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(cls.work), "LC_ALL": "C",
                       "KUBECONFIG": cls.env["KUBECONFIG"]}
        return subprocess.run([PROGRAM, *words], env=environment, cwd=cls.work, capture_output=True, text=True,
                              timeout=60)

    def plumb(self, *words, want):
        done = self.run_plumb(*words)
        self.assertEqual(done.returncode, want, done.stdout + done.stderr)
        return done

    def make(self, plural, name, spec, status=None):
        collection = f"/apis/plumb.dev/v1alpha1/namespaces/prod/{plural}"
        body = {"apiVersion": "plumb.dev/v1alpha1", "kind": NAMES[plural], "metadata": {"name": name}, "spec": spec}
        self.apply(collection, json.dumps(body))
        if status is not None:
            del body["spec"]
            self.apply(collection, json.dumps(body | {"status": status}), "/status")

    def get(self, plural, name):
        return self.request("GET", f"/apis/plumb.dev/v1alpha1/namespaces/prod/{plural}/{name}")

    def make_app(self, name, status=None):
        self.make("repositories", "config", {"url": "https://git.example/config"})
        self.make("apps", name, {"repository": {"name": "config"}, "path": "apps/" + name}, status)

    def test_status_and_why_of_a_problem(self):
        since = "2026-01-01T00:00:00Z"
        self.make_app("bad", {
            "observedGeneration": 1, "health": "Failed", "applied": "1/2",
            "conditions": [{"type": "Ready", "status": "False", "reason": "Degraded", "message": "one is not healthy",
                            "lastTransitionTime": since, "observedGeneration": 1}],
            "problems": [{"id": "prod_gone__ConfigMap", "reason": "Missing", "message": "not there",
                          "position": "apps/bad/x.yaml:3", "since": since}],
            "inventory": {"entries": [{"id": "prod_gone__ConfigMap", "v": "v1"}]}})
        table = self.plumb("status", "-n", "prod", want=0).stdout
        self.assertIn("ConfigMap/gone: not there at apps/bad/x.yaml:3", table)
        self.assertEqual(self.plumb("status", "prod/bad", "-o", "json", want=0).stdout[0], "{")
        for words in (("why", "prod/bad"), ("why", "ConfigMap/gone", "-n", "prod")):
            text = self.plumb(*words, want=1).stdout
            self.assertIn("NotFound: not in the cluster", text)
            self.assertIn("next: edit apps/bad/x.yaml:3", text)
        self.assertIn("ConfigMap/gone in prod  NotFound", self.plumb("tree", "prod/bad", want=0).stdout)
        self.assertIn("did you mean bad?", self.plumb("why", "prod/bat", want=2).stderr)
        self.assertIn("repository prod/config has no status", self.plumb("why", "repo/prod/config", want=1).stdout)
        self.assertIn("did you mean config?", self.plumb("why", "repo/confg", "-n", "prod", want=2).stderr)
        self.assertIn("-n prod", self.plumb("why", "bad", want=2).stderr)

    def test_sync_asks_app_and_repository_and_times_out(self):
        self.make_app("asked")
        done = self.plumb("sync", "prod/asked", "--wait", "--timeout", "1s", want=3)
        self.assertIn("still pending", done.stderr)
        values = [self.get(plural, name)["metadata"]["annotations"]["plumb.dev/sync-requested-at"]
                  for plural, name in (("apps", "asked"), ("repositories", "config"))]
        self.assertEqual(values[0], values[1])

    def test_suspend_and_resume(self):
        self.make_app("paused")
        self.plumb("suspend", "prod/paused", want=0)
        self.assertTrue(self.get("apps", "paused")["spec"]["suspend"])
        self.assertIn("plumb resume", self.plumb("sync", "prod/paused", want=2).stderr)
        self.assertIn("is suspended", self.plumb("why", "prod/paused", want=1).stdout)
        self.plumb("resume", "prod/paused", want=0)
        self.assertFalse(self.get("apps", "paused")["spec"].get("suspend", False))
        self.plumb("suspend", "repo/config", "-n", "prod", want=0)
        self.plumb("resume", "repo/config", "-n", "prod", want=0)

    def terminal(self, *words, columns=80, **environment):
        """What a command writes to a terminal, as lines."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        done = subprocess.Popen([PROGRAM, *words], stdin=slave, stdout=slave, stderr=subprocess.DEVNULL,
                                env={"HOME": str(self.work), "LC_ALL": "C.UTF-8", "TERM": "xterm",
                                     "KUBECONFIG": self.env["KUBECONFIG"], **environment})
        os.close(slave)
        text = b""
        try:
            while some := os.read(master, 65536):
                text += some
        except OSError:  # the end of a terminal
            pass
        os.close(master)
        done.wait(timeout=60)
        return text.decode().splitlines()

    def test_colours_and_width_of_a_terminal(self):
        self.make_app("narrow", {
            "observedGeneration": 1, "health": "Failed", "applied": "1/2", "conditions": [{
                "type": "Ready", "status": "False", "reason": "Degraded", "message": "a long message " * 9,
                "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 1}],
            "inventory": {"entries": [{"id": "prod_gone__ConfigMap", "v": "v1"}]}})
        for words in (("status", "prod/narrow"), ("tree", "prod/narrow"), ("why", "prod/narrow")):
            coloured = self.terminal(*words)
            self.assertIn("\x1b[", "".join(coloured), words)
            for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
                plain = self.terminal(*words, **environment)
                self.assertNotIn("\x1b", "".join(plain), words)
            code = 1 if words[0] == "why" else 0
            self.assertNotIn("\x1b", self.plumb(*words, want=code).stdout, "no terminal, no colours")
            self.assertIn("\x1b[", self.plumb(*words, "--color=always", want=code).stdout)
        wide = self.terminal("status", "prod/narrow", columns=120, NO_COLOR="1")
        self.assertEqual([len(line) <= 120 for line in wide], [True, True], wide)
        narrow = self.terminal("status", "prod/narrow", columns=20, NO_COLOR="1")
        self.assertIn("a long message a long m…", narrow[1])

    def test_completion_knows_the_names_of_the_cluster(self):
        self.make_app("completed")
        for words, wanted in ((("-n", "prod", "tree", "comp"), "completed\n"),
                              (("why", "prod/comp"), "prod/completed\n"),
                              (("diff", "--app=prod/compl"), "--app=prod/completed\n"),
                              (("status", "-n", "pr"), "prod\n"),
                              (("--namespace=prod", "sync", "repo/c"), "repo/config\n"),
                              (("tree", "comp"), "")):
            self.assertEqual(self.plumb("__complete", *words, want=0).stdout, wanted, words)

    def test_why_the_cluster_cannot_be_asked(self):
        """Every cause has its own words."""
        self.assertEqual(self.before_installation.returncode, 2)
        config = json.loads(pathlib.Path(self.env["KUBECONFIG"]).read_text())

        def said(user, cluster):
            other = json.loads(json.dumps(config))
            other["users"][0]["user"] = user or other["users"][0]["user"]
            other["clusters"][0]["cluster"].update(cluster)
            file = self.work / "other.kubeconfig"
            file.write_text(json.dumps(other))
            return self.plumb("status", "-n", "prod", "--kubeconfig", str(file), want=2).stderr

        stranger = self.work / "stranger.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", os.devnull, "-out", stranger, "-subj", "/CN=stranger"], check=True,
                       capture_output=True)
        told = {"not-installed": self.before_installation.stderr, "wrong-token": said({"token": "wrong"}, {}),
                "no-rights": said({"token": "token-of-nobody"}, {}),
                "stranger": said(None, {"certificate-authority": str(stranger)})}
        for name, text in told.items():
            text = text.replace(self.env["PLUMB_CLUSTER_SERVER"].removeprefix("https://"), "SERVER")
            want = HERE / "access" / (name + ".err")
            if os.environ.get("ACCEPT") == "1":
                want.write_text(text)
            self.assertEqual(text, want.read_text(), name)

    def test_an_interrupted_wait_harms_nothing(self):
        self.make_app("waited")
        process = subprocess.Popen([PROGRAM, "sync", "prod/waited", "--wait"], stderr=subprocess.PIPE, text=True,
                                   env={"KUBECONFIG": self.env["KUBECONFIG"], "PATH": "/usr/bin:/bin"})
        self.assertIn("asked for a sync", process.stderr.readline())
        self.assertIn("waiting", process.stderr.readline())
        before = self.get("apps", "waited")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=60), 130)
        process.stderr.close()
        self.assertEqual(self.get("apps", "waited"), before)

    def test_an_interrupt_leaves_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as server, tempfile.TemporaryDirectory() as folder:
            self.make("repositories", "hangs", {"url": f"http://127.0.0.1:{server.getsockname()[1]}/config"})
            self.make("apps", "hangs", {"repository": {"name": "hangs"}, "path": "web"})
            for number in (signal.SIGINT, signal.SIGTERM):
                process = subprocess.Popen([PROGRAM, "diff", "prod/hangs"], stdout=subprocess.DEVNULL,
                                           stderr=subprocess.DEVNULL, env={"KUBECONFIG": self.env["KUBECONFIG"],
                                                                           "PATH": "/usr/bin:/bin", "TMPDIR": folder})
                server.settimeout(60)
                connection, _ = server.accept()  # never answered
                self.assertEqual(len(os.listdir(folder)), 1)
                process.send_signal(number)
                self.assertEqual(process.wait(timeout=60), 128 + number)
                self.assertEqual(os.listdir(folder), [])
                connection.settimeout(60)
                while connection.recv(4096):  # until whoever asked is gone
                    pass
                connection.close()

    def test_diff_of_a_folder(self):
        live = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": {"a": "1"}}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"}, "stringData": {"k": "CANARY"}}
        self.apply("/api/v1/namespaces/prod/configmaps", json.dumps(live))
        self.apply("/api/v1/namespaces/prod/secrets", json.dumps(secret))
        folder = self.work / "manifests"
        folder.mkdir()
        file = folder / "all.json"
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [live, secret]}))
        self.assertIn("2 unchanged", self.plumb("diff", str(folder), "-n", "prod", want=0).stdout)
        live["data"]["a"] = "2"
        secret["stringData"]["k"] = "CANARY2"
        new = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "two"}}
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [live, secret, new]}))
        text = self.plumb("diff", str(folder), "-n", "prod", want=1).stdout
        self.assertIn('data.a: "1" -> "2"', text)
        self.assertIn("*** (before)", text)
        self.assertNotIn("CANARY", text)
        self.assertIn("1 to create, 2 to change, 0 to prune, 0 unchanged", text)
        names = [item["metadata"]["name"] for item in
                 self.request("GET", "/api/v1/namespaces/prod/configmaps")["items"]]
        self.assertNotIn("two", names)


if __name__ == "__main__":
    if subprocess.run([ROOT / "tests/cluster/binaries", "--path"], capture_output=True).returncode != 0:
        print("the control plane is not built: run tests/cluster/binaries")
        sys.exit(77)
    unittest.main()
