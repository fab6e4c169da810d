// Completion scripts for bash, zsh and fish. They hold the words of the commands; names of apps
// come from `plumb __complete`.
#pragma once

#include <string>
#include <string_view>

namespace plumb::cli {

// "" for a shell that is not known.
[[nodiscard]] std::string completion_script(std::string_view shell);

}  // namespace plumb::cli
