#include "edge/cluster/drift.h"

#include <algorithm>
#include <set>
#include <vector>

#include "lang/fieldset/fieldset.h"
#include "lang/json/json.h"

namespace plumb {
namespace {

constexpr size_t kMaxBlamedPaths = 8;

// Writes the projection as text that is equal exactly for equal projections: every element of the
// set, then the owned value, "." for a container of which only the existence is owned, or "-".
// As deep as the set, which the JSON parser limits.
// NOLINTNEXTLINE(misc-no-recursion)
void project(std::string& out, const Value& live, const Map& fields) {
  out += '{';
  for (const Member& member : fields) {
    json::append_string(out, member.key);
    const Value* part = fieldset::part_of(live, member.key);
    const Map* below = member.value.as_map();
    if (part == nullptr) {
      out += '-';
    } else if (member.key == ".") {
      out += '.';
    } else if (below != nullptr && !below->empty()) {
      project(out, *part, *below);
    } else {
      json::append(out, *part);
    }
  }
  out += '}';
}

bool is_ours(const Value& entry) {
  return entry.string_at({"manager"}) == kFieldManager &&
         entry.string_at({"operation"}) == "Apply" && entry.string_at({"subresource"}).empty();
}

const List* entries_of(const Value& object) {
  const Value* entries = object.find_path({"metadata", "managedFields"});
  return entries == nullptr ? nullptr : entries->as_list();
}

const Value* our_entry(const Value& object) {
  const List* entries = entries_of(object);
  if (entries == nullptr) return nullptr;
  const auto at = std::find_if(entries->begin(), entries->end(), is_ours);
  return at == entries->end() ? nullptr : &*at;
}

// Paths of the leaves of a set, as deep as the JSON parser lets it be.
// NOLINTNEXTLINE(misc-no-recursion)
void leaves(std::set<std::string>& out, const std::string& path, const Map& fields) {
  for (const Member& member : fields) {
    if (member.key == ".") continue;
    const std::string here = fieldset::readable(path, member.key);
    const Map* below = member.value.as_map();
    if (below != nullptr && !below->empty()) {
      leaves(out, here, *below);
    } else {
      out.insert(here);
    }
  }
}

std::set<std::string> leaves_of(const Value* fields) {
  std::set<std::string> out;
  if (fields != nullptr && fields->is_map()) leaves(out, "", *fields->as_map());
  return out;
}

std::set<std::string> minus(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::set<std::string> out;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(out, out.end()));
  return out;
}

}  // namespace

const Value* managed_fields_of(const Value& object) {
  const Value* entry = our_entry(object);
  const Value* fields = entry == nullptr ? nullptr : entry->find("fieldsV1");
  return fields != nullptr && fields->is_map() ? fields : nullptr;
}

Fingerprint managed_fingerprint(const Value& fields) {
  return fingerprint(json::write(fields));
}

Fingerprint projected_fingerprint(const Value& object, const Value& fields) {
  std::string text;
  if (fields.is_map()) project(text, object, *fields.as_map());
  return fingerprint(text);
}

DriftState drift_state_of(const Value& object) {
  const Value* fields = managed_fields_of(object);
  if (fields == nullptr) return {};
  const bool comparable =
      our_entry(object)->string_at({"apiVersion"}) == object.string_at({"apiVersion"});
  return {managed_fingerprint(*fields), projected_fingerprint(object, *fields), comparable};
}

Result<ApplyRecord> record_of(const Value& apply_response, const Fingerprint& desired) {
  const std::string uid = apply_response.string_at({"metadata", "uid"});
  const DriftState state = drift_state_of(apply_response);
  if (uid.empty() || state.managed.is_zero()) {
    return Error(kNoManagedFields,
                 "the server's answer to the apply of " + key_of(apply_response).display() +
                     " has no managedFields entry of manager " + kFieldManager,
                 Retry::transient);
  }
  return ApplyRecord{uid, desired, state.managed, state.projected};
}

DriftBlame blame(const Value& object, const Value* previous) {
  DriftBlame found;
  const List* entries = entries_of(object);
  if (entries == nullptr) return found;
  const Value* ours = our_entry(object);
  const std::set<std::string> owned = leaves_of(managed_fields_of(object));
  const std::set<std::string> lost =
      previous ? minus(leaves_of(previous), owned) : std::set<std::string>();
  // RFC 3339 in UTC: the order of the texts is the order of the times.
  const std::string our_time = ours ? ours->string_at({"time"}) : std::string();
  std::set<std::string> managers;
  std::set<std::string> paths;
  const auto accuse = [&](const Value& entry, std::set<std::string> taken) {
    if (taken.empty()) return;
    managers.insert(entry.string_at({"manager"}));
    paths.merge(taken);
  };
  for (const Value& entry : *entries) {
    if (is_ours(entry) || entry.string_at({"subresource"}) == "status") continue;
    std::set<std::string> theirs = leaves_of(entry.find("fieldsV1"));
    if (previous != nullptr) {
      std::set<std::string> taken;
      std::set_intersection(theirs.begin(), theirs.end(), lost.begin(), lost.end(),
                            std::inserter(taken, taken.end()));
      accuse(entry, std::move(taken));
    } else if (entry.string_at({"time"}) >= our_time) {
      accuse(entry, minus(theirs, owned));
    }
  }
  // What came by /scale has no time. It may be long ago, so that only where nobody else did it.
  for (const Value& entry : *entries) {
    if (previous != nullptr || !managers.empty()) break;
    if (is_ours(entry) || entry.string_at({"subresource"}) != "scale") continue;
    accuse(entry, minus(leaves_of(entry.find("fieldsV1")), owned));
  }
  found.managers.assign(managers.begin(), managers.end());
  for (const std::string& path : paths) {
    if (found.paths.size() == kMaxBlamedPaths) break;
    found.paths.push_back(path);
  }
  return found;
}

}  // namespace plumb
