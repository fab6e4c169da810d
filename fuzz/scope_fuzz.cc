// Two texts of a file, parted by a line of %: what a bot may change in it. A file is in scope of
// itself; where nothing may change, files in scope of each other mean the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "core/trust/walk/scope.h"
#include "lang/yaml/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plumb;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t middle = text.find("\n%\n");
  if (middle == std::string_view::npos) return 0;
  const std::string_view before = text.substr(0, middle + 1);
  const std::string_view after = text.substr(middle + 3);
  Budget budget;
  if (!trust::check_scope(before, after, "f", {}, budget).has_value()) return 0;
  Budget again;
  CHECK(trust::check_scope(before, before, "f", {}, again).has_value());
  const auto was = yaml::parse_all(before, "f", again);
  const auto is = yaml::parse_all(after, "f", again);
  CHECK(was.has_value() && is.has_value() && was->size() == is->size());
  for (size_t i = 0; i < was->size(); ++i) CHECK((*was)[i].value == (*is)[i].value);
  return 0;
}
