"""Push and pull beside each other on one cluster: the same five events through examples/push-pipeline, whose CI holds a
kubeconfig, and through Plumb, whose CI holds a key for Git. What is in the table is what was observed.
"""

import json
import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field

from tour import duration
from watch import Watch
from world import ROOT, Git, NotSeen, World, wait_for

PIPELINE = os.path.join(ROOT, "examples", "push-pipeline", "pipeline.sh")
CI_TOKEN = "ci-token-of-a-test-cluster"
PATIENCE = 3  # seconds for which nothing is done about what nobody looks at
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 0
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: registry.example/shop/web:1.0.0
"""
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n"
BANNER = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: banner}\ndata: {text: new}\n"
MINER = DEPLOYMENT.replace("name: web", "name: miner").replace("registry.example/shop/web", "evil.example/miner")
FIRST = {"app/deployment.yaml": DEPLOYMENT, "app/service.yaml": SERVICE}
SECRET = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"card-key"},"stringData":{"key":"canary"}}'


@dataclass
class Observed:
    """One side's answers; seconds are of the cluster's own changes."""
    deploy_seconds: float = 0
    writer: str = ""             # who wrote it to the API server
    broken_build_deploys: bool = False
    ci_credentials: list = field(default_factory=list)  # of the cluster, that the CI job was given
    stolen_wrote: bool = False   # what who stole the CI's credentials wanted is in the cluster
    stolen_read: bool = False    # and a Secret was read
    stolen_refusal: str = ""     # the reason, where it was refused
    restored_seconds: float = -1  # after a deletion by hand; -1: not by itself
    rollback_seconds: float = 0
    left_behind: bool = False    # what came after the old version is still there
    managers: list = field(default_factory=list)        # that the object itself names
    commit: str = ""             # that the change is traced to
    signer: str = ""
    when: str = ""


def kubectl():
    """The real one: from KUBECTL, the PATH, or built by tests/cluster/binaries."""
    found = os.environ.get("KUBECTL") or shutil.which("kubectl")
    if found:
        return found
    binaries = os.path.join(ROOT, "tests", "cluster", "binaries")
    folder = subprocess.run([binaries, "--kubectl"], check=True, capture_output=True, text=True).stdout.strip()
    return os.path.join(folder, "kubectl")


def image(version):
    return {"app/deployment.yaml": DEPLOYMENT.replace("1.0.0", version)}


class Side:
    """A namespace of its own, and how one waits for it."""

    def __init__(self, world, name):
        self.world, self.cluster, self.name, self.saw = world, world.cluster, name, Observed()
        world.namespace(name)
        self.cluster.call("POST", f"/api/v1/namespaces/{name}/secrets", json.loads(SECRET))

    def watch(self, resource, group="/api/v1"):
        return Watch(self.cluster, f"{group}/namespaces/{self.name}/{resource}")

    def get(self, kind, name, version="v1"):
        return self.cluster.get(kind, name, self.name, version)

    def image_now(self):
        found = self.get("Deployment", "web", "apps/v1")
        return found and found["spec"]["template"]["spec"]["containers"][0]["image"].rsplit(":", 1)[1]

    def until_image(self, version, act):
        """Seconds from `act` until the Deployment has the version."""
        watch, began = self.watch("deployments", "/apis/apps/v1"), time.monotonic()
        act()
        def has(_, found):
            containers = found["spec"]["template"]["spec"]["containers"]
            return found["metadata"]["name"] == "web" and containers[0]["image"].endswith(":" + version)
        moment, _ = watch.until(has, f"version {version} in {self.name}", NotSeen)
        watch.close()
        return moment - began

    def writer_of(self, mark):
        """Who wrote the Deployment since the mark, by the API server's audit log; not its controller."""
        for event in self.world.audited(mark):
            target = event.get("objectRef", {})
            user = event["user"]["username"]
            if target.get("namespace") == self.name and target.get("resource") == "deployments" and \
                    event["verb"] in ("create", "patch", "update") and user != "system:kube-controller-manager":
                return user
        return ""

    def delete_service(self):
        """Somebody deletes the Service; notes whether and when it is back by itself."""
        watch = self.watch("services")
        self.cluster.delete("Service", "web", self.name)
        gone, _ = watch.until(lambda kind, _: kind == "DELETED", "the deletion", NotSeen)
        try:
            back, _ = watch.until(lambda kind, _: kind == "ADDED", "the Service again", NotSeen, PATIENCE)
            self.saw.restored_seconds = back - gone
        except NotSeen:
            assert not self.get("Service", "web"), "the Service is back"
        watch.close()

    def managers(self):
        found = self.get("Deployment", "web", "apps/v1")
        return [(one["manager"], one["time"]) for one in found["metadata"]["managedFields"]
                if one["manager"] != "kube-controller-manager"]


class Push(Side):
    def __init__(self, world, directory):
        super().__init__(world, "push")
        self.git = Git(world.http, world.git_url, world.directory, "push")
        self.bind()
        self.kubectl = kubectl()
        self.kubeconfig = os.path.join(directory, "ci.kubeconfig")
        with open(self.kubeconfig, "w", encoding="utf-8") as file:
            json.dump({"apiVersion": "v1", "kind": "Config", "current-context": "c",
                       "clusters": [{"name": "c", "cluster": {"server": self.cluster.server, "certificate-authority":
                                                              self.cluster.env["PLUMB_CLUSTER_CA"]}}],
                       "users": [{"name": "ci", "user": {"token": CI_TOKEN}}],
                       "contexts": [{"name": "c", "context": {"cluster": "c", "user": "ci"}}]}, file)
        # What the CI gives to the job.
        self.job = {"KUBECONFIG": self.kubeconfig, "NAMESPACE": self.name}

    def bind(self):
        """The least that such a job can do with: `edit` in its namespace."""
        binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "ci"},
                   "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"},
                   "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "ci"}]}
        status, answer = self.cluster.call(
            "POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/push/rolebindings", binding)
        assert status == 201, answer

    def run_job(self, commit="HEAD", build=""):
        """The CI job on a fresh checkout; its exit code."""
        checkout = os.path.join(self.world.directory, "checkout")
        shutil.rmtree(checkout, ignore_errors=True)
        self.git.git("worktree", "prune")
        self.git.git("worktree", "add", "-q", "--detach", checkout, commit)
        environment = {**os.environ, **self.job, "KUBECTL": self.kubectl, "BUILD": build}
        done = subprocess.run([PIPELINE], cwd=checkout, env=environment, check=False, capture_output=True, text=True)
        return done.returncode

    def deploys(self, files, message):
        self.git.commit(files, message)
        assert self.run_job(build="test -f app/deployment.yaml") == 0, "the job failed"

    def deploy(self):
        self.deploys(FIRST, "first")
        self.old = self.git.head()
        mark = self.world.audit_mark()
        self.saw.deploy_seconds = self.until_image("1.1.0", lambda: self.deploys(image("1.1.0"), "1.1.0"))
        self.saw.writer = wait_for("the audit log", lambda: self.writer_of(mark))
        self.git.commit(image("1.1.1"), "1.1.1")
        assert self.run_job(build="false") != 0
        self.saw.broken_build_deploys = self.image_now() != "1.1.0"
        self.deploys({**image("1.2.0"), "app/banner.yaml": BANNER}, "1.2.0")

    def steal(self):
        self.saw.ci_credentials = [name for name, value in self.job.items() if is_kubeconfig(value)]
        thief = {**os.environ, **self.job}
        run = lambda *words, data=None: subprocess.run(  # noqa: E731
            [self.kubectl, "-n", self.name, *words], env=thief, input=data, check=False, capture_output=True, text=True)
        run("apply", "-f", "-", data=MINER)
        read = run("get", "secret", "card-key", "-o", "jsonpath={.data.key}")
        self.saw.stolen_read = read.stdout == "Y2FuYXJ5"
        time.sleep(PATIENCE)
        self.saw.stolen_wrote = bool(self.get("Deployment", "miner", "apps/v1"))
        assert "miner" not in self.git.git("log", "-p"), "it is in Git"

    def roll_back(self):
        self.saw.rollback_seconds = self.until_image("1.0.0", lambda: self.run_job(self.old))
        time.sleep(PATIENCE)
        self.saw.left_behind = bool(self.get("ConfigMap", "banner"))

    def trace(self):
        names = self.managers()
        self.saw.managers = sorted({name for name, _ in names})
        self.saw.when = max(moment for _, moment in names)
        text = json.dumps(self.get("Deployment", "web", "apps/v1"))
        commits = self.git.git("log", "--format=%H").split()
        self.saw.commit = next((one for one in commits if one in text), "")


def is_kubeconfig(value):
    if not os.path.isfile(value):
        return False
    with open(value, encoding="utf-8", errors="replace") as file:
        return '"clusters"' in file.read()


POLICY = """apiVersion: plumb.dev/v1alpha1
kind: TrustPolicy
metadata: {{name: compare}}
spec:
  sources: [{{url: "{url}", ref: refs/heads/main}}]
  anchor: {anchor}
  principals:
    - {{name: alice, keys: ["{alice}"]}}
    - {{name: ci, kind: bot, keys: ["{ci}"]}}
  rules:
    - name: images
      paths: [app/deployment.yaml]
      anyOf:
        - {{author: [alice]}}
        - author: [ci]
          only: {{source: [{{at: /spec/template/spec/containers/*/image, value: '^registry\\.example/shop/web:'}}]}}
    - name: everything
      paths: ["**"]
      anyOf: [{{author: [alice]}}]
"""


class Pull(Side):
    def __init__(self, world, directory):
        super().__init__(world, "pull")
        self.directory = directory
        self.git = world.repository("pull", files=FIRST)
        self.old = self.git.head()
        keys = {name: self.key(name) for name in ("alice", "ci")}
        self.sign(self.git.clone, "alice")
        text = POLICY.format(url=self.git.url, anchor=self.old, **keys)
        path = "/apis/plumb.dev/v1alpha1/trustpolicies/compare?fieldManager=t"
        status, answer = self.cluster.call("PATCH", path, text, "application/apply-patch+yaml")
        assert status == 201, answer
        world.app("pull", "pull", "app", extra="  targetNamespace: pull\n")
        self.applied(self.old)
        # The CI's clone, and the key that it signs with: all that its job is given.
        self.ci = os.path.join(directory, "ci-clone")
        self.git.git("clone", "-q", self.git.url, self.ci, cwd=directory)
        self.sign(self.ci, "ci")
        self.job = {"SIGNING_KEY": os.path.join(directory, "ci"), "REPOSITORY": self.git.url}

    def key(self, name):
        path = os.path.join(self.directory, name)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path], check=True)
        with open(path + ".pub", encoding="utf-8") as file:
            return file.read().strip()

    def sign(self, clone, name):
        for key, value in (("gpg.format", "ssh"), ("user.signingKey", os.path.join(self.directory, name)),
                           ("commit.gpgSign", "true"), ("user.name", name), ("user.email", name + "@example.org")):
            self.git.git("config", key, value, cwd=clone)

    def applied(self, commit):
        self.world.wait_applied("pull", commit)

    def ci_pushes(self, files, message):
        """What the CI job does after its build: a commit, signed by the CI's key."""
        self.git.git("pull", "-q", "--ff-only", "origin", "main", cwd=self.ci)
        for path, text in files.items():
            with open(os.path.join(self.ci, path), "w", encoding="utf-8") as file:
                file.write(text)
        self.git.git("add", "-A", cwd=self.ci)
        self.git.git("commit", "-qm", message, cwd=self.ci)
        self.git.git("push", "-q", "origin", "HEAD:main", cwd=self.ci)
        return self.git.git("rev-parse", "HEAD", cwd=self.ci)

    def person(self, *arguments):
        self.git.git("pull", "-q", "--ff-only", "origin", "main")
        return self.git.git(*arguments)

    def deploy(self):
        mark = self.world.audit_mark()
        commits = []
        self.saw.deploy_seconds = self.until_image(
            "1.1.0", lambda: commits.append(self.ci_pushes(image("1.1.0"), "1.1.0")))
        self.saw.writer = wait_for("the audit log", lambda: self.writer_of(mark))
        self.applied(commits[0])
        # A build that fails comes to no commit: there is nothing that could deploy.
        self.before = self.ci_pushes(image("1.2.0"), "1.2.0")
        self.person("status")
        self.applied(self.git.commit({"app/banner.yaml": BANNER}, "a banner"))

    def state(self):
        paths = ("/apis/apps/v1/namespaces/pull/deployments", "/api/v1/namespaces/pull/services",
                 "/api/v1/namespaces/pull/configmaps")
        return [json.dumps(self.cluster.call("GET", path)[1]["items"], sort_keys=True) for path in paths]

    def steal(self):
        self.saw.ci_credentials = [name for name, value in self.job.items() if is_kubeconfig(value)]
        before = self.state()
        self.ci_pushes({"app/miner.yaml": MINER}, "1.2.1")
        def refused():
            condition = self.world.condition("pull", "Repository", which="Trusted")
            return condition.get("status") == "False" and condition
        self.saw.stolen_refusal = wait_for("the refusal", refused)["reason"]
        time.sleep(PATIENCE)
        self.saw.stolen_wrote = self.state() != before
        # The owner takes it off the branch: it never counted.
        self.git.git("push", "-q", "--force", "origin", f"{self.git.head()}:main")
        wait_for("trust again", lambda: self.world.condition("pull", "Repository", which="Trusted")["status"] == "True")

    def roll_back(self):
        def act():
            self.git.git("revert", "--no-edit", f"{self.old}..HEAD")
            self.git.push()
        self.saw.rollback_seconds = self.until_image("1.0.0", act)
        self.applied(self.git.head())
        self.saw.left_behind = bool(self.get("ConfigMap", "banner"))

    def trace(self):
        self.saw.managers = sorted({name for name, _ in self.managers()})
        environment = {**os.environ, "KUBECONFIG": os.path.join(self.world.plane_directory, "kubeconfig")}
        done = subprocess.run([self.world.program("plumb"), "history", "default/pull", "-o", "json"], env=environment,
                              check=True, capture_output=True, text=True)
        newest = json.loads(done.stdout)["history"][0]
        assert "Deployment/web" in newest["objects"], newest
        self.saw.commit = newest["revision"].rsplit(":", 1)[-1].rsplit("@", 1)[-1]
        self.saw.signer, self.saw.when = newest["signer"], newest["appliedAt"]
        assert self.saw.commit == self.git.head(), newest


def table(push, pull):
    """[(row, push, pull)] in words, from what was observed."""
    def drift(saw):
        if saw.restored_seconds < 0:
            return f"none: still missing after {PATIENCE} s, until the next run"
        return f"a watch: undone after {duration(saw.restored_seconds)}"
    def credentials(saw):
        held = f"in the CI: {', '.join(saw.ci_credentials)}" if saw.ci_credentials else "none in the CI"
        if not saw.stolen_wrote:
            return f"{held}; who stole its key was refused: {saw.stolen_refusal}"
        return f"{held}; who stole it ran a workload of his own" + (" and read a Secret" if saw.stolen_read else "")
    def rollback(saw, how):
        rest = "what came since stays behind" if saw.left_behind else "what came since is pruned"
        return f"{how}: {duration(saw.rollback_seconds)}; {rest}"
    def trail(saw):
        if not saw.commit:
            return f"manager {', '.join(saw.managers)}, user {saw.writer}, {saw.when}; no commit, no person"
        return f"commit {saw.commit[:7]}, signed by {saw.signer}, applied {saw.when}"
    return [
        ("deployment trigger", f"a CI job whose build succeeded, as {push.writer}: {duration(push.deploy_seconds)}",
         f"a commit, seen by {pull.writer.rsplit(':', 1)[-1]}: {duration(pull.deploy_seconds)}"),
        ("cluster credentials", credentials(push), credentials(pull)),
        ("drift detection", drift(push), drift(pull)),
        ("rollback mechanism", rollback(push, "the old job again"), rollback(pull, "git revert")),
        ("audit trail", trail(push), trail(pull)),
    ]


class Compare:
    EVENTS = (("deploy", "A new version is deployed"), ("delete_service", "Somebody deletes an object by hand"),
              ("steal", "Somebody steals the CI's credentials"), ("roll_back", "The new version is taken back"),
              ("trace", "Who changed this, and when?"))

    def __init__(self, terminal=None):
        self.terminal = terminal
        self.world = World(plane=("--user", f"ci={CI_TOKEN}:system:authenticated"))
        keys = os.path.join(self.world.directory, "keys")
        os.mkdir(keys, mode=0o700)
        self.sides = (Push(self.world, keys), Pull(self.world, keys))

    def run(self):
        """Every event on both sides; the table."""
        for number, (event, words) in enumerate(self.EVENTS, 1):
            if self.terminal:
                self.terminal.step(f"{number}. {words}")
            for side in self.sides:
                began = time.monotonic()
                getattr(side, event)()
                if self.terminal:
                    self.terminal.saw(f"{side.name}: observed", time.monotonic() - began)
        return table(*(side.saw for side in self.sides))


def wrapped(text, width):
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return lines


def print_table(rows, terminal, widths=(20, 46, 46)):
    for row in [("", "push: kubectl in the CI", "pull: Plumb"), *rows]:
        cells = [wrapped(cell, width) for cell, width in zip(row, widths)]
        terminal.line()
        for index in range(max(map(len, cells))):
            parts = [(cell[index] if index < len(cell) else "").ljust(width) for cell, width in zip(cells, widths)]
            terminal.line("  " + "  ".join(parts).rstrip())
