// What a change of the source changes: two lists of manifests, object by object and field by field,
// with the line of each field, and what a person should look at before it is merged. Pure; needs no
// cluster, so it speaks of what Git says, not of what is live.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/diff/field_diff.h"
#include "core/diff/risks.h"
#include "model/manifests.h"

namespace plumb {

enum class ObjectDiffKind {
  created,
  changed,
  deleted,
  released,  // leaves the source, stays in the cluster
  moved,     // to another app, which adopts it: nothing is deleted
};

struct FieldDiff {
  FieldChange change;
  Position position;  // of the new value; of the old one where there is no new
};

struct ObjectDiff {
  ObjectKey key;
  ObjectDiffKind kind = ObjectDiffKind::changed;
  std::string note;   // "to app prod/api"; may be empty
  Position position;  // where it is written; of what is gone: where it was
  std::vector<FieldDiff> fields;
  std::vector<Risk> risks;
};

struct ManifestsDiff {
  std::vector<ObjectDiff> changes;  // in the order of keys
  size_t unchanged = 0;
};

// `removes`: what happens to an object that left the source, `released` where it stays.
[[nodiscard]] ManifestsDiff diff_manifests(const std::vector<Manifest>& before,
                                           const std::vector<Manifest>& after,
                                           ObjectDiffKind removes);

}  // namespace plumb
