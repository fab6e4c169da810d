// What two states of a config repository are compared to: nothing of it may break a comment of a
// pull request, show a Secret, or find a change between a state and itself. The input is both
// files, parted by a NUL.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "cmd/text/preview_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plumb;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (size > 1 << 16) return 0;
  const size_t middle = text.find('\0');
  const std::string app =
      "apiVersion: plumb.dev/v1alpha1\nkind: App\nmetadata: {name: a, namespace: prod}\n"
      "spec: {path: web, targetNamespace: t}\n";
  const MemoryTree before({{"a.yaml", app}, {"web/x.yaml", text.substr(0, middle)}});
  const MemoryTree after(
      {{"a.yaml", app},
       {"web/x.yaml", middle == std::string::npos ? "" : text.substr(middle + 1)}});
  const auto shown = preview({.before = before, .after = after});
  CHECK(shown.has_value());
  constexpr size_t kMostOfAForge = 65'536;
  CHECK(preview_markdown(*shown, {"a", "b"}).size() <= kMostOfAForge);
  CHECK(preview_text(*shown, {"a", "b"}, {}).find('\033') == std::string::npos);
  (void)preview_value(*shown, {"a", "b"});
  const auto same = preview({.before = after, .after = after});
  CHECK(same.has_value());
  for (const AppPreview& one : same->apps) CHECK(one.error.has_value());
  return 0;
}
