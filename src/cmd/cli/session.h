// Session: what every command is given: the global options, what the terminal can show, and the one
// way to print. Owned by main; used by one thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cmd/shared/terminal.h"
#include "edge/os/interrupts.h"
#include "lang/value/value.h"

namespace plumb::cli {

inline constexpr ErrorCode kNotInstalled{803, "NotInstalled"};
inline constexpr ErrorCode kAppNotFound{804, "AppNotFound"};
inline constexpr ErrorCode kSyncFailed{805, "SyncFailed"};
inline constexpr ErrorCode kRollbackFailed{806, "RollbackFailed"};  // it cannot start

struct GlobalOptions {
  std::string namespace_;
  bool all_namespaces = false;
  std::string context;
  std::string kubeconfig;
  OutputFormat output = OutputFormat::table;
  ColorChoice color = ColorChoice::automatic;
};

struct Session {
  GlobalOptions options;
  Style out;  // of standard output
  Interrupts& interrupts;

  // A closed reader (EPIPE) ends the program quietly; a full disk is kOutputFailed.
  [[nodiscard]] Result<void> print(std::string_view text) const;
  // In the format asked for; the caller handles table.
  [[nodiscard]] Result<void> print_value(const Value& value) const;
  // One safe line to standard error; failures are of no interest.
  void progress(std::string_view line) const;
};

}  // namespace plumb::cli
