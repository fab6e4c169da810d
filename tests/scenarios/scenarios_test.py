#!/usr/bin/env python3
"""The scenarios of this folder, all in one World: a real control plane, a real Git server, the operator with its own
rights. One alone: scenarios_test.py heal.Heal.test_edit. PLUMB_BIN names the folder of the programs.
When one fails, the end of the operator's log is shown."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import scenario  # noqa: E402

MODULES = sorted(name[:-3] for name in os.listdir(os.path.dirname(os.path.realpath(__file__)))
                 if name.endswith(".py") and name not in ("world.py", "scenario.py", "scenarios_test.py"))


def main():
    suite = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:] or MODULES)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    if not result.wasSuccessful() and scenario.has_shared_world():
        with open(scenario.shared_world().operator.log, encoding="utf-8") as log:
            print("the operator's log ends with:\n" + log.read()[-8000:], file=sys.stderr)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
