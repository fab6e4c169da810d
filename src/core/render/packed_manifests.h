// PackedManifests: rendered manifests in as few bytes as they can be kept in while nobody needs
// them: their bodies as JSON, deflated together (zlib). An app is looked at when a commit changes
// it or somebody else does, which is rare; unpacking an object takes some ten microseconds.
//
// Where fields stand in their files is not kept. Only errors ask for it, and then it is found by
// rendering again. Immutable, thread safe; errors cannot come from the content.
#pragma once

#include <functional>
#include <string>

#include "model/manifests.h"

namespace plumb {

class PackedManifests {
 public:
  // Of what render yields: `desired` and what else is made later is not kept.
  explicit PackedManifests(const Manifests& rendered);

  // `render_again` yields the same manifests; it is called at most once, when the line of a field
  // is asked for, on any thread. Without it, or if it fails, the line is that of the document.
  using RenderAgain = std::function<Result<Manifests>()>;
  [[nodiscard]] Manifests unpack(RenderAgain render_again = nullptr) const;

  [[nodiscard]] const ReadSet& read_set() const { return read_set_; }
  [[nodiscard]] const Digest& digest() const { return digest_; }
  [[nodiscard]] size_t size() const { return count_; }
  [[nodiscard]] size_t packed_bytes() const { return text_.size(); }
  [[nodiscard]] size_t unpacked_bytes() const { return unpacked_bytes_; }  // of text

 private:
  std::string text_;  // deflated
  size_t unpacked_bytes_ = 0;
  size_t count_ = 0;
  ReadSet read_set_;
  Digest digest_;
};

}  // namespace plumb
