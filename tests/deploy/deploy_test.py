#!/usr/bin/env python3
"""deploy/ on a real API server: every file applies as it is, the CRDs accept and refuse what
cases/ say, printer columns and defaults work, a status as the operator writes it is kept whole,
and the operator's account may do what it must and nothing else.

The API server itself reads the YAML; this test only splits documents. PLUMB_CLUSTER_ENV names
the file that describes the cluster."""

import json
import os
import re
import ssl
import sys
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.realpath(__file__))
DEPLOY = os.path.join(HERE, "..", "..", "deploy")
OPERATOR = "system:serviceaccount:plumb-system:plumb-operator"
NAMESPACE = "deploy-test"

PLURALS = {"Ingress": "ingresses", "NetworkPolicy": "networkpolicies", "Repository": "repositories",
           "TrustPolicy": "trustpolicies"}
CLUSTER_SCOPED = {"Namespace", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding", "TrustPolicy"}


def documents(path):
    with open(path, encoding="utf-8") as file:
        parts = re.split(r"^---\n", file.read(), flags=re.MULTILINE)
    return [part for part in parts if re.search(r"^kind:", part, re.MULTILINE)]


def field(text, pattern):
    found = re.search(pattern, text, re.MULTILINE)
    return found.group(1) if found else ""


class Cluster:
    def __init__(self, env):
        with open(env, encoding="utf-8") as file:
            self.env = dict(line.rstrip("\n").split("=", 1) for line in file)
        self.context = ssl.create_default_context(cafile=self.env["PLUMB_CLUSTER_CA"])

    def call(
        self, method, path, body=None, kind="application/json", user=None, accept="application/json"
    ):
        """(status, answer). `user` is impersonated, with the groups of a service account."""
        headers = {
            "Authorization": "Bearer " + self.env["PLUMB_CLUSTER_TOKEN"],
            "Content-Type": kind,
            "Accept": accept,
        }
        data = (
            body.encode()
            if isinstance(body, str)
            else json.dumps(body).encode() if body is not None else None
        )
        if user:
            headers["Impersonate-User"] = user
        request = urllib.request.Request(
            self.env["PLUMB_CLUSTER_SERVER"] + path, data, headers, method=method
        )
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def path_of(self, text, namespace=""):
        version, kind = field(text, r"^apiVersion: *(\S+)"), field(text, r"^kind: *(\S+)")
        name = field(text, r"^metadata:\n(?:  .*\n)*?  name: *(\S+)") or field(
            text, r"^metadata: *\{.*?name: *([^,}\s]+)"
        )
        space = field(text, r"^metadata:\n(?:  .*\n)*?  namespace: *(\S+)") or namespace
        path = ("/api/" if "/" not in version else "/apis/") + version
        if kind not in CLUSTER_SCOPED:
            path += "/namespaces/" + space
        return f"{path}/{PLURALS.get(kind, kind.lower() + 's')}/{name}"

    def apply(self, text, namespace="", dry_run=False):
        query = "?fieldManager=deploy-test&force=true&fieldValidation=Strict" + (
            "&dryRun=All" if dry_run else ""
        )
        return self.call(
            "PATCH", self.path_of(text, namespace) + query, text, "application/apply-patch+yaml"
        )


def may(cluster, user, verb, group, resource, namespace="", name="", subresource=""):
    """Asks the API server's own authorizer."""
    attributes = {
        "verb": verb,
        "group": group,
        "resource": resource,
        "namespace": namespace,
        "name": name,
        "subresource": subresource,
    }
    groups = [
        "system:serviceaccounts",
        "system:serviceaccounts:plumb-system",
        "system:authenticated",
    ]
    status, answer = cluster.call(
        "POST",
        "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": user, "groups": groups, "resourceAttributes": attributes},
        },
    )
    assert status == 201, answer
    return answer["status"]["allowed"]


class Deploy(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(os.environ["PLUMB_CLUSTER_ENV"])
        cls.applied = []
        cls.addClassCleanup(cls.clean)
        for name in sorted(os.listdir(DEPLOY)):
            if name.endswith(".yaml"):
                cls.apply_file(os.path.join(DEPLOY, name))
        cls.apply_text(f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {NAMESPACE}}}\n")

    @classmethod
    def apply_file(cls, path):
        for text in documents(path):
            cls.apply_text(text)

    @classmethod
    def apply_text(cls, text):
        status, answer = cls.cluster.apply(text)
        if status not in (200, 201):
            raise AssertionError(f"{cls.cluster.path_of(text)}: {status} {answer.get('message')}")
        cls.applied.append(cls.cluster.path_of(text))
        if answer.get("kind") == "CustomResourceDefinition":
            cls.wait_until_served(answer["metadata"]["name"])

    @classmethod
    def wait_until_served(cls, name):
        path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/" + name
        plural, group = name.split(".", 1)
        for _ in range(600):
            _, crd = cls.cluster.call("GET", path)
            conditions = {c["type"]: c for c in crd.get("status", {}).get("conditions") or []}
            if conditions.get("NonStructuralSchema", {}).get("status") == "True":
                raise AssertionError(conditions["NonStructuralSchema"]["message"])
            if conditions.get("Established", {}).get("status") == "True":
                # Established is not served yet: ask for what is meant.
                if cls.cluster.call("GET", f"/apis/{group}/v1alpha1/{plural}")[0] == 200:
                    return
            cls.pause()
        raise AssertionError(name + " is not served")

    @staticmethod
    def pause():
        time.sleep(0.05)

    @classmethod
    def clean(cls):
        # Resources go before their definitions, which go before all else.
        for plural in ("apps", "repositories"):
            cls.cluster.call("DELETE", f"/apis/plumb.dev/v1alpha1/namespaces/{NAMESPACE}/{plural}")
        for path in reversed(cls.applied):
            cls.cluster.call("DELETE", path)
        # The next test may make the same again: leave nothing that is still on its way out.
        slow = [
            path
            for path in cls.applied
            if "/namespaces/" in path
            and path.count("/") == 4
            or "/customresourcedefinitions/" in path
        ]
        for _ in range(1200):
            slow = [path for path in slow if cls.cluster.call("GET", path)[0] != 404]
            if not slow:
                return
            cls.pause()
        raise AssertionError(f"not deleted: {slow}")

    def test_kustomization_lists_every_file(self):
        with open(os.path.join(DEPLOY, "Kustomization"), encoding="utf-8") as file:
            listed = re.findall(r"^  - (\S+)", file.read(), re.MULTILINE)
        self.assertEqual(
            listed, sorted(name for name in os.listdir(DEPLOY) if name.endswith(".yaml"))
        )

    def test_names(self):
        _, answer = self.cluster.call("GET", "/apis/plumb.dev/v1alpha1")
        resources = {r["name"]: r for r in answer["resources"]}
        self.assertEqual(resources["apps"]["shortNames"], ["papp"])
        self.assertEqual(resources["repositories"]["shortNames"], ["prepo"])
        for name in ("apps", "repositories"):
            self.assertEqual(resources[name]["categories"], ["plumb"])
            self.assertIn(name + "/status", resources)

    def test_cases(self):
        for name in sorted(os.listdir(os.path.join(HERE, "cases"))):
            for text in documents(os.path.join(HERE, "cases", name)):
                want = field(text, r"^# want: *(.*)$")
                with self.subTest(file=name, document=text):
                    status, answer = self.cluster.apply(text, NAMESPACE, dry_run=True)
                    if want == "accepted":
                        self.assertIn(status, (200, 201), answer.get("message"))
                    else:
                        self.assertGreaterEqual(status, 400, "accepted, but wanted: " + want)
                        self.assertIn(want, answer["message"])

    def test_an_unknown_field_is_refused_by_every_client(self):
        # Not only in strict mode: without it the server drops the field and warns.
        app = {
            "apiVersion": "plumb.dev/v1alpha1",
            "kind": "App",
            "metadata": {"name": "a"},
            "spec": {"repository": {"name": "r"}, "pathh": "x"},
        }
        path = f"/apis/plumb.dev/v1alpha1/namespaces/{NAMESPACE}/apps?dryRun=All"
        status, answer = self.cluster.call("POST", path + "&fieldValidation=Strict", app)
        self.assertEqual(status, 400)
        self.assertIn('unknown field "spec.pathh"', answer["message"])
        status, answer = self.cluster.call("POST", path, app)
        self.assertEqual(status, 201)
        self.assertNotIn("pathh", answer["spec"])

    def make(self, kind, name, spec):
        body = {
            "apiVersion": "plumb.dev/v1alpha1",
            "kind": kind,
            "metadata": {"name": name},
            "spec": spec,
        }
        plural = PLURALS.get(kind, kind.lower() + "s")
        path = f"/apis/plumb.dev/v1alpha1/namespaces/{NAMESPACE}/{plural}"
        status, answer = self.cluster.call("POST", path, body)
        self.assertEqual(status, 201, answer)
        self.addCleanup(self.cluster.call, "DELETE", f"{path}/{name}")
        return f"{path}/{name}", answer

    def test_defaults(self):
        _, app = self.make("App", "defaults", {"repository": {"name": "config"}})
        self.assertEqual(
            app["spec"],
            {
                "repository": {"name": "config"},
                "path": "",
                "prune": True,
                "heal": "correct",
                "apply": "best-effort",
                "deletionPolicy": "prune",
                "interval": "10m",
                "retryInterval": "30s",
                "timeout": "5m",
                "suspend": False,
            },
        )
        _, repository = self.make("Repository", "defaults", {"url": "https://h/x"})
        self.assertEqual(
            repository["spec"],
            {
                "url": "https://h/x",
                "interval": "1m",
                "timeout": "1m",
                "suspend": False,
                "allowRewind": False,
            },
        )

    CONDITION = {
        "type": "Ready",
        "status": "True",
        "reason": "Applied",
        "message": "14 objects",
        "lastTransitionTime": "2026-11-23T09:38:50Z",
        "observedGeneration": 3,
    }

    def write_status(self, path, status_body):
        code, answer = self.cluster.call(
            "PATCH",
            path + "/status",
            {"status": status_body},
            "application/merge-patch+json",
            user=OPERATOR,
        )
        self.assertEqual(code, 200, answer)
        # What the schema does not know would be dropped without a word.
        self.assertEqual(answer["status"], status_body)

    def columns(self, path):
        code, table = self.cluster.call(
            "GET", path, accept="application/json;as=Table;v=v1;g=meta.k8s.io"
        )
        self.assertEqual(code, 200, table)
        names = [column["name"] for column in table["columnDefinitions"]]
        return dict(zip(names, table["rows"][0]["cells"])), [
            column["name"] for column in table["columnDefinitions"] if column["priority"] == 0
        ]

    def test_status_and_columns_of_an_app(self):
        path, _ = self.make("App", "status", {"repository": {"name": "config"}})
        self.write_status(
            path,
            {
                "observedGeneration": 3,
                "conditions": [self.CONDITION],
                "lastAttemptedRevision": "main@sha1:b",
                "lastAttemptedManifests": "0f1e",
                "lastAttemptedFrom": "main@sha1:b",
                "lastAttemptedSince": "2026-11-23T09:38:50Z",
                "lastAppliedRevision": "main@sha1:a",
                "lastHandledSync": "t",
                "applied": "14/14",
                "health": "Current",
                "warnings": ["spec.ignore[0] fits no object"],
                "wanted": ["prod_web_apps_Deployment"],
                "problems": [
                    {
                        "id": "prod_web_apps_Deployment",
                        "reason": "Denied",
                        "message": "m",
                        "position": "apps/web.yaml:12",
                        "since": "2026-11-23T09:38:50Z",
                    }
                ],
                "history": [
                    {
                        "revision": "main@sha1:a",
                        "author": "a",
                        "subject": "s",
                        "appliedAt": "2026-11-23T09:38:50Z",
                        "durationMs": 12,
                        "changed": 3,
                        "pruned": 1,
                        "manifests": "0f1e",
                        "health": "Current",
                    }
                ],
                "rollback": {"revision": "main@sha1:b", "to": "a", "job": "web-rollback-b"},
                "inventory": {
                    "entries": [
                        {"id": "prod_web_apps_Deployment", "v": "v1", "h": "AAAA"},
                        {"id": "_prod__Namespace", "v": "v1"},
                    ]
                },
            },
        )
        cells, shown = self.columns(path)
        self.assertEqual(shown, ["Name", "Ready", "Applied", "Health", "Revision", "Age"])
        self.assertEqual(
            [cells[name] for name in ("Ready", "Applied", "Health", "Revision", "Message")],
            ["True", "14/14", "Current", "main@sha1:a", "14 objects"],
        )

    def test_status_and_columns_of_a_repository(self):
        path, _ = self.make("Repository", "status", {"url": "https://h/x"})
        self.write_status(
            path,
            {
                "observedGeneration": 3,
                "conditions": [self.CONDITION],
                "revision": "main@sha1:a",
                "commit": "a",
                "ref": "refs/heads/main",
                "lastHandledSync": "t",
            },
        )
        cells, shown = self.columns(path)
        self.assertEqual(shown, ["Name", "URL", "Revision", "Ready", "Age"])
        self.assertEqual(
            [cells["URL"], cells["Revision"], cells["Ready"]],
            ["https://h/x", "main@sha1:a", "True"],
        )

    def without_applier(self):
        path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/plumb-applier"
        status, binding = self.cluster.call("GET", path)
        self.assertEqual(status, 200)
        self.cluster.call("DELETE", path)

        def put_back():
            for key in ("uid", "resourceVersion", "creationTimestamp", "managedFields"):
                binding["metadata"].pop(key, None)
            self.cluster.call("POST", os.path.dirname(path), binding)

        self.addCleanup(put_back)
        for _ in range(200):  # the authorizer learns of it by a watch
            if not may(self.cluster, OPERATOR, "list", "", "secrets"):
                return
            self.pause()
        self.fail("the operator still has the rights of plumb-applier")

    def test_rights_of_the_operator_itself(self):
        self.without_applier()
        plumb, system = "plumb.dev", "plumb-system"
        for case in (
            ("list", plumb, "apps"),
            ("watch", plumb, "apps"),
            ("patch", plumb, "apps", NAMESPACE, "web"),
            ("watch", plumb, "repositories"),
            ("patch", plumb, "apps", NAMESPACE, "web", "status"),
            ("patch", plumb, "repositories", NAMESPACE, "web", "status"),
            ("watch", plumb, "trustpolicies"),
            ("patch", plumb, "trustpolicies", "", "prod", "status"),
            ("create", "", "events", NAMESPACE),
            ("patch", "", "events", NAMESPACE),
            ("update", "coordination.k8s.io", "leases", system),
        ):
            self.assertTrue(may(self.cluster, OPERATOR, *case), case)
        for case in (
            ("get", "", "secrets", NAMESPACE, "x"),
            ("list", "", "secrets"),
            ("get", "", "secrets", system, "x"),
            ("create", plumb, "apps", NAMESPACE),
            ("delete", plumb, "apps", NAMESPACE, "web"),
            ("create", plumb, "repositories", NAMESPACE),
            # What is trusted is for people to say.
            ("patch", plumb, "trustpolicies", "", "prod"),
            ("delete", plumb, "trustpolicies", "", "prod"),
            ("impersonate", "", "users"),
            ("impersonate", "", "serviceaccounts", NAMESPACE, "deployer"),
            ("patch", "apps", "deployments", NAMESPACE),
            ("update", "coordination.k8s.io", "leases", NAMESPACE),
            ("escalate", "rbac.authorization.k8s.io", "roles"),
            ("delete", "", "events", NAMESPACE),
        ):
            self.assertFalse(may(self.cluster, OPERATOR, *case), case)

    def test_rights_of_a_rollback(self):
        self.without_applier()
        self.apply_file(os.path.join(DEPLOY, "examples", "rollback.yaml"))
        deployer = "system:serviceaccount:prod:deployer"
        for _ in range(200):
            if may(self.cluster, deployer, "create", "batch", "jobs", "prod"):
                break
            self.pause()
        self.assertTrue(may(self.cluster, deployer, "create", "batch", "jobs", "prod"))
        self.assertTrue(may(self.cluster, deployer, "patch", "batch", "jobs", "prod"))
        for case in (
            ("get", "", "secrets", "prod", "web-rollback"),
            ("delete", "batch", "jobs", "prod"),
            ("create", "batch", "jobs", "default"),
        ):
            self.assertFalse(may(self.cluster, deployer, *case), case)
        self.assertFalse(may(self.cluster, OPERATOR, "create", "batch", "jobs", "prod"))
        self.assertFalse(may(self.cluster, OPERATOR, "get", "", "secrets", "prod", "web-rollback"))

    def test_rights_in_a_tenants_namespace(self):
        self.without_applier()
        self.apply_file(os.path.join(DEPLOY, "examples", "tenant.yaml"))
        deployer = "system:serviceaccount:team-a:deployer"
        secret = ("", "secrets", "team-a", "git-credentials")
        for _ in range(200):
            if may(self.cluster, OPERATOR, "watch", *secret):
                break
            self.pause()
        self.assertTrue(may(self.cluster, OPERATOR, "watch", *secret))
        self.assertTrue(
            may(self.cluster, OPERATOR, "impersonate", "", "serviceaccounts", "team-a", "deployer")
        )
        self.assertTrue(may(self.cluster, OPERATOR, "watch", "apps", "deployments"))
        self.assertFalse(may(self.cluster, OPERATOR, "watch", "", "secrets", "team-a"))
        self.assertFalse(may(self.cluster, OPERATOR, "get", "", "secrets", "team-a", "other"))
        self.assertFalse(
            may(self.cluster, OPERATOR, "impersonate", "", "serviceaccounts", "team-a", "default")
        )
        self.assertFalse(may(self.cluster, OPERATOR, "patch", "apps", "deployments", "team-a"))
        self.assertFalse(may(self.cluster, deployer, "patch", "apps", "deployments", "kube-system"))
        # The watch of the one Secret, as the operator makes it.
        query = "?fieldSelector=" + urllib.parse.quote("metadata.name=git-credentials")
        status, _ = self.cluster.call(
            "GET", "/api/v1/namespaces/team-a/secrets" + query, user=OPERATOR
        )
        self.assertEqual(status, 200)
        status, _ = self.cluster.call("GET", "/api/v1/namespaces/team-a/secrets", user=OPERATOR)
        self.assertEqual(status, 403)

    def test_rights_around_a_target_cluster(self):
        self.without_applier()
        for name in ("target-there.yaml", "target-here.yaml"):  # one cluster is both here
            self.apply_file(os.path.join(DEPLOY, "examples", name))
        remote = "system:serviceaccount:plumb-remote:plumb"
        account = ("impersonate", "", "serviceaccounts", "shop", "deployer")
        for _ in range(200):
            if may(self.cluster, remote, *account):
                break
            self.pause()
        for case in (
            account,
            ("get", "", "namespaces", "", "kube-system"),
            ("watch", "apps", "deployments"),
            ("list", "", "configmaps"),
        ):
            self.assertTrue(may(self.cluster, remote, *case), case)
        for case in (
            ("impersonate", "", "serviceaccounts", "shop", "default"),
            ("impersonate", "", "users"),
            ("get", "", "namespaces", "", "default"),
            ("get", "", "secrets", "shop"),
            ("patch", "apps", "deployments", "shop"),
            ("delete", "", "configmaps", "shop"),
        ):
            self.assertFalse(may(self.cluster, remote, *case), case)
        self.assertTrue(may(self.cluster, OPERATOR, "watch", "", "secrets", "shop", "prod-east"))
        self.assertFalse(may(self.cluster, OPERATOR, "get", "", "secrets", "shop", "other"))

    def test_the_pod_is_locked_down(self):
        _, deployment = self.cluster.call(
            "GET", "/apis/apps/v1/namespaces/plumb-system/deployments/plumb-operator"
        )
        # plumb-system enforces the restricted profile: a Pod of the template is admitted there.
        template = deployment["spec"]["template"]
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "probe", "labels": template["metadata"]["labels"]},
            "spec": template["spec"],
        }
        status, answer = self.cluster.call(
            "POST", "/api/v1/namespaces/plumb-system/pods?dryRun=All", pod
        )
        self.assertEqual(status, 201, answer.get("message"))
        pod["spec"]["containers"][0]["securityContext"] = {}
        status, answer = self.cluster.call(
            "POST", "/api/v1/namespaces/plumb-system/pods?dryRun=All", pod
        )
        self.assertEqual(status, 403)


if __name__ == "__main__":
    sys.exit(unittest.main())
