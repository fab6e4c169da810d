#include "core/render/kustomize/tables/field_specs.h"

#include <array>

namespace plumb::rendering::kustomize {
namespace {

#include "core/render/kustomize/tables/field_spec_data.inc"

}  // namespace

std::span<const FieldSpec> name_prefix_fields() {
  return kNamePrefix;
}
std::span<const FieldSpec> name_suffix_fields() {
  return kNameSuffix;
}
std::span<const FieldSpec> namespace_fields() {
  return kNamespace;
}
std::span<const FieldSpec> common_label_fields() {
  return kCommonLabels;
}
std::span<const FieldSpec> template_label_fields() {
  return kTemplateLabels;
}
std::span<const FieldSpec> common_annotation_fields() {
  return kCommonAnnotations;
}
std::span<const FieldSpec> image_fields() {
  return kImages;
}
std::span<const FieldSpec> replica_fields() {
  return kReplicas;
}
std::span<const FieldSpec> var_reference_fields() {
  return kVarReference;
}
std::span<const NameReference> name_references() {
  return kNameReferences;
}

}  // namespace plumb::rendering::kustomize
