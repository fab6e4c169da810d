// ConfigMaps and Secrets from literals, files and env files, and what their behavior does to an
// object that is there already. Behaviour of kustomize api v0.21.1 (internal/generators, kv,
// resmap.AbsorbAll). Not thread safe: reads through the loader of one build.
#pragma once

#include "core/render/kustomize/kustomization.h"
#include "core/render/kustomize/resource.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kBadGenerator{1015, "KustomizeGeneratorInvalid"};
inline constexpr ErrorCode kBehaviorConflict{1016, "KustomizeGeneratorBehavior"};

enum class Generated { config_map, secret };

// The object that an element of configMapGenerator or secretGenerator asks for. Errors carry
// `where`.
[[nodiscard]] Result<Resource> generate(Generated kind, const Value& arguments,
                                        const Loader& loader, const Position& where,
                                        const Schemas& schemas, Budget& budget);

// The arguments with what generatorOptions add; local options win, except for flags that are set.
[[nodiscard]] Value with_generator_options(const Value& arguments, const Value* options);

// Appends, or replaces or merges what has this identity now or had it before.
[[nodiscard]] Result<void> absorb(Resources& to, Resource resource);

}  // namespace plumb::rendering::kustomize
