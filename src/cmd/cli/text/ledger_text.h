// Records of a ledger as people read them, newest first. Pure.
#pragma once

#include <string>
#include <vector>

#include "cmd/text/output.h"
#include "core/audit/record.h"

namespace plumb::cli {

[[nodiscard]] std::string ledger_text(const std::vector<audit::Record>& records,
                                      const Style& style);
[[nodiscard]] Value ledger_value(const std::string& app, const std::vector<audit::Record>& records);

}  // namespace plumb::cli
