"""What the control plane takes without any operator: the objects of a fleet, applied by nothing but one request each.
No operator can be faster with these objects on this machine; what ours adds is the difference to B1 and B2b."""

import subprocess
import time

from fleet import DEADLINE, all_exist
from rig import KINDS, SPACE, Meter, Rig, World, app_files, app_names

COLLECTIONS = {"deployment.yaml": "Deployment", "ingress.yaml": "Ingress", "service.yaml": "Service",
               "serviceaccount.yaml": "ServiceAccount"}


def bare(count):
    """Creates the objects of so many Apps, then changes one of each App."""
    rig = Rig()
    rig.watch()
    rig.wait_server_idle()
    names = app_names(count)
    out = {"in_flight": 32, "create": until(rig, requests(names, COLLECTIONS), lambda: all_exist(rig, names))}
    rig.wait_server_idle()
    out["change"] = until(rig, requests(names, ["deployment.yaml"], "podinfo:2"), lambda: last_changed(rig, names, "2"))
    return rig, out


def requests(names, files, image="podinfo:1"):
    out = []
    for name in names:
        texts = app_files(name, image)
        for file in files:
            body = texts[file].replace("metadata:\n", f"metadata:\n  namespace: {SPACE}\n", 1).encode()
            out.append(f"{KINDS[COLLECTIONS[file]][0]}/{name} {len(body)}\n".encode() + body)
    return b"".join(out)


def last_changed(rig, names, value):
    events = [next((e for e in rig.observer.of("Deployment", name) if e.value == value), None) for name in names]
    return None if None in events else max(e.at for e in events)


def until(rig, text, look):
    meter, began = Meter(rig), time.monotonic_ns()
    command = [World.program("bench-bare"), "--kubeconfig", rig.world.cluster.env["KUBECONFIG"]]
    subprocess.run(command, input=text, check=True, timeout=DEADLINE)
    last = rig.observer.wait("all objects", look, DEADLINE)
    return {"seconds_to_last": round((last - began) / 1e9, 3), **meter.stop()}
