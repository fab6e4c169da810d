"""Measures the operator on a real control plane: kube-apiserver, etcd that writes through to the disk, the controllers,
a Git server over HTTP; all on this machine, which therefore does the server's work too.

  bench/run [--quick] [--json FILE] [--bin DIR] [SCENARIO...]

  B1-100 B1-500 B1-1000   first sync of so many Apps of 4 objects
  B0    the objects of B1 and B2b without any operator: what the server alone takes
  B2    one commit in one file, told by a webhook, and found by a poll each second
  B2b   one commit that changes every App, and its git revert (B10)
  B3    drift: an owned field edited, an object deleted, a label removed; B3-load: while new Apps are synced
  B3b   200 updates of status a second by others
  B4    10 minutes in which nothing happens
  B5    memory by managed and by foreign object
  B7    kill -9 and start with all objects in sync; B7-fleet: many Apps, few objects each
  B8    20,000 managed objects in a cluster of 100,000, with 50 Events a second
  B12   100 repositories polled every 10 seconds, and a large one

Without SCENARIO all of them. --quick: 100 Apps, fewer trials, B4 for a minute; a few minutes in all. --bin: the folder
of plumb-operator and bench-observer (default: build/release/bin). Prints a table; --json keeps all figures. Exit code 1
when a scenario did not come to its end; a target that is missed is marked and no failure: figures depend on the
machine. docs/performance.md says what the figures mean."""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
import traceback

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.realpath(os.path.join(HERE, ".."))
SCENARIOS = ("B0", "B1-100", "B1-500", "B1-1000", "B2", "B2b", "B3", "B3-load", "B3b", "B4", "B7-fleet", "B5", "B7",
             "B8", "B12")
ON_FLEET = ("B2", "B2b", "B3", "B3-load", "B3b", "B7-fleet", "B4")
# Scenario, figure (a path in its results), target, unit.
TARGETS = (
    ("B0", "create.seconds_to_last", None, "s"), ("B0", "change.seconds_to_last", None, "s"),
    ("B0", "create.requests_of_controllers", None, ""), ("B0", "change.requests_of_controllers", None, ""),
    ("B1-100", "objects_seconds", 1, "s"), ("B1-100", "ready_seconds", None, "s"),
    ("B1-500", "objects_seconds", 4.5, "s"), ("B1-500", "ready_seconds", None, "s"),
    ("B1-1000", "objects_seconds", 9, "s"), ("B1-1000", "ready_seconds", None, "s"),
    ("B1-1000", "requests_total", None, ""), ("B1-1000", "requests_of_controllers", None, ""),
    ("B1-1000", "cpu_seconds.operator", None, "s"), ("B1-1000", "cpu_seconds.apiserver", None, "s"),
    ("B2", "webhook.p50_ms", 60, "ms"), ("B2", "webhook.p99_ms", 200, "ms"), ("B2", "requests_each", 3, ""),
    ("B2", "poll_1s.p50_ms", None, "ms"),
    ("B2b", "seconds_to_last", 4, "s"), ("B2b", "requests_total", None, ""),
    ("B10", "seconds_to_last", 3, "s"), ("B10", "rendered", 0, ""),
    ("B3", "all.p50_ms", 15, "ms"), ("B3", "all.p99_ms", 60, "ms"), ("B3", "requests_each", None, ""),
    ("B3-load", "all.p50_ms", None, "ms"), ("B3-load", "all.p99_ms", 250, "ms"),
    ("B3b", "share_of_a_core", 0.05, ""), ("B3b", "requests_total", 0, ""), ("B3b", "heals", 0, ""),
    ("B4", "operator_cpu_seconds_per_hour", 5, "s/h"), ("B4", "requests_total", 0, ""),
    ("B4", "server_cpu_seconds_per_hour", None, "s/h"), ("B4", "server_alone_cpu_seconds_per_hour", None, "s/h"),
    ("B5", "empty.pss", 40 * 1024, "KiB"), ("B5", "bytes_per_object", 300, "B"),
    ("B5", "bytes_per_object_synced", None, "B"), ("B5", "bytes_per_foreign", 0, "B"),
    ("B7", "kept.healed_seconds", 1.5, "s"), ("B7", "kept.all_turns_seconds", 1.5, "s"),
    ("B7", "kept.writes", None, ""),
    ("B7", "lost.healed_seconds", 3, "s"), ("B7", "lost.writes", None, ""),
    ("B7-fleet", "kept.healed_seconds", 1.5, "s"), ("B7-fleet", "kept.all_turns_seconds", 1.5, "s"),
    ("B7-fleet", "kept.writes", None, ""), ("B7-fleet", "lost.healed_seconds", 3, "s"),
    ("B8", "heal_ratio", 1.5, ""), ("B8", "alone.heal.p50_ms", None, "ms"), ("B8", "beside.heal.p50_ms", None, "ms"),
    ("B8", "alone.commit.p50_ms", None, "ms"), ("B8", "beside.commit.p50_ms", None, "ms"),
    ("B8", "bytes_per_foreign", 0, "B"), ("B8", "beside.memory.pss", None, "KiB"),
    ("B8", "alone.restart_seconds", None, "s"), ("B8", "beside.restart_seconds", None, "s"),
    ("B8", "beside.restart_writes", None, ""),
    ("B12", "share_of_a_core", 0.02, ""), ("B12", "push_to_changed.p50_ms", None, "ms"),
    ("B12", "large.first_seconds", None, "s"), ("B12", "large.commit_ms", None, "ms"),
)


def machine(programs):
    def output(*command):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        return done.stdout.strip()
    model = ""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    with open("/proc/meminfo", encoding="utf-8") as file:
        memory = int(file.readline().split()[1]) // 1024
    return {"cores": os.cpu_count(), "cpu": model, "memory_mib": memory, "kernel": platform.release(),
            "load_at_start": os.getloadavg(), "revision": output("git", "describe", "--always", "--dirty"),
            "operator": output(os.path.join(programs, "plumb-operator"), "--version"),
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def say(text):
    print(text, file=sys.stderr, flush=True)


class Suite:
    def __init__(self, wanted, quick):
        self.wanted, self.quick, self.results, self.failed = wanted, quick, {}, []

    def measure(self, name, run):
        """Runs one scenario; False when it did not come to its end."""
        say(f"{name} ...")
        began, load = time.monotonic(), os.getloadavg()[0]
        try:
            figures = run()
        except Exception:  # the other scenarios can still be measured
            traceback.print_exc()
            self.failed.append(name)
            return False
        for key, value in ({name: figures} if name != "B2b" else figures).items():
            self.results[key] = {**value, "load_before": load}
        say(f"{name}: {time.monotonic() - began:.1f} s")
        return True

    def run(self):
        import fleet  # after PLUMB_BIN is set
        self.fleet = fleet
        largest = 100 if self.quick else 1000
        if "B0" in self.wanted:
            self.bare(largest)
        on_fleet = [name for name in ON_FLEET if name in self.wanted]
        for count in (100, 500, 1000):
            name = f"B1-{count}"
            if name in self.wanted and not (count == largest and on_fleet) and (count == 100 or not self.quick):
                self.first_sync(name, count).end()
        if on_fleet:
            self.on_fleet(f"B1-{largest}", largest, on_fleet)
        if "B5" in self.wanted or "B7" in self.wanted:
            self.on_bulk()
        if "B8" in self.wanted:
            self.large_cluster()
        if "B12" in self.wanted:
            self.polls()

    def bare(self, count):
        import bare

        def run():
            rig, figures = bare.bare(count)
            rig.end()
            return figures
        self.measure("B0", run)

    def first_sync(self, name, count):
        kept = {}

        def run():
            kept["rig"], figures = self.fleet.first_sync(count)
            return figures
        return kept["rig"] if self.measure(name, run) else Nothing()

    def on_fleet(self, name, count, scenarios):
        rig = self.first_sync(name, count)
        if isinstance(rig, Nothing):
            return
        quick, fleet = self.quick, self.fleet
        runs = {"B2": lambda: fleet.commits(rig, 20 if quick else 100),
                "B2b": lambda: fleet.change_all(rig),
                "B3": lambda: fleet.drift(rig, 30 if quick else 170),
                "B3-load": lambda: fleet.drift_under_load(rig, count if quick else 500),
                "B3b": lambda: fleet.churn(rig, 5 if quick else 30),
                "B7-fleet": lambda: fleet.restart(rig),
                "B4": lambda: fleet.steady(rig, 60 if quick else 600)}
        for scenario in scenarios:
            if not self.measure(scenario, runs[scenario]):
                say(operator_log(rig))
        rig.end()

    def on_bulk(self):
        import bulk
        small, large, foreign = (1000, 3000, 1000) if self.quick else (10000, 20000, 10000)
        kept = {}

        def run():
            kept["rig"], figures = bulk.memory(small, large, foreign if "B5" in self.wanted else 0)
            return figures
        if self.measure("B5", run) and "B7" in self.wanted:
            self.measure("B7", lambda: {"objects": 100 * len(kept["rig"].names), **bulk.cold_start(kept["rig"])})
        if "rig" in kept:
            kept["rig"].end()

    def large_cluster(self):
        import bulk

        def run():
            rig, figures = bulk.large_cluster(*((1000, 5000, 10) if self.quick else (20000, 80000, 60)))
            rig.end()
            return figures
        self.measure("B8", run)

    def polls(self):
        import polls

        def run():
            rig, figures = polls.polls(*((20, 20, 20) if self.quick else (100, 60, 200)))
            rig.end()
            return figures
        self.measure("B12", run)


class Nothing:
    def end(self):
        pass


def operator_log(rig):
    with open(rig.world.operator.log, encoding="utf-8") as log:
        return "the operator's log ends with:\n" + log.read()[-3000:]


def figure(results, scenario, path):
    value = results.get(scenario)
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def table(results):
    lines = [f"{'':10} {'figure':36} {'measured':>12} {'target':>10}"]
    for scenario, path, target, unit in TARGETS:
        value = figure(results, scenario, path)
        if value is None:
            continue
        shown = json.dumps(value) if isinstance(value, dict) else f"{value:g} {unit}".strip()
        wanted = "" if target is None else f"<= {target:g}"
        missed = target is not None and value > target
        lines.append(f"{scenario:10} {path:36} {shown:>12} {wanted:>10}{'  missed' if missed else ''}")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="*", metavar="SCENARIO", help=" ".join(SCENARIOS))
    parser.add_argument("--quick", action="store_true", help="small sizes, a few minutes")
    parser.add_argument("--json", metavar="FILE", help="writes all figures there")
    parser.add_argument("--bin", default=os.path.join(ROOT, "build/release/bin"), help="folder of the programs")
    parser.add_argument("--controllers", default="default", metavar="none|default|A,B,C",
                        help="of kube-controller-manager; none: what the API server takes alone, for B0")
    options = parser.parse_args()
    wanted = options.scenario or SCENARIOS
    unknown = set(wanted) - set(SCENARIOS) - {"B10"}
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}; there are {' '.join(SCENARIOS)}")
    wanted = {"B2b" if name == "B10" else name for name in wanted}
    os.environ["PLUMB_BIN"] = os.path.abspath(options.bin)
    os.environ["PLUMB_BENCH_CONTROLLERS"] = options.controllers
    about = {**machine(os.path.abspath(options.bin)), "controllers": options.controllers}
    if about["load_at_start"][0] > 0.3 * about["cores"]:
        say(f"the machine is busy (load {about['load_at_start'][0]:.1f}): the figures will be worse than they could be")
    suite = Suite(wanted, options.quick)
    try:
        suite.run()
    except KeyboardInterrupt:
        suite.failed.append("what came after the interruption")
    print(table(suite.results))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"machine": about, "quick": options.quick, "scenarios": suite.results}, file, indent=1)
            file.write("\n")
    if suite.failed:
        print("not measured: " + ", ".join(suite.failed))
    return 1 if suite.failed else 0
