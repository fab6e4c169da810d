#!/usr/bin/env python3
"""Writes DIR/NAME/{certificate,payload,signature,keys,want} for keys and signatures in every state
that gpg can make.

keys: the fingerprints that the policy names. want: the reason of the refusal, or "ok FINGERPRINT"
with the key that signed. Usage: openpgp_cases.py DIR
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time

NOW = int(time.time())
DAY = 86400
PAYLOAD = b"""tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904
author Ada <ada@example.com> 1700000000 +0000
committer Ada <ada@example.com> 1700000000 +0000

deploy \xe2\x98\x83\r
  trailing blanks  \t
"""


class Home:
    """One gpg home. Times are seconds before now."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="gpg-")
        os.chmod(self.path, 0o700)

    def close(self):
        subprocess.run(["gpgconf", "--homedir", self.path, "--kill", "all"], check=False)
        shutil.rmtree(self.path, ignore_errors=True)

    def gpg(self, *arguments, ago=0, data=None, fails=False):
        command = ["gpg", "--homedir", self.path, "--batch", "--yes", "--no-tty", "--quiet"]
        command += ["--pinentry-mode", "loopback", "--passphrase", ""]
        # A time that stands still, so that a key and its signature may be of the same second.
        command += ["--faked-system-time", f"{NOW - ago}!", "--ignore-time-conflict"]
        done = subprocess.run(
            [*command, *arguments], input=data, capture_output=True, check=False
        )
        if done.returncode != 0 and not fails:
            raise SystemExit(f"{command} {arguments}: {done.stderr.decode()}")
        return done.stdout

    def key(self, name, algorithm, usage="sign,cert", expires="never", ago=30 * DAY):
        self.gpg("--quick-gen-key", f"{name} <{name}@example.com>", algorithm, usage, expires, ago=ago)
        return self.fingerprints(name)[0]

    def subkey(self, primary, algorithm, usage="sign", expires="never", ago=30 * DAY):
        self.gpg("--quick-add-key", primary, algorithm, usage, expires, ago=ago)
        return self.fingerprints(primary)[-1]

    def fingerprints(self, name):
        text = self.gpg("--with-colons", "--fingerprint", "--fingerprint", "--list-keys", name).decode()
        return [line.split(":")[9] for line in text.splitlines() if line.startswith("fpr:")]

    def sign(self, *keys, ago=10 * DAY, data=PAYLOAD, options=()):
        users = [part for key in keys for part in ("--local-user", key + "!")]
        return self.gpg(
            *users, *options, "--armor", "--detach-sign", ago=ago, data=data
        )

    def export(self, name, armor=True):
        return self.gpg(*(["--armor"] if armor else []), "--export", name)

    def edit(self, key, *commands, ago):
        self.gpg(
            "--command-fd", "0", "--expert", "--edit-key", key, ago=ago,
            data="\n".join([*commands, "save", ""]).encode(),
        )


class Cases:
    def __init__(self, directory, home):
        self.directory, self.home = directory, home

    def write(self, name, certificate, signature, keys, want, payload=PAYLOAD):
        path = os.path.join(self.directory, name)
        os.makedirs(path)
        for file, data in (
            ("certificate", certificate),
            ("payload", payload),
            ("signature", signature),
            ("keys", "\n".join(keys).encode()),
            ("want", want.encode()),
        ):
            with open(os.path.join(path, file), "wb") as out:
                out.write(data)

    def simple(self, name, key, want, **how):
        self.write(name, self.home.export(key), self.home.sign(key, **how), [key], want)


def algorithms(cases, home):
    for algorithm in ("rsa3072", "ed25519", "nistp256", "nistp384", "nistp521", "brainpoolP256r1"):
        key = home.key(algorithm, algorithm)
        cases.simple(algorithm, key, f"ok {key}")
    for hash_name in ("SHA256", "SHA384", "SHA512"):
        key = home.fingerprints("ed25519")[0]
        cases.simple(hash_name, key, f"ok {key}", options=("--digest-algo", hash_name))
    key = home.fingerprints("rsa3072")[0]
    for weak in ("SHA1", "RIPEMD160", "SHA224"):
        options = ("--digest-algo", weak, "--weak-digest", "MD5")
        cases.simple(weak, key, "WeakSignature", options=options)
    key = home.key("dsa2048", "dsa2048")
    cases.simple("dsa", key, "WeakSignature")
    key = home.key("rsa1024", "rsa1024")
    cases.simple("rsa1024", key, "WeakSignature")


def binary_certificate(cases, home):
    key = home.fingerprints("ed25519")[0]
    cases.write("binary-certificate", home.export(key, armor=False), home.sign(key), [key], f"ok {key}")


def subkeys(cases, home):
    primary = home.key("with-subkeys", "ed25519", usage="cert")
    first = home.subkey(primary, "ed25519")
    second = home.subkey(primary, "rsa3072")
    certificate = home.export(primary)
    cases.write("subkey-by-primary", certificate, home.sign(first), [primary], f"ok {first}")
    cases.write("subkey-by-itself", certificate, home.sign(second), [second], f"ok {second}")
    cases.write("other-subkey", certificate, home.sign(second), [first], "UnknownKey")
    signature = home.sign(first)
    home.edit(primary, "key 1", "revkey", "y", "1", "", "y", ago=5 * DAY)
    revoked = home.export(primary)
    cases.write("subkey-revoked", revoked, home.sign(second), [primary], f"ok {second}")
    cases.write("subkey-was-revoked", revoked, signature, [primary], "KeyRevoked")


def expiry(cases, home):
    key = home.key("expires", "ed25519", expires="seconds=%d" % (40 * DAY), ago=30 * DAY)
    signature = home.sign(key, ago=10 * DAY)
    cases.write("will-expire", home.export(key), signature, [key], f"ok {key}")
    key = home.key("expired", "ed25519", expires="seconds=%d" % (20 * DAY), ago=30 * DAY)
    before = home.sign(key, ago=25 * DAY)
    short = home.export(key)
    cases.write("expired-after-signing", short, before, [key], "KeyExpired")
    home.gpg("--quick-set-expire", key, "seconds=%d" % (60 * DAY), ago=15 * DAY)
    late = home.sign(key, ago=5 * DAY)
    cases.write("signed-after-expiry", short, late, [key], "KeyExpired")
    cases.write("extended", home.export(key), before, [key], f"ok {key}")
    primary = home.key("short-subkey", "ed25519", usage="cert")
    sub = home.subkey(primary, "ed25519", expires="seconds=%d" % (20 * DAY))
    signature = home.sign(sub, ago=25 * DAY)
    cases.write("expired-subkey", home.export(primary), signature, [primary], "KeyExpired")
    primary = home.key("short-primary", "ed25519", usage="cert", expires="seconds=%d" % (20 * DAY))
    sub = home.subkey(primary, "ed25519")
    signature = home.sign(sub, ago=25 * DAY)
    cases.write("expired-primary", home.export(primary), signature, [primary], "KeyExpired")


def revocation(cases, home):
    for reason in ("0", "1", "3"):
        key = home.key(f"revoked{reason}", "ed25519")
        signature = home.sign(key)
        path = os.path.join(home.path, "openpgp-revocs.d", key + ".rev")
        if reason == "0":  # the certificate that gpg makes with every key
            with open(path, encoding="utf-8") as file:
                home.gpg("--import", data=file.read().replace(":---", "---").encode())
        else:
            home.edit(key, "revkey", "y", reason, "", "y", ago=5 * DAY)
        cases.write(f"revoked-{reason}", home.export(key), signature, [key], "KeyRevoked")


def forms(cases, home):
    key = home.fingerprints("ed25519")[0]
    other = home.fingerprints("nistp256")[0]
    certificate = home.export(key)
    good = home.sign(key)
    cases.write("changed", certificate, good, [key], "BadSignature", PAYLOAD + b"x")
    cases.write("line-ends", certificate, good, [key], "BadSignature", PAYLOAD.replace(b"\r", b""))
    cases.write("unknown", home.export(other), good, [other], "UnknownKey")
    cases.write("not-listed", certificate + home.export(other), good, [other], "UnknownKey")
    cases.write("no-certificate", b"", good, [key], "OpenPgpFailed")
    cases.write("broken-certificate", certificate[:200], good, [key], "OpenPgpFailed")
    options = ("--textmode",)
    cases.simple("text", key, "UnsupportedSignature", options=options)
    cases.simple("expires", key, "UnsupportedSignature", options=("--default-sig-expire", "1y"))
    options = ("--sig-notation", "a@example.com=b")
    cases.simple("notation", key, f"ok {key}", options=options)
    options = ("--sig-notation", "!a@example.com=b")
    cases.simple("critical-notation", key, "UnsupportedSignature", options=options)
    cases.simple("comment", key, f"ok {key}", options=("--comment", "made by hand", "--emit-version"))
    both = home.sign(key, other)
    cases.write("two", certificate + home.export(other), both, [key, other], "MalformedSignature")
    cases.write("crlf", certificate, good.replace(b"\n", b"\r\n"), [key], "MalformedSignature")
    cases.write("trailing", certificate, good + b"x\n", [key], "MalformedSignature")
    cases.write("secret-key", home.gpg("--armor", "--export-secret-keys", key), good, [key], f"ok {key}")


def main():
    directory = sys.argv[1]
    home = Home()
    try:
        cases = Cases(directory, home)
        algorithms(cases, home)
        binary_certificate(cases, home)
        subkeys(cases, home)
        expiry(cases, home)
        revocation(cases, home)
        forms(cases, home)
    finally:
        home.close()


if __name__ == "__main__":
    main()
