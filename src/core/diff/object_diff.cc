#include "core/diff/object_diff.h"

#include <map>

namespace plumb {
namespace {

using ByKey = std::map<ObjectKey, const Manifest*>;

ByKey by_key(const std::vector<Manifest>& manifests) {
  ByKey out;
  for (const Manifest& manifest : manifests) out.emplace(manifest.key, &manifest);
  return out;
}

std::vector<FieldDiff> fields_of(const Manifest* before, const Manifest* after) {
  std::vector<FieldDiff> out;
  for (FieldChange& change : field_diff(before != nullptr ? before->body : Value(),
                                        after != nullptr ? after->body : Value())) {
    const bool gone = !change.after.has_value();
    Position position = gone && before != nullptr ? before->position_of(change.before_at)
                        : after != nullptr        ? after->position_of(change.after_at)
                                                  : Position();
    out.push_back({std::move(change), std::move(position)});
  }
  return out;
}

ObjectDiff changed(const Manifest& before, const Manifest& after) {
  ObjectDiff out{.key = after.key,
                 .kind = ObjectDiffKind::changed,
                 .note = {},
                 .position = after.origin.position(),
                 .fields = fields_of(&before, &after),
                 .risks = {}};
  std::vector<FieldChange> changes;
  for (const FieldDiff& field : out.fields) changes.push_back(field.change);
  out.risks = risks_of_change(before, after, changes);
  return out;
}

ObjectDiff removed(const Manifest& before, ObjectDiffKind kind) {
  const bool stays = kind == ObjectDiffKind::released ||
                     deletion_rules_of(before.body).prune == DeletionRule::disabled;
  ObjectDiff out{.key = before.key,
                 .kind = stays ? ObjectDiffKind::released : kind,
                 .note = {},
                 .position = before.origin.position(),
                 .fields = {},
                 .risks = {}};
  if (!stays) out.risks = risks_of_deletion(before);
  return out;
}

}  // namespace

ManifestsDiff diff_manifests(const std::vector<Manifest>& before,
                             const std::vector<Manifest>& after, ObjectDiffKind removes) {
  const ByKey old_objects = by_key(before);
  const ByKey new_objects = by_key(after);
  std::map<ObjectKey, ObjectDiff> changes;
  ManifestsDiff out;
  for (const auto& [key, manifest] : new_objects) {
    const auto old = old_objects.find(key);
    if (old == old_objects.end()) {
      changes.emplace(key, ObjectDiff{.key = key,
                                      .kind = ObjectDiffKind::created,
                                      .note = {},
                                      .position = manifest->origin.position(),
                                      .fields = fields_of(nullptr, manifest),
                                      .risks = {}});
      continue;
    }
    ObjectDiff one = changed(*old->second, *manifest);
    if (one.fields.empty()) {
      ++out.unchanged;
    } else {
      changes.emplace(key, std::move(one));
    }
  }
  for (const auto& [key, manifest] : old_objects) {
    if (!new_objects.contains(key)) changes.emplace(key, removed(*manifest, removes));
  }
  for (auto& [key, one] : changes) out.changes.push_back(std::move(one));
  return out;
}

}  // namespace plumb
