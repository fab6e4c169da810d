// Versions and constraints from charts and resources: the first line a constraint, the second a
// version.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "lang/semver/semver.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plumb;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = text.find('\n');
  const auto constraint = semver::Constraint::parse(text.substr(0, end));
  const auto version =
      semver::Version::parse(end == std::string_view::npos ? text : text.substr(end + 1));
  if (!version.has_value()) return 0;
  const auto again = semver::Version::parse(semver::to_string(*version));
  CHECK(again.has_value() && *again == *version);
  if (constraint.has_value()) CHECK(constraint->matches(*version) == constraint->matches(*again));
  return 0;
}
