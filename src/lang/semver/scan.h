// The outer form of a version in a text: v?N(.N)?(.N)?(-pre)?(+meta)?, where N is made of the
// characters that the reader allows. Internal to lang/semver; pure. All views borrow the text.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace plumb::semver {

struct Scanned {
  std::array<std::string_view, 3> numbers;  // "" where missing
  std::string_view prerelease;
  std::string_view metadata;
  size_t size = 0;  // of the whole
};

// At the beginning of the text; the longest such form. `wildcards` admits x, X and * (and, as
// there, |) in numbers.
[[nodiscard]] std::optional<Scanned> scan_version(std::string_view text, bool wildcards);

}  // namespace plumb::semver
