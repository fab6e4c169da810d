#include "core/blame/field_owners.h"

#include <map>

#include "core/diff/field_diff.h"
#include "core/diff/field_path.h"
#include "lang/fieldset/fieldset.h"
#include "model/object.h"

namespace plumb {
namespace {

struct Owners {
  bool ours = false;
  std::vector<FieldOwner> others;

  void add(const Owners& more) {
    ours = ours || more.ours;
    others.insert(others.end(), more.others.begin(), more.others.end());
  }
};

using OwnersOfParts = std::map<const Value*, Owners>;

// As deep as the set, which the parser limits.
// NOLINTNEXTLINE(misc-no-recursion)
void mark(const Value& part, const Map& fields, const Owners& owner, OwnersOfParts& out) {
  for (const Member& member : fields) {
    const Value* child = fieldset::part_of(part, member.key);
    if (child == nullptr) continue;
    const Map* below = member.value.as_map();
    const bool is_container = child->is_map() || child->is_list();
    if (member.key == ".") {
      // Owns that it is there, not what is in it; an empty one is nothing but that.
      const bool empty = (child->is_map() && child->as_map()->empty()) ||
                         (child->is_list() && child->as_list()->empty());
      if (empty) out[child].add(owner);
    } else if (below != nullptr && !below->empty() && is_container) {
      mark(*child, *below, owner, out);
    } else {
      out[child].add(owner);
    }
  }
}

// The owners of a leaf are those of it and of all it stands in.
Owners owners_at(const Value& object, const Leaf& leaf, const OwnersOfParts& owners) {
  Owners out;
  const Value* part = &object;
  for (const std::string& step : leaf.at) {
    if (part->is_map()) {
      part = part->find(step);
    } else {
      part = &(*part->as_list())[std::stoul(step)];
    }
    const auto at = owners.find(part);
    if (at != owners.end()) out.add(at->second);
  }
  return out;
}

}  // namespace

std::vector<OwnedField> owned_fields(const Value& live) {
  const Value object = without_server_fields(live);
  OwnersOfParts owners;
  const Value* entries = live.find_path({"metadata", "managedFields"});
  if (entries != nullptr && entries->is_list()) {
    for (const Value& entry : *entries->as_list()) {
      const Value* fields = entry.find("fieldsV1");
      if (fields == nullptr || !fields->is_map()) continue;
      if (entry.string_at({"subresource"}) == "status") continue;
      Owners owner;
      const std::string manager = entry.string_at({"manager"});
      const std::string operation = entry.string_at({"operation"});
      owner.ours = manager == kFieldManager && operation == "Apply";
      if (!owner.ours) owner.others.push_back({manager, operation, entry.string_at({"time"})});
      mark(object, *fields->as_map(), owner, owners);
    }
  }
  const Value shown = masked(object, "***");
  const std::vector<Leaf> leaves = leaves_of(object);
  const std::vector<Leaf> values = leaves_of(shown);
  std::vector<OwnedField> out;
  for (size_t i = 0; i < leaves.size(); ++i) {
    Owners found = owners_at(object, leaves[i], owners);
    out.push_back({leaves[i].path, leaves[i].identity,
                   values.size() == leaves.size() ? *values[i].value : Value("***"), found.ours,
                   std::move(found.others)});
  }
  return out;
}

}  // namespace plumb
