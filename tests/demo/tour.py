"""The tour: one step after the other on a real cluster. A step does what a person would do, says
so, and waits until it has observed what Plumb did about it. What is not observed fails the tour."""

import os
import subprocess
import time

from watch import Watch
from world import ROOT, NotSeen, wait_for

EXAMPLE = os.path.join(ROOT, "examples", "shop")
SETTINGS, REPORT = "apps/shop/settings.yaml", "apps/shop/report.yaml"
BOLD, GREEN, RED, DIM, PLAIN = "\033[1m", "\033[32m", "\033[31m", "\033[2m", "\033[0m"


def example_files():
    files = {}
    for name in sorted(os.listdir(EXAMPLE)):
        with open(os.path.join(EXAMPLE, name), encoding="utf-8") as file:
            files["apps/shop/" + name] = file.read()
    return files


def duration(seconds):
    if seconds < 0.1:
        return f"{seconds * 1000:.1f} ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


class Terminal:
    def __init__(self, out):
        self.out, self.colour = out, out.isatty() and "NO_COLOR" not in os.environ

    def line(self, text="", style=""):
        text = f"{style}{text}{PLAIN}" if style and self.colour else text
        print(text, file=self.out, flush=True)

    def step(self, text):
        self.line()
        self.line(text, BOLD)

    def command(self, text):
        self.line("  $ " + text, DIM)

    def saw(self, text, seconds=None):
        took = f"  ({duration(seconds)})" if seconds is not None else ""
        self.line(f"  ok  {text}{took}", GREEN)

    def failed(self, text):
        self.line("  NOT OBSERVED  " + text, RED)


class Tour:
    """`run()` gives the number of steps that were not observed."""

    def __init__(self, world, git, terminal):
        self.world, self.git, self.terminal = world, git, terminal
        self.files = example_files()
        self.commit = ""

    def run(self):
        steps = [self.push, self.edit, self.delete, self.change, self.remove, self.revert,
                 self.mistake, self.repair]
        failures = 0
        for number, step in enumerate(steps, 1):
            self.terminal.step(f"{number}. {step.__doc__}")
            try:
                step()
            except (NotSeen, AssertionError, OSError, subprocess.SubprocessError) as error:
                failures += 1
                self.terminal.failed(str(error) or type(error).__name__)
        return failures

    # What steps are made of.

    def watch(self, path):
        return Watch(self.world.cluster, path)

    def events(self):
        return self.watch("/api/v1/namespaces/default/events")

    def event(self, watch, reason, *words):
        """The message of the next Event of this reason; all of `words` must be in it."""
        def wanted(kind, event):
            return kind == "ADDED" and event["reason"] == reason and \
                all(word in event["message"] for word in words)
        message = watch.until(wanted, f"an Event {reason} that says {words}", NotSeen)[1]["message"]
        self.terminal.saw(f"Event {reason}: {message}")
        watch.close()

    def applied(self, began, commit, what):
        apps = self.watch("/apis/plumb.dev/v1alpha1/namespaces/default/apps")
        def is_applied(app):
            status = app.get("status", {})
            ready = [c for c in status.get("conditions", []) if c["type"] == "Ready"]
            return status.get("lastAppliedRevision", "").endswith(commit) and \
                ready and ready[0]["status"] == "True"
        moment = time.monotonic()
        if not any(is_applied(app) for app in apps.items):
            moment, _ = apps.until(lambda _, app: is_applied(app), commit + " applied", NotSeen)
        apps.close()
        self.commit = commit
        self.terminal.saw(what, moment - began)

    def undone(self, name, key, theirs, ours):
        """Edits a ConfigMap by hand and waits until that is undone, and told."""
        configs, events = self.watch("/api/v1/namespaces/shop/configmaps"), self.events()
        def is_now(value):
            return lambda _, found: found["metadata"]["name"] == name and \
                found["data"][key] == value
        self.world.cluster.patch("ConfigMap", name, "shop", {"data": {key: theirs}})
        changed, _ = configs.until(is_now(theirs), "the edit", NotSeen)
        restored, _ = configs.until(is_now(ours), "the edit undone", NotSeen)
        configs.close()
        self.terminal.saw(f"undone: {key} is {ours} again", restored - changed)
        self.event(events, "Healed", name, "data." + key, "kubectl-edit")

    def pushed(self, files, message):
        self.terminal.command(f"git commit -am '{message}' && git push")
        commit = self.git.commit(files, message)
        return time.monotonic(), commit

    def plumb(self, *words, want, codes=(0,)):
        """What the command line says; skipped where it was not built."""
        program = self.world.program("plumb")
        if not os.access(program, os.X_OK):
            return
        self.terminal.command("plumb " + " ".join(words))
        environment = {**os.environ, "LC_ALL": "C.UTF-8",
                       "KUBECONFIG": os.path.join(self.world.plane_directory, "kubeconfig")}
        done = subprocess.run([program, *words], cwd=self.git.clone, env=environment, check=False,
                              capture_output=True, text=True, timeout=60)
        said = (done.stdout + done.stderr).rstrip()
        for line in said.splitlines():
            self.terminal.line("    " + line)
        if done.returncode not in codes or want not in said:
            raise NotSeen(f"plumb {words[0]} ended with {done.returncode} and should say {want!r}")

    # The steps.

    def push(self):
        """A first push: thirteen objects of a shop"""
        began, commit = self.pushed(self.files, "a shop")
        self.applied(began, commit, "every object runs in the cluster after the push")
        assert self.world.cluster.get("Deployment", "web", "shop", "apps/v1"), "no Deployment web"
        self.plumb("status", want="shop")
        self.plumb("tree", "shop", want="settings")

    def edit(self):
        """Somebody edits an object by hand"""
        self.terminal.command("kubectl -n shop edit configmap settings   # currency: USD")
        self.undone("settings", "currency", "USD", "EUR")

    def delete(self):
        """Somebody deletes an object by hand"""
        self.terminal.command("kubectl -n shop delete service api")
        services, events = self.watch("/api/v1/namespaces/shop/services"), self.events()
        self.world.cluster.delete("Service", "api", "shop")
        gone, _ = services.until(lambda kind, _: kind == "DELETED", "the deletion", NotSeen)
        back, _ = services.until(lambda kind, _: kind == "ADDED", "the Service again", NotSeen)
        services.close()
        self.terminal.saw("the Service is back", back - gone)
        self.event(events, "Healed", "api")

    def change(self):
        """A change, looked at before it is pushed"""
        text = self.files[SETTINGS].replace("Welcome", "Hello")
        self.git.write({SETTINGS: text})
        self.plumb("diff", "apps/shop", want="Hello", codes=(1,))
        began, commit = self.pushed({}, "a friendlier greeting")
        self.applied(began, commit, "the cluster says Hello after the push")
        live = self.world.cluster.get("ConfigMap", "settings", "shop")["data"]["greeting"]
        assert live == "Hello", f"greeting is {live}"

    def remove(self):
        """A file is removed from Git"""
        self.terminal.command("git rm " + REPORT)
        events = self.events()
        jobs = self.watch("/apis/batch/v1/namespaces/shop/cronjobs")
        began, commit = self.pushed({REPORT: None}, "no more reports")
        gone, _ = jobs.until(lambda kind, _: kind == "DELETED", "the CronJob pruned", NotSeen)
        jobs.close()
        self.terminal.saw("its CronJob is pruned after the push", gone - began)
        self.event(events, "Pruned", "nightly-report")
        self.applied(began, commit, "the app is at the new commit")

    def revert(self):
        """git revert brings it back"""
        self.terminal.command("git revert --no-edit HEAD && git push")
        commit = self.git.revert()
        began = time.monotonic()
        self.applied(began, commit, "the revert is applied after the push")
        found = self.world.cluster.get("CronJob", "nightly-report", "shop", "batch/v1")
        assert found, "the CronJob is not back"
        self.terminal.saw("the CronJob is back")

    def mistake(self):
        """A mistake is pushed: nothing breaks, and drift is still undone"""
        broken = self.files[SETTINGS].replace("  currency: EUR", "\tcurrency: EUR")
        number = broken[:broken.index("\t")].count("\n") + 1
        position = f"{SETTINGS}:{number}"
        events = self.events()
        began, _ = self.pushed({SETTINGS: broken}, "a tab among spaces")
        def refused(kind, event):
            return kind == "ADDED" and event["type"] == "Warning" and position in event["message"]
        moment, event = events.until(refused, f"a Warning that names {position}", NotSeen)
        events.close()
        self.terminal.saw("refused after the push", moment - began)
        self.terminal.saw(f"Event {event['reason']}: {event['message']}")
        condition = self.world.condition("shop")
        assert condition.get("status") == "False", f"Ready is {condition}"
        self.plumb("status", want="shop")
        self.plumb("why", "shop", want=position, codes=(1,))
        self.heal_meanwhile()

    def heal_meanwhile(self):
        self.terminal.command("kubectl -n shop edit configmap features   # reviews: \"off\"")
        self.undone("features", "reviews", "off", "on")
        condition = self.world.condition("shop")
        assert condition.get("status") == "False", f"it was forgotten: {condition}"
        self.terminal.saw("and the mistake is not forgotten: " + condition["reason"])

    def repair(self):
        """The mistake is reverted"""
        self.terminal.command("git revert --no-edit HEAD && git push")
        commit = self.git.revert()
        began = time.monotonic()
        self.applied(began, commit, "ready again after the push")
        wait_for("Ready", lambda: self.world.condition("shop").get("status") == "True")
        self.plumb("why", "shop", want="ready")
