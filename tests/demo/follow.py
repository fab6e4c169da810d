"""The demo for a person: says what to try, then one line for each happening, with the time it took.

A heal is measured between two changes of the object as the API server tells them; a commit from the
moment the Git server has it.
"""

import json
import os
import queue
import shlex
import shutil
import time

from tour import BOLD, DIM, GREEN, RED, REPORT, SETTINGS, duration
from watch import Watch
from world import PLURALS

OBJECTS = ["/api/v1/namespaces/shop/configmaps", "/api/v1/namespaces/shop/services",
           "/api/v1/namespaces/shop/serviceaccounts", "/apis/apps/v1/namespaces/shop/deployments",
           "/apis/batch/v1/namespaces/shop/cronjobs",
           "/apis/networking.k8s.io/v1/namespaces/shop/ingresses",
           "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies",
           "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/roles",
           "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings"]
PUSH = " && git push"
THINGS_TO_TRY = [
    ("edit by hand", "kubectl -n shop edit configmap settings"),
    ("delete by hand", "kubectl -n shop delete service api"),
    ("change in Git", f"sed -i s/Welcome/Hello/ {SETTINGS} && git commit -qam hello" + PUSH),
    ("remove in Git", f"git rm -q {REPORT} && git commit -qm less" + PUSH),
    ("roll back", "git revert --no-edit HEAD" + PUSH),
    ("make a mistake", f"echo '  oops: [' >> {SETTINGS} && git commit -qam oops" + PUSH),
    ("ask", "plumb status; plumb why shop; plumb tree shop; plumb diff apps/shop"),
]
KEPT_METADATA = ("labels", "annotations")  # what a person edits


def plural_of(kind):
    return PLURALS.get(kind, kind + "s").lower()


def content(found):
    """What of an object a person means: neither status nor the server's bookkeeping."""
    out = {k: v for k, v in found.items() if k not in ("status", "metadata")}
    return json.dumps([out, *(found["metadata"].get(key) for key in KEPT_METADATA)], sort_keys=True)


class Follower:
    def __init__(self, world, git, terminal):
        self.world, self.git, self.terminal = world, git, terminal
        self.seen = queue.Queue()
        self.contents, self.changes = {}, {}  # by plural and name
        self.commit, self.pushed = self.head(), None
        self.ready = {}

    def head(self):
        path = os.path.join(self.world.directory, "repositories", "config.git/refs/heads/main")
        try:
            with open(path, encoding="utf-8") as file:
                return file.read().strip()
        except OSError:
            return ""

    def invite(self):
        line, quote = self.terminal.line, shlex.quote
        kubeconfig = os.path.join(self.world.plane_directory, "kubeconfig")
        binaries = os.path.dirname(os.path.realpath(self.world.program("plumb")))
        line()
        line("In another terminal:", BOLD)
        line(f"  export KUBECONFIG={quote(kubeconfig)} PATH={quote(binaries)}:$PATH")
        line(f"  cd {quote(self.git.clone)}")
        line()
        line("Try:", BOLD)
        if not shutil.which("kubectl"):
            line("  (kubectl was not found here; any Kubernetes client does)", DIM)
        for what, command in THINGS_TO_TRY:
            line(f"  {what:<15} {command}")
        line()
        line("What happens (Ctrl-C ends it all):", BOLD)

    def run(self):
        self.watch("events", "/api/v1/namespaces/default/events")
        self.watch("apps", "/apis/plumb.dev/v1alpha1/namespaces/default/apps")
        self.watch("repositories", "/apis/plumb.dev/v1alpha1/namespaces/default/repositories")
        for path in OBJECTS:
            self.watch("objects", path)
        while self.world.operator.process.poll() is None:
            self.look_for_push()
            try:
                moment, name, kind, found = self.seen.get(timeout=0.02)
            except queue.Empty:
                continue
            getattr(self, "on_" + name)(moment, kind, found)
        raise OSError(f"the operator ended; its log is {self.world.operator.log}")

    def watch(self, name, path):
        plural = path.rpartition("/")[2]
        watch = Watch(self.world.cluster, path, self.seen, name)
        for found in watch.items:
            if name == "objects":
                self.contents[plural, found["metadata"]["name"]] = content(found)
            elif name in ("apps", "repositories"):
                self.ready[plural, found["metadata"]["name"]] = self.readiness(found)

    def say(self, moment, text, took=None, style=""):
        clock = time.strftime("%H:%M:%S", time.localtime(time.time() - time.monotonic() + moment))
        self.terminal.line(f"  {clock}  {text}" + (f"  ({took})" if took else ""), style)

    def look_for_push(self):
        head = self.head()
        if head in ("", self.commit):
            return
        self.commit, self.pushed = head, time.monotonic()
        self.say(self.pushed, f"push      {head[:10]} {self.git_subject(head)}")

    def git_subject(self, commit):
        bare = os.path.join(self.world.directory, "repositories", "config.git")
        return self.git.git("log", "-1", "--format=%s", commit, cwd=bare)

    def since_push(self, moment):
        return duration(moment - self.pushed) + " after the push" if self.pushed else None

    def on_objects(self, moment, kind, found):
        key = plural_of(found["kind"]), found["metadata"]["name"]
        now = None if kind == "DELETED" else content(found)
        if self.contents.get(key) != now:
            self.contents[key] = now
            self.changes.setdefault(key, []).append(moment)

    def on_events(self, moment, kind, event):
        if kind != "ADDED" or event.get("source", {}).get("component") != "plumb":
            return
        reason, took = event["reason"], self.since_push(moment)
        if reason == "Healed":
            took = self.heal_time(event.get("related", {}))
        style = RED if event["type"] == "Warning" else GREEN
        self.say(moment, f"{reason:<9} {event['message']}", took, style)

    def heal_time(self, related):
        """Between the last two changes of the object: somebody's, and ours."""
        self.drain(0.1)
        moments = self.changes.get((plural_of(related.get("kind", "")), related.get("name")), [])
        return duration(moments[-1] - moments[-2]) if len(moments) > 1 else None

    def drain(self, seconds):
        """Takes what other watches say up to now, so that their order does not matter."""
        later, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                item = self.seen.get(timeout=max(0.001, end - time.monotonic()))
            except queue.Empty:
                break
            if item[1] == "objects":
                self.on_objects(item[0], item[2], item[3])
            else:
                later.append(item)
        for item in later:
            self.seen.put(item)

    @staticmethod
    def readiness(found):
        for condition in found.get("status", {}).get("conditions", []):
            if condition["type"] == "Ready":
                return condition["status"], condition["reason"]
        return "Unknown", ""

    def on_status(self, moment, found):
        key = plural_of(found["kind"]), found["metadata"]["name"]
        now = self.readiness(found)
        if self.ready.get(key) == now:
            return
        self.ready[key] = now
        self.say(moment, f"{found['kind']} {key[1]}: Ready is {now[0]}, {now[1]}",
                 self.since_push(moment))

    def on_apps(self, moment, _kind, found):
        self.on_status(moment, found)

    def on_repositories(self, moment, _kind, found):
        self.on_status(moment, found)
