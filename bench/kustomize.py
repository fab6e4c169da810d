#!/usr/bin/env python3
"""Kustomize side by side: the original's program, its library in a loop, and ours, in one run.

Usage: bench/kustomize.py [--builds N] [KUSTOMIZE_BUILD]

KUSTOMIZE_BUILD is the program of tests/kustomize (build/release/bin/kustomize_build by itself), the renderer alone;
`plumb render` beside it is measured, too: it loads the libraries of its other commands. Times are CPU seconds of the
processes with their children, so that other work does not count much; "in a loop" is what one more build costs in a
process that has built before. The outputs have to be equal.
"""

import argparse
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests" / "kustomize"

DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{n}
spec:
  replicas: 1
  selector:
    matchLabels: {{app: app-{n}}}
  template:
    metadata:
      labels: {{app: app-{n}}}
    spec:
      containers:
      - name: app
        image: registry.example/app:1.0
        env:
        - {{name: A, value: "1"}}
        - {{name: B, value: "2"}}
        envFrom:
        - configMapRef: {{name: settings}}
        ports:
        - {{containerPort: 8080, protocol: TCP}}
        resources:
          limits: {{cpu: 500m, memory: 128Mi}}
"""

SERVICE = """apiVersion: v1
kind: Service
metadata:
  name: app-{n}
spec:
  selector: {{app: app-{n}}}
  ports:
  - {{name: http, port: 80, targetPort: 8080}}
"""

PATCH = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{n}
spec:
  template:
    spec:
      containers:
      - name: app
        env:
        - {{name: C, value: "3"}}
        resources:
          limits: {{memory: 256Mi}}
"""

OVERLAY = """resources: [../base]
namePrefix: prod-
namespace: prod
labels:
- pairs: {{env: prod}}
  includeSelectors: true
images:
- {{name: registry.example/app, newTag: "2.0"}}
configMapGenerator:
- name: settings
  literals: [MODE=prod]
patches:
{patches}- target: {{kind: Deployment}}
  patch: |-
    - op: replace
      path: /spec/replicas
      value: 3
"""


def write(folder, objects, patches):
    base, top = folder / "base", folder / "top"
    base.mkdir(parents=True)
    top.mkdir()
    pairs = [text.format(n=n) for n in range(objects // 2) for text in (DEPLOYMENT, SERVICE)]
    (base / "all.yaml").write_text("---\n".join(pairs))
    (base / "kustomization.yaml").write_text("resources: [all.yaml]\n")
    for n in range(patches):
        (top / f"patch-{n}.yaml").write_text(PATCH.format(n=n))
    names = "".join(f"- path: patch-{n}.yaml\n" for n in range(patches))
    (top / "kustomization.yaml").write_text(OVERLAY.format(patches=names))
    return folder


def cpu_seconds(command, text=""):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{command[0]}: {done.stderr}")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, done.stdout


def best(measure, rounds=3):
    return min(measure() for _ in range(rounds))


def go_build(target, package):
    script = f". ../../tools/go.sh; go_install >/dev/null && go_run build -o \"$0\" {package}"
    if subprocess.run(["bash", "-c", script, target], cwd=TESTS).returncode:
        sys.exit(f"{package} could not be built")


def per_build(measure, builds):
    """What one more build costs: the start of the process is taken away."""
    return max(best(lambda: measure(builds + 1)) - best(lambda: measure(1)), 1e-7) / builds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--builds", type=int, default=20)
    parser.add_argument("program", nargs="?", default=str(ROOT / "build/release/bin/kustomize_build"))
    arguments = parser.parse_args()
    ours = os.path.abspath(arguments.program)
    plumb = os.path.join(os.path.dirname(ours), "plumb")
    with tempfile.TemporaryDirectory() as scratch:
        kustomize, library = f"{scratch}/kustomize", f"{scratch}/oracle"
        go_build(kustomize, "sigs.k8s.io/kustomize/kustomize/v5")
        go_build(library, "./oracle")
        print("| build | kustomize | its library, in a loop | ours | ours, in a loop | plumb render | program | loop |")
        print("|---|---|---|---|---|---|---|---|")
        for title, objects, patches in (("small overlay (2 objects)", 2, 1), ("500 objects, 50 patches", 500, 50)):
            folder = write(pathlib.Path(scratch) / str(objects), objects, patches)
            subprocess.run(["git", "init", "-q", str(folder)], check=True)
            wanted = cpu_seconds([kustomize, "build", str(folder / "top")])[1]
            if cpu_seconds([ours, str(folder), "top"])[1] != wanted:
                sys.exit(f"{title}: the builds are not equal")
            line = f"{folder}\ttop\n"
            builds = arguments.builds if objects < 100 else max(1, arguments.builds // 5)
            times = [
                best(lambda f=folder: cpu_seconds([kustomize, "build", str(f / "top")])[0]),
                per_build(lambda n, text=line: cpu_seconds([library], text * n)[0], builds),
                best(lambda f=folder: cpu_seconds([ours, str(f), "top"])[0]),
                per_build(lambda n, f=folder: cpu_seconds([ours, str(f), "top", str(n)])[0], 10 * builds),
                best(lambda f=folder: cpu_seconds([plumb, "render", str(f / "top")])[0]),
            ]
            shown = " | ".join(f"{1000 * time:.2f} ms" for time in times)
            print(f"| {title} | {shown} | {times[0] / times[2]:.1f}x | {times[1] / times[3]:.1f}x |")


main()
