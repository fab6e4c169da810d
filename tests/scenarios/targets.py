"""Apps in another cluster: the objects are there, and all else here. A second control plane that can be taken away."""

import base64
import json
import os
import re
import time

from lifecycle import metric
from scenario import Scenario, files
from shards import Sharded
from world import ROOT, Cluster, World, config_map, wait_for


class TwoClusters(World):
    """The operator's own cluster, and a second one without any operator."""

    def __init__(self, operator=True):
        self.there = None
        super().__init__(operator=operator)
        directory = os.path.join(self.directory, "there")
        self.plane_there = self.child(os.path.join(ROOT, "tests/cluster/control_plane"), "run", "--dir", directory,
                                      "--controllers", "namespace-controller,clusterrole-aggregation-controller",
                                      "--user", "limited=limited-token:system:authenticated")
        assert self.plane_there.ready == "READY", self.plane_there.ready
        self.there = Cluster(directory)

    def kubeconfig(self, cluster=None, token=None, **user):
        cluster = cluster or self.there
        with open(cluster.env["PLUMB_CLUSTER_CA"], "rb") as file:
            authority = base64.b64encode(file.read()).decode()
        return json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "there",
            "clusters": [{"name": "c", "cluster": {"server": cluster.server, "certificate-authority-data": authority}}],
            "users": [{"name": "u", "user": {"token": token or cluster.env["PLUMB_CLUSTER_TOKEN"], **user}}],
            "contexts": [{"name": "there", "context": {"cluster": "c", "user": "u"}}]})


class Targets(Scenario):
    WORLD = TwoClusters
    SPEC = "  retryInterval: 2s\n"

    def setUp(self):
        self.secrets = []
        self.addCleanup(self.drop_secrets)  # after the Apps, which need them to go
        super().setUp()
        self.there = self.world.there
        self.there.apply(f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {self.name}\n")

    def put(self, text, key="value", name=None):
        """The Secret with the kubeconfig, made or changed."""
        path = f"/api/v1/namespaces/default/secrets/{name or self.name}"
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name or self.name},
                "data": {key: base64.b64encode(text.encode()).decode()}}
        if self.cluster.call("GET", path)[0] == 404:
            self.secrets.append(path)
            status, body = self.cluster.call("POST", os.path.dirname(path), body)
        else:
            status, body = self.cluster.call("PUT", path, body)
        self.assertLess(status, 300, body)

    def drop_secrets(self):
        for path in self.secrets:
            self.cluster.call("DELETE", path)

    def begin(self, *names, spec=""):
        self.put(self.world.kubeconfig())
        return self.start(files(*names), f"  kubeConfig: {{secretRef: {{name: {self.name}}}}}\n{spec}")

    def value_there(self, name):
        found = self.there.get("ConfigMap", name, self.name)
        return found["data"]["value"] if found else None

    def becomes_there(self, name, value, seconds=30):
        wait_for(f"{name} to be {value} there", lambda: self.value_there(name) == value, seconds)

    def edit_there(self, name, value):
        self.there.patch("ConfigMap", name, self.name, {"data": {"value": value}})

    def writes_there(self, since):
        """What changed in the target after that version of it."""
        _, found = self.there.call("GET", f"/api/v1/namespaces/{self.name}/configmaps")
        return sorted(item["metadata"]["name"] for item in found["items"]
                      if int(item["metadata"]["resourceVersion"]) > since)

    def version_there(self):
        _, found = self.there.call("GET", f"/api/v1/namespaces/{self.name}/configmaps")
        return int(found["metadata"]["resourceVersion"])

    def metric(self, name, secret=None):
        return metric(self.world, f'{name}{{key="",namespace="default",secret="{secret or self.name}"}}')

    def tell(self, command):
        answer = self.world.plane_there.command(command)
        self.assertTrue(answer.startswith("OK"), answer)

    def away(self):
        self.tell("stop-apiserver")
        self.addCleanup(self.world.plane_there.command, "start-apiserver")

    def test_story(self):
        """Applied, healed, restored, pruned and taken down there; nothing of it here."""
        self.begin("a", "b")
        self.assertEqual((self.value_there("a"), self.value_there("b")), ("1", "1"))
        self.assertIn(f"to {self.there.server}", self.plumb("status", self.name, "-n", "default").stdout)
        self.assertIn(self.there.server, self.plumb("why", self.name, "-n", "default").stdout)
        self.assertRegex(self.plumb("tree", self.name, "-n", "default").stdout, r"ConfigMap/a.*Current")
        same = self.plumb("diff", self.name, "-n", "default")
        self.assertEqual(same.returncode, 0, same.stdout + same.stderr)
        self.edit_there("a", "by hand")
        self.becomes_there("a", "1")
        self.assertIn("data.value by kubectl-edit", self.event("Healed"))
        self.there.delete("ConfigMap", "b", self.name)
        self.becomes_there("b", "1")
        self.commit({**files("a", value="2"), "web/b.yaml": None})
        wait_for("the prune", lambda: self.value_there("b") is None)
        self.assertEqual(self.value_there("a"), "2")
        self.assertEqual((self.value("a"), self.value("b")), (None, None))
        uid = self.there.get("Namespace", "kube-system")["metadata"]["uid"]
        self.assertEqual(self.world.status(self.name)["target"], {"cluster": uid, "server": self.there.server})
        self.cluster.delete("App", self.name, "default", "plumb.dev/v1alpha1")
        wait_for("the App to go", self.gone)
        self.assertIsNone(self.value_there("a"))

    def test_same(self):
        """The same object in two clusters is two; in one cluster it is one, whatever Secret leads there."""
        self.begin("a")
        self.app(f"{self.name}-here", path="web")
        self.becomes("a", "1")
        self.put(self.world.kubeconfig(), key="prod.yaml", name=f"{self.name}-2")
        self.app(f"{self.name}-too", f"  kubeConfig: {{secretRef: {{name: {self.name}-2, key: prod.yaml}}}}\n")
        self.says("OwnedByAnotherApp", name=f"{self.name}-too")
        self.cluster.delete("App", f"{self.name}-too", "default", "plumb.dev/v1alpha1")
        wait_for("the second App to go", lambda: self.gone(f"{self.name}-too"))
        self.assertEqual(self.value_there("a"), "1")
        self.cluster.delete("App", f"{self.name}-here", "default", "plumb.dev/v1alpha1")
        wait_for("the App of this cluster to go", lambda: self.gone(f"{self.name}-here"))
        self.assertEqual((self.value("a"), self.value_there("a")), (None, "1"))
        # One that leads here is taken for this cluster.
        self.app(f"{self.name}-home", path="web")
        self.becomes("a", "1")
        self.put(self.world.kubeconfig(self.cluster), name=f"{self.name}-2")
        self.app(f"{self.name}-back", f"  kubeConfig: {{secretRef: {{name: {self.name}-2}}}}\n")
        self.says("OwnedByAnotherApp", name=f"{self.name}-back")

    def test_away(self):
        """No API server there for a while: told with since when; drift of it is undone when it is back."""
        self.begin("a")
        self.assertEqual((self.metric("plumb_target_up"), self.metric("plumb_target_apps")), (1, 1))
        connected = self.metric("plumb_target_since_seconds")
        self.assertGreater(self.metric("plumb_target_requests_total"), 3)
        failed = self.metric("plumb_target_requests_failed_total")
        self.away()
        since = re.compile(r"since \d{4}-\d\d-\d\dT\S+")
        said = self.says("TargetUnreachable", seconds=60)["message"]
        self.assertIn(self.there.server, said)
        began = since.search(said).group()
        self.assertEqual((self.metric("plumb_target_up"), self.metric("plumb_target_losses_total")), (0, 1))
        lost = self.metric("plumb_target_since_seconds")
        self.assertGreater(lost, connected)
        self.assertGreater(self.metric("plumb_target_requests_failed_total"), failed)
        commit = self.git.commit(files("a", "b", value="2"))
        tree = self.plumb("tree", self.name, "-n", "default")
        self.assertEqual((tree.returncode, tree.stdout), (2, ""))
        self.assertIn("target cluster, which cannot be reached from here", tree.stderr)
        # Other Apps go on.
        self.app(f"{self.name}-here", path="web")
        self.becomes("b", "2")
        self.assertIn(began, self.says("TargetUnreachable")["message"])
        self.tell("start-apiserver")
        self.applied(commit, seconds=60)
        self.assertEqual((self.value_there("a"), self.value_there("b")), ("2", "2"))
        self.assertEqual(self.metric("plumb_target_up"), 1)
        self.assertGreater(self.metric("plumb_target_since_seconds"), lost)
        self.edit_there("a", "by hand")
        self.becomes_there("a", "2")
        # Without an App in it, it is not told of any more.
        self.cluster.delete("App", self.name, "default", "plumb.dev/v1alpha1")
        wait_for("the App to go", self.gone)
        wait_for("the metrics to go", lambda: self.metric("plumb_target_up") is None)

    def test_example(self):
        """deploy/examples: what the account there may do is all that it takes."""
        with open(os.path.join(ROOT, "deploy/examples/target-there.yaml"), encoding="utf-8") as file:
            self.there.apply(file.read())
        status, token = self.there.call("POST", "/api/v1/namespaces/plumb-remote/serviceaccounts/plumb/token", {
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}})
        self.assertEqual(status, 201, token)
        with open(self.there.env["PLUMB_CLUSTER_CA"], "rb") as file:
            authority = base64.b64encode(file.read()).decode()
        self.git = self.world.repository(self.name, files={"apps/web/a.yaml": config_map("a"),
                                                           "apps/web/b.yaml": config_map("b")})
        values = {"https://prod-east.example.com:6443": self.there.server, "CA-OF-PROD-EAST": authority,
                  "TOKEN-OF-PLUMB": token["status"]["token"], "https://git.example.com/shop/config.git": self.git.url}
        with open(os.path.join(ROOT, "deploy/examples/target-here.yaml"), encoding="utf-8") as file:
            text = file.read()
        for placeholder, value in values.items():
            self.assertEqual(text.count(placeholder), 1, placeholder)
            text = text.replace(placeholder, value)
        self.cluster.apply(text)
        self.cluster.patch("Repository", "config", "shop", {"spec": {"interval": "1s"}}, "plumb.dev/v1alpha1")
        delete = lambda: self.cluster.delete("App", "web-east", "shop", "plumb.dev/v1alpha1")  # noqa: E731
        gone = lambda: not self.cluster.get("App", "web-east", "shop", "plumb.dev/v1alpha1")  # noqa: E731
        self.addCleanup(lambda: (delete(), wait_for("the App of the example to go", gone)))
        self.world.wait_applied("web-east", self.git.head(), namespace="shop")
        found = self.there.get("ConfigMap", "a", "shop")
        self.assertEqual(found["data"]["value"], "1")
        self.there.patch("ConfigMap", "a", "shop", {"data": {"value": "by hand"}})
        wait_for("the heal", lambda: self.there.get("ConfigMap", "a", "shop")["data"]["value"] == "1")
        self.git.commit({"apps/web/b.yaml": None})
        wait_for("the prune", lambda: not self.there.get("ConfigMap", "b", "shop"))

    def test_frozen(self):
        """The target takes connections and answers nothing, with many Apps that want something of it."""
        self.begin("a")
        names = [f"{self.name}-{number}" for number in range(12)]
        for name in names:
            self.app(name, f"  kubeConfig: {{secretRef: {{name: {self.name}}}}}\n", path=f"web-{name}")
        more = {f"web-{name}/{name}.yaml": config_map(name) for name in names}
        self.git.commit({**more, **files("a", value="2")})
        for name in names:
            self.becomes_there(name, "1")
        self.tell("pause-apiserver")
        try:
            commit = self.git.commit({**{path: text.replace('"1"', '"2"') for path, text in more.items()},
                                      **files("a", value="3")})
            self.app(f"{self.name}-here", path="web")
            self.becomes("a", "3", seconds=20)
            self.says("TargetUnreachable", seconds=90)
            self.edit("a", "by hand")
            self.becomes("a", "3", seconds=10)
        finally:
            self.tell("resume-apiserver")
        self.applied(commit, seconds=60)
        for name in names:
            self.becomes_there(name, "2", seconds=60)

    def test_rotated(self):
        """Another user, then one without rights: taken at once, and what was applied is known."""
        self.begin("a")
        before = self.version_there()
        files_of = {}
        for name in ("CERT", "KEY"):
            with open(self.there.env[f"PLUMB_CLUSTER_CLIENT_{name}"], "rb") as file:
                files_of[name] = base64.b64encode(file.read()).decode()
        config = json.loads(self.world.kubeconfig())
        config["users"][0]["user"] = {"client-certificate-data": files_of["CERT"], "client-key-data": files_of["KEY"]}
        self.put(json.dumps(config))
        commit = self.commit(files("b"))
        self.assertEqual(self.writes_there(before), ["b"])
        self.edit_there("a", "by hand")
        self.becomes_there("a", "1")
        self.put(self.world.kubeconfig(token="limited-token"))
        said = self.says("TargetRefused")["message"]
        self.assertIn("kube-system", said)
        self.put(self.world.kubeconfig(token="no-such-token"))
        wait_for("a word on the token", lambda: "kube-system" not in self.says("TargetRefused")["message"])
        for text in (said, self.world.condition(self.name)["message"]):
            self.assertNotIn("-token", text)
        self.put(self.world.kubeconfig())
        self.applied(commit)

    def test_secret(self):
        """Without a kubeconfig, or with one that would run a program, nothing is done, and it is told."""
        reference = f"  kubeConfig: {{secretRef: {{name: {self.name}}}}}\n"
        self.git = self.world.repository(self.name, files=files("a"))
        self.app(self.name, self.SPEC + reference)
        self.assertIn(f"Secret default/{self.name}", self.says("KubeconfigMissing")["message"])
        self.put(self.world.kubeconfig(), key="other")
        wait_for("a word on the key", lambda: "value or value.yaml" in self.says("KubeconfigMissing")["message"])
        ran = os.path.join(self.world.directory, f"{self.name}-ran")
        self.put(self.world.kubeconfig(exec={"apiVersion": "client.authentication.k8s.io/v1", "command": "touch",
                                             "args": [ran], "interactiveMode": "Never"}))
        said = self.says("KubeconfigInvalid")["message"]
        self.assertIn("exec", said)
        self.put(self.world.kubeconfig(tokenFile="/etc/passwd"))
        wait_for("a word on the file", lambda: "tokenFile" in self.says("KubeconfigInvalid")["message"])
        self.assertFalse(os.path.exists(ran))
        self.put(self.world.kubeconfig(), key="value.yaml")
        self.applied(self.git.head())
        self.becomes_there("a", "1")
        self.cluster.call("DELETE", f"/api/v1/namespaces/default/secrets/{self.name}")
        self.says("KubeconfigMissing")
        self.assertEqual(self.value_there("a"), "1")
        self.put(self.world.kubeconfig())
        self.applied(self.git.head())
        with open(self.world.operator.log, encoding="utf-8") as log:
            self.assertNotIn(self.there.env["PLUMB_CLUSTER_TOKEN"], log.read())

    def test_changed(self):
        """The Secret leads to another cluster: held, with all that is in either, until a person says what is meant."""
        self.begin("a", "b")
        self.cluster.apply(config_map("a", "not ours"), self.name)
        self.put(self.world.kubeconfig(self.cluster))
        said = self.says("TargetChanged")["message"]
        self.assertIn("plumb.dev/confirm-target=own", said)
        self.git.commit({**files("c"), "web/b.yaml": None})
        time.sleep(3)
        self.says("TargetChanged")
        self.assertEqual([self.value_there(name) for name in "abc"], ["1", "1", None])
        self.assertEqual([self.value(name) for name in "abc"], ["not ours", None, None])
        # Back: it goes on where it was.
        self.put(self.world.kubeconfig())
        self.applied(self.git.head())
        self.assertEqual([self.value_there(name) for name in "abc"], ["1", None, "1"])
        # Without a kubeconfig it is another cluster, too.
        self.spec({"kubeConfig": None})
        self.says("TargetChanged")
        self.assertEqual([self.value_there(name) for name in "abc"], ["1", None, "1"])
        self.cluster.patch("App", self.name, "default",
                           {"metadata": {"annotations": {"plumb.dev/confirm-target": "own"}}}, "plumb.dev/v1alpha1")
        self.applied(self.git.head())
        self.assertEqual([self.value(name) for name in "abc"], ["1", None, "1"])
        self.assertEqual([self.value_there(name) for name in "abc"], ["1", None, "1"])
        self.assertNotIn("target", self.world.status(self.name))
        left = self.event("Released")
        self.assertIn(f"ConfigMap {self.name}/a, ConfigMap {self.name}/c", left)

    def test_deleted(self):
        """An App that goes while its target is away waits for it, and says so; orphan lets go."""
        self.begin("a")
        self.app(f"{self.name}-too", f"  deletionPolicy: orphan\n  kubeConfig: {{secretRef: {{name: {self.name}}}}}\n",
                 path="more")
        self.git.commit({"more/b.yaml": config_map("b")})
        self.becomes_there("b", "1")
        self.away()
        try:
            self.cluster.delete("App", self.name, "default", "plumb.dev/v1alpha1")
            self.cluster.delete("App", f"{self.name}-too", "default", "plumb.dev/v1alpha1")
            wait_for("the one that lets go to go", lambda: self.gone(f"{self.name}-too"), seconds=60)
            wait_for("a word on what it waits for",
                     lambda: "cannot be reached" in self.world.condition(self.name)["message"], seconds=60)
            self.assertFalse(self.gone())
        finally:
            self.tell("start-apiserver")
        wait_for("the App to go", self.gone, seconds=60)
        self.assertEqual((self.value_there("a"), self.value_there("b")), (None, "1"))

    def test_account(self):
        """serviceAccountName is an account of the target."""
        self.put(self.world.kubeconfig())
        self.git = self.world.repository(self.name, files=files("a"))
        self.app(self.name, self.SPEC + f"  kubeConfig: {{secretRef: {{name: {self.name}}}}}\n"
                                        "  serviceAccountName: deployer\n")
        self.assertIn("system:serviceaccount:default:deployer", self.says("ApplyFailed")["message"])
        self.there.apply(f"""apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: deployer, namespace: {self.name}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}}
subjects: [{{kind: ServiceAccount, name: deployer, namespace: default}}]
""")
        self.applied(self.git.head(), seconds=60)
        self.becomes_there("a", "1")

    def test_restart(self):
        """In sync, a new operator writes nothing in either cluster."""
        self.begin("a", "b")
        self.world.operator.stop()
        mark, before = self.world.audit_mark(), self.version_there()
        self.world.operator.start()
        self.requests(mark)
        # Until it has looked: a heal shows that.
        self.edit_there("a", "by hand")
        self.becomes_there("a", "1")
        self.assertEqual(self.writes_there(before), ["a"])
        written = [r for r in self.requests(mark) if r[0] in ("patch", "create", "update", "delete") and
                   not r[1].endswith("/status")]
        self.assertEqual(written, [])


class ShardedTargets(Sharded):
    """The work is divided, and Apps of several shards are in one target, by one Secret and by another."""

    WORLD = TwoClusters

    def setUp(self):
        super().setUp()
        self.there = self.world.there
        self.there.apply(f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {self.name}\n")
        for which in ("east", "west"):
            text = base64.b64encode(self.world.kubeconfig().encode()).decode()
            status, body = self.cluster.call("POST", "/api/v1/namespaces/default/secrets", {
                "apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"{self.name}-{which}"},
                "data": {"value": text}})
            self.assertEqual(status, 201, body)

    def target(self, name, shard, objects, wait=True):
        secret = f"{self.name}-{'east' if shard % 2 else 'west'}"
        self.app(name, shard, objects, f"  kubeConfig: {{secretRef: {{name: {secret}}}}}\n", wait=wait)

    def seen(self, *names):
        """[(uid, App, value)] of what is there; None where one is not."""
        found = [self.there.get("ConfigMap", name, self.name) for name in names]
        return [one and (one["metadata"]["uid"], one["metadata"]["labels"]["plumb.dev/app"], one["data"]["value"])
                for one in found]

    def writes_there(self, mark):
        """Object -> the user agents of the writes of it, in order."""
        out = {}
        for verb, resource, name, agent in self.world.requests_by_agent(mark, self.there):
            if verb not in ("get", "list") and resource == "configmaps":
                out.setdefault(name, []).append(agent)
        return out

    def test_killed(self):
        """One writer for each object there, before and after one of two replicas is killed in the middle of a sync."""
        self.start("one", "two")
        holders = self.shared(one=2, two=2)
        names = [f"there-{shard}" for shard in range(self.COUNT)]
        mark = self.world.audit_mark(self.there)
        for shard, name in enumerate(names):
            self.target(name, shard, {**files(name), "web/shared.yaml": config_map("shared", name)}, wait=False)

        def decided():
            reasons = [self.world.condition(name).get("reason") for name in names]
            return reasons.count("OwnedByAnotherApp") == 3 and [
                name for name in names if self.world.condition(name).get("status") == "True"]
        owner = wait_for("one of them to have what all want", decided, 60, every=0.05)[0]
        (first,) = self.seen("shared")
        self.assertEqual(first[1:], (owner, owner))
        for shard, name in enumerate(names):
            self.assertEqual(self.seen(name)[0][1:], (name, "1"))
            self.assertEqual(self.writes_there(mark)[name], [f"plumb-operator ({holders[shard]}; shard {shard}/4)"])
            self.assertIsNone(self.cluster.get("ConfigMap", name, self.name))
        self.assertEqual(len(self.writes_there(mark)["shared"]), 1)

        mark = self.world.audit_mark(self.there)
        dead = self.identity("two")
        objects = {name: [f"{name}-{i}" for i in range(40)] for name in names}
        for name in names:
            self.gits[name].commit(files(name, *objects[name], value="2"))
        wait_for("a sync to begin", lambda: any(dead in agents[0] for agents in self.writes_there(mark).values()))
        self.replicas["two"].kill()
        wait_for("all to be there", lambda: all(one and one[2] == "2" for name in names
                                                for one in self.seen(name, *objects[name])), 60, every=0.2)
        self.shared(one=4)
        for shard, name in enumerate(names):
            mine = f"plumb-operator ({self.identity('one')}; shard {shard}/4)"
            for one in (name, *objects[name]):
                agents = self.writes_there(mark)[one]
                if holders[shard] != dead:
                    self.assertEqual(agents, [mine], one)
                    continue
                # What the dead one wrote and could not tell is written once more, by the other.
                self.assertLessEqual(len(agents), 2, one)
                self.assertTrue(all(dead in agent for agent in agents[:-1]), agents)
        self.assertNotIn("shared", self.writes_there(mark))
        self.assertEqual(self.seen("shared"), [first])
        # The one that is left looks after all of them there.
        for name in names:
            self.there.patch("ConfigMap", name, self.name, {"data": {"value": "by hand"}})
        wait_for("the heals", lambda: all(one[2] == "2" for one in self.seen(*names)))
        # And hands over what the owner lets go of, be it by another Secret.
        self.gits[owner].commit({"web/shared.yaml": None})
        wait_for("another to have it", lambda: self.seen("shared")[0][1] != owner)
        self.assertEqual(self.seen("shared")[0][0], first[0])

    def test_handed_over(self):
        """Thirty objects go from an App of one shard to one of another, by another Secret, and stay what they are."""
        self.start("one", "two")
        self.shared(one=2, two=2)
        shared = [f"given-{i}" for i in range(30)]
        self.target("giver", 0, {**files("giver"), **files(*shared)})
        self.target("taker", 1, files(*shared, value="2"), wait=False)
        wait_for("it to be told", lambda: self.world.condition("taker").get("reason") == "OwnedByAnotherApp")
        self.assertEqual(len(self.world.status("taker")["wanted"]), 30)
        before = self.seen(*shared)
        self.assertEqual({owner for _, owner, _ in before}, {"giver"})
        self.gits["giver"].commit({f"web/{one}.yaml": None for one in shared})
        self.world.wait_applied("taker", self.gits["taker"].head())
        self.assertEqual(self.seen(*shared), [(uid, "taker", "2") for uid, _, _ in before])
        self.world.wait_applied("giver", self.gits["giver"].head())
