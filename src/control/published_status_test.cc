#include "control/published_status.h"

#include <gtest/gtest.h>

#include "lang/json/json.h"

namespace plumb {
namespace {

std::string patch(const char* before, const char* after) {
  return json::write(PublishedStatus(*json::parse(before)).patch_to(*json::parse(after)));
}

TEST(PublishedStatus, PatchesWhatDiffers) {
  EXPECT_EQ(patch(R"({"a":1,"b":{"c":[1,2]}})", R"({"a":1,"b":{"c":[1,2]}})"), "{}");
  EXPECT_EQ(patch(R"({"a":1,"b":{"c":[1,2]}})", R"({"a":1,"b":{"c":[1,3]}})"),
            R"({"b":{"c":[1,3]}})");
  EXPECT_EQ(patch(R"({"a":1,"b":2})", R"({"a":1})"), R"({"b":null})");
  EXPECT_EQ(patch(R"({"b":2})", R"({"a":1,"b":2,"c":3})"), R"({"a":1,"c":3})");
}

TEST(PublishedStatus, NothingStandsThere) {
  EXPECT_EQ(json::write(PublishedStatus().patch_to(*json::parse(R"({"a":1})"))), R"({"a":1})");
  EXPECT_EQ(json::write(PublishedStatus(Value()).patch_to(Value::map())), "{}");
}

}  // namespace
}  // namespace plumb
