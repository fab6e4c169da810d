// The command line: words -> global options and a command. The only part that knows CLI11.
#pragma once

#include "cmd/cli/commands.h"

namespace plumb::cli {

struct Arguments {
  GlobalOptions options;
  Command command;
};

// Mistakes are kUsage, with a near command or an example as help.
[[nodiscard]] Result<Arguments> parse_arguments(int count, const char* const* words);

}  // namespace plumb::cli
