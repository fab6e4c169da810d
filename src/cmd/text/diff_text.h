// The text and the JSON form of a comparison of manifests with a cluster. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "cmd/text/line_diff.h"
#include "cmd/text/output.h"
#include "core/diff/field_diff.h"
#include "model/object.h"

namespace plumb {

enum class ChangeKind { created, changed, pruned, released, refused };

struct ObjectChange {
  ObjectKey key;
  ChangeKind kind = ChangeKind::changed;
  std::string reason;  // "drifted: spec.replicas taken by kubectl-edit"; may be empty
  Position position;   // where it is written; empty for prunes
  std::vector<FieldChange> fields;
  std::optional<Error> error;  // of refused
};

struct Comparison {
  std::vector<ObjectChange> changes;
  size_t unchanged = 0;

  [[nodiscard]] bool differs() const { return !changes.empty(); }
};

// One changed field: "  spec.replicas: 1 -> 2", or several lines.
[[nodiscard]] std::string field_text(const FieldChange& change, const Style& style);
// The same as signed lines, without the path: what was and what is.
[[nodiscard]] std::vector<DiffLine> changed_lines(const FieldChange& change);

[[nodiscard]] std::string diff_text(const Comparison& comparison, const Style& style);
[[nodiscard]] Value diff_value(const Comparison& comparison);

}  // namespace plumb
