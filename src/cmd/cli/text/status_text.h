// The tables of `plumb status`, `plumb history` and the tree of `plumb tree`. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cmd/cli/text/app_view.h"
#include "cmd/text/output.h"
#include "model/health.h"

namespace plumb::cli {

[[nodiscard]] std::string status_text(const std::vector<AppView>& apps, bool with_namespace,
                                      WallTime now, const Style& style);
[[nodiscard]] std::string history_text(const AppView& app, WallTime now, const Style& style);
[[nodiscard]] Value history_value(const AppView& app);

// What keeps the app from being ready, or when it was applied, in one line.
[[nodiscard]] std::string message_of(const AppView& app, WallTime now);

}  // namespace plumb::cli
