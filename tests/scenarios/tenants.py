"""Tenants: the operator has no rights of its own, and each App acts as a ServiceAccount of its namespace. Whatever a
tenant commits, it cannot get at what its account may not touch."""

import os
import re

from scenario import Scenario, files
from world import ACCOUNT, ROOT, World, config_map, wait_for

RBAC = "rbac.authorization.k8s.io/v1"
ESCALATIONS = {
    "web/elsewhere.yaml": config_map("stolen", "1", "  namespace: kube-system\n"),
    "web/cluster.yaml": """apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: everything}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: deployer, namespace: NAMESPACE}]
""",
    # An App without an account acts as the operator.
    "web/app.yaml": """apiVersion: plumb.dev/v1alpha1
kind: App
metadata: {name: sneaky, namespace: NAMESPACE}
spec: {repository: {name: REPOSITORY, namespace: default}, path: other}
""",
}


class TenantWorld(World):
    """deploy/ as for tenants: without the binding that lets the operator apply everything."""

    def install(self):
        super().install()
        self.cluster.delete("ClusterRoleBinding", "plumb-applier", version=RBAC)

    def tenant(self, name):
        """deploy/examples/tenant.yaml, but for its Repository and App."""
        with open(os.path.join(ROOT, "deploy", "examples", "tenant.yaml"), encoding="utf-8") as file:
            parts = re.split(r"^---\n", file.read(), flags=re.MULTILINE)
        kept = [part for part in parts if "plumb.dev/v1alpha1" not in part]
        self.cluster.apply("---\n".join(kept).replace("team-a", name))


class Tenants(Scenario):
    WORLD = TenantWorld

    def begin(self, files_, account="deployer", namespace=None):
        self.world.tenant(self.name)
        self.git = self.world.repository(self.name, namespace=self.name, interval=self.INTERVAL, files=files_)
        self.apps.append(self.name)
        extra = f"  serviceAccountName: {account}\n" if account else ""
        self.world.app(self.name, self.name, "web", namespace=self.name,
                       extra=f"  targetNamespace: {namespace or self.name}\n{extra}")

    def gone(self, name=None):
        return not self.cluster.get("App", name or self.name, self.name, "plumb.dev/v1alpha1")

    def take_down(self):
        if not self.gone():
            self.cluster.delete("App", self.name, self.name, "plumb.dev/v1alpha1")
        wait_for("the App to go", self.gone)
        self.cluster.delete("Repository", self.name, self.name, "plumb.dev/v1alpha1")

    def says(self, reason, status="False"):
        def look():
            found = self.world.condition(self.name, namespace=self.name)
            return found if (found.get("status"), found.get("reason")) == (status, reason) else None
        return wait_for(f"the App to say {reason}", look)

    def problems(self):
        found = self.world.status(self.name, namespace=self.name).get("problems", [])
        return {tuple(p["id"].split("_")[:2]): p for p in found}

    def writers(self, mark):
        """Who wrote ConfigMaps since the mark: {(verb, account)}."""
        out = set()
        for event in self.world.audited(mark):
            target = event.get("objectRef", {})
            if target.get("resource") == "configmaps" and event["user"]["username"] == ACCOUNT and \
                    event["verb"] in ("patch", "delete", "create", "update"):
                out.add((event["verb"], event.get("impersonatedUser", {}).get("username", "")))
        return out

    def test_account(self):
        """Every write, heals and prunes as well, is made as the account of the App."""
        mark = self.world.audit_mark()
        self.begin(files("a", "b"))
        self.world.wait_applied(self.name, self.git.head(), self.name)
        self.edit("a", "by hand")
        self.becomes("a", "1")
        commit = self.git.commit({"web/b.yaml": None})
        self.world.wait_applied(self.name, commit, self.name)
        self.assertIsNone(self.value("b"))
        account = f"system:serviceaccount:{self.name}:deployer"
        self.assertEqual(self.writers(mark), {("patch", account), ("delete", account)})

    def test_escalation(self):
        """What is beyond the account is refused object by object; the rest is applied."""
        self.begin(files("a"))
        self.world.wait_applied(self.name, self.git.head(), self.name)
        filled = {path: text.replace("NAMESPACE", self.name).replace("REPOSITORY", self.name)
                  for path, text in ESCALATIONS.items()}
        self.git.commit({**files("a", value="2"), **filled})
        self.becomes("a", "2")
        wait_for("every refusal", lambda: len(self.problems()) == len(ESCALATIONS))
        reasons = {name: problem["reason"] for (_, name), problem in self.problems().items()}
        self.assertEqual(reasons, {"stolen": "Forbidden", "everything": "Forbidden", "sneaky": "Forbidden"})
        stolen = self.problems()["kube-system", "stolen"]["message"]
        self.assertIn(f"system:serviceaccount:{self.name}:deployer", stolen)
        self.assertIsNone(self.cluster.get("ConfigMap", "stolen", "kube-system"))
        self.assertIsNone(self.cluster.get("RoleBinding", "everything", self.name, RBAC))
        self.assertIsNone(self.cluster.get("App", "sneaky", self.name, "plumb.dev/v1alpha1"))
        self.git.revert()

    def test_unseen(self):
        """A kind that the operator may not watch holds nothing but its own objects, and is told."""
        secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: b}\n"
        self.begin({**files("a"), "web/s.yaml": secret})
        self.becomes("a", "1")
        self.says("KindNotWatched")
        problem = self.problems()[self.name, "s"]
        self.assertEqual(problem["position"], "web/s.yaml:2")
        self.assertIn("secrets", problem["message"])

    def test_restart(self):
        """A restart after which a kind cannot be listed: what is not known is not pruned, nor overwritten, until it is
        seen again."""
        self.begin(files("a", "b"))
        self.world.wait_applied(self.name, self.git.head(), self.name)
        rules = self.cluster.get("ClusterRole", "plumb-watcher", version=RBAC)["rules"]
        blind = [{**rule, "resources": [name for name in rule["resources"] if name != "configmaps"]} for rule in rules]
        self.world.operator.stop()
        commit = self.git.commit({"web/b.yaml": None, **files("a", value="2")})
        self.cluster.patch("ClusterRole", "plumb-watcher", "", {"rules": blind}, RBAC)
        try:
            self.world.operator.start()
            self.says("KindNotWatched")
            self.assertEqual((self.value("a"), self.value("b")), ("1", "1"))
        finally:
            self.cluster.patch("ClusterRole", "plumb-watcher", "", {"rules": rules}, RBAC)
        self.world.wait_applied(self.name, commit, self.name, seconds=60)
        self.assertEqual((self.value("a"), self.value("b")), ("2", None))

    def test_itself(self):
        """Without an account the operator acts as itself, which may do nothing here."""
        self.begin(files("a"), account="")
        self.says("ApplyFailed")
        self.assertEqual(self.problems()[self.name, "a"]["reason"], "Forbidden")
        self.assertIsNone(self.value("a"))

    def test_another(self):
        """An account that the operator may not act as, in this namespace or elsewhere."""
        self.begin(files("a"), account="default")
        said = self.says("ApplyFailed")["message"]
        self.assertIn("impersonate", said)
        self.assertIsNone(self.value("a"))

    def test_variables(self):
        """The account has to be allowed to read what the App takes variables from."""
        self.begin({"web/shown.yaml": config_map("shown", "${key}")},
                   account="reader")
        rbac = "rbac.authorization.k8s.io/v1"
        self.cluster.apply(f"""apiVersion: v1
kind: ServiceAccount
metadata: {{name: reader, namespace: {self.name}}}
---
apiVersion: v1
kind: Secret
metadata: {{name: its, namespace: {self.name}}}
stringData: {{key: a value, password: x}}
---
apiVersion: {rbac}
kind: Role
metadata: {{name: reader, namespace: {self.name}}}
rules:
  - {{apiGroups: [""], resources: [configmaps], verbs: ["*"]}}
---
apiVersion: {rbac}
kind: RoleBinding
metadata: {{name: reader, namespace: {self.name}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}}
subjects: [{{kind: ServiceAccount, name: reader, namespace: {self.name}}}]
---
apiVersion: {rbac}
kind: Role
metadata: {{name: as-reader, namespace: {self.name}}}
rules:
  - {{apiGroups: [""], resources: [serviceaccounts], resourceNames: [reader], verbs: [impersonate]}}
---
apiVersion: {rbac}
kind: RoleBinding
metadata: {{name: as-reader, namespace: {self.name}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: as-reader}}
subjects: [{{kind: ServiceAccount, name: plumb-operator, namespace: plumb-system}}]
""")
        self.cluster.patch("App", self.name, self.name, {"spec": {"postBuild": {
            "substituteFrom": [{"kind": "Secret", "name": "its"}]}}}, "plumb.dev/v1alpha1")
        said = self.says("RenderFailed")["message"]
        self.assertIn("cannot be read", said)
        self.assertNotIn("a value", str(self.world.status(self.name, namespace=self.name)))
        self.assertIsNone(self.value("shown") if self.cluster.get("ConfigMap", "shown", self.name) else None)
        self.cluster.patch("Role", "reader", self.name, {"rules": [
            {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"]},
            {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["its"],
             "verbs": ["get", "list", "watch"]}]}, rbac)
        self.becomes("shown", "a value")
