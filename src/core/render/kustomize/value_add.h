// The transformer that writes one text into fields of many objects: as the field, or as a part of a
// file path in it. Behaviour of kustomize api v0.21.1 (ValueAddTransformer, filters/valueadd). What
// is made borrows from the build.
#pragma once

#include "core/render/kustomize/patch_plugins.h"

namespace plumb::rendering::kustomize {

// A map with value, targets (selector, fieldPath, filePathPosition) and targetFilePath.
[[nodiscard]] Result<TransformerRun> value_add_transformer(const Value& value,
                                                           const PluginContext& context,
                                                           const Position& where);

}  // namespace plumb::rendering::kustomize
