#!/usr/bin/env python3
"""CPU time of `plumb-ci plan` for a pull request in a repository of many apps, half of them kustomize, and of
`plumb blame` over its history. CPU time, because other programs may run beside it. Usage: plan_and_blame.py BIN [APPS]
"""

import os
import resource
import subprocess
import sys
import tempfile

OBJECTS, COMMITS = 20, 1000
ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1",
               "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com",
               "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com"}


def deployment(name, replicas):
    return f"""apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: prod}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{containers: [{{name: web, image: "registry.example/web:v1"}}]}}
"""


def files_of(app):
    name = f"app{app:04}"
    yield f"clusters/prod/{name}.yaml", f"""apiVersion: plumb.dev/v1alpha1
kind: App
metadata: {{name: {name}, namespace: prod}}
spec: {{repository: {{name: config}}, path: apps/{name}}}
"""
    for number in range(OBJECTS):
        yield f"apps/{name}/{number}.yaml", deployment(f"{name}-{number}", 1)
    if app % 2:
        listed = "".join(f"- {number}.yaml\n" for number in range(OBJECTS))
        yield f"apps/{name}/kustomization.yaml", f"resources:\n{listed}commonLabels: {{team: web}}\n"


def history(apps):
    """For git fast-import: the apps, and commits that each change one object of one of them."""
    out, mark = [], 0
    def commit(message, files):
        nonlocal mark
        mark += 1
        out.append(f"commit refs/heads/main\nmark :{mark}\ncommitter Ada <ada@example.com> {1700000000 + mark} +0000\n"
                   f"data {len(message)}\n{message}\n" + (f"from :{mark - 1}\n" if mark > 1 else ""))
        for path, text in files:
            out.append(f"M 100644 inline {path}\ndata {len(text)}\n{text}\n")
    commit("apps", [file for app in range(apps) for file in files_of(app)])
    for number in range(COMMITS):
        name = f"app{number % 10:04}"
        commit("change", [(f"apps/{name}/{number % OBJECTS}.yaml", deployment(f"{name}-{number % OBJECTS}", number))])
    commit("pull request", [(f"apps/app{app:04}/0.yaml", deployment(f"app{app:04}-0", 5000)) for app in range(4)])
    return "".join(out)


def measured(command, code):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != code:
        sys.exit(f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    programs, apps = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 500
    with tempfile.TemporaryDirectory(prefix="plumb-plan-") as folder:
        git = ["git", "-C", folder]
        subprocess.run([*git, "init", "-q", "-b", "main"], env=ENVIRONMENT, check=True)
        subprocess.run([*git, "fast-import", "--quiet"], env=ENVIRONMENT, input=history(apps), text=True, check=True)
        plan = [os.path.join(programs, "plumb-ci"), "plan", "--repo", folder]
        blame = [os.path.join(programs, "plumb"), "blame", "--repo", folder]
        rows = [
            ("plan: nothing changes", [*plan, "main..main"], 0),
            ("plan: 4 apps change", [*plan, "main~1..main"], 1),
            (f"plan: {COMMITS} commits", [*plan, f"main~{COMMITS}..main"], 1),
            ("blame: plain", [*blame, "Deployment/app0002-7", "--path", "apps/app0002"], 0),
            ("blame: kustomize", [*blame, "Deployment/app0003-7", "--path", "apps/app0003"], 0),
        ]
        print(f"{apps} apps of {OBJECTS} objects, {COMMITS + 2} commits; CPU seconds, the best of 3")
        for name, command, code in rows:
            print(f"{name:24} {min(measured(command, code) for _ in range(3)):.2f}")


main()
