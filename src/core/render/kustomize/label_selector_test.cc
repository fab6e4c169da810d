#include "core/render/kustomize/label_selector.h"

#include <gtest/gtest.h>

#include <map>

namespace plumb::rendering::kustomize {
namespace {

// The labels of all cases: app=web, tier=front, n=5, empty=.
bool matches(std::string_view text) {
  static const std::map<std::string, std::string> kLabels = {
      {"app", "web"}, {"tier", "front"}, {"n", "5"}, {"empty", ""}};
  const auto selector = LabelSelector::parse(text);
  EXPECT_TRUE(selector.has_value()) << text;
  return selector && selector->matches([](const std::string& key) -> std::optional<std::string> {
    const auto found = kLabels.find(key);
    if (found == kLabels.end()) return std::nullopt;
    return found->second;
  });
}

TEST(LabelSelector, Matches) {
  for (const char* text : {"",
                           "app=web",
                           "app==web",
                           " app = web ",
                           "app",
                           "!x",
                           "app!=db",
                           "x!=db",
                           "app in (web)",
                           "app in (db,web)",
                           "app notin (db)",
                           "x notin (a)",
                           "n>4",
                           "n<6",
                           "empty=",
                           "empty in ()",
                           "empty in (,)",
                           "empty in (a,)",
                           "app,tier=front,!x",
                           "x notin (,a)"}) {
    EXPECT_TRUE(matches(text)) << text;
  }
}

TEST(LabelSelector, DoesNotMatch) {
  for (const char* text : {"app=db", "x", "!app", "app!=web", "app in (db)", "app notin (web)",
                           "n>5", "app>1", "empty!=", "app=web,x", "x in (a)"}) {
    EXPECT_FALSE(matches(text)) << text;
  }
}

TEST(LabelSelector, Refuses) {
  for (const char* text : {"app=web,", ",app", "app=web tier", "app in web", "app in (a", "=web",
                           "app=a/b", "a/b/c", "-x", "n>x", "!app=web,!", "app in (a b)", "a==!b",
                           "app in (a=b)", "(app)", "UPPER.example/x"}) {
    EXPECT_FALSE(LabelSelector::parse(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace plumb::rendering::kustomize
