#!/usr/bin/env python3
"""How long `plumb verify` takes for a push of many signed commits, beside `git verify-commit`, which judges
signatures and nothing else. Usage: verify_history.py PLUMB [COMMITS]
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "trust", "attacks"))
sys.dont_write_bytecode = True
from attack_world import FILES, policy_of  # noqa: E402
from signing import REF, Keys, Repo  # noqa: E402


def seconds(command, environment, wanted=0):
    began = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    if done.returncode != wanted:
        sys.exit(f"{command[:4]}: {done.stderr.decode()[-2000:]}{done.stdout.decode()[-2000:]}")
    return time.monotonic() - began


def main():
    plumb, count = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    with tempfile.TemporaryDirectory(prefix="plumb-verify-") as scratch:
        keys = Keys(scratch)
        try:
            directory = os.path.join(scratch, "repo.git")
            os.makedirs(directory)
            repo = Repo(directory, keys)
            base = tip = repo.commit([], FILES | {f"docs/{i // 30}/{i}.md": "x\n" for i in range(600)})
            for number in range(count):
                tip = repo.commit(tip, {f"docs/{number % 20}/{number % 600}.md": f"{number}\n"})
            repo.git("gc", "-q", check=False)
            policy = os.path.join(scratch, "policy.yaml")
            with open(policy, "w", encoding="utf-8") as file:
                file.write(policy_of(keys, base, REF, ""))
            ours = [seconds([plumb, "verify", "--policy", policy, "--repo", directory, "--range", f"{base}..{tip}"],
                            repo.environment) for _ in range(7)]
            nothing = [seconds([plumb, "verify", "--policy", policy, "--repo", directory, "--range", f"{tip}..{tip}"],
                               repo.environment) for _ in range(7)]
            signers = os.path.join(scratch, "allowed")
            with open(signers, "w", encoding="utf-8") as file:
                file.write("* " + keys.public("alice") + "\n")
            commits = repo.git("rev-list", f"{base}..{tip}").split()
            theirs = seconds(["git", "-C", directory, "-c", f"gpg.ssh.allowedSignersFile={signers}", "verify-commit",
                              *commits], repo.environment)
        finally:
            keys.close()
    ours, nothing = statistics.median(ours), statistics.median(nothing)
    print(f"{count} commits, ed25519, medians of 7")
    print(f"plumb verify           {ours:.3f} s, {(ours - nothing) * 1000 / count:.3f} ms a commit "
          f"({nothing * 1000:.0f} ms to start)")
    print(f"git verify-commit      {theirs:.3f} s, {theirs * 1000 / count:.3f} ms a commit (signatures only)")


main()
