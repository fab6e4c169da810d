"""Several Apps of many megabytes: all of them are applied and healed, and not all are in memory at once. LARGE_APPS and
LARGE_OBJECTS (of 1 MB) make them more and larger; the peak of the operator's memory is shown then."""

import os
import re
import urllib.request

from scenario import OwnOperators, files
from world import TIME_FACTOR, Operator, say, wait_for

APPS = int(os.environ.get("LARGE_APPS", "3"))
OBJECTS = int(os.environ.get("LARGE_OBJECTS", "5"))
LINE = "x" * 98 + "\n"


def large(app, version="1"):
    """Files of an App; no two are alike."""
    text = "".join(f"    {i:06d} {app} {LINE}" for i in range(8500))
    return {f"{app}/{i}.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {app}-{i}\ndata:\n"
                               f"  version: \"{version}\"\n  text: |\n{text}" for i in range(OBJECTS)}


class Large(OwnOperators):
    def peak(self):
        with open(f"/proc/{self.operator.process.pid}/status", encoding="utf-8") as status:
            return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)) // 1024

    def metric(self, name):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.operator.port}/metrics", timeout=10) as answer:
            return float(re.search(rf"(?m)^{name} (\S+)$", answer.read().decode()).group(1))

    def test_together(self):
        name = "large-together"
        self.operator = Operator(self.world, name=name)
        self.addCleanup(lambda: self.operator.process.poll() is None and self.operator.kill())
        apps = [f"large-{i}" for i in range(APPS)]
        content = {path: text for app in apps for path, text in large(app).items()}
        git = self.world.repository(name, files={**content, **files("a")})
        self.world.namespace(name)
        for app in [*apps, "web"]:
            self.world.app(app, name, app, extra=f"  targetNamespace: {name}\n")
        for app in [*apps, "web"]:
            self.world.wait_applied(app, git.head(), seconds=120)
        self.cluster.patch("ConfigMap", apps[0] + "-1", name, {"data": {"version": "by hand"}})
        wait_for("the heal", lambda: self.cluster.get("ConfigMap", apps[0] + "-1", name)["data"]["version"] == "1", 60)
        head = git.commit({path: text for app in apps for path, text in large(app, "2").items()})
        for app in apps:
            self.world.wait_applied(app, head, seconds=120)
        if "LARGE_APPS" in os.environ:
            say(f"peak {self.peak()} MB")
            say(f"held back {self.metric('plumb_turns_held_back_total'):.0f} times")
        if TIME_FACTOR == 1:  # a sanitized program takes several times as much
            self.assertLess(self.peak(), 512)  # the limit of deploy/
        for app in [*apps, "web"]:
            self.cluster.delete("App", app, "default", "plumb.dev/v1alpha1")
        for app in [*apps, "web"]:
            gone = lambda app=app: not self.cluster.get("App", app, "default", "plumb.dev/v1alpha1")  # noqa: E731
            wait_for(f"{app} to go", gone, 60)
