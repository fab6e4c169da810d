"""Two replicas: one holds the Lease and works, the other stands by. Never two writers."""

import signal
import time
import unittest

from faults import Proxy
from scenario import OwnOperators, files
from world import Operator, config_map, wait_for

TIMES = ("--leader-elect-lease-duration", "3s", "--leader-elect-renew-deadline", "2s",
         "--leader-elect-retry-period", "300ms", "--leader-elect-resource-namespace", "plumb-system")


class Replicas(OwnOperators):
    def setUp(self):
        self.replicas = {}
        self.name = self._testMethodName.replace("_", "-")
        self.cluster.call("DELETE", "/apis/coordination.k8s.io/v1/namespaces/plumb-system/leases/plumb-operator")
        for name in ("one", "two"):
            self.start_replica(name)
        self.git = self.world.repository(self.name, files=files("a"))
        self.world.namespace(self.name)
        self.world.app(self.name, self.name, "web", extra=f"  targetNamespace: {self.name}\n")
        self.applied(self.git.head())

    def start_replica(self, name, **options):
        replica = Operator(self.world, "--leader-elect", *TIMES, name=name, begun="operator stands by", **options)
        self.replicas[name] = replica
        self.addCleanup(lambda: replica.process.poll() is None and replica.kill())

    def applied(self, commit):
        self.world.wait_applied(self.name, commit, seconds=60)

    def lease(self):
        found = self.cluster.get("Lease", "plumb-operator", "plumb-system", "coordination.k8s.io/v1") or {}
        return found.get("spec", {})

    def leader(self):
        """The replica that holds the Lease, and its identity."""
        holder = self.lease().get("holderIdentity")
        for replica in self.replicas.values():
            if holder and replica.process.poll() is None and replica.line(f'"identity":"{holder}"'):
                return replica, holder
        return None

    def other(self, replica):
        return next(r for r in self.replicas.values() if r is not replica)

    def writers(self, mark):
        """Who wrote, in the order of their first writes; renewals of the Lease and reads do not count."""
        found = [agent for verb, resource, _, agent in self.world.requests_by_agent(mark)
                 if verb not in ("get", "list") and resource != "leases"]
        return list(dict.fromkeys(found)), found

    def test_release(self):
        """The leader is told to end: it gives the Lease away, and the other one goes on at once."""
        leader, identity = self.leader()
        self.assertEqual(self.other(leader).probe("/readyz"), "ok\n")
        mark = self.world.audit_mark()
        self.assertLess(leader.stop(), 5)
        commit = self.git.commit(files("b"))
        self.applied(commit)
        self.assertNotEqual(self.lease()["holderIdentity"], identity)
        self.assertEqual(len(self.writers(mark)[0]), 1)
        # And back again, with a replica that started meanwhile.
        now_leading = self.leader()[0]
        self.start_replica(leader.name)
        now_leading.stop()
        self.applied(self.git.commit(files("c")))

    def test_rest(self):
        """Nothing happens: nobody asks for anything but the Lease, polls of Git once a second or not."""
        self.quiet()
        mark = self.world.audit_mark()
        time.sleep(4)
        asked = self.world.requests_by_agent(mark)
        self.assertEqual({resource for _, resource, _, _ in asked}, {"leases"}, asked)
        self.assertEqual({agent for verb, _, _, agent in asked if verb not in ("get", "list")}, {self.leader_agent()})

    def quiet(self):
        """Waits until nothing but the Lease is asked for."""
        def rests():
            mark = self.world.audit_mark()
            time.sleep(2.5)
            return all(request[1] == "leases" for request in self.world.requests_by_agent(mark))
        wait_for("the operator to come to rest", rests)

    def leader_agent(self):
        return f"plumb-operator ({self.leader()[1]})"

    def test_killed(self):
        """Nobody gives the Lease away: it is taken when it was not renewed for its duration."""
        leader, _ = self.leader()
        leader.kill()
        commit = self.git.commit(files("b"))
        self.applied(commit)
        self.assertEqual(self.lease()["leaseTransitions"], 1)

    def test_stopped(self):
        """A leader that is frozen in the middle of a sync and wakes up when another one leads: it writes nothing more,
        and ends."""
        leader, identity = self.leader()
        mark = self.world.audit_mark()
        many = [f"m{i}" for i in range(150)]
        self.git.commit(files(*many))
        wait_for("the sync to begin",
                 lambda: any(r[1] == "configmaps" for r in self.world.operator_requests(mark)))
        leader.process.send_signal(signal.SIGSTOP)
        wait_for("the other one to lead", lambda: self.leader() and self.leader()[1] != identity)
        commit = self.git.commit({"web/m0.yaml": config_map("m0", "2")})
        self.applied(commit)
        mark = self.world.audit_mark()
        leader.process.send_signal(signal.SIGCONT)
        self.assertEqual(leader.process.wait(20), 1)
        self.applied(self.git.commit(files("z")))
        _, writes = self.writers(mark)
        self.assertEqual([agent for agent in writes if identity in agent], [])
        self.assertEqual(self.cluster.get("ConfigMap", "m0", self.name)["data"]["value"], "2")

    def test_overlap(self):
        """The leader's renewals do not arrive, and all else of it does, in the middle of a sync: it has stopped
        writing by the time another one begins."""
        for replica in self.replicas.values():
            replica.kill()
        proxy = Proxy(self.world)
        self.start_replica("cut-off", kubeconfig=proxy.kubeconfig(self.world))
        leader, identity = wait_for("it to lead", self.leader)
        self.start_replica("three")
        mark = self.world.audit_mark()
        proxy.rule("delay", ["PATCH"], "/configmaps/", ms=100)
        self.git.commit(files(*[f"m{i}" for i in range(400)]))
        wait_for("the sync to begin", lambda: proxy.stats()["rules"][0]["applied"] > 10)
        proxy.rule("hold", [], "/leases")
        self.assertEqual(leader.process.wait(30), 1)
        proxy.clear()
        self.applied(self.git.commit(files("z")))
        _, writes = self.writers(mark)
        turn = next(number for number, agent in enumerate(writes) if identity not in agent)
        self.assertGreater(turn, 10)
        self.assertEqual([agent for agent in writes[turn:] if identity in agent], [])

    def test_lease_taken(self):
        """Somebody else's name stands in the Lease: the holder ends without another write, and does not fight."""
        leader, identity = self.leader()
        self.other(leader).kill()
        self.cluster.patch("Lease", "plumb-operator", "plumb-system",
                           {"spec": {"holderIdentity": "somebody", "leaseDurationSeconds": 1}},
                           "coordination.k8s.io/v1")
        self.assertEqual(leader.process.wait(20), 1)
        self.assertEqual(self.lease()["holderIdentity"], "somebody")
        self.start_replica(leader.name)
        self.applied(self.git.commit(files("b")))
        self.assertNotEqual(self.lease()["holderIdentity"], identity)


if __name__ == "__main__":
    unittest.main()
