#!/usr/bin/env python3
"""What a preview says cannot be changed, said by a real API server: api_server_test.py

Of each case in SERVER_CASES every object is made as before/ has it, and changed to what after/ has,
by server-side apply. The server refuses exactly the objects for which want.json names an
ImmutableField or a replacement. PLUMB_CLUSTER_ENV names the file that describes the cluster."""

import json
import os
import re
import ssl
import sys
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.realpath(__file__))
SERVER_CASES = ("immutable", "not-immutable")
NAMESPACE = "prod"
PLURALS = {"StorageClass": "storageclasses"}
CLUSTER_SCOPED = {"StorageClass", "CustomResourceDefinition", "Namespace"}
# A claim may grow only when it is bound and its class lets it: no volume is here to bind.
LEFT_OUT = {("not-immutable", "PersistentVolumeClaim")}


class Server:
    def __init__(self):
        with open(os.environ["PLUMB_CLUSTER_ENV"], encoding="utf-8") as file:
            self.env = dict(line.rstrip("\n").split("=", 1) for line in file)
        self.context = ssl.create_default_context(cafile=self.env["PLUMB_CLUSTER_CA"])

    def call(self, method, path, body=None):
        headers = {"Authorization": "Bearer " + self.env["PLUMB_CLUSTER_TOKEN"],
                   "Content-Type": "application/apply-patch+yaml"}
        request = urllib.request.Request(self.env["PLUMB_CLUSTER_SERVER"] + path,
                                         body.encode() if body else None, headers, method=method)
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    @staticmethod
    def path(text):
        version = field(text, r"^apiVersion: (\S+)")
        kind, name = field(text, r"^kind: (\S+)"), field(text, r"\bname: ([^\s,}]+)")
        path = ("/apis/" if "/" in version else "/api/") + version
        if kind not in CLUSTER_SCOPED:
            path += "/namespaces/" + NAMESPACE
        return f"{path}/{PLURALS.get(kind, kind.lower() + 's')}/{name}"

    def apply(self, text):
        return self.call("PATCH", self.path(text) + "?fieldManager=plumb&force=true", text)


def field(text, pattern):
    found = re.search(pattern, text, re.MULTILINE)
    return found.group(1) if found else ""


def documents(case, side):
    folder = os.path.join(HERE, "cases", case, side, "apps", "web")
    out = []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            out += re.split(r"^---\n", file.read(), flags=re.MULTILINE)
    return out


def refused_by_the_preview(case):
    with open(os.path.join(HERE, "cases", case, "want.json"), encoding="utf-8") as file:
        changes = json.load(file)["apps"][0]["changes"]
    words = {"ImmutableField", "Replaced"}
    return {(one["kind"], one["name"]): any(risk["reason"] in words for risk in one["risks"])
            for one in changes}


def check(server, case):
    wanted, problems = refused_by_the_preview(case), []
    made = documents(case, "before")
    for text in made:
        code, answer = server.apply(text)
        assert code in (200, 201), answer
    try:
        for text in documents(case, "after"):
            key = (field(text, r"^kind: (\S+)"), field(text, r"\bname: ([^\s,}]+)"))
            if key not in wanted or (case, key[0]) in LEFT_OUT:
                continue
            code, answer = server.apply(text)
            print(f"{case}: {key[0]}/{key[1]}: {code} {answer.get('message', 'changed')[:160]}")
            if (code == 422) != wanted[key]:
                problems.append(f"{case}: of {key} the preview says refused={wanted[key]}, the server {code}")
    finally:
        for text in made:
            server.call("DELETE", server.path(text))
    return problems


def main():
    server = Server()
    server.apply(f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {NAMESPACE}}}\n")
    problems = [problem for case in SERVER_CASES for problem in check(server, case)]
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
