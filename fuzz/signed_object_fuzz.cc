// Commits, tags and trees as a hostile repository may hold them. The first byte chooses.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "core/trust/signature/git_object.h"
#include "core/trust/walk/objects.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plumb;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto format = data[0] % 2 == 0 ? trust::ObjectFormat::sha1 : trust::ObjectFormat::sha256;
  if (data[0] % 6 < 2) {
    const auto commit = trust::parse_commit(bytes, format);
    if (!commit.has_value()) return 0;
    CHECK(bytes.find('\0') == std::string_view::npos);
    // The payload is the bytes without the signature's header, and nothing else.
    CHECK(commit->signature.has_value() ? commit->payload.size() < bytes.size()
                                        : commit->payload == bytes);
    const auto payload = trust::parse_commit(commit->payload, format);
    CHECK(payload.has_value() && !payload->signature && payload->tree == commit->tree &&
          payload->parents == commit->parents);
  } else if (data[0] % 6 < 4) {
    const auto tag = trust::parse_tag(bytes, format);
    if (tag.has_value()) CHECK(bytes.starts_with(tag->payload));
  } else {
    const auto tree = trust::parse_tree(bytes, format);
    if (!tree.has_value()) return 0;
    for (const trust::TreeItem& item : *tree) {
      CHECK(item.name.find('/') == std::string::npos && item.name != "..");
    }
  }
  return 0;
}
