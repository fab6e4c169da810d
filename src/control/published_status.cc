#include "control/published_status.h"

#include <algorithm>

#include "lang/json/json.h"

namespace plumb {
namespace {

Fingerprint fingerprint_of(const Value& value) {
  return fingerprint(json::write(value));
}

}  // namespace

PublishedStatus::PublishedStatus(const Value& status) {
  const Map* members = status.as_map();
  if (members == nullptr) return;
  members_.reserve(members->size());
  for (const plumb::Member& member : *members) {
    members_.push_back({member.key, fingerprint_of(member.value)});
  }
}

Value PublishedStatus::patch_to(const Value& status) const {
  Value patch = Value::map();
  if (const Map* now = status.as_map()) {
    for (const plumb::Member& member : *now) {
      const auto at =
          std::lower_bound(members_.begin(), members_.end(), member.key,
                           [](const Member& a, const std::string& name) { return a.name < name; });
      const bool same = at != members_.end() && at->name == member.key &&
                        at->value == fingerprint_of(member.value);
      if (!same) patch.set(member.key, member.value);
    }
  }
  for (const Member& member : members_) {
    if (status.find(member.name) == nullptr) patch.set(member.name, Value());
  }
  return patch;
}

}  // namespace plumb
