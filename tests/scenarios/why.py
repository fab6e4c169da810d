"""What `plumb why` answers in the ways an App gets stuck that need more than a bad manifest (those are in bad/): the
object, the field, the cause, since when, file and line, and what to do. why/NAME.txt is the answer; ACCEPT=1 rewrites
it."""

import os

from mistakes import DEBUG, POLICY
from scenario import Scenario, files
from troubles import GROUP, TroubledWorld
from world import HERE, config_map, trust_policy, wait_for

GOLDEN = os.path.join(HERE, "why")
FIXED = "immutable: true\n"
LABELS = "selector: {matchLabels: {app: w}}"
TEMPLATE = """template:
    metadata: {labels: {app: w}}
    spec:
      automountServiceAccountToken: false
      containers: [{name: w, image: "example.org/w:1"}]
"""
DEPLOYMENT = f"""apiVersion: apps/v1
kind: Deployment
metadata:
  name: w
spec:
  replicas: 1
  MORE
  {LABELS}
  {TEMPLATE}"""
JOB = """apiVersion: batch/v1
kind: Job
metadata:
  name: w
spec:
  backoffLimit: 0
  template:
    metadata: {labels: {app: w}}
    spec:
      automountServiceAccountToken: false
      restartPolicy: Never
      containers: [{name: w, image: "example.org/w:1"}]
"""
CLAIM = """apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
"""
TRUST = """\
  principals:
    - {name: ada, keys: ["KEY"]}
  rules:
    - {name: all, paths: ["**"], anyOf: [{author: [ada]}]}
"""
LATE = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: lates.late.example.com
spec:
  group: late.example.com
  scope: Namespaced
  names: {plural: lates, singular: late, kind: Late, listKind: LateList}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
"""
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMIbD4NEXItlsZ5mFGKJGQoKCyTR3KJrDiUH6sDLPyiT ada"


def deployment(more="paused: false"):
    return {"web/w.yaml": DEPLOYMENT.replace("MORE", more)}


class Asked(Scenario):
    SPEC = "  retryInterval: 1m\n"

    def begin(self, files_, spec=""):
        self.git = self.world.repository(self.name, interval=self.INTERVAL, extra=self.REPOSITORY, files=files_)
        self.app(self.name, self.SPEC + spec)

    def answers(self, phrase, subject=None):
        """`plumb why` says the phrase, and all of it is as in the file."""
        try:
            wait_for("plumb why to say " + phrase, lambda: phrase in self.why(subject), every=0.2)
        except AssertionError as error:
            raise AssertionError(f"{error}; it says\n{self.why(subject)}") from None
        text = self.why(subject)
        path = os.path.join(GOLDEN, self._testMethodName.removeprefix("test_") + ".txt")
        if os.environ.get("ACCEPT") == "1":
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(text, file.read())

    def status_of_pod(self, status):
        """What a kubelet would say of the pod that the controller made."""
        def pod():
            _, found = self.cluster.call("GET", f"/api/v1/namespaces/{self.name}/pods?labelSelector=app=w")
            return found["items"]
        name = wait_for("the pod", pod)[0]["metadata"]["name"]
        self.cluster.patch("Pod", name, self.name, {"status": status}, subresource="/status")

    def release_claim(self):
        """Nobody does it here: the controller that protects claims looks at pods of nodes."""
        self.cluster.patch("PersistentVolumeClaim", "data", self.name, {"metadata": {"finalizers": None}})

    def waits(self, reason, message, **more):
        waiting = {"name": "w", "image": "w", "imageID": "", "ready": False, "restartCount": 0,
                   "state": {"waiting": {"reason": reason, "message": message}}, **more}
        self.status_of_pod({"phase": "Pending", "containerStatuses": [waiting]})


class Why(Asked):
    # Objects that the API server refuses.

    def test_denied(self):
        self.cluster.apply(POLICY)
        self.addCleanup(self.cluster.delete, "ValidatingAdmissionPolicyBinding", "no-debug", "",
                        "admissionregistration.k8s.io/v1")
        probe = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "probe"}, "data": {"debug": "x"}}
        where = f"/api/v1/namespaces/{self.name}/configmaps?dryRun=All"
        wait_for("the policy to take effect", lambda: self.cluster.call("POST", where, probe)[0] == 422, every=0.1)
        self.begin({**files("a"), "web/bad.yaml": "# a comment\n" + DEBUG})
        self.answers("AdmissionDenied")

    def test_immutable(self):
        self.start({"web/a.yaml": config_map("a", "1", FIXED)})
        self.git.commit({"web/a.yaml": config_map("a", "2", FIXED)})
        self.answers("Immutable")

    def test_atomic(self):
        self.start({**files("b"), "web/a.yaml": config_map("a", "1", FIXED)}, "  apply: atomic\n")
        self.git.commit({**files("b", value="2"), "web/a.yaml": config_map("a", "2", FIXED)})
        self.answers("Immutable")

    def test_rights(self):
        self.begin(files("a"), "  serviceAccountName: default\n")
        self.answers("Forbidden")

    def test_owners(self):
        self.start({**files("a"), "other/a.yaml": config_map("a", "theirs")})
        second = self.name + "-2"
        self.app(second, path="other")
        self.answers("OwnedByAnotherApp", second)

    # Objects that are there and not well.

    def test_image(self):
        self.begin(deployment())
        self.waits("ImagePullBackOff", 'Back-off pulling image "example.org/w:1"')
        self.answers("ImagePullBackOff")

    def test_crash(self):
        self.begin(deployment())
        self.waits("CrashLoopBackOff", "back-off 20s restarting failed container",
                   lastState={"terminated": {"exitCode": 137, "reason": "OOMKilled"}})
        self.answers("CrashLoopBackOff")

    def test_config(self):
        self.begin(deployment())
        self.waits("CreateContainerConfigError", 'secret "token" not found')
        self.answers("CreateContainerConfigError")

    def test_unscheduled(self):
        self.begin(deployment())
        self.status_of_pod({"phase": "Pending", "conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
             "message": "0/3 nodes are available: 3 Insufficient cpu."}]})
        self.answers("Insufficient cpu")

    def test_pods_refused(self):
        """A quota that the pods do not get through: the controller is told, not the one who applies."""
        self.cluster.apply("apiVersion: v1\nkind: ResourceQuota\nmetadata:\n  name: none\n"
                           "spec: {hard: {pods: \"0\"}}\n", self.name)
        self.begin(deployment())
        self.answers("exceeded quota")

    def test_deadline(self):
        self.begin(deployment("progressDeadlineSeconds: 1"))
        self.answers("progress deadline exceeded")

    def test_job(self):
        self.begin({"web/w.yaml": JOB})
        self.status_of_pod({"phase": "Failed", "containerStatuses": [
            {"name": "w", "image": "w", "imageID": "", "ready": False, "restartCount": 0,
             "state": {"terminated": {"exitCode": 3, "reason": "Error"}}}]})
        self.answers("BackoffLimitExceeded")

    def test_claim(self):
        self.begin({"web/data.yaml": CLAIM})
        self.answers("PersistentVolumeClaim NAME/data")
        self.release_claim()

    def test_finalizer(self):
        self.start(files("a", "b"))
        self.cluster.patch("ConfigMap", "a", self.name, {"metadata": {"finalizers": ["example.com/hold"]}})
        self.git.commit({"web/a.yaml": None})
        self.answers("example.com/hold")
        self.cluster.patch("ConfigMap", "a", self.name, {"metadata": {"finalizers": None}})

    def test_terminating(self):
        other = self.name + "-2"
        self.world.namespace(other)
        self.cluster.apply(f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hold\n  namespace: {other}\n"
                           "  finalizers: [example.com/hold]\n")
        self.cluster.delete("Namespace", other)
        self.begin({**files("a"), "web/b.yaml": config_map("b", "1", f"  namespace: {other}\n")})
        self.answers("NamespaceTerminating")
        self.cluster.patch("ConfigMap", "hold", other, {"metadata": {"finalizers": None}})

    def test_warnings(self):
        """Nothing keeps it from being ready; what was meant otherwise is told all the same."""
        self.start({"web/a.yaml": config_map("a", "1", "  uid: 0f8fad5b-d9cb-469f-a165-70867728950e\n")},
                   "  ignore: [{paths: [/data/valeu], target: {kind: ConfigMap}}]\n"
                   "  ignoreDifferences: [{group: apps, kind: Deploymnet, jsonPointers: [/spec/replicas]}]\n")
        self.answers("spec.ignoreDifferences[0]")

    # Sources.

    def test_yaml(self):
        self.start(files("a", "b"))
        self.git.commit({"web/b.yaml": "kind: ConfigMap\nmetadata:\n\tname: b\n"})
        self.answers("TabIndentation")

    def test_twice(self):
        self.begin({**files("a"), "web/again.yaml": config_map("a", "2")})
        self.answers("DuplicateObject")

    def test_empty(self):
        self.start({**files("a"), "web/README": "nothing\n"})
        self.git.commit({"web/a.yaml": None})
        self.answers("EmptyRender")

    def test_down(self):
        self.start(files("a"))
        self.fault("down")
        self.answers("RepositoryUnreachable")

    def test_login(self):
        self.start(files("a"))
        self.fault("status 401")
        self.answers("AuthFailed")

    def test_rewind(self):
        first = self.start(files("a"))
        self.commit(files("a", value="2"))
        self.git.git("reset", "-q", "--hard", first)
        self.git.push("--force")
        self.answers("NonFastForward")

    def test_untrusted(self):
        self.start(files("a"))
        self.spec({"trust": None}, "Repository")
        self.cluster.apply(trust_policy(self.name, self.git, KEY, TRUST))
        self.addCleanup(self.cluster.delete, "TrustPolicy", self.name, "", "plumb.dev/v1alpha1")
        self.git.commit(files("a", value="2"))
        self.answers("Unsigned")

    def test_repository(self):
        self.apps.append(self.name)
        self.world.app(self.name, self.name, "web")
        self.answers("does not exist")

    # What waits for somebody.

    def test_suspended(self):
        self.start(files("a"))
        self.spec({"suspend": True})
        self.answers("is suspended")

    def test_held(self):
        self.start({**files("a"), "web/b.yaml": config_map("b", "1", "  annotations: {plumb.dev/prune: confirm}\n")})
        commit = self.git.commit({"web/b.yaml": None})
        self.answers("PruneNeedsConfirmation")
        self.cluster.patch("App", self.name, "default", {"metadata": {"annotations": {
            "plumb.dev/confirm-prune": commit}}}, "plumb.dev/v1alpha1")
        self.applied(commit)

    def test_cycle(self):
        second = self.name + "-2"
        self.begin(files("a"), f"  dependsOn: [{{name: {second}}}]\n")
        self.app(second, f"  dependsOn: [{{name: {self.name}}}]\n")
        self.answers("DependencyCycle")

    def test_dependency(self):
        self.begin({**files("a"), "db/data.yaml": CLAIM}, f"  dependsOn: [{{name: {self.name}-2}}]\n")
        self.app(self.name + "-2", path="db")
        self.answers("DependencyNotReady")
        self.release_claim()

    def test_fight(self):
        self.start(files("a"))
        for number in range(3):
            self.edit("a", f"edit {number}")
            self.becomes("a", "1")
        self.edit("a", "edit 3")
        self.answers("Fighting")

    def test_drift(self):
        self.start(files("a"), "  heal: warn\n")
        self.edit("a", "by hand")
        self.answers("HealDisabled")


class Undiscovered(Asked):
    """In a world of its own: discovery is in trouble."""
    WORLD = TroubledWorld
    SPEC = "  retryInterval: 1s\n"

    def test_late(self):
        """A kind that nobody serves: told, and applied as soon as somebody defines it."""
        self.begin({"web/w.yaml": "apiVersion: late.example.com/v1\nkind: Late\nmetadata: {name: w}\n", **files("a")})
        self.answers("UnknownKind")
        self.cluster.apply(LATE)
        self.addCleanup(self.cluster.delete, "CustomResourceDefinition", "lates.late.example.com", "",
                        "apiextensions.k8s.io/v1")
        self.applied(self.git.head())

    def test_silent(self):
        self.cluster.apply(GROUP)
        self.addCleanup(self.cluster.delete, "APIService", "v1.silent.example.com", "", "apiregistration.k8s.io/v1")
        thing = "apiVersion: silent.example.com/v1\nkind: Thing\nmetadata:\n  name: t\n"
        self.start(files("a"))
        self.git.commit({"web/t.yaml": thing, **files("a", value="2")})
        self.answers("ApiGroupNotDiscovered")
