"""What the operator is known by, and knows the API server by, is renewed while it runs."""

import json
import os
import shutil
import sys
import time

from faults import Faulty, FaultyWorld
from scenario import Scenario, files
from world import ACCOUNT_TOKEN, ROOT, Operator, World, wait_for

sys.path.insert(0, os.path.join(ROOT, "tests", "harness"))
from local_server import Authority  # noqa: E402


class TokenWorld(World):
    """The operator's token is in a file, as that of a ServiceAccount in a Pod."""

    def __init__(self):
        super().__init__(operator=False)
        self.token_file = os.path.join(self.directory, "token")
        self.write_token(ACCOUNT_TOKEN)
        with open(self.operator_kubeconfig, encoding="utf-8") as file:
            config = json.load(file)
        config["users"][0]["user"] = {"tokenFile": self.token_file}
        with open(self.operator_kubeconfig, "w", encoding="utf-8") as file:
            json.dump(config, file)
        self.operator = Operator(self)

    def write_token(self, token):
        """As the kubelet does it: another file in its place."""
        with open(self.token_file + ".new", "w", encoding="utf-8") as file:
            file.write(token)
        os.rename(self.token_file + ".new", self.token_file)

    def accept(self, token):
        """From now on this token and not the one before."""
        path = os.path.join(self.plane_directory, "tokens.csv")
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.token, before = token, getattr(self, "token", ACCOUNT_TOKEN)
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(line.replace(before, token) + "\n" for line in lines)
        answer = self.plane.command("restart-apiserver")
        assert answer.startswith("OK"), answer

    def refusals(self, mark):
        """How many requests were answered by 401 since the mark."""
        return sum(event.get("responseStatus", {}).get("code") == 401 for event in self.audited(mark))


class Token(Scenario):
    WORLD = TokenWorld
    SPEC = "  retryInterval: 1s\n"

    def test_expired(self):
        """The server refuses the token; the operator asks now and then, and goes on with the next one in the file."""
        self.start(files("a", "b"))
        mark = self.world.audit_mark()
        self.world.accept("the-second-token")
        commit = self.git.commit({**files("a", value="2"), "web/b.yaml": None})
        time.sleep(4)
        self.assertEqual((self.value("a"), self.value("b")), ("1", "1"))
        self.assertLess(self.world.refusals(mark), 100)
        self.world.write_token("the-second-token")
        self.applied(commit, seconds=60)
        self.assertEqual((self.value("a"), self.value("b")), ("2", None))
        self.edit("a", "by hand")
        self.becomes("a", "2")

    def test_rotated(self):
        """The next token is in the file before the server refuses the last one."""
        self.start(files("a"))
        self.world.write_token("the-third-token")
        self.world.accept("the-third-token")
        self.applied(self.git.commit(files("a", value="2")), seconds=60)
        self.edit("a", "by hand")
        self.becomes("a", "2")


class CertifiedWorld(FaultyWorld):
    """The operator trusts the certificate authority in a file of its own."""

    def trusted(self):
        return os.path.join(self.directory, "trusted.crt")

    def write_kubeconfig(self):
        path = super().write_kubeconfig()
        shutil.copy(self.cluster.env["PLUMB_CLUSTER_CA"], self.trusted())
        with open(path, encoding="utf-8") as file:
            config = json.load(file)
        config["clusters"][0]["cluster"]["certificate-authority"] = self.trusted()
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        return path


class Certificate(Faulty):
    WORLD = CertifiedWorld

    def show(self, authority, name):
        """A new certificate of this authority, on new connections; the old ones end."""
        authority.sign(name, "/CN=kube-apiserver", "serverAuth")
        self.proxy.tell("certificate", cert=authority.path(name + ".crt"), key=authority.path(name + ".key"))
        self.proxy.tell("cut")

    def goes_on(self, commit):
        self.applied(commit, seconds=60)
        self.edit("a", "by hand")
        self.becomes("a", "2")
        self.assertEqual(self.world.deletions(self.mark, self.name), ["b"])

    def test_replaced(self):
        """First by one of another authority, which is refused and told, until the file names that authority."""
        self.start(files("a", "b"))
        other = Authority(os.path.join(self.world.directory, "other"), "another authority")
        self.show(other, "second")
        commit = self.git.commit({**files("a", value="2"), "web/b.yaml": None})
        wait_for("the operator to say so", lambda: self.world.operator.line("no trusted connection to "))
        before = self.proxy.stats()
        time.sleep(4)
        after = self.proxy.stats()
        self.assertEqual(after["requests"], before["requests"])
        self.assertLess(after["connections"] - before["connections"], 100)
        self.assertEqual((self.value("a"), self.value("b")), ("1", "1"))
        shutil.copy(other.certificate, self.world.trusted())
        self.goes_on(commit)
        self.show(other, "third")
        self.applied(self.git.commit(files("c")), seconds=60)
