"""All faults at random, one after the other and at once: commits, people who edit and delete, crashes, a server that
restarts, requests and watches that are spoilt, a Git server that fails. When all that ends, the cluster is what Git
says, and nothing was deleted that Git did not take away.

SOAK_SECONDS (default 45) is how long; SOAK_SEED repeats a run, which prints its seed."""

import os
import random
import time

import faults
from world import NotSeen, config_map, say, wait_for

APPS = 3
NAMES = 30


class Soak(faults.Faulty):
    def setUp(self):
        super().setUp()
        self.seed = int(os.environ.get("SOAK_SEED", random.randrange(1 << 30)))
        say(f"SOAK_SEED={self.seed}")
        self.random = random.Random(self.seed)
        self.addCleanup(self.world.plane.command, "resume-apiserver")
        self.wanted = {}  # object -> (App, value)
        self.removed = set()  # names that a commit took away, or moved
        self.theirs = set()
        self.people = 0
        self.did = []

    def folder(self, app):
        return f"app{app}"

    def path(self, name, app):
        return f"{self.folder(app)}/{name}.yaml"

    def begin(self):
        first = {f"base{app}": (app, "0") for app in range(APPS)}
        first.update({f"o{i}": (i % APPS, "0") for i in range(NAMES // 2)})
        self.wanted = first
        self.git = self.world.repository(self.name, interval="1s", extra="  timeout: 3s\n", files={
            self.path(name, app): config_map(name, value) for name, (app, value) in first.items()})
        for app in range(APPS):
            self.app(f"{self.name}-{app}", self.SPEC, self.folder(app))
        self.come_to_rest()

    # What may happen. Each is one call.

    def commit_something(self):
        changes = {}
        for _ in range(self.random.randint(1, 4)):
            name, app = f"o{self.random.randrange(NAMES)}", self.random.randrange(APPS)
            before = self.wanted.pop(name, None)
            if any(self.path(name, a) in changes for a in range(APPS)):
                if before:
                    self.wanted[name] = before
                continue
            if before:
                changes[self.path(name, before[0])] = None
            if before is None or self.random.random() < 0.7:
                value = str(self.random.randrange(1 << 30))
                self.wanted[name] = (app, value)
                changes[self.path(name, app)] = config_map(name, value)
            if before and self.wanted.get(name, (None,))[0] != before[0]:
                self.removed.add(name)
        self.world.http.command("fault none")  # a person's push succeeds in the end
        if changes:
            self.git.commit(changes, "change")

    def edit_something(self):
        """Each time as somebody else: who does it again and again is answered with pauses."""
        self.people += 1
        name = self.random.choice(sorted(self.wanted))
        if self.value(name) is not None:
            try:
                self.cluster.patch("ConfigMap", name, self.name, {"data": {"value": "evil"}},
                                   manager=f"person-{self.people}")
            except AssertionError:
                pass  # it went meanwhile

    def delete_something(self):
        self.cluster.call("DELETE", self.cluster.path("ConfigMap", self.random.choice(sorted(self.wanted)), self.name))

    def make_theirs(self):
        name = f"theirs{len(self.theirs)}"
        self.theirs.add(name)
        self.cluster.apply(config_map(name, "theirs"), self.name)

    def spoil(self):
        do = self.random.choice(["status", "status", "reset", "lost", "abort", "short", "delay", "goaway"])
        methods = self.random.choice([["PATCH"], ["GET"], ["DELETE"], ["POST"], ["GET", "PATCH", "POST", "DELETE"]])
        code = self.random.choice([500, 503, 504, 429, 410, 401, 409])
        self.proxy.rule(do, methods, self.random.choice(["", "/configmaps", "/status", "/apps", "/repositories"]),
                        skip=self.random.randrange(5), times=self.random.randint(1, 8), ms=self.random.randrange(800),
                        bytes=self.random.randrange(400), status=code, headers={"Retry-After": "1"},
                        body=self.status_answer(code, "", "spoilt"))

    def stop_spoiling(self):
        self.proxy.clear()

    def cut(self):
        self.proxy.tell("cut")

    def deafen(self):
        """What is missed must be found when the stream has ended."""
        self.proxy.tell("mute", path="/configmaps")
        self.edit_something()
        self.proxy.tell("inject", path="/configmaps")

    def garble(self):
        self.proxy.tell("inject", path=self.random.choice(["/configmaps", "/apps", "/repositories"]),
                        body=self.random.choice([faults.Watches.GONE, '{"type": "ADD']))

    def crash(self):
        self.world.operator.kill()
        self.start_again()

    def end(self):
        self.world.operator.stop()
        self.start_again()

    def start_again(self):
        """As a kubelet does: until it runs."""
        for _ in range(10):
            try:
                self.world.operator.start()
                return
            except NotSeen:
                self.world.operator.kill()
        raise NotSeen("the operator does not start")

    def restart_server(self):
        self.world.plane.command("restart-apiserver")

    def fail_git(self):
        self.world.http.command("fault " + self.random.choice(["down", "hang", "status 503", "truncate", "reset"]))

    def mend_git(self):
        self.world.http.command("fault none")

    ACTIONS = ((commit_something, 20), (edit_something, 20), (delete_something, 10), (make_theirs, 3), (spoil, 20),
               (stop_spoiling, 5), (cut, 5), (deafen, 4), (garble, 5), (crash, 4), (end, 2), (restart_server, 1),
               (fail_git, 5), (mend_git, 5))

    def come_to_rest(self):
        """A commit that changes nothing for an App is no news to it: its revision does not tell that all is done."""
        head = self.git.head()

        def rests():
            apps = [self.world.condition(f"{self.name}-{app}").get("status") for app in range(APPS)]
            commit = self.world.status(self.name, "Repository").get("commit")
            return commit == head and set(apps) == {"True"} and self.shown() == self.as_wanted()
        wait_for("the cluster to be what Git says", rests, 90, every=0.2)

    def as_wanted(self):
        return {name: (f"{self.name}-{app}", value) for name, (app, value) in self.wanted.items()}

    def shown(self):
        _, found = self.cluster.call("GET", f"/api/v1/namespaces/{self.name}/configmaps?labelSelector=plumb.dev/app")
        return {item["metadata"]["name"]: (item["metadata"]["labels"]["plumb.dev/app"], item["data"].get("value"))
                for item in found["items"]}

    def test_soak(self):
        self.begin()
        ends = time.monotonic() + float(os.environ.get("SOAK_SECONDS", "45"))
        actions, weights = zip(*self.ACTIONS)
        try:
            while time.monotonic() < ends:
                action = self.random.choices(actions, weights)[0]
                self.did.append(action.__name__)
                action(self)
                time.sleep(self.random.random() * 0.4)
            self.proxy.clear()
            self.world.http.command("fault none")
            self.come_to_rest()
        except AssertionError as error:
            now, wanted = self.shown(), self.as_wanted()
            differ = {n: (now.get(n), wanted.get(n)) for n in {**now, **wanted} if now.get(n) != wanted.get(n)}
            raise AssertionError(f"SOAK_SEED={self.seed} {len(self.did)} actions, the last: {self.did[-12:]}\n"
                                 f"is, should be: {differ}\n{error}") from None
        deleted = set(self.world.deletions(self.mark, self.name))
        self.assertEqual(deleted - self.removed, set(), f"SOAK_SEED={self.seed}")
        self.assertEqual({self.value(name) for name in self.theirs} - {"theirs"}, set())
