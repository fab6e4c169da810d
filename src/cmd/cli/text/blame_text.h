// The tables of `plumb blame`. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/text/output.h"
#include "core/blame/blame.h"
#include "core/blame/field_owners.h"

namespace plumb::cli {

struct BlameView {
  ObjectKey object;      // as in the cluster, where it is known
  std::string app;       // "prod/web"; "" where only files were asked
  std::string path;      // of the app in the repository
  std::string revision;  // "main@3f1c2ab"
  Blame blame;
  // Of the live object; nullopt where none was asked for. Empty: it is not in the cluster.
  std::optional<std::vector<OwnedField>> live = {};
};

[[nodiscard]] std::string blame_text(const BlameView& view, const Style& style);
[[nodiscard]] Value blame_value(const BlameView& view);

}  // namespace plumb::cli
