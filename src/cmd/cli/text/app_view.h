// An App or Repository as the commands look at it: the fields of the custom resource that people
// ask for, decoded leniently (a missing field is empty), so that an older or newer operator's
// objects can still be shown. Values; pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lang/value/value.h"
#include "model/status.h"

namespace plumb::cli {

// A shard that no replica of the operator works on.
struct Unattended {
  std::string shard;   // "2/4"
  std::string holder;  // that worked on it last; "" where none did, or it gave it away
  WallTime since{};
};

struct AppView {
  AppKey key;
  RepositoryKey repository;
  std::string path;
  std::string target_namespace;
  bool suspended = false;
  bool deleting = false;
  int64_t generation = 0;
  std::string sync_requested;
  bool seen = false;  // the operator has written a status
  std::string shard;  // that works on it, by its status; "" where the work is not divided
  AppStatus status;
  std::optional<Unattended> unattended = {};  // of its shard, where that was looked up
};

struct RepositoryView {
  RepositoryKey key;
  std::string url;  // without user and password
  std::string shard_label;
  bool suspended = false;
  bool seen = false;
  std::string sync_requested;
  RepositoryStatus status;
};

[[nodiscard]] AppView app_view(const Value& object);
[[nodiscard]] RepositoryView repository_view(const Value& object);

// nullptr where there is no such condition.
[[nodiscard]] const Condition* find_condition(const std::vector<Condition>& conditions,
                                              std::string_view type);

// "main@3f1c2ab" of a revision in display form, with the commit cut to 7 digits.
[[nodiscard]] std::string short_revision(std::string_view revision);
// The commit of a revision in its display form, "main@sha1:3f2c…".
[[nodiscard]] std::string commit_of(std::string_view revision);

// One word for the state of an app, the first that holds.
enum class Readiness { unseen, deleting, suspended, stalled, progressing, ready, failed };
[[nodiscard]] Readiness readiness_of(const AppView& app);

}  // namespace plumb::cli
