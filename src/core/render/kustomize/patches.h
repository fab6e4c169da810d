// The patches of a kustomization: `patches`, `patchesStrategicMerge`, `patchesJson6902` and the
// transformers of the same kinds. Behaviour of kustomize api v0.21.1 (internal/builtins:
// PatchTransformer, PatchStrategicMergeTransformer, PatchJson6902Transformer). An object that a
// patch deletes is gone from the list. Not thread safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/render/kustomize/json_patch.h"
#include "core/render/kustomize/selector.h"
#include "core/render/kustomize/strategic_merge.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kBadPatch{1035, "PatchInvalid"};
inline constexpr ErrorCode kNoPatchTarget{1036, "PatchTargetNotFound"};

// The text of a patch and where it was read.
struct PatchText {
  std::string text;
  std::string file;
  int line = 0;  // where the patch stands in the kustomization; 0: the file is the patch
};

class Patch {
 public:
  // An entry of `patches`: a map with target and options, whose text was read.
  [[nodiscard]] static Result<Patch> parse(const Value& entry, const PatchText& text,
                                           const Schemas& schemas, Budget& budget);
  // Of `patchesStrategicMerge`: objects that name their own targets.
  [[nodiscard]] static Result<Patch> parse_strategic(const PatchText& text, const Schemas& schemas,
                                                     Budget& budget);
  // Of `patchesJson6902`.
  [[nodiscard]] static Result<Patch> parse_json(const Value& entry, const PatchText& text,
                                                Budget& budget);

  [[nodiscard]] bool empty() const { return strategic_.empty() && !json_; }
  [[nodiscard]] Result<void> apply(Resources& resources, Budget& budget) const;

 private:
  enum class Kind { none, strategic, strategic_each, json, json_deprecated };

  Patch() = default;
  [[nodiscard]] Result<void> apply_strategic(Resources& resources, Budget& budget) const;
  [[nodiscard]] Result<void> apply_json(Resources& resources, Budget& budget) const;
  [[nodiscard]] Result<void> merge_into(Resource& resource, const Value& patch,
                                        Budget& budget) const;
  [[nodiscard]] Result<void> merge_selected(Resources& resources,
                                            const std::vector<size_t>& selected,
                                            const Resource& patch, Budget& budget) const;
  void set_place(const PatchText& text);
  [[nodiscard]] Error at_place(const Error& error) const;

  Kind kind_ = Kind::none;
  Resources strategic_;
  std::optional<JsonPatch> json_;
  std::optional<Selector> target_;
  bool allows_name_ = false;
  bool allows_kind_ = false;
  Position place_;
  bool is_inline_ = false;
};

}  // namespace plumb::rendering::kustomize
