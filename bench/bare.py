"""What the control plane takes without any operator: the objects of a fleet, applied by nothing but one request each.
No operator can be faster with these objects on this machine; what ours adds is the difference to B1 and B2b."""

import subprocess
import time

from fleet import DEADLINE
from rig import KINDS, SPACE, Meter, Rig, World, app_files, app_names

COLLECTIONS = {"deployment.yaml": "Deployment", "ingress.yaml": "Ingress", "service.yaml": "Service",
               "serviceaccount.yaml": "ServiceAccount"}


def bare(count):
    """Creates the objects of so many Apps, then changes one of each App."""
    rig = Rig()
    rig.wait_server_idle()
    names = app_names(count)
    out = {"in_flight": 32, "create": took(rig, requests(names, COLLECTIONS))}
    rig.wait_server_idle()
    out["change"] = took(rig, requests(names, ["deployment.yaml"], "podinfo:2"))
    return rig, out


def requests(names, files, image="podinfo:1"):
    out = []
    for name in names:
        texts = app_files(name, image)
        for file in files:
            body = texts[file].replace("metadata:\n", f"metadata:\n  namespace: {SPACE}\n", 1).encode()
            out.append(f"{KINDS[COLLECTIONS[file]][0]}/{name} {len(body)}\n".encode() + body)
    return b"".join(out)


def took(rig, text):
    """Until the last answer: nobody watches, for a watch is work of the server, too."""
    meter, began = Meter(rig), time.monotonic_ns()
    command = [World.program("bench-bare"), "--kubeconfig", rig.world.cluster.env["KUBECONFIG"]]
    subprocess.run(command, input=text, check=True, timeout=DEADLINE)
    return {"seconds_to_last": round((time.monotonic_ns() - began) / 1e9, 3), **meter.stop()}
