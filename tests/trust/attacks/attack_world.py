"""What an attack is made in: a repository with one accepted commit, and the policy that it is judged by."""

import json
import os
import shutil

import signing
from signing import REF, Repo, run

KUSTOMIZATION = """resources:
  - deployment.yaml
images:
  - name: web
    newTag: v1.2.3 # kept by ci
labels: []
"""
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  replicas: 1
  template:
    spec:
      containers:
        - {name: api, image: "registry.example.com/acme/api:v1.0.0"}
"""
FILES = {
    "apps/web/kustomization.yaml": KUSTOMIZATION,
    "apps/web/deployment.yaml": "kind: Deployment\n",
    "clusters/prod/rbac/admins.yaml": "kind: ClusterRoleBinding\n",
    "docs/readme.md": "words\n",
    "docs/other.md": "more words\n",
    "services/api/deployment.yaml": DEPLOYMENT,
    "services/notes.md": "read by no app\n",
    "services/live/kustomization.yaml": "resources: [live.yaml]\n",
    "services/live/live.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: live}\ndata: {value: first}\n",
    "docs/live.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: live}\ndata: {value: first}\n",
}


def policy_of(keys, anchor, ref, principals, name="prod", more=""):
    people = "".join(
        f"    - name: {name}\n      kind: {kind}\n      keys: [{json.dumps(key)}]\n" for name, kind, key in [
            ("alice", "human", keys.public("alice")), ("bob", "human", keys.public("bob")),
            ("carol", "human", keys.public("carol")), ("ci", "bot", keys.public("ci")),
            ("forge", "forge", keys.public("forge"))])
    return f"""apiVersion: plumb.dev/v1alpha1
kind: TrustPolicy
metadata: {{name: {name}}}
spec:
  sources: [{{url: "{signing.URL}", ref: "{ref}"}}]
  anchor: {anchor}
  principals:
{people}{principals}
  apps: ["services/*"]
  rules:
    - name: services
      paths: ["services/**"]
      anyOf:
        - author: [ci]
          only: {{rendered: [{{at: "/**/containers/*/image", value: '^registry\\.example\\.com/acme/'}}]}}
    - name: rbac
      paths: ["clusters/**/rbac/**", ".plumb/**"]
      anyOf: [{{approvals: 2, from: [alice, bob, carol], authorCounts: true}}]
    - name: images
      paths: ["apps/*/kustomization.yaml"]
      anyOf:
        - {{approvals: 1, from: [alice, bob, carol]}}
        - author: [ci]
          only:
            source:
              - {{at: /images/*/newTag, value: '^v\\d+\\.\\d+\\.\\d+$', monotonic: semver}}
              - {{at: /images/*/newName, value: '^registry\\.example\\.com/acme/[a-z]+$'}}
    - name: config
      paths: ["apps/**", "clusters/**"]
      anyOf: [{{approvals: 1, from: [alice, bob, carol]}}]
    - name: docs
      paths: ["docs/**"]
      anyOf: [{{author: [alice, bob, carol{extra_names(principals)}]}}]
  history: {{maxWalk: 10000}}
{more}"""


def extra_names(principals):
    names = [line.split(":")[1].strip() for line in principals.splitlines() if line.strip().startswith("- name:")]
    return "".join(", " + name for name in names)


class World:
    """What an attack is given: a repository with one accepted commit, keys, and ways to ask for the verdict."""

    def __init__(self, scratch, template, keys, base):
        self.directory = os.path.join(scratch, "repo.git")
        shutil.copytree(template, self.directory)
        self.keys, self.base = keys, base
        self.repo = Repo(self.directory, keys)
        self.ref, self.anchor, self.accepted, self.principals = REF, base, base, ""
        self.more = ""  # lines for the spec of the policy
        self.kustomization = KUSTOMIZATION

    def verify(self, plumb, tip, accepted):
        policy = os.path.join(self.directory, "policy.yaml")
        with open(policy, "w", encoding="utf-8") as file:
            file.write(policy_of(self.keys, self.anchor, self.ref, self.principals, more=self.more))
        span = f"{accepted}..{tip}" if accepted else tip
        command = [plumb, "verify", "--policy", policy, "--repo", self.directory, "--range", span, "-o", "json"]
        environment = self.repo.environment | {"HOME": self.directory}
        out = run(command, None, environment, check=False)
        if not out:
            told = run([*command, "--color=never"], None, environment, check=False)
            errors = run(["sh", "-c", '"$@" 2>&1 >/dev/null', "sh", *command], None, environment, check=False)
            return {"trusted": None, "reason": "error", "message": (told + errors).decode(errors="replace")}
        return json.loads(out)
