// What a kustomization adds to the fields of the transformers: files of `configurations`, and
// OpenAPI definitions of custom resources in `crds`. Behaviour of kustomize api v0.21.1
// (internal/plugins/builtinconfig, internal/accumulator/loadconfigfromcrds). Not thread safe.
#pragma once

#include <deque>
#include <string>

#include "core/render/kustomize/config.h"
#include "core/render/kustomize/kustomization.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kBadConfiguration{1018, "KustomizeConfigurationInvalid"};

// Texts that field specs refer to, for as long as a build lasts.
class SpecTexts {
 public:
  [[nodiscard]] std::string_view keep(std::string text) {
    return texts_.emplace_back(std::move(text));
  }
  // Of a map with group, version, kind, path, create.
  [[nodiscard]] FieldSpec spec(const Value& value);
  [[nodiscard]] FieldSpecs specs(const Value* list);

 private:
  std::deque<std::string> texts_;
};

[[nodiscard]] Result<TransformerConfig> read_configurations(const Kustomization& kustomization,
                                                            const Loader& loader, SpecTexts& texts,
                                                            Budget& budget);
[[nodiscard]] Result<TransformerConfig> read_crds(const Kustomization& kustomization,
                                                  const Loader& loader, SpecTexts& texts,
                                                  Budget& budget);

}  // namespace plumb::rendering::kustomize
