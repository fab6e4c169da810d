"""What every benchmark stands on: a World (tests/scenarios), a fleet of Apps, an observer process with its own watches
and clock, and the meters: requests from the audit log of the API server, CPU time and memory from /proc.

Nothing is taken from the logs of what is measured. All clocks are CLOCK_MONOTONIC, in nanoseconds, which is one clock
for every process of the machine."""

import hashlib
import hmac
import http.client
import json
import os
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.realpath(os.path.join(HERE, ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "scenarios"))
from world import ACCOUNT, NotSeen, Operator, World  # noqa: E402

SPACE = "bench"  # the namespace of all objects; Apps stand in "default"
HOOK_TOKEN = "the-token-of-the-webhooks-of-a-benchmark"
TICKS = os.sysconf("SC_CLK_TCK")
APPS = "/apis/plumb.dev/v1alpha1/namespaces/default/apps"
CONTROLLERS = "system:kube-controller-manager"
KINDS = {  # collection, what precedes the value that commits and offenders change
    "Deployment": ("/apis/apps/v1/namespaces/bench/deployments", '"image":"podinfo:'),
    "ServiceAccount": ("/api/v1/namespaces/bench/serviceaccounts", '"bench/value":"'),
    "Service": ("/api/v1/namespaces/bench/services", '"bench/value":"'),
    "Ingress": ("/apis/networking.k8s.io/v1/namespaces/bench/ingresses", '"host":"'),
}


def app_files(name, image="podinfo:1"):
    """An application as in Flux's own benchmark: no replicas, so that the cluster, not its nodes, is measured."""
    return {file: text.replace("NAME", name).replace("IMAGE", image) for file, text in TEMPLATES.items()}


def templates():
    out = {}
    for file in sorted(os.listdir(os.path.join(HERE, "app"))):
        with open(os.path.join(HERE, "app", file), encoding="utf-8") as text:
            out[file] = text.read()
    return out


TEMPLATES = templates()


class Event:
    """What the observer saw."""

    __slots__ = ("at", "type", "watch", "name", "value", "has")

    def __init__(self, at, kind, watch, name, value, has):
        self.at, self.type, self.watch, self.name, self.value, self.has = at, kind, watch, name, value, has


class Observer:
    """The witness: one process, watches by name -> (path, value, has)."""

    def __init__(self, kubeconfig, watches):
        self.names = list(watches)
        command = [World.program("bench-observer"), "--kubeconfig", kubeconfig]
        for path, value, has in watches.values():
            command += ["--watch", path, *(["--value", value] if value else []), *(["--has", has] if has else [])]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.seen = []  # of all watches, in order
        self.by_object = {}  # (watch, name) -> its events
        self.synced = set()
        self.came = threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()
        self.wait("the observer to see what there is", lambda: len(self.synced) == len(self.names), 60)

    def read(self):
        for line in self.process.stdout:
            at, kind, watch, name, value, has = line.split()
            event = Event(int(at), kind, self.names[int(watch)], name.partition("/")[2], value, has == "1")
            with self.came:
                if kind == "S":
                    self.synced.add(event.watch)
                else:
                    self.seen.append(event)
                    self.by_object.setdefault((event.watch, event.name), []).append(event)
                self.came.notify_all()

    def wait(self, what, look, seconds=120):
        """The first true answer of `look`, asked again at each event."""
        deadline = time.monotonic() + seconds
        with self.came:
            while not (answer := look()):
                left = deadline - time.monotonic()
                if left <= 0 or self.process.poll() is not None:
                    raise NotSeen(f"not observed within {seconds} s: {what}")
                self.came.wait(min(left, 1))
            return answer

    def of(self, watch, name, since=0):
        return [e for e in self.by_object.get((watch, name), []) if e.at >= since]

    def first(self, what, watch, name, since, fits, seconds=120):
        """The first event of an object since then that fits."""
        return self.wait(what, lambda: next((e for e in self.of(watch, name, since) if fits(e)), None), seconds)

    def end(self):
        self.process.stdin.close()
        self.process.wait(10)


class Client:
    """The administrator, on one connection that stays open."""

    def __init__(self, world):
        self.cluster = world.cluster
        self.host = urllib.parse.urlsplit(self.cluster.server).netloc
        self.connection = None

    def call(self, method, path, body=None, kind="application/json"):
        for last in (False, True):
            if self.connection is None:
                self.connection = http.client.HTTPSConnection(self.host, context=self.cluster.context, timeout=60)
            headers = {"Authorization": "Bearer " + self.cluster.env["PLUMB_CLUSTER_TOKEN"], "Content-Type": kind,
                       "Accept": "application/json", "User-Agent": "bench"}
            try:
                self.connection.request(method, path, None if body is None else json.dumps(body), headers)
                answer = self.connection.getresponse()
                text = answer.read()
                return answer.status, json.loads(text)
            except (http.client.HTTPException, OSError):
                self.connection = None
                if last:
                    raise
        return None

    def must(self, method, path, body=None, kind="application/json"):
        status, answer = self.call(method, path, body, kind)
        assert status // 100 == 2, (path, answer)
        return answer

    def merge(self, path, body, manager="kubectl-edit"):
        return self.must("PATCH", f"{path}?fieldManager={manager}", body, "application/merge-patch+json")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])) / TICKS  # with its children


def memory_kib(pid):
    """Pss and private memory now, and the peak of the resident set."""
    out = {}
    with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
        for line in file:
            name, _, rest = line.partition(":")
            if name in ("Pss", "Rss", "Private_Dirty", "Private_Clean"):
                out[name.lower()] = int(rest.split()[0])
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                out["peak_rss"] = int(line.split()[1])
    return out


class Meter:
    """What happened since `start`: wall time, CPU time by process, requests of the operator by verb and resource."""

    def __init__(self, rig):
        self.rig = rig
        self.began = time.monotonic_ns()
        self.mark = self.rig.world.audit_mark()
        self.cpu = self.processes()

    def processes(self):
        environment = self.rig.world.cluster.env
        pids = {"apiserver": environment["PLUMB_CLUSTER_APISERVER_PID"], "etcd": environment["PLUMB_CLUSTER_ETCD_PID"],
                "controllers": environment["PLUMB_CLUSTER_CONTROLLERS_PID"]}
        if self.rig.world.operator and self.rig.world.operator.process.poll() is None:
            pids["operator"] = self.rig.world.operator.process.pid
        if self.rig.observer:
            pids["observer"] = self.rig.observer.process.pid
        return {name: cpu_seconds(pid) for name, pid in pids.items() if pid != "0"}

    def used(self):
        now = self.processes()
        return {name: round(now[name] - self.cpu.get(name, 0), 2) for name in now}

    def stop(self):
        out = {"seconds": round((time.monotonic_ns() - self.began) / 1e9, 3), "cpu_seconds": self.used()}
        time.sleep(0.3)  # the audit log is written behind
        asked = self.requests()
        out["requests"] = asked[ACCOUNT]
        out["requests_total"] = sum(out["requests"].values())
        # What the cluster's own controllers do about it: the server's time is theirs, too.
        out["requests_of_controllers"] = sum(asked[CONTROLLERS].values())
        return out

    def requests(self):
        """What the operator and the controllers asked for, each by verb and resource, without watches."""
        counts = {ACCOUNT: {}, CONTROLLERS: {}}
        for event in self.rig.world.audited(self.mark):
            user, target = event["user"]["username"], event.get("objectRef", {})
            if user not in counts or event["verb"] == "watch" or target.get("resource") == "leases":
                continue
            resource = target.get("resource", event["requestURI"].partition("?")[0])
            key = f"{event['verb']} {resource}" + ("/" + target["subresource"] if "subresource" in target else "")
            counts[user][key] = counts[user].get(key, 0) + 1
        return {user: dict(sorted(of_user.items())) for user, of_user in counts.items()}


class Rig:
    """A cluster that writes through to the disk, a Git server, and (from `start`) the operator and the observer."""

    def __init__(self, *flags):
        self.world = World(operator=False, plane=("--fsync", "--controllers", os.environ["PLUMB_BENCH_CONTROLLERS"]))
        self.flags = ("--log-level", "info", *flags)
        self.client = Client(self.world)
        self.world.namespace(SPACE)
        self.observer = None
        self.client.must("POST", "/api/v1/namespaces/default/secrets", {
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "hook"}, "stringData": {"token": HOOK_TOKEN}})

    def watch(self, **more):
        """Starts the observer: the four kinds of a fleet, the Apps, and what else is named."""
        watches = {kind: (path, value, '"plumb.dev/app":"') for kind, (path, value) in KINDS.items()}
        watches["App"] = (APPS, '"lastAppliedRevision":"main@', '"status":"True","type":"Ready"')
        watches.update(more)
        self.observer = Observer(self.world.cluster.env["KUBECONFIG"], watches)

    def start(self):
        """Runs the operator; answers when it was started (its process, not when it was ready)."""
        began = time.monotonic_ns()
        if self.world.operator is None:
            self.world.operator = Operator(self.world, *self.flags)
        else:
            self.world.operator.start()
        return began

    def repository(self, name, files, interval="1m"):
        return self.world.repository(name, interval=interval, files=files,
                                     extra="  webhookSecretRef: {name: hook}\n")

    def make_apps(self, names, repository, path="apps/{}"):
        for name in names:
            self.client.must("POST", APPS, {
                "apiVersion": "plumb.dev/v1alpha1", "kind": "App", "metadata": {"name": name},
                "spec": {"repository": {"name": repository}, "path": path.format(name), "targetNamespace": SPACE}})

    def hook(self, repository):
        """What a Git host does after a push."""
        body = b'{"ref":"refs/heads/main"}'
        signature = hmac.new(HOOK_TOKEN.encode(), body, hashlib.sha256).hexdigest()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.world.operator.webhook_port}/hook/default/{repository}", body,
            {"X-GitHub-Event": "push", "X-Hub-Signature-256": "sha256=" + signature,
             "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=5) as answer:
            assert answer.status == 202, answer.status

    def metrics(self):
        out = {}
        for line in self.world.operator.probe("/metrics").splitlines():
            if not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                out[name] = float(value)
        return out

    def metric(self, name):
        """The sum of a metric over its labels."""
        return sum(value for key, value in self.metrics().items() if key.partition("{")[0] in (name, name + "_total"))

    def wait_quiet(self, seconds=1.5, limit=120):
        """Until the operator asked nothing for so long."""
        deadline, mark, since = time.monotonic() + limit, -1, time.monotonic()
        while time.monotonic() < deadline:
            now = self.metric("plumb_api_requests")
            if now != mark:
                mark, since = now, time.monotonic()
            elif time.monotonic() - since >= seconds:
                return
            time.sleep(0.1)
        raise NotSeen(f"the operator does not come to rest within {limit} s")

    def wait_server_idle(self, limit=60):
        """A new API server is busy with itself for a while; that is not what is measured."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            meter = Meter(self)
            time.sleep(1)
            if sum(meter.used().values()) < 0.2:
                return

    def end(self):
        if self.observer:
            self.observer.end()
        self.world.end()


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(values):
    """The figures of a list of milliseconds."""
    return {"n": len(values), "p50_ms": round(percentile(values, 0.5), 2), "p90_ms": round(percentile(values, 0.9), 2),
            "p99_ms": round(percentile(values, 0.99), 2), "max_ms": round(max(values), 2),
            "min_ms": round(min(values), 2)}


def app_names(count, prefix="app"):
    return [f"{prefix}-{i:04d}" for i in range(count)]


def fleet_files(names, image="podinfo:1"):
    return {f"apps/{name}/{file}": text for name in names for file, text in app_files(name, image).items()}

