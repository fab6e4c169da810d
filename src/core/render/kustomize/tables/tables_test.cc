#include <gmock/gmock.h>

#include "core/render/kustomize/tables/field_specs.h"
#include "core/render/kustomize/tables/schema.h"
#include "lang/json/json.h"

namespace plumb::rendering::kustomize {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::optional<SchemaNode> at(std::optional<SchemaNode> node,
                             std::initializer_list<std::string_view> path) {
  for (std::string_view step : path) {
    if (!node) return std::nullopt;
    node = step == "[]" ? node->elements() : node->field(step);
  }
  return node;
}

std::vector<std::string_view> keys(const SchemaNode& node) {
  return {node.merge_keys().begin(), node.merge_keys().end()};
}

TEST(Schema, knows_merge_keys_of_lists) {
  auto deployment = schema_of(builtin_schema(), "apps/v1", "Deployment");
  auto containers = at(deployment, {"spec", "template", "spec", "containers"});
  ASSERT_TRUE(containers);
  EXPECT_TRUE(containers->merges());
  EXPECT_THAT(keys(*containers), ElementsAre("name"));
  auto ports = at(containers, {"[]", "ports"});
  ASSERT_TRUE(ports);
  EXPECT_THAT(keys(*ports), ElementsAre("containerPort", "protocol"));
  auto arguments = at(containers, {"[]", "args"});
  ASSERT_TRUE(arguments);
  EXPECT_FALSE(arguments->merges());
}

TEST(Schema, merges_lists_of_scalars_without_a_key) {
  auto finalizers = at(schema_of(builtin_schema(), "v1", "ConfigMap"), {"metadata", "finalizers"});
  ASSERT_TRUE(finalizers);
  EXPECT_TRUE(finalizers->merges());
  EXPECT_THAT(keys(*finalizers), IsEmpty());
}

TEST(Schema, looks_up_map_values_and_says_nothing_of_the_unknown) {
  auto config = schema_of(builtin_schema(), "v1", "ConfigMap");
  EXPECT_TRUE(at(config, {"data", "any"}));
  EXPECT_FALSE(at(config, {"nothing"}));
  EXPECT_FALSE(schema_of(builtin_schema(), "example.com/v1", "Deployment"));
}

TEST(Schema, knows_the_scope_of_kinds) {
  EXPECT_EQ(scope_of(builtin_schema(), "v1", "Namespace"), Scope::cluster);
  EXPECT_EQ(scope_of(builtin_schema(), "v1", "Secret"), Scope::namespaced);
  EXPECT_EQ(scope_of(builtin_schema(), "example.com/v1", "Secret"), Scope::unknown);
}

Result<CustomSchema> custom(std::string_view text,
                            CustomSchema::References references = CustomSchema::References::own) {
  Budget budget;
  Value value = TRY(json::parse(text));
  return CustomSchema::make(value, "schema.json", references, budget);
}

TEST(CustomSchema, reads_definitions_references_and_paths) {
  auto made = custom(R"({
    "definitions": {
      "A": {"properties": {
              "items": {"type": "array", "items": {"$ref": "#/definitions/B"},
                        "x-kubernetes-patch-strategy": "merge,retainKeys",
                        "x-kubernetes-patch-merge-key": "id"},
              "lost": {"$ref": "#/definitions/Nothing"}},
            "x-kubernetes-group-version-kind": [{"group": "g", "version": "v1", "kind": "A"}]},
      "B": {"properties": {"a": {"$ref": "#/definitions/A"}}}},
    "paths": {
      "/namespaces/{namespace}/a": {"get": {
        "x-kubernetes-group-version-kind": {"group": "g", "version": "v1", "kind": "A"}}}}})");
  ASSERT_TRUE(made) << made.error().message();
  CustomSchema moved = std::move(*made);
  auto a = schema_of(moved.document(), "g/v1", "A");
  auto items = at(a, {"items", "[]", "a", "items"});
  ASSERT_TRUE(items);
  EXPECT_TRUE(items->merges());
  EXPECT_THAT(keys(*items), ElementsAre("id"));
  EXPECT_FALSE(at(a, {"lost"}));
  EXPECT_EQ(scope_of(moved.document(), "g/v1", "A"), Scope::namespaced);
}

TEST(CustomSchema, survives_references_in_a_circle) {
  auto made = custom(R"({"definitions": {
      "A": {"$ref": "#/definitions/B"}, "B": {"$ref": "#/definitions/A"},
      "C": {"properties": {"a": {"$ref": "#/definitions/A"}},
            "x-kubernetes-group-version-kind": [{"version": "v1", "kind": "C"}]}}})");
  ASSERT_TRUE(made);
  EXPECT_FALSE(at(schema_of(made->document(), "v1", "C"), {"a"}));
}

TEST(CustomSchema, may_refer_to_built_in_definitions) {
  const char* text = R"({"definitions": {"A": {
      "properties": {"pod": {"$ref": "#/definitions/io.k8s.api.core.v1.PodTemplateSpec"},
                     "lost": {"$ref": "#/definitions/io.k8s.api.core.v1.Nothing"}},
      "x-kubernetes-group-version-kind": [{"version": "v1", "kind": "A"}]}}})";
  const auto alone = custom(text);
  const auto beside = custom(text, CustomSchema::References::builtin);
  ASSERT_TRUE(alone && beside);
  EXPECT_FALSE(at(schema_of(alone->document(), "v1", "A"), {"pod"}));
  const auto a = schema_of(beside->document(), "v1", "A");
  const auto containers = at(a, {"pod", "spec", "containers"});
  ASSERT_TRUE(containers);
  EXPECT_THAT(keys(*containers), ElementsAre("name"));
  EXPECT_FALSE(at(a, {"lost"}));
}

TEST(CustomSchema, refuses_what_is_no_document) {
  EXPECT_FALSE(custom("[]"));
  EXPECT_FALSE(custom(R"({"definitions": []})"));
}

TEST(FieldSpecs, are_those_of_the_original) {
  EXPECT_THAT(namespace_fields(), SizeIs(3));
  EXPECT_THAT(image_fields(), SizeIs(6));
  const NameReference* config_map = nullptr;
  for (const NameReference& reference : name_references()) {
    EXPECT_THAT(reference.fields, testing::Not(IsEmpty()));
    if (reference.kind == "ConfigMap") config_map = &reference;
  }
  ASSERT_NE(config_map, nullptr);
  EXPECT_EQ(config_map->fields[0].path, "spec/volumes/configMap/name");
}

}  // namespace
}  // namespace plumb::rendering::kustomize
