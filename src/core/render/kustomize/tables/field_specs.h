// The fields that kustomize's built-in transformers change, as kustomize api v0.21.1 has them
// (internal/konfig/builtinpluginconsts), in the order of that source; the original sorts them
// before use. Constant data for the life of the program; threads may share it.
#pragma once

#include <span>
#include <string_view>

namespace plumb::rendering::kustomize {

// An empty group, version or kind fits any. The path is as kustomize writes it: fields separated
// by '/', "[]" behind a field that is a list.
struct FieldSpec {
  std::string_view group;
  std::string_view version;
  std::string_view kind;
  std::string_view path;
  bool create = false;  // make the field where it is absent
};

// Objects of this kind are named by these fields of other objects.
struct NameReference {
  std::string_view group;
  std::string_view version;
  std::string_view kind;
  std::span<const FieldSpec> fields;
};

[[nodiscard]] std::span<const FieldSpec> name_prefix_fields();
[[nodiscard]] std::span<const FieldSpec> name_suffix_fields();
[[nodiscard]] std::span<const FieldSpec> namespace_fields();
[[nodiscard]] std::span<const FieldSpec> common_label_fields();
[[nodiscard]] std::span<const FieldSpec> template_label_fields();
[[nodiscard]] std::span<const FieldSpec> common_annotation_fields();
[[nodiscard]] std::span<const FieldSpec> image_fields();
[[nodiscard]] std::span<const FieldSpec> replica_fields();
[[nodiscard]] std::span<const FieldSpec> var_reference_fields();

[[nodiscard]] std::span<const NameReference> name_references();

}  // namespace plumb::rendering::kustomize
