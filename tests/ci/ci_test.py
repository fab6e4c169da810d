#!/usr/bin/env python3
"""plumb-ci as a job runs it: ci_test.py PLUMB_CI PLUMB. A bare repository, an HTTP server for some, the
environment of a plain container, and git to look at what came out."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
SERVERS = os.path.join(HERE, "..", "git_server")
PROGRAM, PLUMB = "", ""
WEB = """# the shop
kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: web
          image: reg.example/web:v1  # set by CI
"""
APP = """apiVersion: plumb.dev/v1alpha1
kind: App
metadata: {name: web, namespace: prod}
spec: {repository: {name: config}, path: apps/web}
"""
CONFIG_MAP = """apiVersion: v1
kind: ConfigMap
metadata: {name: colour, namespace: prod}
data: {colour: blue}
"""
POLICY = """apiVersion: plumb.dev/v1alpha1
kind: TrustPolicy
metadata: {name: prod}
spec:
  sources: [{url: "https://git.example.com/org/config.git", ref: refs/heads/main}]
  anchor: %s
  mode: enforce
  principals: [{name: ann, keys: ["%s"]}]
  rules:
    - name: all
      paths: ["**"]
      anyOf: [{approvals: 1, from: [ann], authorCounts: true}]
"""
PERSON = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.org",
    "GIT_COMMITTER_NAME": "Ann",
    "GIT_COMMITTER_EMAIL": "ann@example.org",
}


class CiTest(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="plumb-ci-")
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        self.bare = os.path.join(self.root, "served", "config.git")
        self.work = os.path.join(self.root, "work")
        self.git("init", "-q", "--bare", "-b", "main", self.bare, at="/")
        self.git("init", "-q", "-b", "main", self.work, at="/")
        self.url = "file://" + self.bare
        self.first = self.commit("first", {"apps/web/d.yaml": WEB, "apps/api/d.yaml": "image: a:1\n"})

    def git(self, *words, at=None, env=None):
        done = subprocess.run(
            ["git", *words], cwd=at or self.work, env={**PERSON, **(env or {})}, text=True,
            capture_output=True, check=False, timeout=60,
        )
        self.assertEqual(done.returncode, 0, f"git {words}: {done.stderr}")
        return done.stdout.strip()

    def commit(self, message, files):
        for name, text in files.items():
            path = os.path.join(self.work, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        self.git("push", "-q", self.url, "HEAD:main")
        return self.git("rev-parse", "HEAD")

    def commit_only(self, files):
        for name, text in files.items():
            with open(os.path.join(self.work, name), "w", encoding="utf-8") as file:
                file.write(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "a change")

    def ci(self, *words, code=0, env=None):
        done = subprocess.run(
            [PROGRAM, *words], env={"PATH": "/usr/bin:/bin", **(env or {})}, text=True,
            capture_output=True, check=False, timeout=120, stdin=subprocess.DEVNULL, cwd="/",
        )
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def tip(self, branch="main"):
        return self.git("rev-parse", branch, at=self.bare)

    def set_image(self, *words, **more):
        return self.ci("set-image", "--repo", self.url, "--path", "apps/web", *words, **more)

    def test_an_image_is_set_and_only_it(self):
        out = self.set_image("web=:v2").stdout
        self.assertEqual(out.splitlines()[-1], self.tip())
        self.assertIn("apps/web/d.yaml:8 ", out)
        after = self.git("show", "main:apps/web/d.yaml", at=self.bare)
        self.assertEqual(after, WEB.replace("web:v1", "web:v2").strip())
        message = self.git("log", "-1", "--format=%B", "main", at=self.bare)
        self.assertTrue(message.startswith("Set web=:v2\n"), message)
        trailer = self.git(
            "log", "-1", "--format=%(trailers:key=Plumb-Set-Image,valueonly)", "main", at=self.bare
        )
        self.assertEqual(trailer, "web=:v2")
        again = self.set_image("web=:v2").stdout
        self.assertTrue(again.startswith("nothing to change\n"), again)
        self.assertEqual(again.splitlines()[-1], self.tip())

    def test_mistakes_push_nothing(self):
        for words, error in (
            (["wbe=:v2"], "E1202"),
            (["web="], "E1201"),
            (["web=:v2", "--branch", "none"], "E0306"),
            (["web=:v2", "--message", "a\nb"], "E0801"),
            (["web=:v2", "--signing-key", "/none"], "E0801"),
            (["web=:v2", "--author-name", "a <b>"], "E0903"),
            (["--nonsense"], "E0801"),
        ):
            self.assertIn(error, self.set_image(*words, code=2).stderr)
        self.assertEqual(self.tip(), self.first)

    def test_a_dry_run_pushes_nothing(self):
        self.assertIn("v1 -> reg.example/web:v2", self.set_image("web=:v2", "--dry-run").stdout)
        self.assertEqual(self.tip(), self.first)

    def test_a_branch_for_a_pull_request(self):
        self.set_image("web=:v2", "--pull-request", "web-v2")
        self.assertEqual(self.tip(), self.first)
        self.assertEqual(self.tip("web-v2^"), self.first)
        self.assertIn("E0340", self.set_image("web=:v3", "--pull-request", "web-v2", code=2).stderr)

    def test_a_revert_brings_the_path_back_and_signs(self):
        second = self.commit("second", {"apps/web/d.yaml": WEB.replace("v1", "v2"), "x": "1"})
        third = self.commit("third", {"apps/web/new.yaml": "a: 1\n", "apps/api/d.yaml": "image: a:2\n"})
        key = os.path.join(self.root, "key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        with open(key, encoding="utf-8") as file:
            text = file.read()
        words = ["revert", "--repo", self.url, "--path", "apps/web", "--to", self.first[:9]]
        self.ci(*words, env={"PLUMB_SIGNING_KEY": text})
        tree = [self.git("rev-parse", f"{at}:apps/web", at=self.bare) for at in ("main", self.first)]
        self.assertEqual(tree[0], tree[1])
        self.assertEqual(self.git("show", "main:apps/api/d.yaml", at=self.bare), "image: a:2")
        self.assertEqual(self.tip("main^"), third)
        signers = os.path.join(self.root, "signers")
        with open(signers, "w", encoding="utf-8") as file, open(key + ".pub", encoding="utf-8") as pub:
            file.write("plumb-ci@localhost " + pub.read())
        self.git("-c", "gpg.ssh.allowedSignersFile=" + signers, "verify-commit", "main", at=self.bare)
        trailers = self.git(
            "log", "-1", "--format=%(trailers:key=Plumb-Revert,valueonly)", "main", at=self.bare
        )
        self.assertEqual(trailers.split(), [third, second])
        # What the real program makes of the same: the same tree.
        self.git("revert", "--no-edit", f"{self.first}..{third}")
        theirs = self.git("rev-parse", "HEAD:apps/web")
        self.assertEqual(tree[0], theirs)
        # The state is the one before; that the revert came since then is a change of its own.
        self.assertIn("E0315", self.ci(*words[:-1], "deadbeef", code=2).stderr)
        self.assertIn("E0344", self.ci(*words[:-1], self.tip(), code=2).stderr)

    def test_a_revert_leaves_what_was_changed_since(self):
        bad = self.commit("bad", {"apps/web/d.yaml": WEB.replace("v1", "v2")})
        words = ["revert", "--repo", self.url, "--path", "apps/web", "--to", self.first]
        words += ["--unless-changed-since", bad, "--app", "prod/web"]
        fixed = self.commit("fixed", {"apps/web/d.yaml": WEB.replace("v1", "v3")})
        self.assertIn("nothing to change", self.ci(*words).stdout)
        self.assertEqual(self.tip(), fixed)
        words[words.index(bad)] = fixed
        self.ci(*words)
        self.assertEqual(self.git("show", "main:apps/web/d.yaml", at=self.bare), WEB.strip())
        app = "--format=%(trailers:key=Plumb-App,valueonly)"
        self.assertEqual(self.git("log", "-1", app, "main", at=self.bare), "prod/web")
        self.assertIn("nothing to change", self.ci(*words).stdout)

    def plan(self, *words, **more):
        return self.ci("plan", "--repo", self.work, *words, **more)

    def test_a_plan_of_a_pull_request(self):
        self.commit("apps", {"apps.yaml": APP, "apps/web/d.yaml": CONFIG_MAP, "x": "1"})
        base = self.git("rev-parse", "HEAD")
        self.assertEqual(self.plan("HEAD^..HEAD", code=1).stdout.splitlines()[-1][:11], "1 to create")
        self.git("checkout", "-q", "-b", "change")
        self.commit_only({"apps/web/d.yaml": CONFIG_MAP.replace("blue", "green")})
        self.git("checkout", "-q", "main")
        self.commit_only({"apps/web/other.yaml": CONFIG_MAP.replace("colour", "other")})
        # From the merge base: what main got meanwhile is none of the change.
        out = self.plan("main...change", code=1).stdout
        self.assertIn("data.colour: blue -> green  apps/web/d.yaml:4", out)
        self.assertNotIn("other", out)
        self.assertIn("deleted", self.plan("main..change", code=1).stdout)
        self.assertIn("no change", self.plan(f"{base}..{base}").stdout)
        self.assertIn("```diff", self.plan("main...change", "-o", "markdown", code=1).stdout)
        value = json.loads(self.plan("main...change", "-o", "json", code=1).stdout)
        self.assertEqual(value["before"], base)
        self.assertEqual(value["apps"][0]["changes"][0]["fields"][0]["after"], "green")

    def test_a_plan_of_a_url_needs_no_clone(self):
        self.commit("apps", {"apps/web/d.yaml": CONFIG_MAP})
        self.git("push", "-q", self.url, "HEAD^:refs/heads/before")
        out = self.ci("plan", "--repo", self.url, "--app", "apps/*", "before..main", code=1)
        self.assertIn("E0203", out.stdout)  # apps/api is no object, before and after: no fault of the change
        self.assertIn("1 app was broken before", out.stdout)
        out = self.ci("plan", "--repo", self.url, "--app", "apps/web", "before...main", code=1)
        self.assertIn("ConfigMap prod/colour  created", out.stdout)

    def test_mistakes_of_a_plan(self):
        self.commit("apps", {"apps.yaml": APP, "apps/web/d.yaml": CONFIG_MAP})
        for words, error in (
            (["main"], "E0801"),
            (["..main"], "E0801"),
            (["main..none"], "E0331"),
            (["HEAD..main", "--app", "nowhere"], "E0240"),
            (["HEAD..main", "-o", "table"], "E0801"),
        ):
            self.assertIn(error, self.plan(*words, code=2).stderr, words)
        nowhere = ("plan", "--repo", "/nonexistent", "HEAD..main")
        self.assertIn("E0312", self.ci(*nowhere, code=2).stderr)
        self.commit("broken", {"apps/web/d.yaml": CONFIG_MAP + "data: {}\n"})
        self.assertIn("E0102", self.plan("HEAD^..HEAD", code=2).stdout)
        self.commit("elsewhere", {"x": "1"})
        self.assertIn("no change: ", self.plan("HEAD^..HEAD").stdout)
        self.assertIn("1 app was broken before", self.plan("HEAD^..HEAD").stdout)
        self.commit("more of it", {"apps/web/d.yaml": CONFIG_MAP + "data: {}\nkind: x\n"})
        self.assertIn("1 app was broken before", self.plan("HEAD^..HEAD").stdout)
        self.commit("mended", {"apps/web/d.yaml": CONFIG_MAP})
        self.plan("HEAD^..HEAD", code=1)
        shallow = os.path.join(self.root, "shallow")
        self.git("clone", "-q", "--depth", "1", self.url, shallow, at="/")
        words = ("plan", "--repo", shallow, f"{self.first}..HEAD")
        self.assertIn("unshallow", self.ci(*words, code=2).stderr)

    def test_a_bare_container(self):
        """All that plumb-ci asks of a container is a git, and what that needs (a shell, to reach a repository by its
        path): no home, no configuration, no writable folder but /tmp. Namespaces of this user make the container, of
        the libraries that these programs link."""
        if subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("this machine gives no namespaces")
        self.commit("apps", {"apps.yaml": APP, "apps/web/d.yaml": CONFIG_MAP})
        container = os.path.join(self.root, "container")
        needed = ["/usr/bin/git", "/bin/sh", "/bin/true", PROGRAM]
        for program in list(needed):
            linked = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
            needed += re.findall(r"(/\S+) \(0x", linked)
        needed += ["/usr/lib/git-core/" + name for name in ("git", "git-upload-pack", "git-receive-pack")]
        for path in needed:
            place = container + ("/usr/bin/plumb-ci" if path == PROGRAM else path)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            shutil.copy(path, place)
        for folder in ("tmp", "dev", "proc"):
            os.makedirs(os.path.join(container, folder), exist_ok=True)
        shutil.copytree(self.bare, os.path.join(container, "config.git"))
        for device in ("null", "urandom"):
            open(os.path.join(container, "dev", device), "w", encoding="utf-8").close()

        def run(*words):
            script = (f"cd {container} && mount --bind /dev/null dev/null && "
                      f"mount --bind /dev/urandom dev/urandom && mount --rbind /proc proc && "
                      f"exec chroot {container} /usr/bin/plumb-ci \"$@\"")
            done = subprocess.run(["unshare", "-rm", "sh", "-c", script, "sh", *words], capture_output=True, text=True,
                                  env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}, timeout=60, check=False,
                                  stdin=subprocess.DEVNULL)
            return done.returncode, done.stdout + done.stderr

        code, text = run("plan", "--repo", "/config.git", "HEAD^..HEAD")
        self.assertEqual((code, "ConfigMap prod/colour" in text), (1, True), text)
        code, text = run("set-image", "--repo", "file:///config.git", "--path", "apps/api", "/image=a:2", "--dry-run")
        self.assertEqual((code, "image: a:1 -> a:2" in text), (0, True), text)

    def test_verify_says_what_plumb_says(self):
        key = os.path.join(self.root, "key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        with open(key + ".pub", encoding="utf-8") as file:
            public = file.read().strip()
        policy = os.path.join(self.root, "policy.yaml")
        with open(policy, "w", encoding="utf-8") as file:
            file.write(POLICY % (self.first, public))
        signing = ("-c", "gpg.format=ssh", "-c", "user.signingKey=" + key)
        self.git(*signing, "commit", "-q", "-S", "--allow-empty", "-m", "signed")
        self.commit("unsigned", {"x": "1"})
        for commits, code in (("HEAD^", 0), ("HEAD", 1), (f"{self.first}..HEAD^", 0), ("none", 2)):
            for output in ("json", "yaml"):
                words = ["verify", "--policy", policy, "--repo", self.work, "--range", commits]
                words += ["-o", output]
                ours = self.ci(*words, code=code)
                theirs = subprocess.run([PLUMB, *words], env=PERSON, text=True, check=False,
                                        capture_output=True, timeout=60)
                self.assertEqual((ours.stdout, ours.stderr, ours.returncode),
                                 (theirs.stdout, theirs.stderr, theirs.returncode))

    def push_at_once(self, url, env, *options):
        """Jobs that write to one branch at the same time, while a person pushes to it too."""
        settings = [("web", "web"), ("api", "a")] * 2
        jobs = [
            subprocess.Popen(
                [PROGRAM, "set-image", "--repo", url, *options, "--path", "apps/" + app, f"{name}=:v{n}"],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                env={"PATH": "/usr/bin:/bin", **env},
            )
            for n, (app, name) in enumerate(settings)
        ]
        theirs = 0
        while any(job.poll() is None for job in jobs):
            self.git("fetch", "-q", self.url, "main")
            self.git("reset", "-q", "--hard", "FETCH_HEAD")
            self.commit_only({f"theirs-{theirs}": ""})
            pushed = subprocess.run(["git", "push", "-q", self.url, "HEAD:main"], cwd=self.work,
                                    env=PERSON, capture_output=True, check=False, timeout=60)
            theirs += pushed.returncode == 0
            if theirs == 3:
                break
        for job in jobs:
            out, _ = job.communicate(timeout=120)
            self.assertEqual(job.returncode, 0, out)
        # Every commit of everyone is there, and nothing else.
        count = int(self.git("rev-list", "--count", "main", at=self.bare))
        self.assertEqual(count, 1 + len(jobs) + theirs)
        names = self.git("ls-tree", "--name-only", "main", at=self.bare).split()
        self.assertEqual([n for n in names if n.startswith("theirs-")],
                         sorted(f"theirs-{n}" for n in range(theirs)))

    def test_many_writers_at_once_all_arrive(self):
        self.push_at_once(self.url, {})

    def test_many_writers_at_once_over_http(self):
        _, url = self.serve()
        self.push_at_once(url, {"PLUMB_GIT_USERNAME": "ci", "PLUMB_GIT_PASSWORD": "s3cret"}, "--allow-http")

    def test_many_writers_at_once_over_ssh(self):
        server, about = self.start("ssh_server", "--dir", os.path.join(self.root, "ssh"))
        self.addCleanup(server.stdout.close)
        self.push_at_once(about["url"] + "/config.git", {}, "--ssh-key", about["key"],
                          "--known-hosts", about["known_hosts"])

    def start(self, program, *options):
        server = subprocess.Popen(
            [os.path.join(SERVERS, program), "--root", os.path.join(self.root, "served"), *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        self.addCleanup(server.wait)
        self.addCleanup(server.stdin.close)
        return server, json.loads(server.stdout.readline())

    def serve(self):
        server, about = self.start("git_http_server", "--auth", "basic:ci:s3cret",
                                   "--config", "http.receivepack=true")
        self.addCleanup(server.stdout.close)
        return server, about["url"] + "/config.git"

    def test_a_job_that_is_cancelled_leaves_no_key(self):
        server, url = self.serve()
        server.stdin.write("fault hang\n")
        server.stdin.flush()
        server.stdout.readline()
        scratch = os.path.join(self.root, "tmp")
        os.mkdir(scratch)
        job = subprocess.Popen(
            [PROGRAM, "set-image", "--repo", url, "--allow-http", "web=:v2"],
            env={"PATH": "/usr/bin:/bin", "TMPDIR": scratch, "PLUMB_SIGNING_KEY": "k3y"},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while not any("signing-key" in names for _, _, names in os.walk(scratch)):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        job.terminate()
        self.assertEqual(job.wait(timeout=60), 143)
        self.assertEqual(os.listdir(scratch), [])

    def test_over_http_the_token_comes_by_the_environment(self):
        _, url = self.serve()
        words = ["set-image", "--repo", url, "--allow-http", "web=:v2"]
        good = {"PLUMB_GIT_USERNAME": "ci", "PLUMB_GIT_PASSWORD": "s3cret"}
        refused = self.ci(*words, code=2, env={**good, "PLUMB_GIT_PASSWORD": "wr0ng"})
        self.assertIn("E0301", refused.stderr)
        self.assertNotIn("wr0ng", refused.stderr)
        self.assertIn("E0312", self.ci(words[0], *words[1:3], words[4], code=2, env=good).stderr)
        self.ci(*words, env=good)
        self.assertNotEqual(self.tip(), self.first)

    def test_hooks_and_settings_of_the_machine_are_not_used(self):
        home = os.path.join(self.root, "home")
        hooks = os.path.join(home, "hooks")
        os.makedirs(hooks)
        with open(os.path.join(hooks, "pre-push"), "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\ntouch " + home + "/ran\n")
        os.chmod(os.path.join(hooks, "pre-push"), 0o755)
        with open(os.path.join(home, ".gitconfig"), "w", encoding="utf-8") as file:
            file.write(f"[core]\n\thooksPath = {hooks}\n[url \"file:///none/\"]\n\tinsteadOf = file://\n")
        self.set_image("web=:v2", env={"HOME": home, "GIT_DIR": "/none", "GIT_INDEX_FILE": "/none"})
        self.assertFalse(os.path.exists(os.path.join(home, "ran")))
        self.assertNotEqual(self.tip(), self.first)


if __name__ == "__main__":
    PROGRAM, PLUMB = sys.argv.pop(1), sys.argv.pop(1)
    unittest.main()
