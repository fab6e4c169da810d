"""The bare repositories the test Git servers serve."""

import os
import subprocess

# No test depends on the configuration of the machine or of the person who runs it.
GIT_ENVIRONMENT = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}


def create_repository(root, name):
    path = os.path.join(root, name + ".git")
    subprocess.run(
        ["git", "init", "--quiet", "--bare", "--initial-branch=main", path],
        check=True,
        env={**os.environ, **GIT_ENVIRONMENT},
    )
    return path
