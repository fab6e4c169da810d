"""A real application of 20 objects, every usual kind, the first time: over http and over ssh."""

import json
import os

from scenario import Scenario, shop_files
from world import HERE, wait_for

OBJECTS = [("Namespace", "v1", "SHOP"), ("ServiceAccount", "v1", "web"), ("Secret", "v1", "payment"),
           ("ConfigMap", "v1", "settings"), ("ConfigMap", "v1", "pages"), ("Service", "v1", "web"),
           ("Service", "v1", "database"), ("Deployment", "apps/v1", "web"), ("Deployment", "apps/v1", "worker"),
           ("StatefulSet", "apps/v1", "database"), ("Role", "rbac.authorization.k8s.io/v1", "web"),
           ("RoleBinding", "rbac.authorization.k8s.io/v1", "web"), ("Ingress", "networking.k8s.io/v1", "web"),
           ("NetworkPolicy", "networking.k8s.io/v1", "web"), ("PodDisruptionBudget", "policy/v1", "web"),
           ("HorizontalPodAutoscaler", "autoscaling/v2", "worker"), ("Job", "batch/v1", "migrate"),
           ("CronJob", "batch/v1", "report"), ("Discount", "SHOP.example.org/v1", "spring"),
           ("CustomResourceDefinition", "apiextensions.k8s.io/v1", "discounts.SHOP.example.org")]


class FirstSync(Scenario):
    def expect_all(self, shop, commit):
        self.applied(commit, seconds=60)
        for kind, version, name in OBJECTS:
            version, name = version.replace("SHOP", shop), name.replace("SHOP", shop)
            self.assertTrue(self.cluster.get(kind, name, shop, version), f"{kind} {name}")
        self.assertEqual(len(self.world.status(self.name)["inventory"]["entries"]), len(OBJECTS))

    def test_http(self):
        self.git = self.world.repository(self.name, files=shop_files("shop-http"))
        self.apps.append(self.name)
        self.world.app(self.name, self.name, "web")
        self.expect_all("shop-http", self.git.head())

    def test_ssh(self):
        ssh = self.world.child(os.path.join(HERE, "../git_server/ssh_server"), "--root",
                               os.path.join(self.world.directory, "repositories"), "--dir",
                               os.path.join(self.world.directory, "ssh"))
        server = json.loads(ssh.ready)
        with open(server["key"], encoding="utf-8") as key, open(server["known_hosts"], encoding="utf-8") as hosts:
            self.secret("ssh-key", {"identity": key.read(), "known_hosts": hosts.read()})
        self.git = self.world.repository(self.name, extra="  secretRef: {name: ssh-key}\n")
        self.spec({"url": f"{server['url']}/{self.name}.git"}, "Repository")
        commit = self.git.commit(shop_files("shop-ssh"))
        self.apps.append(self.name)
        self.world.app(self.name, self.name, "web")
        self.expect_all("shop-ssh", commit)
        wait_for("a fetch over ssh", lambda: "git-upload-pack" in ssh.command("stats"))
