#include "core/status/status_json.h"

#include <cstring>

#include "base/digest.h"
#include "base/text.h"
#include "core/status/conditions.h"

namespace plumb {
namespace {

constexpr char kRecordFormat = 1;
constexpr size_t kMaxUid = 255;  // its length is one byte

template <size_t N>
std::string_view bytes_of(const Bytes<N>& bytes) {
  return {reinterpret_cast<const char*>(bytes.bytes.data()), N};
}

std::string encode_record(const ApplyRecord& record) {
  std::string out;
  out += kRecordFormat;
  out += static_cast<char>(record.uid.size());
  out += record.uid;
  out += bytes_of(record.desired);
  out += bytes_of(record.managed);
  out += bytes_of(record.projected);
  return base64_encode(out);
}

Result<ApplyRecord> decode_record(std::string_view text) {
  const Error bad(kBadStatus, "an inventory entry has a record of an unknown format",
                  Retry::denied);
  const std::optional<std::string> bytes = base64_decode(text);
  if (!bytes || bytes->size() < 2 || (*bytes)[0] != kRecordFormat) return bad;
  const size_t uid_size = static_cast<unsigned char>((*bytes)[1]);
  if (bytes->size() != 2 + uid_size + 48) return bad;
  ApplyRecord record;
  record.uid = bytes->substr(2, uid_size);
  const char* hashes = bytes->data() + 2 + uid_size;
  std::memcpy(record.desired.bytes.data(), hashes, 16);
  std::memcpy(record.managed.bytes.data(), hashes + 16, 16);
  std::memcpy(record.projected.bytes.data(), hashes + 32, 16);
  return record;
}

Value condition_value(const Condition& condition) {
  return Value::map({{"type", condition.type},
                     {"status", condition.status},
                     {"reason", condition.reason},
                     {"message", condition.message},
                     {"lastTransitionTime", format_rfc3339(condition.last_transition)},
                     {"observedGeneration", condition.observed_generation}});
}

WallTime time_at(const Value& value, std::string_view key) {
  return parse_rfc3339(value.string_at({key})).value_or(WallTime{});
}

Condition condition_of(const Value& value) {
  return {value.string_at({"type"}),
          value.string_at({"status"}),
          value.string_at({"reason"}),
          value.string_at({"message"}),
          time_at(value, "lastTransitionTime"),
          value.integer_at({"observedGeneration"}).value_or(0)};
}

template <class T, class F>
Value list_of(const std::vector<T>& items, F&& convert) {
  List out;
  for (const T& item : items) out.push_back(convert(item));
  return Value(std::move(out));
}

// The items of a list member; nothing where it is absent.
const List& items_at(const Value& value, std::string_view key) {
  static const List kNone;
  const Value* member = value.find(key);
  const List* list = member == nullptr ? nullptr : member->as_list();
  return list == nullptr ? kNone : *list;
}

Value problem_value(const ObjectProblem& problem) {
  return Value::map({{"id", problem.key.id()},
                     {"reason", problem.reason},
                     {"message", problem.message},
                     {"position", problem.position},
                     {"since", format_rfc3339(problem.since)}});
}

void set_if(Value& out, std::string_view key, const std::string& text) {
  if (!text.empty()) out.set(key, text);
}

Value text_value(const std::string& text) {
  return text;
}

Value grant_value(const Grant& grant) {
  Value out = Value::map({{"rule", grant.rule}});
  if (!grant.approvers.empty()) out.set("approvers", list_of(grant.approvers, text_value));
  return out;
}

Value history_value(const HistoryEntry& entry) {
  Value out = Value::map({{"revision", entry.revision},
                          {"author", entry.author},
                          {"subject", entry.subject},
                          {"appliedAt", format_rfc3339(entry.applied_at)},
                          {"durationMs", entry.duration_ms},
                          {"changed", entry.changed},
                          {"pruned", entry.pruned}});
  set_if(out, "signer", entry.signer);
  if (!entry.grants.empty()) out.set("rules", list_of(entry.grants, grant_value));
  if (!entry.objects.empty()) out.set("objects", list_of(entry.objects, text_value));
  set_if(out, "health", entry.health);
  set_if(out, "manifests", entry.manifests);
  return out;
}

std::vector<std::string> texts_at(const Value& value, std::string_view name) {
  std::vector<std::string> out;
  for (const Value& item : items_at(value, name)) {
    if (item.is_string()) out.push_back(*item.as_string());
  }
  return out;
}

HistoryEntry history_of(const Value& value) {
  std::vector<Grant> grants;
  for (const Value& item : items_at(value, "rules")) {
    grants.push_back({item.string_at({"rule"}), texts_at(item, "approvers")});
  }
  return {.revision = value.string_at({"revision"}),
          .author = value.string_at({"author"}),
          .subject = value.string_at({"subject"}),
          .signer = value.string_at({"signer"}),
          .grants = std::move(grants),
          .applied_at = time_at(value, "appliedAt"),
          .duration_ms = value.integer_at({"durationMs"}).value_or(0),
          .changed = static_cast<int>(value.integer_at({"changed"}).value_or(0)),
          .pruned = static_cast<int>(value.integer_at({"pruned"}).value_or(0)),
          .objects = texts_at(value, "objects"),
          .health = value.string_at({"health"}),
          .manifests = value.string_at({"manifests"})};
}

Value inventory_entry_value(const InventoryEntry& entry) {
  Value out = Value::map({{"id", entry.key.id()}, {"v", entry.version}});
  // Who may read an App may not be one who may read Secrets: a hash of a short secret gives it
  // away. After a restart a Secret costs one apply that changes nothing.
  const bool fits = entry.applied && entry.applied->uid.size() <= kMaxUid;
  if (fits && !is_secret(entry.key)) out.set("h", encode_record(*entry.applied));
  return out;
}

Result<InventoryEntry> inventory_entry_of(const Value& value) {
  InventoryEntry entry;
  entry.key = TRY(parse_object_id(value.string_at({"id"})));
  entry.version = value.string_at({"v"});
  if (const Value* record = value.find("h")) {
    // What is not text is no record of any known format either.
    entry.applied = TRY(decode_record(record->as_string() == nullptr ? "" : *record->as_string()));
  }
  return entry;
}

// Half an inventory is worse than none: what is there and not understood is refused.
Result<Inventory> inventory_of(const Value& status) {
  ClusterId cluster{status.string_at({"target", "cluster"}),
                    status.string_at({"target", "server"})};
  const Value* inventory = status.find("inventory");
  if (inventory == nullptr || inventory->is_null()) return Inventory({}, std::move(cluster));
  const Value* entries = inventory->find("entries");
  if (inventory->as_map() == nullptr || (entries != nullptr && entries->as_list() == nullptr)) {
    return Error(kBadStatus, "status.inventory is not an inventory", Retry::denied);
  }
  std::vector<InventoryEntry> out;
  for (const Value& item : items_at(*inventory, "entries")) {
    out.push_back(TRY(inventory_entry_of(item)));
  }
  return Inventory(std::move(out), std::move(cluster));
}

}  // namespace

Value to_value(const AppStatus& status) {
  Value out = Value::map();
  if (status == AppStatus{}) return out;
  out.set("observedGeneration", status.observed_generation);
  out.set("conditions", list_of(status.conditions, condition_value));
  set_if(out, "lastAttemptedRevision", status.last_attempted_revision);
  set_if(out, "lastAttemptedManifests", status.last_attempted_manifests);
  set_if(out, "lastAttemptedFrom", status.last_attempted_from);
  if (status.last_attempted_since != WallTime{}) {
    out.set("lastAttemptedSince", format_rfc3339(status.last_attempted_since));
  }
  set_if(out, "lastAppliedRevision", status.last_applied_revision);
  set_if(out, "lastHandledSync", status.last_handled_sync);
  set_if(out, "applied", status.applied);
  set_if(out, "health", status.health);
  if (!status.problems.empty()) out.set("problems", list_of(status.problems, problem_value));
  if (!status.wanted.empty()) {
    out.set("wanted", list_of(status.wanted, [](const ObjectKey& key) { return Value(key.id()); }));
  }
  if (!status.warnings.empty()) out.set("warnings", list_of(status.warnings, text_value));
  if (!status.history.empty()) out.set("history", list_of(status.history, history_value));
  if (!status.rollback.revision.empty()) {
    out.set("rollback", Value::map({{"revision", status.rollback.revision},
                                    {"to", status.rollback.to},
                                    {"job", status.rollback.job}}));
  }
  // A member of its own, at the top: in a merge patch one within the inventory would stay.
  if (const ClusterId& target = status.inventory.cluster(); !target.is_own()) {
    out.set("target", Value::map({{"cluster", target.uid}, {"server", target.server}}));
  }
  out.set("inventory",
          Value::map({{"entries", list_of(status.inventory.entries(), inventory_entry_value)}}));
  return out;
}

Value to_value(const RepositoryStatus& status) {
  Value out = Value::map();
  if (status == RepositoryStatus{}) return out;
  out.set("observedGeneration", status.observed_generation);
  out.set("conditions", list_of(status.conditions, condition_value));
  set_if(out, "revision", status.revision);
  set_if(out, "commit", status.commit);
  set_if(out, "ref", status.ref);
  set_if(out, "lastHandledSync", status.last_handled_sync);
  return out;
}

Result<AppStatus> app_status_of(const Value& status) {
  AppStatus out;
  out.observed_generation = status.integer_at({"observedGeneration"}).value_or(0);
  for (const Value& item : items_at(status, "conditions")) {
    out.conditions.push_back(condition_of(item));
  }
  out.last_attempted_revision = status.string_at({"lastAttemptedRevision"});
  out.last_attempted_manifests = status.string_at({"lastAttemptedManifests"});
  out.last_attempted_from = status.string_at({"lastAttemptedFrom"});
  out.last_attempted_since = time_at(status, "lastAttemptedSince");
  out.last_applied_revision = status.string_at({"lastAppliedRevision"});
  out.last_handled_sync = status.string_at({"lastHandledSync"});
  out.applied = status.string_at({"applied"});
  out.health = status.string_at({"health"});
  for (const Value& item : items_at(status, "problems")) {
    out.problems.push_back({TRY(parse_object_id(item.string_at({"id"}))),
                            item.string_at({"reason"}), item.string_at({"message"}),
                            item.string_at({"position"}), time_at(item, "since")});
  }
  for (const std::string& id : texts_at(status, "wanted")) {
    out.wanted.push_back(TRY(parse_object_id(id)));
  }
  out.warnings = texts_at(status, "warnings");
  for (const Value& item : items_at(status, "history")) out.history.push_back(history_of(item));
  out.rollback = {status.string_at({"rollback", "revision"}), status.string_at({"rollback", "to"}),
                  status.string_at({"rollback", "job"})};
  out.inventory = TRY(inventory_of(status));
  return out;
}

Result<RepositoryStatus> repository_status_of(const Value& status) {
  RepositoryStatus out;
  out.observed_generation = status.integer_at({"observedGeneration"}).value_or(0);
  for (const Value& item : items_at(status, "conditions")) {
    out.conditions.push_back(condition_of(item));
  }
  out.revision = status.string_at({"revision"});
  out.commit = status.string_at({"commit"});
  out.ref = status.string_at({"ref"});
  out.last_handled_sync = status.string_at({"lastHandledSync"});
  return out;
}

Value refused_status(const Value& status, int64_t generation, const Error& error, WallTime now) {
  std::vector<Condition> previous;
  for (const Value& item : items_at(status, "conditions")) previous.push_back(condition_of(item));
  std::string message = error.summary();
  if (!error.help().empty()) message += "; " + error.help();
  ConditionSet conditions(previous, generation, now);
  conditions.set("Ready", "False", error.code().name, message);
  conditions.set("Stalled", "True", error.code().name, message);
  Value out = status;
  out.set("observedGeneration", generation);
  out.set("conditions", list_of(std::move(conditions).take(), condition_value));
  return out;
}

}  // namespace plumb
