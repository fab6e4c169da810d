#!/usr/bin/env python3
"""The scenarios of this folder, all in one World: a real control plane, a real Git server, the operator with its own
rights. One alone: scenarios_test.py heal.Heal.test_edit; all but a module: scenarios_test.py -faults. PLUMB_BIN
names the folder of the programs. When one fails, the end of the operator's log is shown. What a sanitizer writes into
that log fails the scenario, or, when the operator ends, the whole run."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import scenario  # noqa: E402

MODULES = sorted(name[:-3] for name in os.listdir(os.path.dirname(os.path.realpath(__file__)))
                 if name.endswith(".py") and name not in ("world.py", "scenario.py", "scenarios_test.py"))


def main():
    left_out = [name[1:] for name in sys.argv[1:] if name.startswith("-")]
    names = [name for name in sys.argv[1:] if not name.startswith("-")]
    names = names or [name for name in MODULES if name not in left_out]
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    for world in [] if result.wasSuccessful() else scenario.shared_worlds():
        with open(world.operator.log, encoding="utf-8") as log:
            text = log.read()[-8000:]
        print(f"the log of the operator of {type(world).__name__} ends with:\n{text}", file=sys.stderr)
    return 0 if result.wasSuccessful() and ended_well() else 1


def ended_well():
    """A sanitized operator looks for leaks when it ends."""
    well = True
    for world in scenario.shared_worlds():
        world.operator.stop()
        report = world.sanitizer_report()
        if report or world.operator.process.returncode != 0:
            print(f"the operator ended with {world.operator.process.returncode}\n{report}", file=sys.stderr)
            well = False
    return well


if __name__ == "__main__":
    sys.exit(main())
