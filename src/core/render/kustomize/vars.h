// Vars (deprecated there): $(NAME) in certain fields stands for the value of a field of one object.
// They are collected while kustomizations are built and replaced at the end. Behaviour of kustomize
// api v0.21.1 (types.VarSet, internal/accumulator, filters/refvar). Not thread safe.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "core/render/kustomize/config.h"
#include "core/render/kustomize/resource.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kBadVar{1039, "KustomizeVarInvalid"};

class Vars {
 public:
  // Of one kustomization (`vars`), when its objects are built: notes at the objects whose fields
  // are taken which vars take them.
  [[nodiscard]] Result<void> add(const List& vars, Resources& resources);
  // Those of a base.
  [[nodiscard]] Result<void> add_all(const Vars& more);

  [[nodiscard]] Result<void> replace(Resources& resources, const FieldSpecs& references) const;

 private:
  std::map<std::string, std::string> paths_;  // fields, by name
};

// A text with its references replaced; a text that is nothing but one reference becomes the value.
// "$$" is a dollar; what has no value stays as it is.
[[nodiscard]] Value expand_vars(const std::string& text,
                                const std::function<const Value*(const std::string& name)>& value);

}  // namespace plumb::rendering::kustomize
