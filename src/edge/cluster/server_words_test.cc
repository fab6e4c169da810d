#include "edge/cluster/server_words.h"

#include <gtest/gtest.h>

namespace plumb {
namespace {

const std::string kTyped =
    "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): ";
const std::string kConvert =
    "failed to convert new object (default/web; apps/v1, Kind=Deployment) to proper version: "
    "unable to convert unstructured object to apps/v1, Kind=Deployment: ";

TEST(ServerWords, OfAFieldOfAnotherType) {
  EXPECT_EQ(plain_words(kTyped + ".spec.replicas: expected numeric (int or float), got string"),
            "spec.replicas: expected a number, found a string");
  EXPECT_EQ(plain_words(kTyped + ".spec.selector: expected map, got &{[1]}"),
            "spec.selector: expected a map, found a list");
  EXPECT_EQ(plain_words(kTyped + ".spec.env: expected list, got &{map[a:b]}"),
            "spec.env: expected a list, found a map");
  EXPECT_EQ(plain_words(kTyped + ".spec.hostNetwork: expected boolean, got &{yes}"),
            "spec.hostNetwork: expected true or false, found something else");
  EXPECT_EQ(plain_words("failed to create typed patch object (/a; /v1, Kind=ConfigMap): .data.a: "
                        "expected string, got &value.valueUnstructured{Value:1}"),
            "data.a: expected a string, found a number");
  EXPECT_EQ(
      plain_words(kTyped + ".spec.url: expected string, got "
                           "&value.valueUnstructured{Value:map[string]interface {}{\"a\":1}}"),
      "spec.url: expected a string, found a map");
}

TEST(ServerWords, OfFieldsThatDoNotExist) {
  EXPECT_EQ(plain_words(kTyped + ".spec.replica: field not declared in schema"),
            "spec.replica: there is no such field");
  EXPECT_EQ(plain_words(kTyped + ".spec.containers[name=\"web\"].imagepullpolicy: field not "
                                 "declared in schema"),
            "spec.containers[name=\"web\"].imagepullpolicy: there is no such field");
}

TEST(ServerWords, OfSeveralMistakes) {
  EXPECT_EQ(plain_words(kTyped + "errors:\n  .spec.replicas: expected numeric (int or float), got "
                                 "string\n  .spec.foo: field not declared in schema"),
            "spec.replicas: expected a number, found a string; spec.foo: there is no such field");
}

TEST(ServerWords, OfConversions) {
  EXPECT_EQ(plain_words(kConvert + "cannot convert float64 to int32"),
            "a number with a fraction stands where an integer is expected");
  EXPECT_EQ(plain_words(kConvert + "quantities must match the regular expression '^x$'"),
            "quantities must match the regular expression '^x$'");
}

TEST(ServerWords, WhatIsNotKnownStays) {
  for (const char* text : {"", "boom", "errors:", ".spec", ".spec: ", "Internal error occurred: x",
                           "failed to create typed patch object (", "a: b"}) {
    EXPECT_NO_FATAL_FAILURE((void)plain_words(text));
  }
  EXPECT_EQ(plain_words("Internal error occurred: x"), "Internal error occurred: x");
  EXPECT_EQ(plain_words(kTyped + ".spec.containers: duplicate entries for key [name=\"web\"]"),
            "spec.containers: duplicate entries for key [name=\"web\"]");
}

}  // namespace
}  // namespace plumb
