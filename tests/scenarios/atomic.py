"""spec.apply: what is done of a commit of which the API server refuses some objects."""

from scenario import Scenario, files
from world import config_map, wait_for

FIXED = "immutable: true\n"
WIDGETS = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: NAMES.atomic.example.com}
spec:
  group: atomic.example.com
  scope: Namespaced
  names: {plural: NAMES, singular: NAME, kind: KIND, listKind: KINDList}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}
"""
WIDGET = "apiVersion: atomic.example.com/v1\nkind: KIND\nmetadata: {name: w}\nspec: {size: 1}\n"


class Atomic(Scenario):
    SPEC = "  apply: atomic\n"

    def fixed(self, *names, value):
        return {f"web/{name}.yaml": config_map(name, value, FIXED) for name in names}

    def test_nothing(self):
        """Nothing of it is applied, all that is refused is told in one pass, and what is in force is healed."""
        good = self.start({**files("a", "b"), **self.fixed("x", "z", value="1")})
        self.git.commit({**files("a", "new", value="2"), "web/b.yaml": None, **self.fixed("x", "z", value="2")})
        said = self.says("ApplyFailed")["message"]
        self.assertIn(f"nothing of this revision is applied: ConfigMap {self.name}/x and 1 more", said)
        status = self.world.status(self.name)
        self.assertTrue(status["lastAppliedRevision"].endswith(good))
        refused = {p["id"].split("_")[1]: (p["reason"], p["position"]) for p in status["problems"]
                   if p["reason"] == "Immutable"}
        self.assertEqual(refused, {"x": ("Immutable", "web/x.yaml:6"), "z": ("Immutable", "web/z.yaml:6")})
        self.assertEqual([self.value(name) for name in ("a", "b", "new")], ["1", "1", None])
        inventory = {entry["id"].split("_")[1] for entry in status["inventory"]["entries"]}
        self.assertEqual(inventory, {"a", "b", "x", "z"})
        self.edit("a", "by hand")
        self.becomes("a", "1")
        self.assertIsNone(self.value("new"))
        commit = self.git.commit(self.fixed("x", "z", value="1"))
        self.applied(commit)
        self.assertEqual([self.value(name) for name in ("a", "b", "new")], ["2", None, "2"])

    def test_definition(self):
        """What needs a kind or a namespace of the commit itself is not asked for before that is there."""
        names = {"NAMES": "widgets" + self.name.replace("-", ""), "NAME": "widget" + self.name.replace("-", ""),
                 "KIND": "Widget" + self.name.replace("-", "")}

        def filled(text):
            for word, name in names.items():
                text = text.replace(word, name)
            return text
        space = self.name + "-own"
        self.start({**files("a"), "web/crd.yaml": filled(WIDGETS), "web/widget.yaml": filled(WIDGET),
                    "web/space.yaml": f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {space}}}\n",
                    "web/in.yaml": config_map("in", "1", f"  namespace: {space}\n")})
        self.assertTrue(self.cluster.get("ConfigMap", "in", space))

    def test_effort(self):
        """The default applies the rest."""
        self.SPEC = ""
        self.start({**files("a"), **self.fixed("x", value="1")})
        self.git.commit({**files("a", value="2"), **self.fixed("x", value="2")})
        self.says("ApplyFailed")
        wait_for("the rest", lambda: self.value("a") == "2")
