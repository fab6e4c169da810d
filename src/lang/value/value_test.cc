#include "lang/value/value.h"

#include <gtest/gtest.h>

namespace plumb {
namespace {

std::vector<std::string> keys(const Value& value) {
  std::vector<std::string> out;
  for (const Member& member : *value.as_map()) out.push_back(member.key);
  return out;
}

TEST(Value, TypesAreExact) {
  EXPECT_EQ(Value().type(), Value::Type::null);
  EXPECT_EQ(Value(true).type(), Value::Type::boolean);
  EXPECT_EQ(Value(1).type(), Value::Type::integer);
  EXPECT_EQ(Value(1.0).type(), Value::Type::number);
  EXPECT_EQ(Value("x").type(), Value::Type::string);
  EXPECT_EQ(Value::list().type(), Value::Type::list);
  EXPECT_EQ(Value::map().type(), Value::Type::map);
  EXPECT_EQ(Value(1).as_number(), nullptr);
  EXPECT_EQ(Value(1).as_bool(), nullptr);
  EXPECT_EQ(Value("1").as_integer(), nullptr);
  EXPECT_STREQ(to_string(Value::list().type()), "list");
}

TEST(Value, CopiesAreIndependent) {
  Value original = Value::map({{"a", Value::map({{"b", Value::list({1, 2})}})}});
  Value copy = original;
  copy.set_path({"a", "c"}, "new");
  copy.mutable_map().find("a")->mutable_map().find("b")->mutable_list().push_back(3);
  EXPECT_EQ(original, Value::map({{"a", Value::map({{"b", Value::list({1, 2})}})}}));
  EXPECT_EQ(copy.find_path({"a", "b"})->as_list()->size(), 3u);
  EXPECT_EQ(copy.string_at({"a", "c"}), "new");
}

TEST(Value, CopyingSharesUntilWritten) {
  const Value original = Value::map({{"a", Value::list({1})}, {"b", Value::list({2})}});
  Value copy = original;
  EXPECT_EQ(copy.as_map(), original.as_map());
  copy.set("a", 1);
  EXPECT_NE(copy.as_map(), original.as_map());
  EXPECT_EQ(copy.find("b")->as_list(), original.find("b")->as_list());
}

TEST(Value, WritingReplacesAnotherType) {
  Value value("text");
  value.set("a", 1);
  EXPECT_EQ(value, Value::map({{"a", 1}}));
  value.mutable_list().push_back(2);
  EXPECT_EQ(value, Value::list({2}));
}

TEST(Value, PathsMakeTheMapsOnTheWay) {
  Value value;
  value.set_path({"metadata", "labels", "app"}, "web");
  EXPECT_EQ(value.string_at({"metadata", "labels", "app"}), "web");
  EXPECT_EQ(value.find_path({"metadata", "missing", "app"}), nullptr);
  EXPECT_EQ(value.string_at({"metadata"}), "");
  EXPECT_FALSE(value.erase_path({"metadata", "missing", "app"}));
  EXPECT_TRUE(value.erase_path({"metadata", "labels", "app"}));
  EXPECT_EQ(value, Value::map({{"metadata", Value::map({{"labels", Value::map()}})}}));
  EXPECT_TRUE(value.erase("metadata"));
  EXPECT_FALSE(value.erase("metadata"));
}

TEST(Value, ScalarsAtPaths) {
  const Value value = Value::map({{"i", 3}, {"n", 4.0}, {"f", 4.5}, {"s", "5"}, {"b", true}});
  EXPECT_EQ(value.integer_at({"i"}), 3);
  EXPECT_EQ(value.integer_at({"n"}), 4);
  EXPECT_EQ(value.integer_at({"f"}), std::nullopt);
  EXPECT_EQ(value.integer_at({"s"}), std::nullopt);
  EXPECT_EQ(value.integer_at({"missing"}), std::nullopt);
  EXPECT_TRUE(value.bool_at({"b"}));
  EXPECT_FALSE(value.bool_at({"i"}));
}

TEST(Value, Equality) {
  EXPECT_EQ(Value(1), Value(1.0));
  EXPECT_EQ(Value(1.0), Value(1));
  EXPECT_FALSE(Value(1) == Value(1.5));
  EXPECT_FALSE(Value(1) == Value("1"));
  EXPECT_FALSE(Value(false) == Value());
  EXPECT_EQ(Value::list({1, Value::map({{"a", 2}})}), Value::list({1.0, Value::map({{"a", 2.0}})}));
  EXPECT_FALSE(Value::list({1}) == Value::list({1, 2}));
  EXPECT_FALSE(Value::map({{"a", 1}}) == Value::map({{"b", 1}}));
}

TEST(Value, HowItWasWrittenMakesNoOtherValue) {
  const Value quoted = Value::quoted("1");
  EXPECT_EQ(quoted.type(), Value::Type::string);
  EXPECT_TRUE(quoted.is_string() && quoted.is_quoted());
  EXPECT_EQ(*quoted.as_string(), "1");
  EXPECT_EQ(quoted, Value("1"));
  EXPECT_FALSE(quoted == Value::quoted("2"));
  EXPECT_FALSE(Value("1").is_quoted());
  const Value folded = Value::folded("1");
  EXPECT_TRUE(folded.is_string() && folded.is_quoted() && folded.is_folded());
  EXPECT_EQ(folded, Value("1"));
  EXPECT_FALSE(quoted.is_folded());
  EXPECT_TRUE(folded.with_text("2").is_folded());
  EXPECT_TRUE(quoted.with_text("2").is_quoted());
  EXPECT_FALSE(Value("1").with_text("2").is_quoted());
  EXPECT_TRUE(Value::blank().is_null() && Value::blank().is_blank());
  EXPECT_EQ(Value::blank(), Value());
  EXPECT_FALSE(Value().is_blank());
}

TEST(Map, KeepsKeysSortedByBytes) {
  Value value;
  for (const char* key : {"b", "a", "B", "é", "aa", "", "10", "9"}) value.set(key, 1);
  EXPECT_EQ(keys(value), (std::vector<std::string>{"", "10", "9", "B", "a", "aa", "b", "é"}));
}

TEST(Map, OfMembersInAnyOrder) {
  for (size_t size : {0u, 1u, 5u, 16u, 17u, 200u}) {
    std::vector<Member> members;
    for (size_t i = 0; i < size; ++i) {
      members.push_back({std::to_string(i * 7919 % 1009), Value(static_cast<int64_t>(i))});
    }
    const Map map(members);
    EXPECT_EQ(map.size(), size);
    EXPECT_TRUE(std::is_sorted(map.begin(), map.end(),
                               [](const Member& a, const Member& b) { return a.key < b.key; }));
    for (const Member& member : members) {
      ASSERT_NE(map.find(member.key), nullptr);
      EXPECT_EQ(*map.find(member.key), member.value);
    }
  }
}

TEST(Map, OfEqualKeysKeepsTheLast) {
  for (int others : {0, 40}) {
    std::vector<Member> members{{"x", 1}, {"y", 2}, {"x", 3}, {"a", 4}, {"x", 5}};
    for (int i = 0; i < others; ++i) members.push_back({"o" + std::to_string(i), i});
    const Map map(members);
    EXPECT_EQ(map.size(), static_cast<size_t>(3 + others));
    EXPECT_EQ(*map.find("x"), Value(5));
  }
}

TEST(Map, SetReplacesAndErases) {
  Map map;
  map.set("a", 1);
  map.set("a", 2);
  EXPECT_EQ(map.size(), 1u);
  EXPECT_EQ(*map.find("a"), Value(2));
  EXPECT_TRUE(map.erase("a"));
  EXPECT_FALSE(map.erase("a"));
  EXPECT_TRUE(map.empty());
}

}  // namespace
}  // namespace plumb
