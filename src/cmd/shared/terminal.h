// How the programs for people speak: exit codes, what the terminal can show, and the one way to
// print. Data goes to standard output, progress and errors to standard error. For one thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cmd/text/output.h"
#include "lang/value/value.h"

namespace plumb {

inline constexpr ErrorCode kUsage{801, "Usage"};
inline constexpr ErrorCode kOutputFailed{802, "OutputFailed"};

// Exit codes of every command.
inline constexpr int kExitOk = 0;
inline constexpr int kExitDifferent = 1;  // a difference was found; the app is not ready
inline constexpr int kExitError = 2;      // of usage, of the world
inline constexpr int kExitTimeout = 3;

enum class OutputFormat { table, json, yaml };
enum class ColorChoice { automatic, always, never };

// From the environment (NO_COLOR, CLICOLOR_FORCE, TERM, locale) and the terminal.
[[nodiscard]] Style detect_style(ColorChoice color);

// To standard output. A closed reader (EPIPE) ends the program quietly; a full disk is
// kOutputFailed.
[[nodiscard]] Result<void> print_text(std::string_view text);
// As JSON or YAML; `table` is the caller's to handle.
[[nodiscard]] Result<void> print_value(const Value& value, OutputFormat format);
// One safe line to standard error; failures are of no interest.
void print_progress(std::string_view line);
// The error, to standard error; the exit code for it.
[[nodiscard]] int print_failure(const Error& error);

}  // namespace plumb
