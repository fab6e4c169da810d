#!/usr/bin/env python3
"""The test Git servers, driven by the git command: what the other tests build on."""

import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

HERE = os.path.dirname(os.path.realpath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
from repositories import GIT_ENVIRONMENT  # noqa: E402


class Server:
    def __init__(self, *command):
        self.process = subprocess.Popen(
            [os.path.join(HERE, command[0]), *command[1:]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.facts = json.loads(self.process.stdout.readline())
        self.url = self.facts["url"]

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        if self.process.returncode is not None:
            return self.process.returncode
        self.process.stdin.close()
        status = self.process.wait(timeout=20)
        self.process.stdout.close()
        return status


class ServersTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="plumb-git-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.work = os.path.join(self.folder, "work")
        self.environment = {**os.environ, **GIT_ENVIRONMENT, "GIT_TERMINAL_PROMPT": "0"}
        for who in ("AUTHOR", "COMMITTER"):
            self.environment[f"GIT_{who}_NAME"] = "test"
            self.environment[f"GIT_{who}_EMAIL"] = "test@example.com"

    def start(self, *command):
        server = Server(*command)
        self.addCleanup(server.end)
        return server

    def http(self, *options):
        return self.start("git_http_server", "--root", os.path.join(self.folder, "root"), *options)

    def git(self, *arguments):
        """The exit status and what was printed on both outputs."""
        done = subprocess.run(
            ["git", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
        )
        return done.returncode, done.stdout + done.stderr

    def must(self, *arguments):
        status, output = self.git(*arguments)
        self.assertEqual(status, 0, output)
        return output

    def push_something(self, url):
        self.must("init", "-q", "-b", "main", self.work)
        with open(os.path.join(self.work, "data"), "wb") as data:
            data.write(os.urandom(200_000))
        self.must("-C", self.work, "add", "data")
        self.must("-C", self.work, "commit", "-q", "-m", "data")
        self.must("-C", self.work, "push", "-q", url, "main")

    def clone(self, url):
        target = tempfile.mkdtemp(dir=self.folder)
        return self.git("clone", "-q", "--bare", url, target)

    def test_http_serves_and_counts(self):
        server = self.http()
        self.assertTrue(os.path.isdir(server.ask("create web")["path"]))
        url = server.url + "/web.git"
        self.push_something(url)
        self.assertEqual(server.ask("stats")["push"], 1)
        server.ask("forget")
        status, output = self.clone(url)
        self.assertEqual(status, 0, output)
        stats = server.ask("stats")
        self.assertEqual((stats["refs"], stats["ls-refs"], stats["fetch"]), (1, 1, 1))
        self.assertEqual({entry["protocol"] for entry in server.ask("log")}, {"version=2"})
        self.assertEqual(server.end(), 0)

    def test_http_faults(self):
        server = self.http()
        server.ask("create web")
        url = server.url + "/web.git"
        self.push_something(url)
        for fault, symptom in (
            ("down", "Failed to connect"),
            ("reset", "unable to access"),
            ("status 503", "503"),
            ("garbage", "not valid"),
            ("truncate", "early EOF"),
            ("truncate 100", "early EOF"),
            ("hang", "Operation too slow"),
        ):
            with self.subTest(fault=fault):
                self.assertEqual(server.ask("fault " + fault), {"ok": True})
                self.environment["GIT_HTTP_LOW_SPEED_LIMIT"] = "1"
                self.environment["GIT_HTTP_LOW_SPEED_TIME"] = "1"
                status, output = self.clone(url)
                self.assertNotEqual(status, 0)
                self.assertIn(symptom, output)
        for harmless in ("none", "status 500 count=0", "hang repository=other", "slow 1000000"):
            with self.subTest(fault=harmless):
                self.assertEqual(server.ask("fault " + harmless), {"ok": True})
                self.assertEqual(self.clone(url)[0], 0)
        self.assertIn("error", server.ask("fault sideways"))
        server.ask("fault status 500 count=1")
        self.assertNotEqual(self.clone(url)[0], 0)
        self.assertEqual(self.clone(url)[0], 0)

    def test_http_authentication_and_tls(self):
        tls = os.path.join(self.folder, "tls")
        server = self.http("--tls", tls, "--auth", "basic:bot:right")
        server.ask("create web")
        authority, secret = server.url.split("//")[1], "https://bot:{}@"
        self.assertIn("certificate", self.clone(server.url + "/web.git")[1])
        self.environment["GIT_SSL_CAINFO"] = server.facts["ca"]
        self.push_something(secret.format("right") + authority + "/web.git")
        self.assertNotEqual(self.clone(secret.format("wrong") + authority + "/web.git")[0], 0)
        self.assertGreater(server.ask("stats")["denied"], 0)
        server.ask("auth bearer:token")
        header = ("-c", "http.extraHeader=Authorization: Bearer token")
        self.must(*header, "ls-remote", server.url + "/web.git")
        self.assertNotIn("token", json.dumps(server.ask("log")))

    def test_http_control_port(self):
        server = self.http()

        def put(line):
            request = urllib.request.Request(
                server.facts["control"], data=line.encode(), method="PUT"
            )
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)

        self.assertTrue(put("create web")["ok"])
        put("fault status 500")
        self.assertNotEqual(self.git("ls-remote", server.url + "/web.git")[0], 0)
        self.assertEqual(put("stats")["faulted"], 1)

    def ssh(self, *options):
        state, root = os.path.join(self.folder, "ssh"), os.path.join(self.folder, "root")
        server = self.start("ssh_server", "--root", root, "--dir", state, *options)
        server.ask("create web")
        self.use_ssh(server.facts["key"], server.facts["known_hosts"])
        return server

    def use_ssh(self, key, known_hosts):
        self.environment["GIT_SSH_COMMAND"] = (
            f"ssh -F none -i {key} -o IdentitiesOnly=yes -o BatchMode=yes"
            f" -o UserKnownHostsFile={known_hosts} -o StrictHostKeyChecking=yes"
        )

    def test_ssh_serves_and_refuses(self):
        server = self.ssh()
        url, facts = server.url + "/web.git", server.facts
        self.push_something(url)
        self.assertEqual(self.clone(url)[0], 0)
        commands = server.ask("stats")["commands"]
        self.assertEqual(commands, {"git-upload-pack": 1, "git-receive-pack": 1})
        self.use_ssh(facts["stranger_key"], facts["known_hosts"])
        self.assertIn("Permission denied", self.clone(url)[1])
        self.use_ssh(facts["key"], facts["wrong_known_hosts"])
        self.assertIn("Host key verification failed", self.clone(url)[1])
        self.assertEqual(server.end(), 0)
        self.assertFalse(os.path.exists(os.path.dirname(facts["key"])))

    def test_ssh_faults(self):
        server = self.ssh()
        url = server.url + "/web.git"
        self.push_something(url)
        self.environment["GIT_SSH_COMMAND"] += " -o ConnectTimeout=1"
        for fault, symptom in (
            ("down", "Connection refused"),
            ("reset", "Connection reset"),
            ("hang", "timed out"),
            ("truncate 50000", "early EOF"),
        ):
            with self.subTest(fault=fault):
                self.assertEqual(server.ask("fault " + fault), {"ok": True})
                status, output = self.clone(url)
                self.assertNotEqual(status, 0)
                self.assertIn(symptom, output)
        server.ask("fault none")
        self.assertEqual(self.clone(url)[0], 0)

    def test_nothing_outlives_the_starter(self):
        root = os.path.join(self.folder, "root")
        script = f"{HERE}/git_http_server --root {root} > {root}.facts & sleep 1; kill -9 $$"
        subprocess.run(["bash", "-c", script], stdin=subprocess.PIPE, timeout=30)
        with open(root + ".facts", encoding="utf-8") as facts:
            port = json.load(facts)["port"]
        seen = lambda: subprocess.run(  # noqa: E731
            ["git", "ls-remote", f"http://127.0.0.1:{port}/web.git"], capture_output=True, text=True
        ).stderr
        while "Failed to connect" not in seen():  # the test's timeout ends a loop that does not
            time.sleep(0.02)


if __name__ == "__main__":
    unittest.main()
