"""The world of a scenario: a real control plane, a real Git server and the operator, running with the ServiceAccount
and RBAC of deploy/. Scenarios read like a story: commit, wait, look at what the operator asked of the API server.
Everything listens on loopback, on free ports, and ends with the process that made the World."""

import atexit
import datetime
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.realpath(os.path.join(HERE, "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "harness"))
from local_server import die_with_parent  # noqa: E402
ACCOUNT = "system:serviceaccount:plumb-system:plumb-operator"
ACCOUNT_TOKEN = "operator-token-of-a-test-cluster"
PLURALS = {"Ingress": "ingresses", "NetworkPolicy": "networkpolicies", "Repository": "repositories",
           "TrustPolicy": "trustpolicies",
           "ValidatingAdmissionPolicy": "validatingadmissionpolicies",
           "MutatingAdmissionPolicy": "mutatingadmissionpolicies"}
CLUSTER_SCOPED = {"Namespace", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding", "PriorityClass",
                  "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy",
                  "MutatingAdmissionPolicyBinding", "APIService", "TrustPolicy"}
GIT_ENVIRONMENT = {**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
                   "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org",
                   "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org", "GIT_TERMINAL_PROMPT": "0"}


# Sanitized programs are slower: what is waited for may take as much longer.
TIME_FACTOR = float(os.environ.get("PLUMB_TIME_FACTOR", "1"))
REPORT = re.compile(r"ERROR: \w+Sanitizer|WARNING: \w+Sanitizer|: runtime error: ")


class NotSeen(AssertionError):
    """What a scenario waited for did not come."""


def wait_for(what, look, seconds=30, every=0.002):
    """The first true answer of `look`; how long it took is in `wait_for.took` (seconds)."""
    began = time.monotonic()
    answer = None
    seconds *= TIME_FACTOR
    while time.monotonic() - began < seconds:
        answer = look()
        if answer:
            wait_for.took = time.monotonic() - began
            return answer
        time.sleep(every)
    raise NotSeen(f"not seen within {seconds} s: {what}")


def field(text, pattern):
    found = re.search(pattern, text, re.MULTILINE)
    return found.group(1) if found else ""


class Child:
    """A test server of tests/: one line when ready, commands on stdin, ends with us."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ready = self.process.stdout.readline().strip()

    def command(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def end(self):
        self.process.stdin.close()
        self.process.wait(60)


class Cluster:
    """Requests as an administrator (or as somebody else, by name of the client and field manager)."""

    def __init__(self, directory):
        with open(os.path.join(directory, "env"), encoding="utf-8") as file:
            self.env = dict(line.rstrip("\n").split("=", 1) for line in file)
        self.server = self.env["PLUMB_CLUSTER_SERVER"]
        self.context = ssl.create_default_context(cafile=self.env["PLUMB_CLUSTER_CA"])

    def call(self, method, path, body=None, kind="application/json"):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode() if body is not None else None
        headers = {"Authorization": "Bearer " + self.env["PLUMB_CLUSTER_TOKEN"], "Content-Type": kind,
                   "Accept": "application/json", "User-Agent": "scenario"}
        request = urllib.request.Request(self.server + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    @staticmethod
    def path(kind, name, namespace="", version="v1"):
        path = ("/api/" if "/" not in version else "/apis/") + version
        if kind not in CLUSTER_SCOPED:
            path += "/namespaces/" + namespace
        return f"{path}/{PLURALS.get(kind, kind.lower() + 's')}/{name}"

    def get(self, kind, name, namespace="", version="v1"):
        """The object, or None."""
        status, body = self.call("GET", self.path(kind, name, namespace, version))
        return body if status == 200 else None

    def patch(self, kind, name, namespace, body, version="v1", manager="kubectl-edit", subresource=""):
        path = self.path(kind, name, namespace, version) + subresource + "?fieldManager=" + manager
        status, answer = self.call("PATCH", path, body, "application/merge-patch+json")
        assert status == 200, answer
        return answer

    def delete(self, kind, name, namespace="", version="v1"):
        status, answer = self.call("DELETE", self.path(kind, name, namespace, version))
        assert status in (200, 202), answer

    def apply(self, text, namespace=""):
        """Every document of a YAML text, as a person does by kubectl apply --server-side."""
        for part in re.split(r"^---\n", text, flags=re.MULTILINE):
            kind = field(part, r"^kind: *(\S+)")
            if not kind:
                continue
            name = field(part, r"^metadata:\n(?:  .*\n)*?  name: *(\S+)") or \
                field(part, r"^metadata: *\{.*?name: *([^,}\s]+)")
            space = field(part, r"^metadata:\n(?:  .*\n)*?  namespace: *(\S+)") or \
                field(part, r"^metadata: *\{.*?namespace: *([^,}\s]+)") or namespace
            path = self.path(kind, name, space, field(part, r"^apiVersion: *(\S+)"))
            status, answer = self.call("PATCH", path + "?fieldManager=person&force=true", part,
                                       "application/apply-patch+yaml")
            assert status in (200, 201), (path, answer)


class Git:
    """A person's clone of the config repository, and the server it is pushed to."""

    def __init__(self, server, url, directory, name):
        self.server, self.name = server, name
        self.url = f"{url}/{name}.git"
        self.clone = os.path.join(directory, name)
        server.command("create " + name)
        self.git("clone", "-q", self.url, self.clone, cwd=directory)
        self.git("checkout", "-q", "-B", "main")

    def git(self, *arguments, cwd=None):
        done = subprocess.run(["git", *arguments], cwd=cwd or self.clone, env=GIT_ENVIRONMENT, check=False,
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, files):
        """Path -> text; None removes the file."""
        for path, text in files.items():
            full = os.path.join(self.clone, path)
            if text is None:
                os.remove(full)
                continue
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as file:
                file.write(text)

    def commit(self, files, message="change"):
        self.write(files)
        self.git("add", "-A")
        self.git("commit", "-qm", message)
        return self.push()

    def revert(self, commit="HEAD"):
        self.git("revert", "--no-edit", commit)
        return self.push()

    def push(self, *options):
        self.git("push", "-q", *options, "origin", "main")
        return self.head()

    def head(self):
        return self.git("rev-parse", "HEAD")


class Operator:
    def __init__(self, world, *flags, name="operator", begun="operator started", kubeconfig="", environment=None):
        self.world, self.flags, self.name, self.process, self.port = world, flags, name, None, 0
        self.kubeconfig, self.environment = kubeconfig or world.operator_kubeconfig, environment or {}
        self.log = os.path.join(world.directory, name + ".log")
        self.cache = os.path.join(world.directory, name + ".cache")
        self.start(begun)

    def start(self, begun="operator started"):
        began = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        parent = os.getpid()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.world.program("plumb-operator"), "--kubeconfig", self.kubeconfig,
                 "--cache-dir", self.cache,
                 "--listen-address", "127.0.0.1", "--port", "0", "--webhook-port", "0", "--allow-http", *self.flags],
                stdin=subprocess.DEVNULL, stderr=log,
                # Without its Lease it ends at once, and waits for no thread.
                env={"TSAN_OPTIONS": "report_thread_leaks=0", **os.environ, **self.environment},
                preexec_fn=lambda: die_with_parent(parent))
        line = wait_for("the operator to start", lambda: self.line(f'"msg":"{begun}"', began))
        self.port, self.webhook_port = line["port"], line.get("webhook_port")

    def line(self, text, offset=0):
        if self.process.poll() is not None:
            with open(self.log, encoding="utf-8") as log:
                raise NotSeen("the operator ended:\n" + log.read()[-3000:])
        with open(self.log, encoding="utf-8") as log:
            log.seek(offset)
            for line in log:
                if text in line and line.endswith("\n"):
                    return json.loads(line)
        return None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """SIGTERM; the seconds it took, of a program that is not sanitized."""
        began = time.monotonic()
        self.process.terminate()
        self.process.wait(20 * TIME_FACTOR)
        return (time.monotonic() - began) / TIME_FACTOR

    def probe(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return answer.read().decode()


class World:
    def __init__(self, *operator_flags, operator=True, plane=()):
        self.directory = tempfile.mkdtemp(prefix="plumb-scenario-")
        self.children = []
        self.operator = None
        self.logs_read = {}
        atexit.register(self.end)
        self.plane_directory = os.path.join(self.directory, "plane")
        self.plane = self.child(os.path.join(ROOT, "tests/cluster/control_plane"), "run", "--dir",
                                self.plane_directory, *plane, "--user",
                                f"{ACCOUNT}={ACCOUNT_TOKEN}:system:serviceaccounts,"
                                "system:serviceaccounts:plumb-system,system:authenticated")
        assert self.plane.ready == "READY", self.plane.ready
        self.cluster = Cluster(self.plane_directory)
        self.operator_kubeconfig = self.write_kubeconfig()
        self.install()
        repositories = os.path.join(self.directory, "repositories")
        os.mkdir(repositories)
        self.http = self.child(os.path.join(ROOT, "tests/git_server/git_http_server"), "--root", repositories)
        self.git_url = json.loads(self.http.ready)["url"]
        if operator:
            bases = self.git_url.split("//")[1] + "/bases"
            self.operator = Operator(self, "--remote-bases", bases, *operator_flags)

    def child(self, *command):
        child = Child(*command)
        self.children.append(child)
        return child

    @staticmethod
    def program(name):
        return os.path.join(os.environ.get("PLUMB_BIN", os.path.join(ROOT, "build/dev/bin")), name)

    def write_kubeconfig(self):
        path = os.path.join(self.directory, "operator.kubeconfig")
        config = {"apiVersion": "v1", "kind": "Config", "current-context": "operator",
                  "clusters": [{"name": "test", "cluster": {"server": self.cluster.server,
                                                            "certificate-authority":
                                                             self.cluster.env["PLUMB_CLUSTER_CA"]}}],
                  "users": [{"name": "operator", "user": {"token": ACCOUNT_TOKEN}}],
                  "contexts": [{"name": "operator", "context": {"cluster": "test", "user": "operator"}}]}
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        return path

    def install(self):
        """deploy/ as it is, but for the Deployment: the operator runs beside the cluster here."""
        for name in sorted(os.listdir(os.path.join(ROOT, "deploy"))):
            if name[0].isdigit() and "operator" not in name:
                with open(os.path.join(ROOT, "deploy", name), encoding="utf-8") as file:
                    self.cluster.apply(file.read())
        wait_for("the CRDs", lambda: self.cluster.call("GET", "/apis/plumb.dev/v1alpha1/apps")[0] == 200)

    def namespace(self, name):
        self.cluster.apply(f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n")

    def repository(self, name, namespace="default", interval="1s", extra="", files=None, labels="{}"):
        """A Git repository on the server, with these files, and the Repository that names it."""
        git = Git(self.http, self.git_url, self.directory, name)
        if files:
            git.commit(files, "first")
        self.cluster.apply(f"""apiVersion: plumb.dev/v1alpha1
kind: Repository
metadata: {{name: {name}, namespace: {namespace}, labels: {labels}}}
spec:
  url: {git.url}
  ref: {{branch: main}}
  interval: {interval}
  trust: none
{extra}""")
        return git

    def app(self, name, repository, path, namespace="default", extra=""):
        self.cluster.apply(f"""apiVersion: plumb.dev/v1alpha1
kind: App
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  repository: {{name: {repository}}}
  path: {path}
{extra}""")

    def condition(self, name, kind="App", namespace="default", which="Ready"):
        found = self.cluster.get(kind, name, namespace, "plumb.dev/v1alpha1") or {}
        for condition in found.get("status", {}).get("conditions", []):
            if condition["type"] == which:
                return condition
        return {}

    def status(self, name, kind="App", namespace="default"):
        return (self.cluster.get(kind, name, namespace, "plumb.dev/v1alpha1") or {}).get("status", {})

    def wait_applied(self, name, commit, namespace="default", seconds=30):
        """The app is Ready at this commit."""
        def look():
            status = self.status(name, namespace=namespace)
            ready = self.condition(name, namespace=namespace).get("status") == "True"
            return ready and status.get("lastAppliedRevision", "").endswith(commit)
        try:
            return wait_for(f"{name} applied at {commit[:12]}", look, seconds)
        except NotSeen as error:
            raise NotSeen(f"{error}\n{json.dumps(self.status(name, namespace=namespace), indent=1)[:3000]}") from None

    def sanitizer_report(self):
        """What a sanitizer has written into the logs of this world's operators since the last look; "" is nothing."""
        out = ""
        for name in sorted(os.listdir(self.directory)):
            if not name.endswith(".log"):
                continue
            with open(os.path.join(self.directory, name), encoding="utf-8", errors="replace") as log:
                log.seek(self.logs_read.get(name, 0))
                text = log.read()
                self.logs_read[name] = log.tell()
            found = REPORT.search(text)
            if found:
                out += f"{name}: {text[max(found.start() - 200, 0):][:6000]}\n"
        return out

    def audit_mark(self, cluster=None):
        """Now, for audited: where the log ends, and when that is, since the log is behind: what somebody has seen of a
        request may be there before its line."""
        moment = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return os.path.getsize((cluster or self.cluster).env["PLUMB_CLUSTER_AUDIT_LOG"]), moment

    def audited(self, mark, cluster=None):
        """The answered requests, as the API server tells them, that it received since the mark."""
        offset, moment = mark
        path = (cluster or self.cluster).env["PLUMB_CLUSTER_AUDIT_LOG"]
        with open(path, encoding="utf-8", errors="replace") as log:
            log.seek(max(offset - 1, 0))
            for line in log.read().split("\n")[1 if offset else 0:-1]:
                event = json.loads(line)
                if event["stage"] == "ResponseComplete" and event["requestReceivedTimestamp"] >= moment:
                    yield event

    def operator_requests(self, mark):
        """What the operator asked of the API server since the mark: [(verb, resource, name)], without watches."""
        return [request[:3] for request in self.requests_by_agent(mark)]

    def requests_by_agent(self, mark, cluster=None):
        """The same with the user agent, which names the replica; of another cluster, whoever the operator is there."""
        out = []
        for event in self.audited(mark, cluster):
            ours = (event.get("userAgent", "").startswith("plumb-operator") if cluster
                    else event["user"]["username"] == ACCOUNT)
            if not ours or event["verb"] == "watch":
                continue
            target = event.get("objectRef", {})
            resource = target.get("resource", event["requestURI"])
            if target.get("subresource"):
                resource += "/" + target["subresource"]
            out.append((event["verb"], resource, target.get("name", ""), event.get("userAgent", "")))
        return out

    def events(self, name, namespace="default"):
        _, found = self.cluster.call("GET", f"/api/v1/namespaces/{namespace}/events")
        return [e for e in found["items"] if e["involvedObject"]["name"] == name]

    def end(self):
        if self.operator and self.operator.process.poll() is None:
            self.operator.kill()
        for child in reversed(self.children):
            if child.process.poll() is None:
                child.end()
        shutil.rmtree(self.directory, ignore_errors=True)


def trust_policy(name, git, key, rest, anchor=None):
    """The text of a TrustPolicy for what comes after the anchor, by default the newest one. `rest` is the rest of its
    spec, where KEY stands for the key."""
    return f"""apiVersion: plumb.dev/v1alpha1
kind: TrustPolicy
metadata: {{name: {name}}}
spec:
  sources: [{{url: "{git.url}", ref: refs/heads/main}}]
  anchor: {anchor or git.head()}
{rest.replace("KEY", key)}"""


def config_map(name, value="1", extra=""):
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n{extra}data:\n  value: \"{value}\"\n"


def say(text):
    print(text, file=sys.stderr, flush=True)
