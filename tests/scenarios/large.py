"""Several Apps of many megabytes: all of them are applied and healed, and not all are in memory at once. LARGE_APPS and
LARGE_OBJECTS (of 1 MB) make them more and larger; the peak of the operator's memory is shown then. And an App in a
repository of many files, HUGE_FILES, or of many commits, LONG_HISTORY, which shows what the fetch takes."""

import os
import random
import re
import subprocess
import threading
import time
import urllib.request

from scenario import OwnOperators, files
from world import TIME_FACTOR, Operator, config_map, say, trust_policy, wait_for

APPS = int(os.environ.get("LARGE_APPS", "3"))
OBJECTS = int(os.environ.get("LARGE_OBJECTS", "5"))
HUGE_FILES = int(os.environ.get("HUGE_FILES", "20000"))
LONG_HISTORY = int(os.environ.get("LONG_HISTORY", "3000"))
LINE = "x" * 98 + "\n"


def large(app, version="1"):
    """Files of an App; no two are alike."""
    text = "".join(f"    {i:06d} {app} {LINE}" for i in range(8500))
    return {f"{app}/{i}.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {app}-{i}\ndata:\n"
                               f"  version: \"{version}\"\n  text: |\n{text}" for i in range(OBJECTS)}


def megabytes(pid, field):
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        return int(re.search(rf"{field}:\s+(\d+)", status.read()).group(1)) / 1024


def family(pid):
    out = [pid]
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children", encoding="utf-8") as children:
            for child in children.read().split():
                out += family(int(child))
    return out


class Large(OwnOperators):
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
        peak = megabytes(self.operator.process.pid, "VmHWM")
        if "LARGE_APPS" in os.environ:
            say(f"peak {peak:.0f} MB")
            say(f"held back {self.metric('plumb_turns_held_back_total'):.0f} times")
        if TIME_FACTOR == 1:  # a sanitized program takes several times as much
            self.assertLess(peak, 512)  # the limit of deploy/
        for app in [*apps, "web"]:
            self.cluster.delete("App", app, "default", "plumb.dev/v1alpha1")
        for app in [*apps, "web"]:
            gone = lambda app=app: not self.cluster.get("App", app, "default", "plumb.dev/v1alpha1")  # noqa: E731
            wait_for(f"{app} to go", gone, 60)


POLICY = """\
  principals:
    - {name: ci, kind: bot, keys: ["KEY"]}
  apps: ["*"]
  rules:
    - name: versions
      paths: ["**"]
      anyOf:
        - author: [ci]
          only: {rendered: [{at: /data/version, value: '^[0-9]+$'}]}
"""


class Verified(OwnOperators):
    def commit(self, git, version):
        """A bot's, that changes all Apps."""
        key = git.clone + ".key"
        if not os.path.exists(key):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        git.write({path: text for app in range(10) for path, text in large(f"app-{app}", version).items()})
        git.git("add", "-A")
        git.git("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}", "commit", "-qS", "-m", "version " + version)
        with open(key + ".pub", encoding="utf-8") as file:
            return file.read().strip()

    def test_together(self):
        """Many large folders are rendered to judge a commit, of several repositories at once: not all are in memory."""
        operator = Operator(self.world, name="large-verified")
        self.addCleanup(lambda: operator.process.poll() is None and operator.kill())
        repositories = {name: self.world.repository(name, interval="1h") for name in ("one", "two")}
        for name, git in repositories.items():
            for where in (git.clone, os.path.join(self.world.directory, "repositories", name + ".git")):
                git.git("config", "core.bigFileThreshold", "100k", cwd=where)  # git need not look for likenesses
            key = self.commit(git, "1")
            self.cluster.apply(trust_policy(name, git, key, POLICY))
            self.commit(git, "2")
            git.push()
        for name in repositories:
            self.cluster.patch("Repository", name, "default", {"spec": {"interval": "1s"}}, "plumb.dev/v1alpha1")
        for name, git in repositories.items():
            wait_for(f"{name} to be accepted", lambda name=name, git=git: self.world.condition(
                name, "Repository", which="Trusted").get("status") == "True" and git.head() in str(
                    self.world.status(name, "Repository")), 120)
        peak = megabytes(operator.process.pid, "VmHWM")
        if "LARGE_APPS" in os.environ:
            say(f"peak {peak:.0f} MB")
        if TIME_FACTOR == 1:
            self.assertLess(peak, 110)
        # What they may not is still seen.
        git = repositories["one"]
        accepted = git.head()
        self.commit(git, "x")
        git.push()
        said = wait_for("the refusal", lambda: "OutOfScope" in str(self.world.condition(
            "one", "Repository")) and self.world.condition("one", "Repository"), 60)
        self.assertIn('/data/version becomes "x"', said["message"])
        self.assertIn(accepted, str(self.world.status("one", "Repository")))


class Watcher(threading.Thread):
    """The peak of what a process and its children have together: of their own, and with mapped files."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.own, self.all, self.ended = pid, 0, 0, False

    def run(self):
        while not self.ended:
            try:
                pids = family(self.pid)
                self.own = max(self.own, sum(megabytes(pid, "RssAnon") for pid in pids))
                self.all = max(self.all, sum(megabytes(pid, "VmRSS") for pid in pids))
            except (OSError, AttributeError):
                pass  # one of them ended meanwhile
            time.sleep(0.02)


class HugeRepository(OwnOperators):
    def make(self, name):
        """Commits of HUGE_FILES manifests, and of one file each."""
        bare = os.path.join(self.world.directory, "repositories", name + ".git")
        chance = random.Random(1)
        words = [f"key{i}: value{chance.randrange(10 ** 6)}" for i in range(5000)]
        importer = subprocess.Popen(["git", "-C", bare, "fast-import", "--quiet"], stdin=subprocess.PIPE)

        def write(path, number):
            body = config_map(f"c{number}") + "  " + "\n  ".join(chance.choice(words) for _ in range(20)) + "\n"
            importer.stdin.write(f"M 100644 inline {path}\ndata {len(body)}\n{body}\n".encode())

        def commit(number):
            importer.stdin.write(b"commit refs/heads/main\ncommitter Ada <ada@example.org> %d +0000\ndata 1\nx\n"
                                 % (1700000000 + number))
        commit(0)
        for number in range(HUGE_FILES):
            write(f"d{number // 10000}/e{number // 100 % 100}/f{number}.yaml", number)
        write("web/a.yaml", 0)
        for number in range(1, 200):
            commit(number)
            write("d0/e0/f0.yaml", number)
        importer.stdin.close()
        self.assertEqual(importer.wait(), 0)
        subprocess.run(["git", "-C", bare, "repack", "-adq"], check=True)

    def test_fetch(self):
        """What is not the App's costs the fetch and the disk, and the operator nothing."""
        name = "huge-fetch"
        self.world.repository(name)
        self.make(name)
        self.world.namespace(name)
        operator = Operator(self.world, name=name)
        self.addCleanup(lambda: operator.process.poll() is None and operator.kill())
        watcher = Watcher(operator.process.pid)
        watcher.start()
        self.world.app(name, name, "web", extra=f"  targetNamespace: {name}\n")
        wait_for("the App", lambda: self.world.status(name).get("applied") == "1/1", 600)
        watcher.ended = True
        peak = megabytes(operator.process.pid, "VmHWM")
        if "HUGE_FILES" in os.environ:
            disk = sum(os.path.getsize(os.path.join(at, file))
                       for at, _, found in os.walk(operator.cache) for file in found)
            say(f"operator {peak:.0f} MB; with git {watcher.own:.0f} MB, and with mapped files {watcher.all:.0f} MB; "
                f"disk {disk / 1e6:.0f} MB")
        if TIME_FACTOR == 1:
            self.assertLess(peak, 100)
        self.cluster.delete("App", name, "default", "plumb.dev/v1alpha1")
        wait_for("the App to go", lambda: not self.cluster.get("App", name, "default", "plumb.dev/v1alpha1"), 60)


class LongHistory(OwnOperators):
    """LONG_HISTORY commits of 300 manifests, each of which changes one."""

    def make(self, bare):
        chance = random.Random(2)
        importer = subprocess.Popen(["git", "-C", bare, "fast-import", "--quiet"], stdin=subprocess.PIPE)
        for number in range(LONG_HISTORY):
            body = f"{number} {chance.random()}\n" * 8
            importer.stdin.write(
                (f"commit refs/heads/main\ncommitter Ada <ada@example.org> {1500000000 + 600 * number} +0000\n"
                 f"data 18\nchange one of them\n"
                 f"M 100644 inline apps/{number % 300 // 10}/{number % 300}.txt\ndata {len(body)}\n{body}\n").encode())
        body = config_map("a", "1")
        importer.stdin.write(
            (f"commit refs/heads/main\ncommitter Ada <ada@example.org> {1500000000 + 600 * LONG_HISTORY} +0000\n"
             f"data 1\nx\nM 100644 inline web/a.yaml\ndata {len(body)}\n{body}\n").encode())
        importer.stdin.close()
        self.assertEqual(importer.wait(), 0)
        subprocess.run(["git", "-C", bare, "repack", "-adq"], check=True)

    def disk(self, ending=""):
        return sum(os.path.getsize(os.path.join(at, file))
                   for at, _, found in os.walk(self.operator.cache) for file in found if file.endswith(ending))

    def measured(self, what, begin, done):
        """The bytes that come while it is done; says what the operator and its children took."""
        watcher = Watcher(self.operator.process.pid)
        watcher.start()
        began, before = time.monotonic(), self.disk(".pack")
        begin()
        done()
        seconds, came = time.monotonic() - began, self.disk(".pack") - before
        watcher.ended = True
        if "LONG_HISTORY" in os.environ:
            say(f"{what}: {seconds:.2f} s, {came} bytes of packs, disk {self.disk() / 1e6:.2f} MB; with git "
                f"{watcher.own:.0f} MB, and with mapped files {watcher.all:.0f} MB")
        return came

    def test_fetch(self):
        """What was is not fetched."""
        name = "long-fetch"
        git = self.world.repository(name)
        self.make(os.path.join(self.world.directory, "repositories", name + ".git"))
        self.world.namespace(name)
        self.operator = Operator(self.world, name=name)
        self.addCleanup(lambda: self.operator.process.poll() is None and self.operator.kill())
        self.world.app(name, name, "web", extra=f"  targetNamespace: {name}\n")
        status = lambda: self.world.status(name)  # noqa: E731
        first = self.measured("first", lambda: None,
                              lambda: wait_for("the App", lambda: status().get("applied") == "1/1", 600))
        git.git("pull", "-q", "--depth=1", "origin", "main")
        more = self.measured("one more", lambda: git.commit(files("a", value="2")),
                             lambda: self.world.wait_applied(name, git.head(), seconds=600))
        self.assertLess(first, 200_000)
        self.assertLess(more, 2000)
        self.cluster.delete("App", name, "default", "plumb.dev/v1alpha1")
        wait_for("the App to go", lambda: not self.cluster.get("App", name, "default", "plumb.dev/v1alpha1"), 60)
