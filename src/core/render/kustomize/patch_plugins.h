// The transformers that patch, as fields of a kustomization or objects under `transformers` ask for
// them: reads their files and checks them before any of them runs. Behaviour of kustomize api
// v0.21.1 (internal/builtins). What is made borrows from the build.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/render/kustomize/plugins.h"

namespace plumb::rendering::kustomize {

using TransformerRun = std::function<Result<void>(Resources&)>;

// `patches`: a map with path or patch, target and options.
[[nodiscard]] Result<TransformerRun> patch_transformer(const Value& entry,
                                                       const PluginContext& context,
                                                       const Position& where);
// `patchesStrategicMerge`: files, or the patches themselves.
[[nodiscard]] Result<TransformerRun> strategic_merge_transformer(
    const std::vector<std::string>& paths, const std::string& text, const PluginContext& context,
    const Position& where);
// `patchesJson6902`: a map with target, path and a text in `text_field`.
[[nodiscard]] Result<TransformerRun> json_patch_transformer(const Value& entry,
                                                            const char* text_field,
                                                            const PluginContext& context,
                                                            const Position& where);
// `replacements`: maps, or files with one or a list of them.
[[nodiscard]] Result<TransformerRun> replacement_transformer(const List& entries,
                                                             const PluginContext& context,
                                                             const Position& where);

}  // namespace plumb::rendering::kustomize
