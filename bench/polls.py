"""B12: many repositories, each asked every 10 seconds, and one large one."""

import os
import random
import time

from rig import SPACE, Meter, Rig, app_names, spread
from world import config_map

LARGE_FILES = 100


def polls(count, seconds, large_mib):
    rig = Rig()
    names = app_names(count, "repo")
    gits = {}
    for name in names:
        gits[name] = rig.repository(name, {"web/a.yaml": config_map(name)}, "10s")
    rig.watch(ConfigMap=(f"/api/v1/namespaces/{SPACE}/configmaps", '"value":"', None))
    rig.start()
    for name in names:
        rig.client.must("POST", "/apis/plumb.dev/v1alpha1/namespaces/default/apps", {
            "apiVersion": "plumb.dev/v1alpha1", "kind": "App", "metadata": {"name": name},
            "spec": {"repository": {"name": name}, "path": "web", "targetNamespace": SPACE}})
    rig.observer.wait("the Apps to be Ready", lambda: all(any(e.has for e in rig.observer.of("App", n)) for n in names))
    rig.wait_quiet()
    queries, meter = rig.metric("plumb_git_ref_queries"), Meter(rig)
    time.sleep(seconds)
    out = {"repositories": count, "interval_seconds": 10, **meter.stop()}
    out["ref_queries"] = rig.metric("plumb_git_ref_queries") - queries
    out["share_of_a_core"] = round(out["cpu_seconds"]["operator"] / out["seconds"], 4)
    pushed, took = {}, []
    for i, name in enumerate(random.sample(names, min(20, count))):
        gits[name].commit({"web/a.yaml": config_map(name, f"new-{i}")})
        pushed[name, f"new-{i}"] = time.monotonic_ns()
        time.sleep(random.uniform(0, 1))  # so that no phase of the polls is met more often
    for (name, value), at in pushed.items():
        seen = rig.observer.first("the commit", "ConfigMap", name, 0, lambda e, value=value: e.value == value, 60)
        took.append((seen.at - at) / 1e6)
    out["push_to_changed"] = spread(took)
    out["large"] = large(rig, large_mib)
    return rig, out


def large(rig, mib):
    """A repository of random bytes, which do not compress: its first fetch, and a small commit."""
    block = mib * (1 << 20) // LARGE_FILES
    git = rig.repository("large", {"web/a.yaml": config_map("large")}, "10m")
    for i in range(LARGE_FILES):
        os.makedirs(os.path.join(git.clone, "blobs"), exist_ok=True)
        with open(os.path.join(git.clone, "blobs", str(i)), "wb") as file:
            file.write(os.urandom(block))
    git.commit({}, "blobs")
    meter, began = Meter(rig), time.monotonic_ns()
    rig.hook("large")
    rig.client.must("POST", "/apis/plumb.dev/v1alpha1/namespaces/default/apps", {
        "apiVersion": "plumb.dev/v1alpha1", "kind": "App", "metadata": {"name": "large"},
        "spec": {"repository": {"name": "large"}, "path": "web", "targetNamespace": SPACE}})
    git.commit({"web/a.yaml": config_map("large", "2")})
    rig.hook("large")
    seen = rig.observer.first("the large repository", "ConfigMap", "large", 0, lambda e: e.value == "2", 300)
    out = {"mib": mib, "first_seconds": round((seen.at - began) / 1e9, 3), "cpu": meter.stop()["cpu_seconds"]}
    git.commit({"web/a.yaml": config_map("large", "3")})
    pushed = time.monotonic_ns()
    rig.hook("large")
    seen = rig.observer.first("a commit", "ConfigMap", "large", 0, lambda e: e.value == "3", 300)
    out["commit_ms"] = round((seen.at - pushed) / 1e6, 2)
    return out
