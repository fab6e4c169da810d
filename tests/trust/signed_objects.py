#!/usr/bin/env python3
"""Makes a repository with commits and tags signed by the real git, ssh-keygen and gpg.

Writes into DIR: objects/NAME.commit and NAME.tag (the bytes of each object), allowed_signers,
keys (one public SSH key a line), openpgp.asc, openpgp.fpr, and keeps what verifying them needs:
repo.git, gnupg and gitconfig. Usage: signed_objects.py DIR
"""

import os
import subprocess
import sys

SSH_KEYS = {
    "ed25519": ["-t", "ed25519"],
    "ecdsa256": ["-t", "ecdsa", "-b", "256"],
    "ecdsa384": ["-t", "ecdsa", "-b", "384"],
    "ecdsa521": ["-t", "ecdsa", "-b", "521"],
    "rsa3072": ["-t", "rsa", "-b", "3072"],
}
PGP_KEYS = {"pgp-ed25519": "ed25519", "pgp-rsa3072": "rsa3072"}
MESSAGE = "deploy web 1.2.3\n\nSome words \u2014 and a line with blanks  \n\nReviewed-by: Ada <a@example.com>\n"


class Fixture:
    def __init__(self, directory):
        self.directory = directory
        self.gnupg = os.path.join(directory, "gnupg")
        self.repo = os.path.join(directory, "repo.git")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": directory,
            "GNUPGHOME": self.gnupg,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.path.join(directory, "gitconfig"),
            "GIT_AUTHOR_DATE": "1700000000 +0100",
            "GIT_COMMITTER_DATE": "1700000060 -0330",
            "LC_ALL": "C.UTF-8",
        }

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def run(self, *command, data=None):
        done = subprocess.run(
            command, input=data, env=self.environment, capture_output=True, check=False
        )
        if done.returncode != 0:
            raise SystemExit(f"{command}: {done.stderr.decode()}")
        return done.stdout

    def git(self, *arguments, data=None):
        return self.run("git", "-C", self.repo, *arguments, data=data)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)

    def make_keys(self):
        os.makedirs(self.gnupg, mode=0o700)
        os.makedirs(self.path("ssh"))
        lines = []
        for name, options in SSH_KEYS.items():
            self.run("ssh-keygen", "-q", "-N", "", "-C", name, "-f", self.path("ssh", name), *options)
            with open(self.path("ssh", name + ".pub"), "rb") as file:
                lines.append(file.read())
        self.write("keys", b"".join(lines))
        self.write("allowed_signers", b"".join(b"* " + line for line in lines))
        prints = []
        for name, algorithm in PGP_KEYS.items():
            self.run("gpg", "--batch", "--quiet", "--passphrase", "", "--quick-gen-key",
                     f"{name} <{name}@example.com>", algorithm, "sign,cert", "never")
            listed = self.run("gpg", "--with-colons", "--list-keys", name).decode()
            prints += [x.split(":")[9] for x in listed.splitlines() if x.startswith("fpr:")][:1]
        self.write("openpgp.fpr", "\n".join(prints).encode())
        self.write("openpgp.asc", self.run("gpg", "--armor", "--export"))
        return prints

    def make_repository(self):
        self.write("gitconfig", (
            "[user]\nname = Ada Lovelace\nemail = ada@example.com\n"
            f"[gpg \"ssh\"]\nallowedSignersFile = {self.path('allowed_signers')}\n"
            "[init]\ndefaultBranch = main\n"
        ).encode())
        self.run("git", "init", "--quiet", "--bare", self.repo)

    def commit(self, name, tree, parents, configuration):
        arguments = [part for parent in parents for part in ("-p", parent)]
        commit = self.git(*configuration, "commit-tree", "-S", tree, *arguments, data=MESSAGE.encode())
        commit = commit.decode().strip()
        self.keep(name, "commit", commit)
        return commit

    def keep(self, name, kind, commit):
        self.write(f"objects/{name}.{kind}", self.git("cat-file", kind, commit))


def main():
    fixture = Fixture(sys.argv[1])
    os.makedirs(fixture.path("objects"))
    prints = fixture.make_keys()
    fixture.make_repository()
    tree = fixture.git("hash-object", "-w", "-t", "tree", "/dev/null").decode().strip()
    signers = {
        name: ["-c", "gpg.format=ssh", "-c", f"user.signingKey={fixture.path('ssh', name)}"]
        for name in SSH_KEYS
    }
    for name, fingerprint in zip(PGP_KEYS, prints, strict=True):
        signers[name] = ["-c", "gpg.format=openpgp", "-c", f"user.signingKey={fingerprint}!"]
    parents = []
    for name, configuration in signers.items():
        commit = fixture.commit(name, tree, parents[-2:], configuration)
        fixture.git("verify-commit", commit)
        parents.append(commit)
        fixture.git(*configuration, "tag", "-s", "-m", MESSAGE, name, commit)
        fixture.git("verify-tag", name)
        fixture.keep(name, "tag", name)


if __name__ == "__main__":
    main()
