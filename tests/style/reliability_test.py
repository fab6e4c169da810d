#!/usr/bin/env python3
"""Every test that docs/reliability.md names exists, and every fault REL-01 to REL-60 has its row."""

import glob
import os
import re
import unittest

ROOT = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..")


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def units():
    """Suite -> the names of its tests, of all test programs."""
    out = {}
    for folder in ("src", "tests"):
        for path in glob.glob(os.path.join(ROOT, folder, "**", "*_test.cc"), recursive=True):
            for suite, name in re.findall(
                r"^(?:TEST|TEST_F|TEST_P)\((\w+),\s*(\w+)\)", read(path), re.M
            ):
                out.setdefault(suite, set()).add(name)
    return out


def scenario_exists(module, group, name):
    path = os.path.join("tests", "scenarios", module + ".py")
    if not os.path.exists(os.path.join(ROOT, path)):
        return False
    classes = re.split(r"^class ", read(path), flags=re.M)
    return any(
        text.startswith(group + "(") and (name == "*" or f"    def {name}(" in text)
        for text in classes
    )


class Reliability(unittest.TestCase):
    TEXT = read("docs/reliability.md")

    def test_every_test_that_is_named_exists(self):
        known = units()
        for named in re.findall(r"`([\w*]+(?:\.[\w*]+){1,2})`", self.TEXT):
            parts = named.split(".")
            if len(parts) == 3:
                self.assertTrue(scenario_exists(*parts), named)
            else:
                self.assertTrue(parts[0] in known, named)
                self.assertTrue(parts[1] == "*" or parts[1] in known[parts[0]], named)

    def test_every_fault_has_one_row(self):
        rows = re.findall(r"^\| (REL-\d\d) \|", self.TEXT, re.M)
        self.assertEqual(sorted(rows), [f"REL-{number:02}" for number in range(1, 61)])


if __name__ == "__main__":
    unittest.main()
