"""Benchmarks on a fleet: N Apps of four objects in one repository. B1 makes the fleet, the others use it."""

import os
import random
import shutil
import time

from rig import APPS, KINDS, Meter, NotSeen, Rig, app_files, app_names, cpu_seconds, fleet_files, memory_kib, spread

DEADLINE = 300  # seconds for whatever is waited for


def milliseconds(ns):
    return ns / 1e6


def first_sync(count):
    """B1: Apps and Repository are there, the operator starts: until the last object exists, and until all Apps are
    Ready. Answers the rig, for the scenarios that go on with its fleet, and the figures."""
    rig = Rig()
    names = app_names(count)
    rig.git = rig.repository("config", fleet_files(names))
    rig.make_apps(names, "config")
    rig.names = names
    rig.watch()
    rig.wait_server_idle()
    meter = Meter(rig)
    began = rig.start()
    created = rig.observer.wait("all objects to exist", lambda: all_exist(rig, names), DEADLINE)
    ready = rig.observer.wait("all Apps to be Ready", lambda: all_ready(rig, names), DEADLINE)
    out = meter.stop()
    out["objects_seconds"] = round((created - began) / 1e9, 3)
    out["ready_seconds"] = round((ready - began) / 1e9, 3)
    rig.wait_quiet()
    out["memory_kib"] = memory_kib(rig.world.operator.process.pid)
    out["objects"] = 4 * count
    return rig, out


def all_exist(rig, names):
    """When the last object came to be, once all are there."""
    if sum(1 for watch, _ in list(rig.observer.by_object) if watch in KINDS) < 4 * len(names):
        return None
    last = 0
    for name in names:
        for kind in KINDS:
            events = rig.observer.by_object.get((kind, name))
            if not events:
                return None
            last = max(last, events[0].at)
    return last


def all_ready(rig, names):
    last = 0
    for name in names:
        ready = next((e for e in rig.observer.of("App", name) if e.has), None)
        if ready is None:
            return None
        last = max(last, ready.at)
    return last


class Tags:
    """Image tags that were never used before."""

    last = 1

    @classmethod
    def next(cls):
        cls.last += 1
        return str(cls.last)


def commit_one(rig, name, hook):
    """Milliseconds from the end of the push until the object is changed in the cluster."""
    tag = Tags.next()
    rig.git.write({f"apps/{name}/deployment.yaml": app_files(name, "podinfo:" + tag)["deployment.yaml"]})
    rig.git.git("commit", "-qam", f"{name} to {tag}")
    rig.git.push()
    pushed = time.monotonic_ns()
    if hook:
        rig.hook("config")
    seen = rig.observer.first(f"{name} at {tag}", "Deployment", name, 0, lambda e: e.value == tag, 60)
    return milliseconds(seen.at - pushed)


def commits(rig, trials):
    """B2: one file of one App, 100 times, told by a webhook; then 20 times found by a poll each second."""
    rig.wait_quiet()
    before = rig.metrics()
    meter, took = Meter(rig), []
    for name in random.sample(rig.names, min(trials, len(rig.names))):
        took.append(commit_one(rig, name, True))
        time.sleep(0.15)  # the repository of a person rests between two pushes
    rig.wait_quiet()
    out = {"webhook": spread(took), **meter.stop()}
    out["requests_each"] = round(out["requests_total"] / len(took), 2)
    after = rig.metrics()
    for name in ("plumb_renders_total{result=\"rendered\"}", "plumb_git_ref_queries_total", "plumb_git_fetches_total",
                 "plumb_turns_total{kind=\"app\"}"):
        out[name.replace('"', "'")] = after.get(name, 0) - before.get(name, 0)
    interval(rig, "1s")
    took = [commit_one(rig, name, False) for name in random.sample(rig.names, max(5, trials // 5))]
    interval(rig, "1m")
    out["poll_1s"] = spread(took)
    return out


def interval(rig, text):
    rig.client.merge("/apis/plumb.dev/v1alpha1/namespaces/default/repositories/config", {"spec": {"interval": text}})
    rig.wait_quiet()


def change_all(rig):
    """B2b and B10: one commit that changes every App, and git revert of it: until the last object is changed."""
    out = {}
    old, tag = {}, Tags.next()
    for name in rig.names:
        events = rig.observer.of("Deployment", name)
        old[name] = events[-1].value
    rig.git.commit({f"apps/{name}/deployment.yaml": app_files(name, "podinfo:" + tag)["deployment.yaml"]
                    for name in rig.names}, "all at once")
    out["B2b"] = until_all(rig, {name: tag for name in rig.names})
    rig.wait_quiet()
    rig.git.revert()
    out["B10"] = until_all(rig, old)
    return out


def until_all(rig, wanted):
    pushed, meter = time.monotonic_ns(), Meter(rig)
    rendered = rig.metric('plumb_renders_total')
    misses = rig.metrics().get('plumb_renders_total{result="rendered"}', 0)
    rig.hook("config")

    def changed():
        last = 0
        for name, tag in wanted.items():
            event = next((e for e in rig.observer.of("Deployment", name, pushed) if e.value == tag), None)
            if event is None:
                return None
            last = max(last, event.at)
        return last
    last = rig.observer.wait("all Apps to be changed", changed, DEADLINE)
    rig.wait_quiet()
    out = {"seconds_to_last": round((last - pushed) / 1e9, 3), **meter.stop()}
    out["rendered"] = rig.metrics().get('plumb_renders_total{result="rendered"}', 0) - misses
    out["looked_up"] = rig.metric('plumb_renders_total') - rendered
    return out


class Offender:
    """Somebody else who changes what is ours, and how long that lasts, by the observer's watch: from the event that
    shows the change to the event that shows it undone."""

    def __init__(self, rig):
        self.rig = rig
        self.count = 0

    def lasting(self, what, kind, name, changed, healed, seconds=60):
        since = time.monotonic_ns()
        changed_path = f"{KINDS[kind][0]}/{name}"
        what(changed_path)
        bad = self.rig.observer.first(f"the change of {name}", kind, name, since, changed, seconds)
        good = self.rig.observer.first(f"{name} to be healed", kind, name, bad.at,
                                       lambda e: e is not bad and healed(e), seconds)
        return milliseconds(good.at - bad.at)

    def edit(self, name):
        """The image of a Deployment."""
        self.count += 1
        mine, theirs = self.rig.observer.of("Deployment", name)[-1].value, f"evil-{self.count}"
        body = {"spec": {"template": {"spec": {"serviceAccountName": name}}}}
        body["spec"]["template"]["spec"]["containers"] = container(theirs)
        return self.lasting(lambda path: self.rig.client.merge(path, body), "Deployment", name,
                            lambda e: e.value == theirs, lambda e: e.value == mine)

    def delete(self, name):
        """An Ingress."""
        return self.lasting(lambda path: self.rig.client.must("DELETE", path), "Ingress", name,
                            lambda e: e.type == "D", lambda e: e.type == "A")

    def unlabel(self, name):
        """The label of a ServiceAccount by which it is found."""
        body = {"metadata": {"labels": {"plumb.dev/app": None}}}
        return self.lasting(lambda path: self.rig.client.merge(path, body), "ServiceAccount", name,
                            lambda e: not e.has, lambda e: e.has)


def container(tag):
    """A merge patch replaces the whole list."""
    return [{"name": "podinfod", "image": "podinfo:" + tag}]


def drift(rig, trials):
    """B3: an owned field edited, an object deleted, a label removed; each of another App, one after the other."""
    rig.wait_quiet()
    offender, out, meter = Offender(rig), {}, Meter(rig)
    count = min(trials, len(rig.names))
    for kind in ("edit", "delete", "unlabel"):
        took = []
        for name in random.sample(rig.names, count):
            took.append(getattr(offender, kind)(name))
            time.sleep(0.01)
        out[kind] = spread(took)
        out.setdefault("all_values", []).extend(took)
    out["all"] = spread(out.pop("all_values"))
    rig.wait_quiet()
    out.update(meter.stop())
    out["requests_each"] = round(out["requests_total"] / (3 * count), 2)
    return out


def drift_under_load(rig, load):
    """B3 under B1: the same while as many new Apps are synced for the first time."""
    names = app_names(load, "load")
    rig.make_apps(names, "load")
    rig.wait_quiet()
    rig.repository("load", fleet_files(names))
    rig.observer.wait("the load to begin",
                      lambda: any(("ServiceAccount", n) in rig.observer.by_object for n in names), 60)
    meter, offender, took = Meter(rig), Offender(rig), []
    for name in random.sample(rig.names, len(rig.names)):
        took.append(getattr(offender, ("edit", "delete", "unlabel")[len(took) % 3])(name))
        if all_exist(rig, names + rig.names):
            break
    out = {"all": spread(took), **meter.stop()}
    rig.observer.wait("the load to be synced", lambda: all_exist(rig, names), DEADLINE)
    for name in names:
        rig.client.must("DELETE", f"{APPS}/{name}")
    rig.observer.wait("the load to go", lambda: all(rig.observer.of("App", n)[-1].type == "D" for n in names), DEADLINE)
    rig.wait_quiet()
    return out


def churn(rig, seconds, per_second=200):
    """B3b: others write the status of managed objects, 200 times a second: nothing to do for us."""
    rig.wait_quiet()
    meter, written, heals = Meter(rig), 0, rig.metrics().get('plumb_turns_total{kind="heal"}', 0)
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        if written > passed * per_second:
            time.sleep(0.001)
            continue
        name = rig.names[written % len(rig.names)]
        address = f"10.{written >> 16 & 255}.{written >> 8 & 255}.{written & 255}"
        rig.client.merge(f"{KINDS['Ingress'][0]}/{name}/status",
                         {"status": {"loadBalancer": {"ingress": [{"ip": address}]}}}, "balancer")
        written += 1
    out = {"updates": written, "updates_per_second": round(written / seconds, 1), **meter.stop()}
    out["heals"] = rig.metrics().get('plumb_turns_total{kind="heal"}', 0) - heals
    out["share_of_a_core"] = round(out["cpu_seconds"]["operator"] / out["seconds"], 4)
    out["cpu_us_per_update"] = round(out["cpu_seconds"]["operator"] / max(written, 1) * 1e6, 1)
    return out


def steady(rig, seconds):
    """B4: nothing happens; polls go on. What the server does without us is measured first and taken off."""
    rig.wait_quiet(3)
    meter = Meter(rig)
    time.sleep(seconds)
    out = meter.stop()
    out["operator_cpu_seconds_per_hour"] = round(out["cpu_seconds"]["operator"] * 3600 / out["seconds"], 2)
    rig.world.operator.kill()
    alone = Meter(rig)
    time.sleep(min(seconds, 60))
    server = alone.stop()
    rig.start()
    rig.wait_quiet()

    def rate(measured):
        return sum(measured["cpu_seconds"][n] for n in ("apiserver", "etcd", "controllers")) / measured["seconds"]
    out["server_cpu_seconds_per_hour"] = round(rate(out) * 3600, 1)
    out["server_alone_cpu_seconds_per_hour"] = round(rate(server) * 3600, 1)
    return out


def change_image(rig):
    """Somebody's change while the operator is away: kind, name, the value now, the value that is right."""
    name, evil = random.choice(rig.names), "restart-" + Tags.next()
    mine = rig.observer.of("Deployment", name)[-1].value
    rig.client.merge(f"{KINDS['Deployment'][0]}/{name}",
                     {"spec": {"template": {"spec": {"containers": container(evil)}}}})
    return "Deployment", name, evil, mine


def restart(rig, offence=change_image):
    """B7: kill -9, an object changed meanwhile, start: until ready, until that is healed, and what is written. Caches
    kept, then lost."""
    out = {}
    for caches in ("kept", "lost"):
        rig.wait_quiet()
        rig.world.operator.kill()
        if caches == "lost":
            shutil.rmtree(rig.world.operator.cache)
        since = time.monotonic_ns()
        kind, name, evil, mine = offence(rig)
        rig.observer.first("the change", kind, name, since, lambda e, evil=evil: e.value == evil)
        meter = Meter(rig)
        began = rig.start()
        ready = time.monotonic_ns()
        healed = rig.observer.first("the heal", kind, name, began, lambda e, mine=mine: e.value == mine)
        turned = wait_turns(rig, len(rig.names))
        cpu = cpu_seconds(rig.world.operator.process.pid)
        rig.wait_quiet()
        figures = meter.stop()
        writes = {key: n for key, n in figures["requests"].items() if key.split()[0] not in ("get", "list")}
        out[caches] = {"ready_seconds": round((ready - began) / 1e9, 3),
                       "healed_seconds": round((healed.at - began) / 1e9, 3),
                       "all_turns_seconds": round((turned - began) / 1e9, 3), "operator_cpu_seconds": cpu,
                       "writes": writes, "memory_kib": memory_kib(rig.world.operator.process.pid)}
    return out


def wait_turns(rig, count):
    """When every App had its first turn that decided something: its objects are all accounted for."""
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        metrics = rig.metrics()
        if metrics.get("plumb_managed_objects", 0) > 0 and metrics.get('plumb_queue_waiting{queue="apps"}') == 0 \
                and metrics.get('plumb_turns_total{kind="app"}', 0) >= count:
            return time.monotonic_ns()
        time.sleep(0.01)
    raise NotSeen("the first turns of all Apps after a restart")

