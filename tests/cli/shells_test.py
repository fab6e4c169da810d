#!/usr/bin/env python3
"""The completion scripts in the shells they are for: bash, zsh and fish load them and complete. A shell that is not
installed is skipped. What is completed is decided by `plumb __complete`: cases/complete."""
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
PROMPT = "ready> "


class Terminal:
    """An interactive shell on a terminal."""

    def __init__(self, words, environment, folder):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(words[0], words, environment)
        self.text = ""

    def until(self, wanted):
        end = time.monotonic() + 60
        while wanted not in self.text:
            if time.monotonic() > end or not self.read():
                raise AssertionError(f"{wanted!r} was not seen in {self.text!r}")
        before, self.text = self.text.split(wanted, 1)
        return before + wanted

    def read(self):
        if not select.select([self.fd], [], [], 1)[0]:
            return True
        try:
            some = os.read(self.fd, 4096)
        except OSError:
            return False
        self.text += re.sub("\x1b\\[[0-9;?]*[A-Za-z]", "", some.decode(errors="replace"))  # colours and moves
        return bool(some)

    def type(self, text):
        os.write(self.fd, text.encode())

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


class ShellsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="plumb-shells-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "some apps").mkdir()
        (self.folder / "somefile.yaml").touch()
        self.environment = {"PATH": f"{PROGRAM.parent}:/usr/bin:/bin", "HOME": folder.name, "LC_ALL": "C.UTF-8",
                            "TERM": "xterm", "PS1": PROMPT}

    def shell(self, name, *arguments):
        if shutil.which(name) is None:
            self.skipTest(f"{name} is not installed")
        terminal = Terminal([name, *arguments], self.environment, self.folder)
        self.addCleanup(terminal.close)
        return terminal

    def complete(self, terminal, typed, wanted):
        """Types, asks for completion, and drops the line again."""
        terminal.type(typed + "\t")
        terminal.until(wanted)
        terminal.type("\x15")  # Ctrl-U

    def complete_all(self, terminal):
        for typed, wanted in (("plumb stat", "status "), ("plumb -n prod susp", "suspend "),
                              ("plumb status --kubec", "--kubeconfig"), ("plumb status -o js", "json "),
                              ("plumb status --output=ya", "yaml"), ("plumb completion z", "zsh "),
                              ("plumb trust ex", "explain "), ("plumb render somef", "somefile.yaml"),
                              ("plumb render some\\ a", "apps/")):
            self.complete(terminal, typed, wanted)

    def test_bash(self):
        terminal = self.shell("bash", "--norc", "--noprofile", "-i")
        terminal.until(PROMPT)
        terminal.type("source <(plumb completion bash); echo loa''ded\r")
        terminal.until("loaded")
        self.complete_all(terminal)

    def test_zsh(self):
        terminal = self.shell("zsh", "-f", "-i")
        terminal.until(PROMPT)
        terminal.type("autoload -U compinit; compinit -u -D; source <(plumb completion zsh); echo loa''ded\r")
        terminal.until("loaded")
        self.complete_all(terminal)

    def test_zsh_autoloads_it(self):
        functions = self.folder / "functions"
        functions.mkdir()
        with open(functions / "_plumb", "wb") as file:
            subprocess.run([PROGRAM, "completion", "zsh"], stdout=file, check=True)
        terminal = self.shell("zsh", "-f", "-i")
        terminal.until(PROMPT)
        terminal.type(f"fpath=({functions} $fpath); autoload -U compinit; compinit -u -D; echo loa''ded\r")
        terminal.until("loaded")
        self.complete(terminal, "plumb stat", "status ")
        self.complete(terminal, "plumb susp", "suspend ")

    def fish(self, typed):
        script = "plumb completion fish | source; complete -C $argv[1]"
        done = subprocess.run(["fish", "--no-config", "-c", script, typed], env=self.environment, cwd=self.folder,
                              capture_output=True, text=True, timeout=60, check=False)
        return done.stdout.splitlines()

    def test_fish(self):
        if shutil.which("fish") is None:
            self.skipTest("fish is not installed")
        for typed, wanted in (("plumb stat", "status\tList apps and their state"),
                              ("plumb status -o ", "json"), ("plumb status --output=ya", "--output=yaml"),
                              ("plumb render somef", "somefile.yaml"), ("plumb render some\\ a", "some apps/")):
            with self.subTest(typed=typed):
                self.assertIn(wanted, self.fish(typed))
        self.assertEqual(self.fish("plumb status some"), [], "no file where an app is wanted")


if __name__ == "__main__":
    unittest.main()
