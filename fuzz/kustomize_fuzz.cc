// Any texts as the files of a kustomization with a base, and as a patch of the App: a build ends
// within its budget, twice with the same outcome, and what it prints can be read again.
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/check.h"
#include "core/render/kustomize/build.h"
#include "lang/yaml/yaml.h"

namespace {

using namespace plumb;

// The input is cut into files at lines of "==".
std::map<std::string, std::string> files_of(std::string_view text) {
  std::map<std::string, std::string> files;
  for (const char* name : {"app/kustomization.yaml", "app/a.yaml", "app/b.env",
                           "base/kustomization.yaml", "base/a.yaml", "app/c.yaml", "patch"}) {
    const size_t end = text.find("\n==\n");
    files[name] = std::string(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 4);
  }
  return files;
}

std::string outcome(const MemoryTree& tree) {
  Overlay overlay;
  if (const auto patch = tree.read(*RelPath::parse("patch"), 1 << 20)) {
    overlay.patches.push_back({*patch, PatchTarget{.kind = "ConfigMap"}});
  }
  Budget budget({.total_bytes = 1 << 20, .files = 200, .nodes = 20'000, .steps = 1'000'000});
  const auto built = rendering::kustomize::build(tree, *RelPath::parse("app"), budget, overlay);
  return built ? rendering::kustomize::print(*built) : "error " + built.error().render();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const MemoryTree tree(files_of({reinterpret_cast<const char*>(data), size}));
  const std::string text = outcome(tree);
  CHECK(text == outcome(tree));
  if (text.starts_with("error ")) return 0;
  Budget budget;
  const auto documents = yaml::parse_all(text, "built", budget);
  CHECK(documents.has_value());
  return 0;
}
