// Which fields each transformer of a build changes: the defaults and what kustomizations add.
// Behaviour of kustomize api v0.21.1 (internal/plugins/builtinconfig). Values; the texts belong to
// the tables or to the build.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/render/kustomize/tables/field_specs.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kConflictingFieldSpecs{1007, "ConflictingFieldSpecs"};

using FieldSpecs = std::vector<FieldSpec>;

struct BackReferences {
  FieldSpec target;  // group, version and kind only
  FieldSpecs fields;
};

struct TransformerConfig {
  FieldSpecs name_prefix;
  FieldSpecs name_suffix;
  FieldSpecs name_space;
  FieldSpecs common_labels;
  FieldSpecs labels;
  FieldSpecs template_labels;
  FieldSpecs common_annotations;
  FieldSpecs var_references;
  FieldSpecs images;
  FieldSpecs replicas;
  std::vector<BackReferences> name_references;
};

[[nodiscard]] TransformerConfig default_config();
// The original's order of kinds. It decides what a merge keeps.
void sort_config(TransformerConfig& config);

// Adds what is not there yet; the same field once to be made and once not is an error. A field of
// any kind counts as there when that of one kind is: so a list merged once more can lose some.
[[nodiscard]] Result<void> merge_specs(FieldSpecs& to, std::span<const FieldSpec> more);
[[nodiscard]] Result<void> merge_config(TransformerConfig& to, const TransformerConfig& more);

}  // namespace plumb::rendering::kustomize
