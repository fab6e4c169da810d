// The order in which a build prints its objects: as read, or by kind (legacy, the default). Pure.
// Behaviour of kustomize api v0.21.1 (SortOrderTransformer).
#pragma once

#include "core/render/kustomize/resource.h"

namespace plumb::rendering::kustomize {

struct KindOrder {
  std::vector<std::string> first;
  std::vector<std::string> last;
};

[[nodiscard]] KindOrder default_kind_order();
void sort_by_kind(Resources& resources, const KindOrder& order);

}  // namespace plumb::rendering::kustomize
