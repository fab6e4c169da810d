#include "core/render/envsubst.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace plumb::rendering {
namespace {

std::string expanded(std::string_view text, bool strict = false) {
  static const std::map<std::string, std::string> kVariables = {
      {"v", "abcdEFGH28ij"},
      {"UP", "ABCDEFGH28IJ"},
      {"path", "/home/bozo/ideas/thoughts.for.today"},
      {"s", "abcABC123ABCabc"},
      {"file", "bash.string.txt"},
      {"dir", "path/to/file"},
      {"slash", "foo/bar/baz"},
      {"empty", ""},
      {"dot", "foo.bar"},
      {"d", "foo"}};
  Budget budget;
  const Result<std::string> out = expand_variables(text, {kVariables, strict}, budget);
  return out ? *out : std::string("error ") + out.error().code().name;
}

// What fluxcd/pkg/envsubst v1.9.0 makes of them.
TEST(Envsubst, Expands) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"plain", "plain"},
      {"", ""},
      {"${#v}", "12"},
      {"${v^}", "AbcdEFGH28ij"},
      {"${v^^}", "ABCDEFGH28IJ"},
      {"${UP,}", "aBCDEFGH28IJ"},
      {"${UP,,}", "abcdefgh28ij"},
      {"${path:11}", "ideas/thoughts.for.today"},
      {"${path:11:5}", "ideas"},
      {"${path:-5}", "/home/bozo/ideas/thoughts.for.today"},
      {"${v:1:-1}", "bcdEFGH28i"},
      {"${v:99}", ""},
      {"${v:2:99}", "cdEFGH28ij"},
      {"${v=xyz}", "abcdEFGH28ij"},
      {"${none=xyz}", "xyz"},
      {"${none:=xyz}", "xyz"},
      {"${none:-xyz}", "xyz"},
      {"${empty:-xyz}", "xyz"},
      {"${none:=}", ""},
      {"${none}", ""},
      {"a ${none=${d}}", "a foo"},
      {"${none=pre${d}-suf}", "prefoo-suf"},
      {"${none=${v^^}}", "ABCDEFGH28IJ"},
      {"${s/%abc/XYZ}", "abcABC123ABCXYZ"},
      {"${s/#abc/XYZ}", "XYZABC123ABCabc"},
      {"${s//abc/xyz}", "xyzABC123ABCxyz"},
      {"${s/abc/xyz}", "xyzABC123ABCabc"},
      {"${dot/./}", "foobar"},
      {"${slash/\\//-}", "foo-bar/baz"},
      {"${slash//\\//-}", "foo-bar-baz"},
      {"${file#*.}", "string.txt"},
      {"${file##*.}", "txt"},
      {"${file%.*}", "bash.string"},
      {"${file%%.*}", "bash"},
      {"${dir#*/}", "to/file"},
      {"${dir##*/}", "file"},
      {"${file#[a-c]?}", "sh.string.txt"},
      {"${file#x}", "bash.string.txt"},
      {"$${v}", "${v}"},
      {"${v}$${x$${v}$v${v}", "abcdEFGH28ij${x${v}$vabcdEFGH28ij"},
      {"$${x=${d}}", "${x=foo}"},
      {"\\\\a ${d}", "\\\\a foo"},
      {"$", "$"},
      {"$$", "$"},
      {"$d {d}", "$d {d}"},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(expanded(text), want) << text;
}

TEST(Envsubst, Refuses) {
  for (const char* text : {"${", "${}", "${v", "${v:=", "${v:=a", "${v-a}", "${v!}", "${ v}",
                           "${v/a}", "${v:}", "${v#}", "${v.x}", "${#}"}) {
    EXPECT_EQ(expanded(text), "error SubstitutionInvalid") << text;
  }
}

TEST(Envsubst, StrictWantsValuesOrDefaults) {
  EXPECT_EQ(expanded("${d}${empty}", true), "foo");
  EXPECT_EQ(expanded("${none:=x}", true), "x");
  for (const char* text : {"${none}", "${#none}", "${none^^}", "${none/a/b}", "${none:1}"}) {
    EXPECT_EQ(expanded(text, true), "error VariableNotSet") << text;
  }
}

Value object(const Value& field) {
  Value out = Value::map({{"apiVersion", "v1"}, {"kind", "ConfigMap"}});
  out.set_path({"metadata", "name"}, "${n}");
  out.set("field", field);
  return out;
}

TEST(Substitute, GoesByWayOfTheText) {
  Budget budget;
  const Substitution substitution{{{"n", "web"}, {"count", "3"}, {"list", "[a, b]"}}, false};
  const Value numbers = *substitute(object("${count}"), substitution, budget);
  EXPECT_EQ(numbers.string_at({"metadata", "name"}), "web");
  EXPECT_EQ(numbers.integer_at({"field"}), 3);
  EXPECT_EQ(*substitute(object("${list}"), substitution, budget)->find("field"),
            Value::list({"a", "b"}));
  EXPECT_EQ(substitute(object("x${count}"), substitution, budget)->string_at({"field"}), "x3");
}

TEST(Substitute, LeavesWhatIsDisabled) {
  Budget budget;
  for (const char* map : {"labels", "annotations"}) {
    Value disabled = object("${n}");
    disabled.set_path({"metadata", map, "kustomize.toolkit.fluxcd.io/substitute"}, "disabled");
    EXPECT_EQ(*substitute(disabled, {{{"n", "web"}}}, budget), disabled);
  }
  EXPECT_EQ(*substitute(object("${n}"), {}, budget), object("${n}"));
}

TEST(Substitute, ErrorsTellNoValues) {
  Budget budget;
  const Result<Value> broken = substitute(object("${n}"), {{{"n", "secret: value: ["}}}, budget);
  ASSERT_FALSE(broken.has_value());
  EXPECT_EQ(broken.error().render().find("secret"), std::string::npos);
  EXPECT_FALSE(substitute(object("x"), {{{"a-b", "x"}}}, budget).has_value());
}

}  // namespace
}  // namespace plumb::rendering
