// Session: what every command is given: the global options, what the terminal can show, and the one
// way to print. Data goes to standard output, progress to standard error. Owned by main; used by
// one thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cmd/cli/text/output.h"
#include "lang/value/value.h"

namespace plumb::cli {

inline constexpr ErrorCode kUsage{801, "Usage"};
inline constexpr ErrorCode kOutputFailed{802, "OutputFailed"};
inline constexpr ErrorCode kNotInstalled{803, "NotInstalled"};
inline constexpr ErrorCode kAppNotFound{804, "AppNotFound"};
inline constexpr ErrorCode kSyncFailed{805, "SyncFailed"};

// Exit codes of every command.
inline constexpr int kExitOk = 0;
inline constexpr int kExitDifferent = 1;  // a difference was found; the app is not ready
inline constexpr int kExitError = 2;      // of usage, of the world
inline constexpr int kExitTimeout = 3;
inline constexpr int kExitInterrupted = 130;

enum class OutputFormat { table, json, yaml };
enum class ColorChoice { automatic, always, never };

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

  // A closed reader (EPIPE) ends the program quietly; a full disk is kOutputFailed.
  [[nodiscard]] Result<void> print(std::string_view text) const;
  // In the format asked for; the caller handles table.
  [[nodiscard]] Result<void> print_value(const Value& value) const;
  // One safe line to standard error; failures are of no interest.
  void progress(std::string_view line) const;
};

// From the environment (NO_COLOR, CLICOLOR_FORCE, TERM, locale) and the terminal.
[[nodiscard]] Style detect_style(ColorChoice color);

}  // namespace plumb::cli
