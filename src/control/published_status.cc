#include "control/published_status.h"

#include <algorithm>
#include <vector>

#include "base/digest.h"
#include "base/packed_text.h"
#include "lang/json/json.h"

namespace plumb {
namespace {

struct PublishedMember {
  std::string_view name;
  Fingerprint value;
};

Fingerprint fingerprint_of(const Value& value) {
  return fingerprint(json::write(value));
}

std::vector<PublishedMember> unpacked(const std::string& members) {
  std::vector<PublishedMember> out;
  for (PackedReader in(members); !in.at_end();) {
    const std::string_view name = in.text();
    out.push_back({name, in.bytes<sizeof(Fingerprint)>()});
  }
  return out;
}

}  // namespace

PublishedStatus::PublishedStatus(const Value& status) {
  const Map* members = status.as_map();
  if (members == nullptr) return;
  for (const Member& member : *members) {
    append_text(members_, member.key);
    append_bytes(members_, fingerprint_of(member.value));
  }
  members_.shrink_to_fit();
}

Value PublishedStatus::patch_to(const Value& status) const {
  const std::vector<PublishedMember> members = unpacked(members_);
  Value patch = Value::map();
  if (const Map* now = status.as_map()) {
    for (const Member& member : *now) {
      const auto at =
          std::lower_bound(members.begin(), members.end(), member.key,
                           [](const auto& a, const std::string& name) { return a.name < name; });
      const bool same = at != members.end() && at->name == member.key &&
                        at->value == fingerprint_of(member.value);
      if (!same) patch.set(member.key, member.value);
    }
  }
  for (const PublishedMember& member : members) {
    if (status.find(member.name) == nullptr) patch.set(std::string(member.name), Value());
  }
  return patch;
}

}  // namespace plumb
