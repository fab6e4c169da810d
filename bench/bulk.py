"""Benchmarks on many small objects: memory by object (B5), restarts (B7), and a large cluster of which little is
managed (B8)."""

import base64
import json
import random
import threading
import time
import urllib.request
import uuid

from fleet import DEADLINE, restart, wait_turns
from rig import SPACE, Client, Meter, Rig, app_names, memory_kib, spread

PER_APP = 100
PAYLOAD = "x" * 700  # a ConfigMap of about a KiB
CONFIG_MAPS = f"/api/v1/namespaces/{SPACE}/configmaps"


def config_maps(app):
    return "---\n".join(f"""apiVersion: v1
kind: ConfigMap
metadata:
  name: {app}-{i:03d}
data:
  value: "1"
  payload: {PAYLOAD}
""" for i in range(PER_APP))


def grow(rig, names):
    """That many Apps more, of 100 objects each, synced."""
    rig.git.commit({f"apps/{name}/all.yaml": config_maps(name) for name in names}, "more")
    rig.make_apps(names, "config")
    rig.hook("config")
    rig.observer.wait("the Apps to be Ready", lambda: all(any(e.has for e in rig.observer.of("App", n)) for n in names),
                      DEADLINE)
    rig.names += names


def settled(rig):
    rig.wait_quiet()
    time.sleep(6)  # what a burst needed is given back once it is over
    return memory_kib(rig.world.operator.process.pid)


def fresh(rig):
    """The memory of a new process, once it knows all."""
    rig.world.operator.stop()
    meter = Meter(rig)
    began = rig.start()
    turned = wait_turns(rig, len(rig.names))
    memory = settled(rig)
    writes = {key: n for key, n in meter.stop()["requests"].items() if key.split()[0] not in ("get", "list")}
    return memory, round((turned - began) / 1e9, 3), writes


def memory(small, large, foreign):
    """B5: memory with no objects, with `small` and `large` managed ones, and with foreign ones beside them; each also
    after a restart, which forgets what the first sync needed."""
    rig = Rig()
    rig.git = rig.repository("config", {"README": "nothing yet"})
    rig.names = []
    rig.watch(ConfigMap=(CONFIG_MAPS + "?labelSelector=plumb.dev/app", '"value":"', None))
    rig.start()
    out = {"objects": [small, large], "foreign": foreign, "empty": settled(rig)}
    names = app_names(large // PER_APP)
    grow(rig, names[:small // PER_APP])
    out["small_synced"] = settled(rig)
    out["small"], _, out["small_restart_writes"] = fresh(rig)
    grow(rig, names[small // PER_APP:])
    out["large_synced"] = settled(rig)
    out["large"], _, out["large_restart_writes"] = fresh(rig)
    out["bytes_per_object"] = slope(out["small"], out["large"], large - small)
    out["bytes_per_object_synced"] = slope(out["small_synced"], out["large_synced"], large - small)
    for i in range(foreign):
        rig.client.must("POST", CONFIG_MAPS, {"metadata": {"name": f"foreign-{i}"}, "data": {"payload": PAYLOAD}})
    if foreign:
        out["with_foreign"] = settled(rig)
        out["bytes_per_foreign"] = slope(out["large"], out["with_foreign"], foreign)
    return rig, out


def slope(less, more, count):
    return round((more["pss"] - less["pss"]) * 1024 / count, 1)


def cold_start(rig):
    """B7: kill -9 with all in sync, one object changed meanwhile; caches kept, then lost."""
    return restart(rig, offence)


def offence(rig):
    """Changes a ConfigMap; answers what tells of the change and of its heal."""
    name = f"{random.choice(rig.names)}-{random.randrange(PER_APP):03d}"
    rig.client.merge(f"{CONFIG_MAPS}/{name}", {"data": {"value": "evil"}})
    return "ConfigMap", name, "evil", "1"


def large_cluster(managed, foreign, trials):
    """B8: heals, a commit, memory and a restart among the managed objects alone, then with the foreign ones beside them
    and 50 Events a second."""
    rig = Rig()
    rig.git = rig.repository("config", {"README": "nothing yet"})
    rig.names = []
    rig.watch(ConfigMap=(CONFIG_MAPS + "?labelSelector=plumb.dev/app", '"value":"', None))
    rig.start()
    names = app_names(managed // PER_APP)
    for at in range(0, len(names), 50):
        grow(rig, names[at:at + 50])
    out = {"managed": managed, "foreign": foreign, "alone": used(rig, trials)}
    began = time.monotonic()
    flood(rig, foreign)
    out["flood_seconds"] = round(time.monotonic() - began, 1)
    rig.wait_server_idle()
    churn = Churn(rig)
    out["beside"] = used(rig, trials)
    out["events"] = churn.end()
    alone, beside = out["alone"], out["beside"]
    out["heal_ratio"] = round(beside["heal"]["p50_ms"] / alone["heal"]["p50_ms"], 2)
    out["bytes_per_foreign"] = slope(alone["memory"], beside["memory"], foreign)
    return rig, out


def used(rig, trials):
    """What heals, commits, memory and a restart come to now."""
    rig.wait_quiet()
    meter, heals, commits = Meter(rig), [], []
    for _ in range(trials):
        name = f"{random.choice(rig.names)}-{random.randrange(PER_APP):03d}"
        evil = "evil-" + uuid.uuid4().hex[:8]
        since = time.monotonic_ns()
        rig.client.merge(f"{CONFIG_MAPS}/{name}", {"data": {"value": evil}})
        bad = rig.observer.first("the change", "ConfigMap", name, since, lambda e, evil=evil: e.value == evil)
        good = rig.observer.first("the heal", "ConfigMap", name, bad.at, lambda e: e.value == "1")
        heals.append((good.at - bad.at) / 1e6)
    for number in range(max(3, trials // 10)):
        app, value = random.choice(rig.names), uuid.uuid4().hex[:8]
        text = config_maps(app).replace('value: "1"', f'value: "{value}"', 1)
        rig.git.commit({f"apps/{app}/all.yaml": text}, f"change {number}")
        pushed = time.monotonic_ns()
        rig.hook("config")
        seen = rig.observer.first("the commit", "ConfigMap", f"{app}-000", 0, lambda e, v=value: e.value == v)
        commits.append((seen.at - pushed) / 1e6)
        rig.git.revert()
        rig.hook("config")
        rig.observer.first("its revert", "ConfigMap", f"{app}-000", seen.at, lambda e: e.value == "1")
    figures = meter.stop()
    memory_now, turned, writes = fresh(rig)
    return {"heal": spread(heals), "commit": spread(commits), "cpu_seconds": figures["cpu_seconds"],
            "requests": figures["requests"], "memory": memory_now, "restart_seconds": turned,
            "restart_writes": writes}


def flood(rig, count):
    """Foreign ConfigMaps, written into etcd as the API server would write them: through the API they take minutes."""
    spaces = [f"foreign-{i}" for i in range(20)]
    for space in spaces:
        rig.world.namespace(space)
    url, last = rig.world.cluster.env["PLUMB_CLUSTER_ETCD"] + "/v3/kv/txn", ""
    for at in range(0, count, 100):
        puts = []
        for number in range(at, min(at + 100, count)):
            space = spaces[number % len(spaces)]
            last = f"/api/v1/namespaces/{space}/configmaps/foreign-{number}"
            body = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"payload": PAYLOAD},
                    "metadata": {"name": f"foreign-{number}", "namespace": space, "uid": str(uuid.uuid4()),
                                 "creationTimestamp": "2026-01-01T00:00:00Z"}}
            key = f"/registry/configmaps/{space}/foreign-{number}"
            puts.append({"requestPut": {"key": in_base64(key), "value": in_base64(json.dumps(body))}})
        request = urllib.request.Request(url, json.dumps({"success": puts}).encode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()
    rig.client.must("GET", last)


def in_base64(text):
    return base64.b64encode(text.encode()).decode()


class Churn:
    """Events of others, 50 a second, until it ends."""

    def __init__(self, rig):
        self.client, self.count, self.ended = Client(rig.world), 0, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        began = time.monotonic()
        while not self.ended.wait(max(0, began + self.count / 50 - time.monotonic())):
            self.client.call("POST", "/api/v1/namespaces/foreign-0/events", {
                "metadata": {"name": f"noise-{self.count}"}, "reason": "Noise", "message": "nothing", "type": "Normal",
                "involvedObject": {"kind": "ConfigMap", "namespace": "foreign-0", "name": "foreign-0"}})
            self.count += 1

    def end(self):
        self.ended.set()
        self.thread.join()
        return self.count
