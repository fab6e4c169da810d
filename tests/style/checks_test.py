#!/usr/bin/env python3
"""The checks of tools/ find what they are for, and let pass what they should."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "..", "tools"))
import check_errors  # noqa: E402
import check_layers  # noqa: E402
import check_sizes  # noqa: E402
from sources import blanked  # noqa: E402

CODE = """#include <map>
#define BOTH(a) do { \\
    a; } while (false)
namespace plumb {
// A brace in a comment { and one in a text:
const char* kBrace = "{";
struct Options {
  int size = 3;
  std::map<int, int> sizes{{1, 2}, {3, 4}};
};
class CAPABILITY("mutex") Guard {
 public:
  explicit Guard(int a) : a_{a}, b_(2) {
    use(a);
  }
  bool operator==(const Guard&) const = default;

 private:
  int a_{0};
};
template <class T, class = std::enable_if_t<true>>
void f(T value, Options options = {}) {
  if (value) {
    g([] { return 1; });
  }
}
const std::map<int, int> kTable = {
    {1, 2},
};
auto kMake = [](int x) {
  return x;
};
}  // namespace plumb
"""


class SizesTest(unittest.TestCase):
    def functions(self, code):
        return check_sizes.functions_of("a.cc", code)

    def test_functions_are_found_with_their_declaration(self):
        self.assertEqual(self.functions(CODE), [(13, 15), (21, 26)])

    def problems(self, code, path="src/a.cc"):
        found = []
        check_sizes.check_functions(path, code, found)
        check_sizes.check_lines(path, code, found)
        check_sizes.check_names(path, code, found)
        return [text for _, _, text in found]

    def test_long_functions_need_a_reason(self):
        body = "  x();\n" * 59
        self.assertIn("61 lines", self.problems("void f() {\n" + body + "}\n")[0])
        self.assertEqual(self.problems("void f() {\n" + body[7:] + "}\n"), [])
        excused = "// long function: a table\nvoid f() {\n" + body + "}\n"
        self.assertEqual(self.problems(excused), [])
        self.assertIn("61 lines", self.problems("f() {\n" + body + "}\n", "dev")[0])
        self.assertIn("62 lines", self.problems("def f():\n" + "    x()\n" * 61, "a.py")[0])

    def test_words(self):
        self.assertEqual(len(self.problems("class PlanManager;\n")), 1)
        self.assertEqual(len(self.problems("// TO" "DO: later\n")), 1)
        self.assertEqual(len(self.problems("int a;\n", "src/string_utils.h")), 1)
        self.assertEqual(self.problems("FieldManagers managers; // the manager of a field\n"), [])

    def test_columns_are_characters(self):
        self.assertEqual(self.problems("// " + "é" * 97 + "\n"), [])
        self.assertEqual(len(self.problems("// " + "é" * 98 + "\n")), 1)


class LayersTest(unittest.TestCase):
    def test_arrows(self):
        for path, target in (
            ("core/plan/plan.cc", "core/render/render.h"),
            ("core/plan/plan.cc", "edge/os/process.h"),
            ("edge/git/store.cc", "core/trust/trust.h"),
            ("model/plan.h", "lang/yaml/yaml.h"),
            ("base/error.h", "model/plan.h"),
            ("cmd/ci/main.cc", "edge/cluster/client.h"),
            ("cmd/ci/main.cc", "control/world.h"),
            ("cmd/operator/main.cc", "edge/git_push/config_repository.h"),
            ("control/operator.cc", "edge/git_push/config_repository.h"),
            ("elsewhere/a.cc", "base/error.h"),
            ("core/plan/plan.cc", "plan.h"),
        ):
            with self.subTest(path=path, target=target):
                self.assertIsNotNone(check_layers.wrong_include(path, target))
        for path, target in (
            ("core/plan/plan.cc", "core/plan/plan.h"),
            ("core/plan/plan.cc", "model/plan.h"),
            ("model/object.h", "lang/value/value.h"),
            ("edge/cluster/client.cc", "edge/net/http_client.h"),
            ("cmd/ci/main.cc", "edge/git_push/config_repository.h"),
            ("cmd/operator/main.cc", "control/operator.h"),
        ):
            with self.subTest(path=path, target=target):
                self.assertIsNone(check_layers.wrong_include(path, target))

    def test_pure_layers(self):
        self.assertIsNotNone(check_layers.wrong_system_include("core/plan/plan.cc", "thread"))
        self.assertIsNone(check_layers.wrong_system_include("core/plan/plan_test.cc", "fstream"))
        self.assertIsNone(check_layers.wrong_system_include("edge/os/process.cc", "thread"))
        self.assertRegex("x = getenv(name)", check_layers.IMPURE_CALLS)
        self.assertRegex("popen(command)", check_layers.STARTS_PROGRAMS)
        self.assertNotRegex("object.system(1) + file_system(2)", check_layers.STARTS_PROGRAMS)

    def test_circles(self):
        self.assertEqual(check_layers.circle({"a": {"b"}, "b": {"c"}}), [])
        circle = check_layers.circle({"a": {"b"}, "b": {"c"}, "c": {"b"}})
        self.assertEqual(circle, [("b", "c"), ("c", "b")])

    def test_heavy_headers_may_be_private(self):
        heavy = check_layers.Heavy()
        heavy.see("edge/net/transfer.h", 1, None, "curl/curl.h")
        heavy.see("edge/net/client.cc", 1, "edge/net/transfer.h", None)
        self.assertEqual(list(heavy.problems()), [])
        heavy.see("edge/git/refs.cc", 1, "edge/net/transfer.h", None)
        self.assertEqual(len(list(heavy.problems())), 1)


class ErrorsTest(unittest.TestCase):
    def test_codes_are_unique_and_well_formed(self):
        problems = []
        codes = [
            (101, "BadKey", "src/a.h", 1, ""),
            (101, "WorseKey", "src/b.h", 2, ""),
            (2101, "bad_key", "src/c.h", 3, ""),
        ]
        check_errors.twice(codes, problems)
        check_errors.malformed(codes, problems)
        self.assertEqual([path for path, _, _ in problems], ["src/b.h", "src/c.h", "src/c.h"])

    def test_meanings_are_kept(self):
        codes = [(101, "BadKey", "src/lang/a.h", 1, "from the comment")]
        self.assertIn("from the comment", check_errors.table(codes, {}))
        table = check_errors.table(codes, {"BadKey": "by hand"})
        self.assertIn("| E0101 | `BadKey` | lang | by hand |", table)
        self.assertEqual(check_errors.ROW.findall(table)[0][3], "by hand")


class BlankedTest(unittest.TestCase):
    def test_literals_and_comments(self):
        code = 'a = R"x({\n)x" + \'{\' + 1\'000 /* { */ + "\\"{"; // {\nb'
        self.assertNotIn("{", blanked(code))
        self.assertEqual(blanked(code).count("\n"), code.count("\n"))
        self.assertIn("1'000", blanked(code))


if __name__ == "__main__":
    unittest.main()
