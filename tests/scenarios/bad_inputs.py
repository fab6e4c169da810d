"""Bad inputs against a real API server: bad/NAME/ has what somebody wrote, want.txt what they are told.

  NAME/*.yaml          the manifests of the App, beside one that is good
  NAME/app             further lines for the spec of the App
  NAME/repository      further lines for the spec of the Repository
  NAME/cluster/*.yaml  what is in the cluster beforehand
  NAME/want.txt        what Repository and App then say, and the problems; ACCEPT=1 rewrites it

NAMESPACE in any of them is the namespace of the case, which the App fills; App and Repository have its name, too."""

import glob
import os
import re

from scenario import Scenario
from troubles import TroubledWorld
from world import HERE, config_map, wait_for

ROOT = os.path.join(HERE, "bad")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class BadInput(Scenario):
    WORLD = TroubledWorld
    SPEC = "  retryInterval: 1m\n"
    REPOSITORY = "  timeout: 5s\n"

    def text(self, path):
        return read(path).replace("NAMESPACE", self.name) if os.path.exists(path) else ""

    def begin(self, case):
        self.name = "bad-" + case
        self.world.namespace(self.name)
        folder = os.path.join(ROOT, case)
        for path in sorted(glob.glob(folder + "/cluster/*.yaml")):
            self.cluster.apply(self.text(path), self.name)
        manifests = {"web/" + os.path.basename(path): self.text(path) for path in sorted(glob.glob(folder + "/*.yaml"))}
        self.git = self.world.repository(self.name, interval="1h",
                                         extra=self.REPOSITORY + self.text(folder + "/repository"),
                                         files={"web/good.yaml": config_map("good"), **manifests})
        self.apps.append(self.name)
        space = "" if "targetNamespace" in self.text(folder + "/app") else f"  targetNamespace: {self.name}\n"
        self.world.app(self.name, self.name, "web", extra=self.SPEC + space + self.text(folder + "/app"))
        return folder

    def told(self):
        """What both say, once the App says that it failed."""
        app = self.world.condition(self.name)
        repository = self.world.condition(self.name, "Repository")
        settled = app.get("status") == "False" or repository.get("status") == "False"
        if not settled or app.get("reason") in (None, "Progressing"):
            return None
        lines = []
        for kind, condition in (("Repository", repository), ("App", app)):
            if condition.get("status") == "False":
                lines.append(f"{kind}: {condition['reason']}: {condition['message']}")
        for problem in self.world.status(self.name).get("problems", []):
            lines.append(f"problem: {problem['reason']} ({problem['id']}, {problem.get('position', 'nowhere')})")
        text = "\n".join(lines) + "\n"
        text = re.sub(r"\b[0-9a-f]{40}\b", "COMMIT", text).replace(self.name, "NAMESPACE")
        return text.replace(self.world.git_url, "GIT")

    def compare(self, path, got):
        if os.environ.get("ACCEPT") == "1":
            with open(path, "w", encoding="utf-8") as file:
                file.write(got)
        self.assertEqual(got, read(path) if os.path.exists(path) else "")

    def test_cases(self):
        for case in sorted(os.listdir(ROOT)):
            with self.subTest(case=case):
                folder = self.begin(case)
                got = wait_for(f"{case} to be told", self.told)
                self.compare(folder + "/want.txt", got)
                self.compare(folder + "/why.txt", self.why())
