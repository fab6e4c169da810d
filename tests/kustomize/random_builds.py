"""Kustomizations by chance: a seed gives a folder of files, always the same one.

Objects of many kinds, a base, overlays and components over them, and in each of these any fields: names, labels,
images, generators, patches of every sort, replacements, vars. Values are few, so that names meet and patches find
their objects; styles of scalars (quotes, nothing, null) vary, since merges depend on them.
"""

import json
import random

NAMES = ["web", "db", "cache"]
SPACES = ["", "", "", "prod", "dev"]
IMAGES = ["nginx", "nginx:1.2", "quay.io/a/b:v1", "redis@sha256:abc", "reg:5000/x"]
WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Pod"]
KINDS = WORKLOADS + ["Service", "ConfigMap", "Secret", "Ingress", "RoleBinding", "ClusterRole", "ServiceAccount",
                     "Namespace", "PersistentVolumeClaim", "HorizontalPodAutoscaler", "Widget"]
VERSIONS = {"Deployment": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1", "CronJob": "batch/v1",
            "Job": "batch/v1", "Ingress": "networking.k8s.io/v1", "RoleBinding": "rbac.authorization.k8s.io/v1",
            "ClusterRole": "rbac.authorization.k8s.io/v1", "HorizontalPodAutoscaler": "autoscaling/v2",
            "Widget": "example.com/v1"}
POD = {"Deployment": ["spec", "template", "spec"], "StatefulSet": ["spec", "template", "spec"],
       "DaemonSet": ["spec", "template", "spec"], "Job": ["spec", "template", "spec"],
       "CronJob": ["spec", "jobTemplate", "spec", "template", "spec"], "Pod": ["spec"]}


class Bare(str):
    """A text that stands in the file as it is: nothing for "", a null, a number."""


class Quoted(str):
    """A text in quotes."""


def text(value, chance):
    if isinstance(value, Bare):
        return str(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    plain = value and all(c.isalnum() or c in "-_./@" for c in value) and value[0].isalpha() and \
        value.lower() not in ("null", "true", "false", "yes", "no", "on", "off", "y", "n")
    if isinstance(value, Quoted) or not plain or chance.random() < 0.1:
        return "'" + value + "'" if plain and chance.random() < 0.3 else json.dumps(value)
    return value


def flow(value, chance):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{text(k, chance)}: {flow(v, chance)}".rstrip() for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(v, chance) for v in value) + "]"
    return text(value, chance)


def has_nothing(value):
    if isinstance(value, dict):
        return any(has_nothing(v) for v in value.values())
    if isinstance(value, list):
        return any(has_nothing(v) for v in value)
    return isinstance(value, Bare) and value == ""


def block(value, chance, indent=0):
    pad, out = " " * indent, []
    if isinstance(value, dict):
        for key, item in value.items():
            shown = text(key, chance)
            if isinstance(item, (dict, list)) and item and (has_nothing(item) or chance.random() < 0.9):
                deeper = indent if isinstance(item, list) and chance.random() < 0.7 else indent + 2
                out.append(f"{pad}{shown}:")
                out.append(block(item, chance, deeper))
            elif isinstance(item, str) and "\n" in item:
                style = ">" if len(item) % 3 == 0 else "|"
                out.append(f"{pad}{shown}: " + (style if item.endswith("\n") else style + "-"))
                out.extend(f"{pad}  {line}" for line in item.rstrip("\n").split("\n"))
            else:
                out.append(f"{pad}{shown}: {flow(item, chance)}".rstrip())
    else:
        for item in value:
            if isinstance(item, dict) and item and (has_nothing(item) or chance.random() < 0.9):
                lines = block(item, chance, indent + 2)
                out.append(pad + "- " + lines[indent + 2:])
            else:
                out.append(f"{pad}- {flow(item, chance)}".rstrip())
    return "\n".join(out)


class Builds:
    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.files = {}

    def maybe(self, likelihood=0.5):
        return self.chance.random() < likelihood

    def pick(self, values):
        return self.chance.choice(values)

    def some(self, values, most=3):
        return self.chance.sample(values, self.chance.randint(0, min(most, len(values))))

    def scalar(self):
        return self.pick(["a", "b", Quoted("abc"), Quoted("1"), 1, 2, 8080, True, False, "x-y", Quoted("true"),
                          Quoted(""), "a: b", 1.5, "yes", Quoted("100m"), "100m", "10.0.0.1"])

    def string(self):
        return self.pick(["a", "b", Quoted("abc"), Quoted("1"), "x-y", Quoted("true"), "$(V1)", "a-$(V2)-b",
                          "$$(V1)", "l:i"])

    def labels(self):
        keys = self.some(["app", "tier", "example.com/part"])
        return {key: self.pick(["web", "db", Quoted("1"), "x"]) for key in keys}

    # Objects

    def metadata(self, name):
        out = {"name": name}
        space = self.pick(SPACES)
        if space:
            out["namespace"] = space
        if self.maybe():
            out["labels"] = self.labels() if self.maybe(0.9) else Bare("")
        if self.maybe(0.3):
            out["annotations"] = {key: self.string() for key in self.some(["note", "example.com/x"])}
        if self.maybe(0.1):
            out["finalizers"] = self.some(["a/a", "b/b", "c/c"])
        return out

    def container(self, name):
        out = {"name": name, "image": self.pick(IMAGES)}
        if self.maybe():
            out["env"] = [self.env(key) for key in self.some(["A", "B", "C"])]
        if self.maybe():
            out["ports"] = [self.port(number) for number in self.some([80, 81, 443])]
        if self.maybe(0.3):
            out["args"] = [self.pick(["-x", "$(V1)", "--y=$(V2)", "z"]) for _ in range(2)]
        if self.maybe(0.3):
            out["resources"] = {"limits": {"cpu": self.pick([1, Quoted("1"), "500m", Quoted("100m")])}}
        if self.maybe(0.3):
            out["volumeMounts"] = [{"name": key, "mountPath": "/" + key} for key in self.some(["v", "w"])]
        if self.maybe(0.2):
            out["envFrom"] = [{"configMapRef": {"name": self.pick(NAMES)}}]
        return out

    def env(self, key):
        if self.maybe(0.2):
            kind = self.pick(["configMapKeyRef", "secretKeyRef"])
            return {"name": key, "valueFrom": {kind: {"name": self.pick(NAMES), "key": "k"}}}
        return {"name": key, "value": self.pick([Quoted("1"), "x", Quoted("y"), "$(V1)", Quoted("true")])}

    def port(self, number):
        out = {"containerPort": number}
        if self.maybe():
            out["protocol"] = self.pick(["TCP", "UDP"])
        if self.maybe(0.3):
            out["name"] = self.pick(["http", "other"])
        return out

    def pod(self):
        out = {"containers": [self.container(name) for name in self.some(["web", "side", "log"]) or ["web"]]}
        if self.maybe(0.3):
            out["initContainers"] = [self.container("init")]
        if self.maybe(0.4):
            out["volumes"] = [self.volume(key) for key in self.some(["v", "w"])]
        if self.maybe(0.2):
            out["serviceAccountName"] = self.pick(NAMES)
        if self.maybe(0.2):
            out["tolerations"] = [{"key": key, "operator": "Exists"} for key in self.some(["a", "b"])]
        if self.maybe(0.1):
            out["nodeSelector"] = self.pick([None, Bare(""), {"disk": "ssd"}])
        return out

    def volume(self, key):
        return {"name": key, **self.pick([{"emptyDir": {}}, {"emptyDir": Bare("")},
                                          {"configMap": {"name": self.pick(NAMES)}},
                                          {"secret": {"secretName": self.pick(NAMES)}}])}

    def object(self, kind, name):
        out = {"apiVersion": VERSIONS.get(kind, "v1"), "kind": kind, "metadata": self.metadata(name)}
        if kind in ("Namespace", "ClusterRole"):
            out["metadata"].pop("namespace", None)
        if kind in POD:
            at = out
            for part in POD[kind][:-1]:
                at = at.setdefault(part, {})
            at["spec"] = self.pod()
            if kind in ("Deployment", "StatefulSet"):
                out["spec"]["replicas"] = self.pick([1, 2, 3])
                out["spec"]["selector"] = {"matchLabels": self.labels() or {"app": "web"}}
            if kind != "Pod" and self.maybe(0.4):
                at.setdefault("metadata", {})["labels"] = self.labels()
        elif kind == "Service":
            out["spec"] = {"selector": self.labels(), "ports": [self.service_port(n) for n in self.some([80, 81, 443])]}
        elif kind == "ConfigMap":
            out["data"] = {key: self.data() for key in self.some(["k", "config.json", "config.yaml", "n"])}
        elif kind == "Secret":
            out["stringData"] = {"k": self.pick(["v", Quoted("1")])}
        elif kind == "Ingress":
            out["spec"] = {"rules": [{"host": self.pick(["a.example", "$(V1)"]), "http": {"paths": [
                {"path": "/", "backend": {"service": {"name": self.pick(NAMES), "port": {"number": 80}}}}]}}]}
        elif kind == "RoleBinding":
            out["roleRef"] = {"kind": "ClusterRole", "name": self.pick(NAMES), "apiGroup": "rbac.authorization.k8s.io"}
            out["subjects"] = [{"kind": "ServiceAccount", "name": self.pick(NAMES + ["default"]),
                                "namespace": self.pick(["prod", "dev"])}]
        elif kind == "ClusterRole":
            out["rules"] = [{"apiGroups": [Quoted("")], "resources": self.some(["pods", "secrets"]), "verbs": ["get"]}]
        elif kind == "HorizontalPodAutoscaler":
            out["spec"] = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": self.pick(NAMES)},
                           "maxReplicas": 3}
        elif kind == "Widget":
            out["spec"] = {"list": [{"name": key, "v": self.scalar()} for key in self.some(["a", "b"])],
                           "field": self.scalar(), "nested": {"x": self.scalar(), "y": self.pick([None, Bare(""), 1])}}
        return out

    def service_port(self, number):
        out = {"port": number}
        if self.maybe():
            out["protocol"] = self.pick(["TCP", "UDP"])
        if self.maybe(0.3):
            out["targetPort"] = self.pick([8080, "http", Quoted("90")])
        return out

    def data(self):
        texts = ['{"a": {"b": 1}, "c": "x"}', '{\n  "a": {\n    "b": 1\n  }\n}\n', "a:\n  b: x\nc: 2\n"]
        return self.pick(["v", Quoted("5"), Quoted("true"), *texts, "one-two-three", "line one\nline two"])

    # Patches

    def merge_patch(self, obj):
        """A patch for the object: some of its fields changed, removed or replaced."""
        out = {"apiVersion": obj["apiVersion"], "kind": obj["kind"],
               "metadata": {"name": obj["metadata"]["name"]}}
        if "namespace" in obj["metadata"] and self.maybe(0.95):
            out["metadata"]["namespace"] = obj["metadata"]["namespace"]
        if self.maybe(0.3):
            out["metadata"]["labels"] = {"app": self.pick(["new", None, Quoted("2")])}
        if self.maybe(0.3):
            out["metadata"]["annotations"] = {"note": self.pick(["new", None, Quoted("2")])}
        if self.maybe(0.05):
            out["$patch"] = self.pick(["delete", "replace", "merge"])
        elif self.maybe(0.1):
            out["metadata"]["finalizers"] = self.some(["a/a", "d/d"])
        for field in ("spec", "data", "rules", "subjects"):
            if field in obj and self.maybe(0.8):
                out[field] = self.changed(obj[field], 0)
        return out

    def changed(self, value, depth, in_list=False):
        if isinstance(value, dict):
            out = {}
            for key, item in value.items():
                if self.maybe(0.55 if depth else 0.8):
                    out[key] = self.changed(item, depth + 1, in_list)
                elif self.maybe(0.08):
                    # Nothing at all inside a list stays there, and what it becomes depends on braces.
                    out[key] = None if in_list else self.pick([None, Bare("")])
            if self.maybe(0.1):
                out[self.pick(["extra", "b"])] = self.pick([self.scalar(), {"p": self.scalar()}, [1, 2]])
            if self.maybe(0.05):
                out["$patch"] = self.pick(["replace", "delete", "merge"])
            return out
        if isinstance(value, list):
            return self.changed_list(value, depth)
        return self.scalar() if self.maybe(0.7) else value

    def changed_list(self, value, depth):
        out = []
        for item in value:
            if not self.maybe(0.6):
                continue
            if not isinstance(item, dict):
                out.append(item)
                continue
            element = {key: part for key, part in item.items()
                       if key in ("name", "containerPort", "port", "mountPath", "key", "host") and self.maybe(0.97)}
            if self.maybe(0.1):
                element["$patch"] = self.pick(["delete", "replace", "merge"])
            else:
                changes = self.changed(item, depth + 1, True)
                element.update({key: part for key, part in changes.items() if key not in element or self.maybe(0.03)})
            out.append(element)
        if value and isinstance(value[0], dict) and self.maybe(0.3):
            new = dict(value[0])
            for key in ("name", "key"):
                if key in new:
                    new[key] = self.pick(["new", "web", "A"])
            out.insert(self.chance.randint(0, len(out)), new)
        if self.maybe(0.05):
            out.append({"$patch": self.pick(["replace", "delete", "merge"])})
        return out

    def json_patch(self, obj):
        operations = []
        for _ in range(self.chance.randint(1, 3)):
            path = self.pointer(obj)
            kinds = ["add", "add", "replace", "replace", "remove", "copy", "move", "test"]
            operation = {"op": self.pick(kinds), "path": path}
            if operation["op"] in ("add", "replace", "test"):
                operation["value"] = self.pick([self.scalar(), {"a": self.scalar()}, [1, "x"], None])
            if operation["op"] in ("copy", "move"):
                operation["from"] = self.pointer(obj)
            operations.append(operation)
        return operations

    def pointer(self, obj):
        parts, at = [], obj
        while isinstance(at, (dict, list)) and at and (not parts or self.maybe(0.85)):
            if isinstance(at, dict):
                key = self.pick([k for k in at if parts or k not in ("apiVersion", "kind")])
                parts.append(key.replace("~", "~0").replace("/", "~1"))
                at = at[key]
            else:
                index = self.chance.randrange(len(at))
                parts.append(str(index))
                at = at[index]
        if len(parts) == 1 and parts[0] == "metadata":
            parts.append("labels")
        if parts[:2] == ["metadata", "name"]:
            parts = ["metadata", "annotations"]
        if self.maybe(0.15):
            # A key like "0" among annotations, and what the original keeps there, are left out: it cannot print the
            # one, and copies the other along.
            parts.append(self.pick(["new", "name"] if parts[0] == "metadata" else ["new", "-", "0", "name"]))
        elif parts == ["metadata", "annotations"]:
            parts.append("note")
        return "/" + "/".join(parts)

    def target(self, obj):
        out = {}
        if self.maybe(0.8):
            out["kind"] = self.pick([obj["kind"], obj["kind"], ".*", "Deploy.*", "Deployment|Service"])
        if self.maybe(0.5):
            out["name"] = self.pick([obj["metadata"]["name"], "w.*", "web|db", "eb", ".*"])
        if self.maybe(0.1):
            out["namespace"] = self.pick(["prod", "default", ".*"])
        if self.maybe(0.1):
            out["group"] = self.pick(["apps", "a.*"])
        if self.maybe(0.15):
            out["labelSelector"] = self.pick(["app=web", "app in (web,db)", "!tier", "app", "app!=web", "app=web,tier"])
        if self.maybe(0.05):
            out["annotationSelector"] = self.pick(["note", "note=a"])
        return out or {"kind": obj["kind"]}

    def options(self):
        return {"options": {key: True for key in self.some(["allowNameChange", "allowKindChange"])}}

    def patch(self, objects, folder):
        obj = self.pick(objects)
        out = {}
        if self.maybe(0.35):
            operations = self.json_patch(obj)
            body = json.dumps(operations) if self.maybe(0.3) else block(operations, self.chance)
            out["target"] = self.target(obj)
        else:
            body = block(self.merge_patch(obj), self.chance)
            if self.maybe(0.4):
                out["target"] = self.target(obj)
            elif self.maybe(0.1):
                body += "\n---\n" + block(self.merge_patch(self.pick(objects)), self.chance)
            elif self.maybe(0.2):
                out.update(self.options())
        if self.maybe(0.5):
            out["path"] = self.write(folder, "patch", body + "\n")
        else:
            out["patch"] = body + self.pick(["", "\n"])
        return out

    # Kustomizations

    def write(self, folder, stem, body):
        name = f"{stem}-{len(self.files)}.yaml"
        self.files[f"{folder}/{name}"] = body
        return name

    def field_path(self, obj):
        parts, at = [], obj
        while isinstance(at, (dict, list)) and at and (not parts or self.maybe(0.9)):
            if isinstance(at, dict):
                key = self.pick(list(at))
                parts.append(f"[{key}]" if "." in key and self.maybe(0.5) else key.replace(".", "\\."))
                at = at[key]
            else:
                index = self.chance.randrange(len(at))
                item = at[index]
                named = isinstance(item, dict) and isinstance(item.get("name"), str)
                parts.append(f"[name={item['name']}]" if named and self.maybe(0.6) else self.pick([str(index), "*"]))
                at = item
        if isinstance(at, str) and at[:1] in "{a" and ("\n" in at or "{" in at) and self.maybe(0.7):
            parts += ["a", "b"]
        if self.maybe(0.1):
            parts.append("new")
        return ".".join(parts)

    def replacement(self, objects):
        source, target = self.pick(objects), self.pick(objects)
        out = {}
        if self.maybe(0.1):
            out["sourceValue"] = "v"
        else:
            out["source"] = {"kind": source["kind"], "name": source["metadata"]["name"]}
            if self.maybe(0.8):
                path = self.field_path(source).replace("*", "0")
                # What the original keeps among annotations would come along with all of them.
                out["source"]["fieldPath"] = "kind" if path in ("metadata", "metadata.annotations") else path
            if self.maybe(0.2):
                out["source"]["options"] = {"delimiter": self.pick(["-", ":", "/"]), "index": self.pick([0, 1])}
        select = {"kind": target["kind"]}
        if self.maybe():
            select["name"] = target["metadata"]["name"]
        out["targets"] = [{"select": select}]
        paths = [self.field_path(target) for _ in range(self.chance.randint(1, 3))]
        # Who an object is takes names only: what else is put there has the type that the original happens to keep.
        paths = [path for path in paths if path not in ("kind", "apiVersion", "metadata") and not path.startswith(
            ("metadata.annotations", "metadata.labels", "metadata.finalizers", "metadata.name"))]
        if paths and self.maybe(0.9):
            out["targets"][0]["fieldPaths"] = paths
        elif "source" in out:
            out["source"].pop("fieldPath", None)
        options = {}
        if self.maybe(0.5):
            options["create"] = True
        if self.maybe(0.2):
            options.update({"delimiter": self.pick(["-", ":", "/"]), "index": self.pick([-1, 0, 1, 5])})
        if options:
            out["targets"][0]["options"] = options
        if self.maybe(0.15):
            out["targets"][0]["reject"] = [{"name": self.pick(NAMES)}]
        return out

    def generator(self):
        out = {"name": self.pick(["gen", "gen2"])}
        out["literals"] = [f"{key}={self.pick(['1', 'x', 'a=b', ''])}" for key in self.some(["A", "B"])] or ["A=1"]
        if self.maybe(0.3):
            out["options"] = {key: value for key, value in [("disableNameSuffixHash", True), ("labels", {"g": "l"}),
                                                            ("immutable", True)] if self.maybe()}
        if self.maybe(0.1):
            out["namespace"] = "prod"
        return out

    def fields(self, objects, folder, is_top):
        out = {}

        def add(likelihood, field, make):
            if self.maybe(likelihood):
                out[field] = make()

        add(0.25, "namePrefix", lambda: self.pick(["p-", "x-"]))
        add(0.2, "nameSuffix", lambda: self.pick(["-s", "-t"]))
        add(0.2, "namespace", lambda: self.pick(["prod", "other"]))
        # Keys of their own: the original gives new entries of one object one node, and who changes one changes all.
        add(0.15, "commonLabels", lambda: {"common": self.pick(["all", Quoted("1")])})
        add(0.2, "labels", lambda: [{"pairs": {"l": "m"}, **self.pick([{}, {"includeSelectors": True},
                                                                      {"includeTemplates": True}])}])
        add(0.15, "commonAnnotations", lambda: {"common": self.pick(["x", Quoted("1")])})
        add(0.25, "images", lambda: [{"name": self.pick(["nginx", "quay.io/a/b", "redis"]),
                                      **self.pick([{"newTag": "v9"}, {"newName": "other"}, {"digest": "sha256:def"}])}])
        add(0.15, "replicas", lambda: [{"name": self.pick(NAMES), "count": 7}])
        add(0.3, "configMapGenerator", lambda: [self.generator()])
        add(0.2, "secretGenerator", lambda: [self.generator()])
        add(0.1, "generatorOptions", lambda: {"labels": {"go": "yes-l"}})
        add(0.7, "patches", lambda: [self.patch(objects, folder) for _ in range(self.chance.randint(1, 3))])
        add(0.15, "patchesStrategicMerge", lambda: [
            self.pick([lambda body: self.write(folder, "smp", body), lambda body: body])(
                block(self.merge_patch(self.pick(objects)), self.chance) + "\n")])
        if self.maybe(0.1):
            obj = self.pick(objects)
            out["patchesJson6902"] = [{"target": {"kind": obj["kind"], "version": obj["apiVersion"].split("/")[-1],
                                                  "name": obj["metadata"]["name"]},
                                       "patch": block(self.json_patch(obj), self.chance)}]
        add(0.3, "replacements", lambda: [self.replacement(objects) for _ in range(self.chance.randint(1, 2))])
        if self.maybe(0.15):
            obj = self.pick(objects)
            name = self.pick(["V1", "V2"])
            out["vars"] = [{"name": name, "objref": {"apiVersion": obj["apiVersion"], "kind": obj["kind"],
                                                     "name": obj["metadata"]["name"]},
                            **self.pick([{}, {"fieldref": {"fieldPath": self.field_path(obj).replace("*", "0")}}])}]
        if is_top:
            add(0.2, "sortOptions", lambda: {"order": self.pick(["fifo", "legacy"])})
            add(0.05, "buildMetadata", lambda: self.some(["originAnnotations", "managedByLabel",
                                                              "transformerAnnotations"]))
        return out

    def make(self):
        """Files by path, and the folder to build."""
        objects = []
        for _ in range(self.chance.randint(1, 4)):
            objects.append(self.object(self.pick(KINDS), self.pick(NAMES)))
        seen, unique = set(), []
        for obj in objects:
            key = (obj["kind"], obj["metadata"]["name"])
            if key not in seen:
                seen.add(key)
                unique.append(obj)
        body = "\n---\n".join(block(obj, self.chance) for obj in unique) + "\n"
        self.files["base/all.yaml"] = body
        base = {"resources": ["all.yaml"]}
        if self.maybe(0.4):
            base.update(self.fields(unique, "base", False))
        self.kustomization("base", base)
        if self.maybe(0.2):
            return self.files, "base"
        top = {"resources": ["../base"]}
        if self.maybe(0.15):
            self.kustomization("component", {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component",
                                             **self.fields(unique, "component", False)})
            top["components"] = ["../component"]
        top.update(self.fields(unique, "top", True))
        self.kustomization("top", top)
        return self.files, "top"

    def kustomization(self, folder, fields):
        self.files[f"{folder}/kustomization.yaml"] = block(fields, self.chance) + "\n"


def make(seed):
    return Builds(seed).make()
