// The command line: words -> global options and a command. The only part that knows CLI11.
#pragma once

#include "cmd/cli/commands.h"
#include "cmd/cli/completion.h"

namespace plumb::cli {

struct Arguments {
  GlobalOptions options;
  Command command;
};

// Mistakes are kUsage, with a near command or an example as help.
[[nodiscard]] Result<Arguments> parse_arguments(int count, const char* const* words);
// What parse_arguments takes, for completion.
[[nodiscard]] Grammar grammar();

}  // namespace plumb::cli
