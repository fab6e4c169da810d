#include "model/packed_inventory.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/packed_text.h"

namespace plumb {
namespace {

// What an entry begins with: which of its parts are those of the entry before it.
constexpr unsigned char kSameGroup = 1;
constexpr unsigned char kSameKind = 2;
constexpr unsigned char kSameNamespace = 4;
constexpr unsigned char kSameVersion = 8;
constexpr unsigned char kApplied = 16;
constexpr unsigned char kUuid = 32;         // the uid is a UUID in lower case: 16 bytes
constexpr unsigned char kSameManaged = 64;  // S: objects of a kind often have the same fields

// Of names in order much is as in the one before: "web-1", "web-2".
unsigned char same_length(const std::string& before, const std::string& text) {
  const size_t most = std::min({before.size(), text.size(), size_t{255}});
  size_t same = 0;
  while (same < most && before[same] == text[same]) ++same;
  return static_cast<unsigned char>(same);
}

constexpr size_t kDashes[] = {8, 13, 18, 23};

std::string uuid_text(const Bytes<16>& uuid) {
  std::string text = uuid.hex();
  for (const size_t at : kDashes) text.insert(at, 1, '-');
  return text;
}

// nullopt unless uuid_text gives the same text back.
std::optional<Bytes<16>> uuid_of(const std::string& text) {
  std::string hex;
  for (const char c : text) {
    if (c != '-') hex += c;
  }
  const std::optional<Bytes<16>> uuid = Bytes<16>::from_hex(hex);
  return uuid && uuid_text(*uuid) == text ? uuid : std::nullopt;
}

}  // namespace

PackedInventory::PackedInventory(const Inventory& inventory) : count_(inventory.size()) {
  const ClusterId& cluster = inventory.cluster();
  if (!inventory.empty() || !cluster.is_own()) append_text(text_, cluster.uid);
  if (!cluster.is_own()) append_text(text_, cluster.server);
  InventoryEntry before;
  for (const InventoryEntry& entry : inventory.entries()) {
    const std::optional<Bytes<16>> uuid =
        entry.applied ? uuid_of(entry.applied->uid) : std::nullopt;
    unsigned flags = 0;
    if (entry.key.group == before.key.group) flags |= kSameGroup;
    if (entry.key.kind == before.key.kind) flags |= kSameKind;
    if (entry.key.namespace_ == before.key.namespace_) flags |= kSameNamespace;
    if (entry.version == before.version) flags |= kSameVersion;
    if (entry.applied) flags |= kApplied;
    if (uuid) flags |= kUuid;
    if (entry.applied && before.applied && entry.applied->managed == before.applied->managed) {
      flags |= kSameManaged;
    }
    text_ += static_cast<char>(flags);
    if ((flags & kSameGroup) == 0) append_text(text_, entry.key.group);
    if ((flags & kSameKind) == 0) append_text(text_, entry.key.kind);
    if ((flags & kSameNamespace) == 0) append_text(text_, entry.key.namespace_);
    if ((flags & kSameVersion) == 0) append_text(text_, entry.version);
    const unsigned char same = same_length(before.key.name, entry.key.name);
    text_ += static_cast<char>(same);
    append_text(text_, entry.key.name.substr(same));
    if (entry.applied) {
      if (uuid) {
        append_bytes(text_, *uuid);
      } else {
        append_text(text_, entry.applied->uid);
      }
      append_bytes(text_, entry.applied->desired);
      if ((flags & kSameManaged) == 0) append_bytes(text_, entry.applied->managed);
      append_bytes(text_, entry.applied->projected);
    }
    before = entry;
  }
  text_.shrink_to_fit();
}

Inventory PackedInventory::unpack() const {
  std::vector<InventoryEntry> out;
  out.reserve(count_);
  PackedReader in(text_);
  ClusterId cluster;
  if (!text_.empty()) cluster.uid = in.string();
  if (!cluster.is_own()) cluster.server = in.string();
  InventoryEntry one;
  for (size_t i = 0; i < count_; ++i) {
    const unsigned flags = in.byte();
    if ((flags & kSameGroup) == 0) one.key.group = in.string();
    if ((flags & kSameKind) == 0) one.key.kind = in.string();
    if ((flags & kSameNamespace) == 0) one.key.namespace_ = in.string();
    if ((flags & kSameVersion) == 0) one.version = in.string();
    const size_t same = in.byte();
    CHECK(same <= one.key.name.size());
    one.key.name = one.key.name.substr(0, same) + in.string();
    const std::optional<ApplyRecord> before = std::exchange(one.applied, std::nullopt);
    if ((flags & kApplied) != 0) {
      ApplyRecord record;
      record.uid = (flags & kUuid) != 0 ? uuid_text(in.bytes<16>()) : in.string();
      record.desired = in.bytes<16>();
      CHECK((flags & kSameManaged) == 0 || before.has_value());
      record.managed = (flags & kSameManaged) != 0 ? before->managed : in.bytes<16>();
      record.projected = in.bytes<16>();
      one.applied = std::move(record);
    }
    out.push_back(one);
  }
  return Inventory(std::move(out), std::move(cluster));
}

}  // namespace plumb
