"""What every scenario starts from: one World of each kind for all that want it, and for each a namespace, a Git
repository and an App of its own, all named after the scenario. What a scenario made is taken down after it, by deleting
its App."""

import base64
import os
import re
import subprocess
import time
import unittest

from world import HERE, NotSeen, World, config_map, wait_for

_shared = {}


def shared_worlds():
    return list(_shared.values())


def shared_world(kind=World):
    if kind not in _shared:
        _shared[kind] = kind()
    return _shared[kind]


class OwnOperators(unittest.TestCase):
    """A World of its own without an operator: each scenario starts those that it is about."""

    WORLD = World

    @classmethod
    def setUpClass(cls):
        cls.world = cls.WORLD(operator=False)
        cls.addClassCleanup(cls.world.end)
        cls.cluster = cls.world.cluster


class Scenario(unittest.TestCase):
    SPEC = ""  # lines for the spec of the App
    REPOSITORY = ""  # lines for the spec of the Repository
    INTERVAL = "1s"
    WORLD = World

    def setUp(self):
        self.world = shared_world(self.WORLD)
        self.cluster = self.world.cluster
        self.name = type(self).__name__.lower()[:20] + "-" + self._testMethodName.split("_")[1][:20]
        self.apps = []
        self.world.namespace(self.name)
        self.addCleanup(self.take_down)

    def start(self, files, spec=""):
        """A repository with these files and an App that has applied them; answers the commit."""
        self.git = self.world.repository(self.name, interval=self.INTERVAL, extra=self.REPOSITORY, files=files)
        self.app(self.name, self.SPEC + spec)
        self.applied(self.git.head())
        return self.git.head()

    def app(self, name, spec="", path="web"):
        self.apps.append(name)
        self.world.app(name, self.name, path, extra=f"  targetNamespace: {self.name}\n{spec}")

    def applied(self, commit, seconds=30):
        self.world.wait_applied(self.name, commit, seconds=seconds)

    def commit(self, files, message="change"):
        """Pushed and applied."""
        commit = self.git.commit(files, message)
        self.applied(commit)
        return commit

    def value(self, name):
        """data.value of a ConfigMap in the cluster; None where there is none."""
        found = self.cluster.get("ConfigMap", name, self.name)
        return found["data"]["value"] if found else None

    def becomes(self, name, value, seconds=30):
        wait_for(f"{name} to be {value}", lambda: self.value(name) == value, seconds)

    def edit(self, name, value):
        self.cluster.patch("ConfigMap", name, self.name, {"data": {"value": value}})

    def says(self, reason, kind="App", name=None, status="False", seconds=30):
        """Waits until Ready has this reason; answers the condition."""
        def look():
            found = self.world.condition(name or self.name, kind)
            return found if (found.get("status"), found.get("reason")) == (status, reason) else None
        try:
            return wait_for(f"{kind} {name or self.name} to say {reason}", look, seconds)
        except NotSeen as error:
            found = self.world.condition(name or self.name, kind)
            raise NotSeen(f"{error}; it says {found}") from None

    def spec(self, change, kind="App"):
        self.cluster.patch(kind, self.name, "default", {"spec": change}, "plumb.dev/v1alpha1")

    def secret(self, name, data):
        self.cluster.call("POST", "/api/v1/namespaces/default/secrets", {
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": name},
            "data": {k: base64.b64encode(v.encode()).decode() for k, v in data.items()}})

    def requests(self, mark):
        """What the operator asked for since the mark, once nothing more comes; no Events."""
        before, after = None, []
        while before != after:
            time.sleep(0.7)
            before, after = after, self.world.operator_requests(mark)
        return [(verb, resource, name) for verb, resource, name in after if resource != "events"]

    def fault(self, text):
        self.world.http.command(f"fault {text} repository={self.name}")

    def event(self, reason):
        """The message of the App's newest Event with this reason."""
        def look():
            found = [e for e in self.world.events(self.name) if e["reason"] == reason]
            return found[-1]["message"] if found else None
        return wait_for(f"an Event {reason}", look)

    def plumb(self, *words):
        """The command line, as an administrator; answers the finished process."""
        environment = {**os.environ, "LC_ALL": "C.UTF-8",
                       "KUBECONFIG": os.path.join(self.world.plane_directory, "kubeconfig")}
        return subprocess.run([self.world.program("plumb"), *words], cwd="/", env=environment,
                              check=False, capture_output=True, text=True, timeout=60)

    def why(self, subject=None):
        """What `plumb why` says of the App (or of something else), without what differs from run to run."""
        done = self.plumb("why", subject or self.name, "-n", "default")
        text = done.stdout + done.stderr
        text = re.sub(r"(?m)^(  since +)\S.*$", r"\1SINCE", text)
        text = re.sub(r"\bw(-[a-z0-9]{8,10})?-[a-z0-9]{5}\b", "w-POD", text)
        text = re.sub(r"\b[0-9a-f]{7,40}\b", "COMMIT", text)
        text = re.sub(r"\bport \d+ after \d+ ms", "port PORT after N ms", text)
        return text.replace(self.name, "NAME").replace(self.world.git_url, "GIT")

    def take_down(self):
        self.world.http.command("fault none")
        for name in self.apps:
            if self.cluster.get("App", name, "default", "plumb.dev/v1alpha1"):
                self.cluster.delete("App", name, "default", "plumb.dev/v1alpha1")
        if self.cluster.get("Repository", self.name, "default", "plumb.dev/v1alpha1"):
            self.cluster.delete("Repository", self.name, "default", "plumb.dev/v1alpha1")
        for name in self.apps:
            wait_for(f"App {name} to go", lambda name=name: self.gone(name))
        self.assertEqual(self.world.sanitizer_report(), "")

    def gone(self, name=None):
        return not self.cluster.get("App", name or self.name, "default", "plumb.dev/v1alpha1")


def files(*names, value="1"):
    """web/NAME.yaml with a ConfigMap each."""
    return {f"web/{name}.yaml": config_map(name, value) for name in names}


def shop_files(name):
    """The files of shop/ as web/*, for a namespace of this name."""
    out = {}
    for file in sorted(os.listdir(os.path.join(HERE, "shop"))):
        with open(os.path.join(HERE, "shop", file), encoding="utf-8") as text:
            out["web/" + file] = text.read().replace("shop", name)
    return out
