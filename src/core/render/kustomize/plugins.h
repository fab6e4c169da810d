// Built-in generators and transformers, asked for by the fields of a kustomization or by objects of
// apiVersion "builtin" under generators, transformers and validators. Plugins that are programs,
// containers or libraries are never run. Behaviour of kustomize api v0.21.1 (internal/target,
// internal/builtins). Not thread safe; what is made borrows from the build.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/render/kustomize/config.h"
#include "core/render/kustomize/configurations.h"
#include "core/render/kustomize/generators.h"
#include "core/render/kustomize/origin.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kForeignPlugin{1019, "KustomizePluginNotBuiltin"};
inline constexpr ErrorCode kBadPlugin{1020, "KustomizePluginInvalid"};

struct PluginContext {
  const Loader& loader;
  const Schemas& schemas;
  SpecTexts& texts;
  Budget& budget;
};

struct Transformer {
  std::function<Result<void>(Resources&)> run;
  Position where = {};                     // what asked for it
  std::optional<BuildOrigin> origin = {};  // where builds note what changed their objects
};

// Those of the fields of a kustomization, in the order in which they run.
[[nodiscard]] Result<std::vector<Transformer>> field_transformers(
    const Kustomization& kustomization, const TransformerConfig& config,
    const PluginContext& context);

[[nodiscard]] Result<Transformer> plugin_transformer(const Resource& plugin,
                                                     const PluginContext& context);
[[nodiscard]] Result<Resources> plugin_generate(const Resource& plugin,
                                                const PluginContext& context);

}  // namespace plumb::rendering::kustomize
