"""Benchmarks on many small objects: memory by object (B5) and restarts (B7)."""

import random
import time

from fleet import DEADLINE, restart, wait_turns
from rig import SPACE, Meter, Rig, app_names, memory_kib

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
    time.sleep(1)
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
    out["with_foreign"] = settled(rig)
    out["bytes_per_foreign"] = slope(out["large"], out["with_foreign"], max(foreign, 1))
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
