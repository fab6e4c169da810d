"""Keys, signatures and repositories for the attacks, made by the real git, ssh-keygen and gpg."""

import base64
import hashlib
import json
import os
import re
import shutil
import struct
import subprocess
import time

URL = "https://git.example.com/acme/config.git"
REF = "refs/heads/main"
NOW = "1700000000 +0000"
APPROVAL = "plumb-approval@v1"
REWIND = "plumb-rewind@v1"
HEARTBEAT = "plumb-heartbeat@v1"


def run(command, data=None, environment=None, check=True):
    done = subprocess.run(command, input=data, env=environment, capture_output=True, check=False)
    if check and done.returncode != 0:
        raise SystemExit(f"{command}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def ssh_string(data):
    return struct.pack(">I", len(data)) + data


def armored(blob):
    text = base64.b64encode(blob).decode()
    lines = [text[i:i + 70] for i in range(0, len(text), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])


def opened(armor):
    return base64.b64decode("".join(armor.splitlines()[1:-1]))


class Keys:
    """One key a name; made when it is first asked for."""

    def __init__(self, directory):
        self.directory = os.path.join(directory, "keys")
        self.gnupg = os.path.join(directory, "gnupg")
        os.makedirs(self.directory)
        os.makedirs(self.gnupg, mode=0o700)
        self.environment = {"PATH": os.environ["PATH"], "HOME": directory, "GNUPGHOME": self.gnupg,
                            "LC_ALL": "C.UTF-8"}

    def close(self):
        run(["gpgconf", "--homedir", self.gnupg, "--kill", "all"], check=False)

    def path(self, name, *options):
        path = os.path.join(self.directory, name)
        if not os.path.exists(path):
            run(["ssh-keygen", "-q", "-N", "", "-C", name, "-f", path, *(options or ("-t", "ed25519"))])
        return path

    def public(self, name, *options):
        with open(self.path(name, *options) + ".pub", encoding="utf-8") as file:
            return " ".join(file.read().split()[:2])

    def blob(self, name):
        return base64.b64decode(self.public(name).split()[1])

    def sign(self, name, payload, namespace="git", hash_name="sha512"):
        command = ["ssh-keygen", "-Y", "sign", "-q", "-n", namespace, "-f", self.path(name)]
        return run([*command, "-O", f"hashalg={hash_name}"], payload).decode()

    def raw_ed25519(self, name, message):
        """An Ed25519 signature of bytes that ssh-keygen would not sign."""
        pem = os.path.join(self.directory, name + ".pem")
        if not os.path.exists(pem):
            shutil.copy(self.path(name), pem)
            os.chmod(pem, 0o600)
        with open(self.path(name), encoding="ascii") as file:
            private = base64.b64decode("".join(file.read().splitlines()[1:-1]))
        seed = private[private.rindex(self.blob(name)[-32:]) - 32:][:32]
        if private.count(self.blob(name)[-32:]) < 2:
            raise SystemExit("the private key is not where it was expected")
        # The secret part is seed and public key: the seed stands before the last copy.
        der = bytes.fromhex("302e020100300506032b657004220420") + seed
        message_file = os.path.join(self.directory, "message")
        with open(message_file, "wb") as file:
            file.write(message)
        with open(pem, "wb") as file:
            file.write(der)
        return run(["openssl", "pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", pem,
                    "-in", message_file])

    def hardware_public(self, name):
        blob = ssh_string(b"sk-ssh-ed25519@openssh.com") + ssh_string(self.blob(name)[-32:]) + ssh_string(b"ssh:")
        return "sk-ssh-ed25519@openssh.com " + base64.b64encode(blob).decode()

    def hardware_sign(self, name, payload, flags):
        """What a hardware key would answer; there is none here, so its arithmetic is done by openssl."""
        head = b"SSHSIG" + ssh_string(b"git") + ssh_string(b"") + ssh_string(b"sha512")
        message = head + ssh_string(hashlib.sha512(payload).digest())
        tail = bytes([flags]) + struct.pack(">I", 7)
        signed = hashlib.sha256(b"ssh:").digest() + tail + hashlib.sha256(message).digest()
        signature = ssh_string(b"sk-ssh-ed25519@openssh.com") + ssh_string(self.raw_ed25519(name, signed)) + tail
        public = base64.b64decode(self.hardware_public(name).split()[1])
        blob = b"SSHSIG" + struct.pack(">I", 1) + ssh_string(public) + ssh_string(b"git") + ssh_string(b"")
        return armored(blob + ssh_string(b"sha512") + ssh_string(signature))

    def gpg(self, *arguments, data=None, time=None):
        command = ["gpg", "--batch", "--yes", "--no-tty", "--quiet", "--pinentry-mode", "loopback",
                   "--passphrase", ""]
        if time:
            command += ["--faked-system-time", time + "!", "--ignore-time-conflict"]
        return run([*command, *arguments], data, self.environment)

    def openpgp(self, name, expires="never", time=None):
        self.gpg("--quick-gen-key", f"{name} <{name}@example.com>", "ed25519", "sign,cert", expires, time=time)
        return self.fingerprint(name)

    def fingerprint(self, name):
        text = self.gpg("--with-colons", "--fingerprint", "--list-keys", name).decode()
        return re.findall(r"^fpr:+([0-9A-F]{40}):", text, re.MULTILINE)[0]

    def certificate(self, name):
        return self.gpg("--armor", "--export", name).decode()

    def openpgp_sign(self, fingerprint, payload, time=None):
        return self.gpg("--local-user", fingerprint + "!", "--armor", "--detach-sign", data=payload,
                        time=time).decode()


def with_signature(payload, armor, header="gpgsig"):
    """The header where git puts it: the last before the message."""
    head, message = payload.split(b"\n\n", 1)
    lines = armor.rstrip("\n").encode().split(b"\n")
    return head + b"\n" + header.encode() + b" " + b"\n ".join(lines) + b"\n\n" + message


class Repo:
    def __init__(self, directory, keys):
        self.directory, self.keys = directory, keys
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": directory, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8",
            "GIT_INDEX_FILE": os.path.join(directory, "index.tmp"),
            "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_AUTHOR_DATE": NOW,
            "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com", "GIT_COMMITTER_DATE": NOW,
            "GNUPGHOME": keys.gnupg,
        }
        if not os.path.exists(os.path.join(directory, "HEAD")):
            self.git("init", "--quiet", "--bare", "--initial-branch=main", ".")

    def git(self, *arguments, data=None, check=True):
        return run(["git", "-C", self.directory, *arguments], data, self.environment, check).decode(
            errors="replace").strip()

    def blob(self, data):
        return self.git("hash-object", "-w", "--stdin", data=data if isinstance(data, bytes) else data.encode())

    def tree(self, base, changes):
        """changes: path -> text, (mode, id), or None for no longer there."""
        if base:
            self.git("read-tree", base)
        else:
            self.git("read-tree", "--empty")
        lines = []
        for path, content in changes.items():
            if content is None:
                lines.append(f"0 {'0' * 40}\t{path}")
            elif isinstance(content, tuple):
                lines.append(f"{content[0]} {content[1]}\t{path}")
            else:
                lines.append(f"100644 {self.blob(content)}\t{path}")
        self.git("update-index", "--add", "--index-info", data=("\n".join(lines) + "\n").encode())
        return self.git("write-tree", "--missing-ok")

    def payload(self, tree, parents, message="change\n"):
        """An unsigned commit's bytes, as git writes them."""
        arguments = [part for parent in parents for part in ("-p", parent)]
        commit = self.git("commit-tree", tree, *arguments, data=message.encode())
        return run(["git", "-C", self.directory, "cat-file", "commit", commit], None, self.environment)

    def raw(self, data, kind="commit"):
        return self.git("hash-object", "-t", kind, "-w", "--stdin", "--literally", data=data)

    def commit(self, parents, changes=None, signer="alice", tree=None, message="change\n"):
        parents = [parents] if isinstance(parents, str) else parents
        tree = tree or self.tree(parents[0] if parents else None, changes or {})
        arguments = [part for parent in parents for part in ("-p", parent)]
        options = []
        if signer:
            options = ["-c", "gpg.format=ssh", "-c", f"user.signingKey={self.keys.path(signer)}"]
            arguments.insert(0, "-S")
        return self.git(*options, "commit-tree", *arguments, tree, data=message.encode())

    def tree_of(self, commit):
        return self.git("rev-parse", commit + "^{tree}")

    def tag(self, name, commit, signer="alice"):
        options = ["-c", "gpg.format=ssh", "-c", f"user.signingKey={self.keys.path(signer)}"]
        self.git(*options, "tag", "-f", "-s", "-m", name, name, commit)
        return self.git("rev-parse", "refs/tags/" + name)

    def statements(self, ref, claims):
        """claims: (signer, fields) each; stored as the files of the commit that ref points to."""
        files = {}
        for number, (signer, fields) in enumerate(claims):
            line = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            armor = self.keys.sign(signer, line.encode(), fields["type"])
            files[f"{number}"] = line + "\n" + armor
        self.git("update-ref", ref, self.commit([], files, signer=None))

    def approve(self, base, commit, *signers, rule="config", **other):
        tree = self.tree_of(commit)
        fields = {"type": APPROVAL, "repo": URL, "ref": REF, "base": base, "tree": tree, "rule": rule,
                  "expires": "2100-01-01T00:00:00Z"} | other
        self.statements("refs/plumb/approvals/" + tree, [(signer, fields) for signer in signers])

    def heartbeat(self, signer, tip, seconds_ago=0, url=None, **other):
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds_ago))
        fields = {"type": HEARTBEAT, "repo": url or URL, "ref": REF, "tip": tip, "time": when} | other
        self.statements("refs/plumb/heartbeat", [(signer, fields)])
