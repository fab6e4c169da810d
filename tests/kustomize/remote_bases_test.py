#!/usr/bin/env python3
"""Kustomizations upon other Git repositories, served over HTTP: what they build to is what the original makes of them,
and what must not be reached is not.

Usage: remote_bases_test.py KUSTOMIZE_BUILD [unittest arguments]
"""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

from differential import HERE, SKIPPED, has_go, oracle, original

KUSTOMIZE_BUILD, REMOTE_BUILD = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
SERVER = HERE.parent / "git_server" / "git_http_server"


def config_map(name, value="1"):
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{value: \"{value}\"}}\n"


def kustomization(*lines):
    return "\n".join(lines) + "\n"


BASE = {"web/kustomization.yaml": kustomization("resources: [map.yaml, ../shared]", "namePrefix: web-",
                                                "configMapGenerator: [{name: made, literals: [a=b]}]"),
        "web/map.yaml": config_map("base"),
        "shared/kustomization.yaml": kustomization("resources: [map.yaml]"),
        "shared/map.yaml": config_map("shared"),
        "part/kustomization.yaml": kustomization("kind: Component", "labels: [{pairs: {part: yes-it-is}}]"),
        "change/kustomization.yaml": kustomization("resources: [prefix.yaml]"),
        "change/prefix.yaml": "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: p}\nprefix: changed-\n"
                              "fieldSpecs: [{path: metadata/name}]\n",
        "kustomization.yaml": kustomization("resources: [root.yaml]"), "root.yaml": config_map("root")}


class RemoteBases(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.root = pathlib.Path(cls.folder.name)
        cls.server = subprocess.Popen([SERVER, "--root", str(cls.root / "served")], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.stop)
        cls.url = json.loads(cls.server.stdout.readline())["url"]
        cls.host = cls.url.split("//")[1]
        cls.count = 0
        cls.commit = cls.repository("org/base", BASE)

    @classmethod
    def stop(cls):
        cls.server.stdin.close()
        cls.server.wait()
        cls.server.stdout.close()

    @classmethod
    def say(cls, command):
        cls.server.stdin.write(command + "\n")
        cls.server.stdin.flush()
        return json.loads(cls.server.stdout.readline())

    @classmethod
    def write(cls, folder, files):
        for name, text in files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if text.startswith("-> "):
                file.symlink_to(text[3:])
            else:
                file.write_text(text.replace("URL", cls.url).replace("HOST", cls.host))

    @classmethod
    def repository(cls, name, files):
        """Serves these files as URL/NAME.git; answers the commit."""
        cls.count += 1
        work = cls.root / f"work-{cls.count}"
        work.mkdir()
        cls.write(work, files)
        bare = cls.root / "served" / (name + ".git")
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
        for who in ("AUTHOR", "COMMITTER"):
            environment.update({f"GIT_{who}_NAME": "a", f"GIT_{who}_EMAIL": "a@example.org"})
        for words in (["init", "-q", "-b", "main", "."], ["add", "-A"], ["commit", "-qm", "one"],
                      ["clone", "-q", "--bare", ".", str(bare)]):
            subprocess.run(["git", *words], cwd=work, env=environment, check=True)
        return subprocess.run(["git", "rev-parse", "HEAD"], cwd=work, env=environment, check=True,
                              capture_output=True, text=True).stdout.strip()

    def build(self, files, allowed="HOST"):
        """Ours of a folder with these files: (text, error), one of them None."""
        type(self).count += 1
        self.app = self.root / f"app-{self.count}"
        self.write(self.app, files)
        done = subprocess.run([REMOTE_BUILD, allowed.replace("HOST", self.host), self.app],
                              capture_output=True, text=True, timeout=60)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return (done.stdout, None) if done.returncode == 0 else (None, done.stderr)

    def same(self, *entries, more=(), field="resources"):
        """The original builds the same."""
        ours, error = self.build({"kustomization.yaml": kustomization(f"{field}:", *(f"- {one}" for one in entries),
                                                                      *more)})
        self.assertIsNone(error)
        if has_go():
            self.assertEqual(original([(self.app, ".")]), [(ours, None)])
        return ours

    def refused(self, entry, *words, allowed="HOST", original_too=True):
        """It does not build, and the error has these words."""
        _, error = self.build({"kustomization.yaml": kustomization("resources:", "- " + entry)}, allowed)
        self.assertIsNotNone(error)
        for word in ("--> ", *words):
            self.assertIn(word, error)
        if original_too and has_go():
            self.assertIsNone(original([(self.app, ".")])[0][0])
        return error

    def test_forms(self):
        """Every way to write one repository."""
        for form in ("URL/org/base.git//web?ref=COMMIT", "URL/org/base.git/web?ref=COMMIT",
                     "git::URL/org/base.git//web/?ref=COMMIT", "URL/org/base.git//shared/../web?ref=COMMIT",
                     "URL/org/base.git//web?version=COMMIT&submodules=false&timeout=20s",
                     "URL/org/base.git//web?version=other&ref=COMMIT", "HTTP://HOST/org/base.git//web?ref=COMMIT"):
            with self.subTest(form):
                self.assertIn("web-shared", self.same(form.replace("COMMIT", self.commit)))
        self.assertIn("web-shared", self.same(f"URL/org/base.git////web?ref={self.commit}"))
        self.assertIn("root", self.same(f"URL/org/base.git?ref={self.commit}"))
        self.assertIn("root", self.same(f"URL/org/base.git?ref={self.commit.upper()}"))
        azure = self.repository("org/_git/plain", BASE)
        self.assertIn("root", self.same(f"URL/org/_git/plain.git?ref={azure}"))
        self.assertIn("web-base", self.same(f"URL/org/_git/plain.git/web?ref={azure}"))

    def test_uses(self):
        """Under every field that takes bases, with what is around them."""
        base = f"URL/org/base.git//web?ref={self.commit}"
        self.same(base, more=["namePrefix: a-", "namespace: there", "patches:",
                              "- patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: web-base}, data: {b: c}}'"])
        self.same(base, field="bases")
        self.same(base, more=["components:", f"- URL/org/base.git//part?ref={self.commit}"])
        self.same(base, more=["transformers:", f"- URL/org/base.git//change?ref={self.commit}"])

    def test_origins(self):
        """Annotations that tell where objects come from, also of a base at the root of its repository."""
        for folder in ("//web", ""):
            self.same(f"URL/org/base.git{folder}?ref={self.commit}", more=[
                "buildMetadata: [originAnnotations, transformerAnnotations]", "nameSuffix: -z",
                "transformers:", f"- URL/org/base.git//change?ref={self.commit}"])

    def test_nested(self):
        """A base upon a third repository, and upon another commit of its own."""
        third = self.repository("org/third", {
            "kustomization.yaml": kustomization("resources:", f"- URL/org/base.git//web?ref={self.commit}",
                                                "nameSuffix: -third")})
        fourth = self.repository("org/fourth", {
            "a/b/kustomization.yaml": kustomization("resources: [../../c]"),
            "c/kustomization.yaml": kustomization("resources:", f"- URL/org/third.git?ref={third}")})
        found = self.same(f"URL/org/fourth.git//a/b?ref={fourth}",
                          more=["buildMetadata: [originAnnotations, transformerAnnotations]"])
        self.assertIn("web-shared-third", found)

    def test_links(self):
        """Links are followed inside of the repository and nowhere else."""
        commit = self.repository("org/links", {
            "real/kustomization.yaml": kustomization("resources: [map.yaml]"), "real/map.yaml": config_map("real"),
            "link": "-> real", "out": "-> ../../../../../../../../etc", "up": "-> ..",
            "reads/kustomization.yaml": kustomization("resources: [hosts.yaml]"),
            "reads/hosts.yaml": "-> /etc/hosts",
            "files/kustomization.yaml": kustomization("configMapGenerator: [{name: m, files: [link]}]"),
            "files/link": "-> ../real/map.yaml"})
        self.same(f"URL/org/links.git//link?ref={commit}")
        for folder, word in (("out", "outside"), ("up", "outside"), ("reads", "absolute"), ("files", "not below")):
            with self.subTest(folder):
                self.refused(f"URL/org/links.git//{folder}?ref={commit}", word)

    def test_leaving(self):
        """Nothing of the repository that is built is reachable from a base, nor anything beside it."""
        commit = self.repository("org/leaving", {
            "a/kustomization.yaml": kustomization("resources: [../../app-secret]"),
            "b/kustomization.yaml": kustomization("resources: [../../../../../../etc/passwd]"),
            "c/kustomization.yaml": kustomization("configMapGenerator: [{name: m, files: [/etc/passwd]}]"),
            "d/kustomization.yaml": kustomization("resources: [own.yaml]")})
        self.refused(f"URL/org/leaving.git//../own?ref={commit}")
        self.refused(f"URL/org/leaving.git//a/../../own?ref={commit}")
        self.refused(f"URL/org/leaving.git////../own?ref={commit}")
        self.refused(f"URL/org/leaving.git//a?ref={commit}", "outside", f"@{commit[:12]}:a/kustomization.yaml:1")
        self.refused(f"URL/org/leaving.git//b?ref={commit}", "outside")
        self.refused(f"URL/org/leaving.git//c?ref={commit}")
        _, error = self.build({"kustomization.yaml": kustomization("resources:",
                                                                   f"- URL/org/leaving.git//d?ref={commit}"),
                               "own.yaml": config_map("own")})
        self.assertIn("own.yaml\" does not exist", error)
        self.assertIn(f"--> {self.url}/org/leaving.git@{commit[:12]}:d/kustomization.yaml:1", error)

    def test_mistakes(self):
        self.refused(f"URL/org/base.git//none?ref={self.commit}", "none\" does not exist", "kustomization.yaml:2")
        self.refused(f"URL/org/base.git//part?ref={self.commit}", "is a component")
        self.refused(f"URL/org/base.git//web/map.yaml?ref={self.commit}", "is not a folder")
        self.refused(f"URL/org/base.git//web?ref={'1' * 40}", "no branch or tag leads to the base")
        self.refused(f"URL/org/gone.git//web?ref={self.commit}", "cannot be fetched", "no repository")
        inside = self.repository("org/mistake", {"kustomization.yaml": kustomization("resorces: [a.yaml]")})
        self.refused(f"URL/org/mistake.git?ref={inside}",
                     f"--> {self.url}/org/mistake.git@{inside[:12]}:kustomization.yaml:1", "resorces")

    def test_not_pinned(self):
        """A branch, a tag, a part of a commit id: none says what will be applied."""
        for ref in ("main", "refs/heads/main", "v1", self.commit[:12], self.commit + "0", "HEAD", ""):
            with self.subTest(ref):
                self.refused(f"URL/org/base.git//web?ref={ref}", "E1004", "git ls-remote", original_too=False)
        self.refused("URL/org/base.git//web", "names no commit", original_too=False)
        self.refused("URL/org/base/raw/main/map.yaml", "files are not read over the network", original_too=False)
        _, error = self.build({"kustomization.yaml": kustomization(
            "configMapGenerator: [{name: m, files: ['URL/org/base.git']}]")})
        self.assertIn("files are not read over the network", error)

    def test_not_allowed(self):
        """Nothing is asked of a host, or below a path, that is not named."""
        self.say("forget")
        base = f"URL/org/base.git//web?ref={self.commit}"
        for allowed in ("example.org", "HOST/other", "HOST/or", "HOST/org/bas", "HOST/org/base.git/web", "127.0.0.1"):
            with self.subTest(allowed):
                self.refused(base, "E0216", "--remote-bases", allowed=allowed, original_too=False)
        # What looks like an allowed host and is none.
        for url in ("http://user:word@HOST/org/base.git", "http://HOST@example.org/org/base.git",
                    "file:///etc/org", "http://example.org\\\\@HOST/org/base.git"):
            with self.subTest(url):
                self.refused(f"{url}//web?ref={self.commit}", allowed="HOST", original_too=False)
        self.assertEqual(self.say("log"), [])
        for allowed in ("HOST/org", "HOST/org/base", "example.org,HOST/org/base.git"):
            with self.subTest(allowed):
                self.assertIsNone(self.build({"kustomization.yaml": kustomization("resources:", "- " + base)},
                                             allowed)[1])

    def test_limits(self):
        """How many repositories a build may be upon, and how deep they may name each other, is limited."""
        chain = self.commit
        for i in range(3):
            chain = self.repository(f"chain/{i}", {"web/kustomization.yaml": kustomization(
                "resources:", f"- URL/{'org/base' if i == 0 else f'chain/{i - 1}'}.git//web?ref={chain}")})
        self.assertIn("web-base", self.same(f"URL/chain/2.git//web?ref={chain}"))
        many = [f"URL/org/base.git//web?ref={self.commit}"]
        many += [f"URL/many/{i}.git?ref=" + self.repository(f"many/{i}", {
            "kustomization.yaml": kustomization("resources: [map.yaml]"), "map.yaml": config_map(f"m{i}")})
            for i in range(32)]
        _, error = self.build({"kustomization.yaml": kustomization("resources:", *(f"- {one}" for one in many))})
        self.assertIn("other repositories of one app exceeds the limit of 32", error)


PARTS = ["git::", "https://", "HTTP://", "ssh://", "file://", "git@", "user-1@", "u:p@", "github.com", "GitHub.com",
         "host.xz", "localhost:8080", ":", "/", "/", "//", "org", "repo", "repo.git", ".git", "_git/", "_git", "..",
         ".", "../", "a b", "%2e%2e/", "?", "?ref=", "&ref=", "version=v", "&", "=", ";", "%", "%41", "+", "main",
         "timeout=3", "@", "#", "\\", "é"]


class RepoSpecs(unittest.TestCase):
    @unittest.skipUnless(has_go(), "no Go")
    def test_random(self):
        """Texts put together by chance name the same repository, or none, for both."""
        dice = random.Random(7)
        texts = ["".join(dice.choices(PARTS, k=dice.randint(1, 9))) for _ in range(100000)]
        texts += [f"https://host.xz/org/repo{text}" for text in texts[:20000]]
        lines = "".join(json.dumps(text) + "\n" for text in texts)
        answers = []
        for command in ([oracle(), "-repo-specs"], [KUSTOMIZE_BUILD, "--repo-specs"]):
            done = subprocess.run(command, input=lines, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  check=True)
            answers.append([json.loads(line) for line in done.stdout.splitlines()])
        theirs, ours = answers
        self.assertEqual((len(theirs), len(ours)), (len(texts), len(texts)))
        self.assertGreater(sum(one is not None for one in theirs), 10000)
        different = [one for one in zip(texts, theirs, ours) if one[1] != one[2]]
        self.assertEqual(different[:20], [])


if __name__ == "__main__":
    if subprocess.run(["git", "--version"], capture_output=True).returncode:
        sys.exit(SKIPPED)
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
