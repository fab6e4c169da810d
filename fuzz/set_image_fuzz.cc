// Setting images in a file from a config repository: whatever the file holds, the edit is refused,
// or changes what it says it changes and is the last that is needed.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "core/edit/set_image.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plumb;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Limits limits{.file_bytes = 1 << 20, .depth = 64, .nodes = 100'000, .alias_nodes = 10'000};
  edit::SetImageRequest request;
  for (const char* setting : {"web=:v2", "reg.example/api=reg.example/api:9"}) {
    request.settings = {*edit::parse_image_setting(setting)};
    for (const char* file : {"values.yaml", "kustomization.yaml"}) {
      Budget budget(limits);
      const auto edits = edit::set_images(MemoryTree({{file, text}}), request, budget);
      if (!edits || edits->empty()) continue;
      CHECK(edits->size() == 1 && !(*edits)[0].changes.empty());
      CHECK((*edits)[0].before == text && (*edits)[0].after != text);
      Budget again(limits);
      const MemoryTree edited({{file, (*edits)[0].after}});
      const auto second = edit::set_images(edited, request, again);
      // An image that is known by a part of its name may have another name now.
      CHECK(second ? second->empty()
                   : second.error().code() == edit::kImageNotFound ||
                         second.error().code() == edit::kAmbiguousImage);
    }
  }
  return 0;
}
