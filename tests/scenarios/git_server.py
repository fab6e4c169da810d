"""The Git server fails in every way: the App keeps what it has, healed as before, says what happened, and goes on when
the server is back."""

from scenario import Scenario, files
from world import wait_for


class Faults(Scenario):
    REPOSITORY = "  timeout: 2s\n"

    def survive(self, fault, reason, message):
        self.start(files("a"))
        self.git.write(files("a", value="2"))
        self.git.git("commit", "-qam", "made in time")
        commit = self.git.push()
        self.applied(commit)
        self.world.http.command("fault " + fault)
        said = self.says(reason, "Repository")["message"]
        self.assertIn(message, said)
        self.assertIn("still on main@" + commit, said)
        self.assertEqual(self.world.condition(self.name)["status"], "True")
        self.edit("a", "by hand")
        self.becomes("a", "2")
        self.world.http.command("fault none")
        self.says("Fetched", "Repository", status="True", seconds=60)
        self.commit(files("a", value="3"))
        self.assertEqual(self.value("a"), "3")

    def test_down(self):
        self.survive("down", "RepositoryUnreachable", "127.0.0.1")

    def test_unavailable(self):
        self.survive("status 503", "RepositoryUnreachable", "503")

    def test_hang(self):
        self.survive("hang", "FetchTimeout", "did not answer in time")

    def test_truncated(self):
        """A pack that ends in the middle never becomes a revision."""
        commit = self.start(files("a"))
        self.world.http.command("fault truncate")
        self.git.commit(files("a", *[f"x{i}" for i in range(20)], value="2"))
        wait_for("a failed fetch", lambda: self.world.condition(self.name, "Repository")["status"] == "False")
        self.assertIn("still on main@" + commit, self.world.condition(self.name, "Repository")["message"])
        self.edit("a", "by hand")
        self.becomes("a", "1")
        self.world.http.command("fault none")
        self.applied(self.git.head(), seconds=60)
        self.assertEqual((self.value("a"), self.value("x19")), ("2", "2"))
