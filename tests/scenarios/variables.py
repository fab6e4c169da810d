"""Variables that an App takes from ConfigMaps and Secrets: which wins, changes of them, and that a secret one is told
to nobody."""

import base64

from scenario import Scenario
from world import wait_for

SECRET = "hunter22-of-the-shop"
MANIFEST = """apiVersion: v1
kind: ConfigMap
metadata: {name: shown}
data:
  value: "${color} ${size} ${tier} ${more:=none}"
  password: "${password}"
"""
SPEC = """  postBuild:
    strict: true
    substitute: {tier: gold}
    substituteFrom:
      - {kind: ConfigMap, name: NAME-settings}
      - {kind: Secret, name: NAME-secrets}
      - {kind: ConfigMap, name: NAME-more, optional: true}
"""


class Variables(Scenario):
    def object(self, kind, name, data, method="POST"):
        path = f"/api/v1/namespaces/default/{kind.lower()}s" + ("" if method == "POST" else f"/{self.name}-{name}")
        if kind == "Secret":
            data = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
        status, body = self.cluster.call(method, path, {
            "apiVersion": "v1", "kind": kind, "metadata": {"name": f"{self.name}-{name}"}, "data": data})
        self.assertLess(status, 300, body)
        if method == "POST":
            self.addCleanup(self.cluster.call, "DELETE", f"{path}/{self.name}-{name}")

    def password(self):
        return self.cluster.get("ConfigMap", "shown", self.name)["data"]["password"]

    def told(self):
        """All that the operator wrote of the App, but for what it applied."""
        app = self.cluster.get("App", self.name, "default", "plumb.dev/v1alpha1")
        with open(self.world.operator.log, encoding="utf-8") as log:
            return f"{app['status']} {self.world.events(self.name)} {log.read()}"

    def begin(self):
        self.object("ConfigMap", "settings", {"color": "blue\n", "size": "1", "tier": "iron"})
        self.object("Secret", "secrets", {"size": "2", "password": SECRET})
        self.start({"web/shown.yaml": MANIFEST}, SPEC.replace("NAME", self.name))

    def test_changes(self):
        self.begin()
        self.becomes("shown", "blue 2 gold none")
        self.assertEqual(self.password(), SECRET)
        # A change of one of them is applied without a commit, and without the next look at the App.
        self.object("ConfigMap", "settings", {"color": "red"}, "PUT")
        self.becomes("shown", "red 2 gold none")
        self.object("ConfigMap", "more", {"more": "some", "size": "3"})
        self.becomes("shown", "red 3 gold some")
        # A heal brings back what was applied, with its variables.
        self.cluster.patch("ConfigMap", "shown", self.name, {"data": {"password": "none"}})
        wait_for("the heal", lambda: self.password() == SECRET)

    def test_missing(self):
        self.begin()
        self.becomes("shown", "blue 2 gold none")
        self.cluster.delete("Secret", f"{self.name}-secrets", "default")
        said = self.says("RenderFailed")["message"]
        self.assertIn(f"Secret default/{self.name}-secrets", said)
        self.assertEqual(self.value("shown"), "blue 2 gold none")
        self.object("Secret", "secrets", {"password": "x", "a.b": "y"})
        wait_for("a word on the name", lambda: "\"a.b\" is no name of a variable" in
                 self.world.condition(self.name)["message"])
        self.object("Secret", "secrets", {"password": "x", "size": "4"}, "PUT")
        self.becomes("shown", "blue 4 gold none")

    def test_secret(self):
        self.begin()
        self.becomes("shown", "blue 2 gold none")
        # Where it makes an object invalid, here or for the API server, it is told without it.
        self.git.commit({"web/shown.yaml": MANIFEST.replace("name: shown", "name: \"shown ${password}\"")})
        self.assertIn("***", self.says("RenderFailed")["message"])
        self.assertIn("***", self.plumb("diff", self.name, "-n", "default").stderr)
        self.git.commit({"web/shown.yaml": MANIFEST + """---
apiVersion: v1
kind: Service
metadata: {name: refused}
spec: {ports: [{port: 80}], externalName: "${password} is no name", type: ExternalName}
"""})
        wait_for("a refusal", lambda: "***" in str(self.world.status(self.name).get("problems")))
        # What is compared has it on neither side.
        self.commit({"web/shown.yaml": MANIFEST})
        self.spec({"suspend": True})
        self.says("Suspended")
        self.cluster.patch("ConfigMap", "shown", self.name, {"data": {"password": "changed by hand", "value": "x"}})
        shown = self.plumb("diff", self.name, "-n", "default")
        self.assertEqual(shown.returncode, 1, shown.stderr)
        self.assertIn("*** (after)", shown.stdout)
        self.assertNotIn("changed by hand", shown.stdout)
        for text in (shown.stdout, shown.stderr, self.told()):
            self.assertNotIn(SECRET, text)
            self.assertNotIn(base64.b64encode(SECRET.encode()).decode(), text)
