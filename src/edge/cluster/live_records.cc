#include "edge/cluster/live_records.h"

#include "edge/cluster/watch.h"

namespace plumb {

uint64_t version_of(const Value& object) {
  return version_number(object.string_at({"metadata", "resourceVersion"}));
}

LiveSight sight_of(const Value& object, const std::function<Health(const Value&)>& assess_health) {
  LiveSight sight;
  sight.key = key_of(object);
  sight.owner.name = label_of(object, kAppLabel);
  sight.owner.namespace_ = label_of(object, kAppNamespaceLabel);
  sight.uid = object.string_at({"metadata", "uid"});
  sight.version = version_of(object);
  sight.deleting = !object.string_at({"metadata", "deletionTimestamp"}).empty();
  if (sight.deleting) {
    const Value* list = object.find_path({"metadata", "finalizers"});
    if (list != nullptr && list->is_list()) {
      for (const Value& one : *list->as_list()) {
        if (one.is_string()) sight.finalizers.push_back(*one.as_string());
      }
    }
  }
  sight.deletion = deletion_rules_of(object);
  sight.state = drift_state_of(object);
  if (assess_health) sight.health = assess_health(object);
  return sight;
}

void LiveRecords::add_kind(const GroupVersionKind& gvk) {
  kinds_[gvk.group_kind()].gvk = gvk;
}

LiveRecords::Kind& LiveRecords::kind_of(const ObjectKey& key) {
  Kind& kind = kinds_[key.group_kind()];
  if (kind.gvk.kind.empty()) kind.gvk = {key.group, "", key.kind};
  return kind;
}

uint32_t LiveRecords::intern_app(const AppKey& app) {
  const auto [at, fresh] = app_index_.emplace(app, static_cast<uint32_t>(apps_.size()));
  if (fresh) apps_.push_back(app);
  return at->second;
}

uint32_t LiveRecords::intern_namespace(const std::string& text) {
  const auto [at, fresh] =
      namespace_index_.emplace(text, static_cast<uint32_t>(namespaces_.size()));
  if (fresh) namespaces_.push_back(text);
  return at->second;
}

const LiveRecords::Record* LiveRecords::record_at(const ObjectKey& key) const {
  const auto kind = kinds_.find(key.group_kind());
  const auto space = namespace_index_.find(key.namespace_);
  if (kind == kinds_.end() || space == namespace_index_.end()) return nullptr;
  return kind->second.records.find(space->second, key.name);
}

LiveRecords::Record* LiveRecords::record_at(const ObjectKey& key) {
  return const_cast<Record*>(std::as_const(*this).record_at(key));
}

LiveRecords::Record& LiveRecords::make_record(const ObjectKey& key) {
  return kind_of(key).records.make(intern_namespace(key.namespace_), key.name);
}

ObjectKey LiveRecords::key_of(const GroupKind& group_kind, const Kind& kind,
                              const Record& record) const {
  return {group_kind.group, group_kind.kind, namespaces_.at(record.namespace_),
          std::string(kind.records.name_of(record))};
}

LiveRecord::Uid LiveRecords::packed_uid(const std::string& text) {
  std::string hex;
  for (const char c : text) {
    if (c != '-') hex += c;
  }
  if (text.size() == 36) {
    if (const auto uid = LiveRecord::Uid::from_hex(hex)) return *uid;
  }
  return fingerprint(text);
}

std::string LiveRecords::uid_text(const LiveRecord::Uid& uid) {
  std::string text = uid.hex();
  for (const size_t at : {8u, 13u, 18u, 23u}) text.insert(at, 1, '-');
  return text;
}

std::string LiveRecords::uid_text(const Record& record) {
  if (record.rare && !record.rare->odd_uid.empty()) return record.rare->odd_uid;
  return uid_text(record.uid);
}

LiveRecords::Applied LiveRecords::packed(const ApplyRecord& record) {
  return {packed_uid(record.uid), record.desired, record.managed, record.projected};
}

Health LiveRecords::health_of(const Record& record) {
  return {record.health, record.rare ? record.rare->health_message : std::string()};
}

void LiveRecords::take(Record& record, const LiveSight& sight) {
  const std::optional<Applied> applied = record.applied();
  record.uid = packed_uid(sight.uid);
  record.version = sight.version;
  record.managed = sight.state.managed;
  record.projected = sight.state.projected;
  if (!sight.state.comparable && applied) record.projected = applied->projected;
  record.owner = intern_app(sight.owner);
  record.epoch = kind_of(sight.key).epoch;
  record.health = sight.health.status;
  record.deleting = sight.deleting;
  record.prune = sight.deletion.prune;
  record.with_app = sight.deletion.with_app;
  LiveRecord::Rare rare{sight.health.message, sight.finalizers, {}, {}, {}};
  if (uid_text(record.uid) != sight.uid) rare.odd_uid = sight.uid;
  const bool needed =
      !rare.health_message.empty() || !rare.finalizers.empty() || !rare.odd_uid.empty();
  record.rare = needed ? std::make_unique<LiveRecord::Rare>(std::move(rare)) : nullptr;
  record.set_applied(applied);
}

void LiveRecords::note_blame(Record& record, const Value& object) {
  DriftBlame found = blame(object);
  const std::optional<Applied> applied = record.applied();
  const bool same_fields = applied && applied->managed == record.managed;
  // Our own set is whole, but a value in it is not ours: somebody writes as us.
  if (same_fields && found.managers.empty()) found.managers = {kFieldManager};
  if (!record.rare) record.rare = std::make_unique<LiveRecord::Rare>();
  record.rare->blame = std::move(found);
}

LiveChange LiveRecords::change(const ObjectKey& key, const Record& record,
                               LiveChange::Kind kind) const {
  return {apps_.at(record.owner), key, kind};
}

void LiveRecords::announce_health(Changes& changes, const ObjectKey& key, const Record& record,
                                  const Health& previous) const {
  const Health now = health_of(record);
  if (now == previous) return;
  const bool settled = now.status == HealthStatus::current;
  if (settled && previous.status == HealthStatus::current) return;
  changes.push_back(
      change(key, record, settled ? LiveChange::Kind::settled : LiveChange::Kind::health_changed));
}

bool LiveRecords::seen_already(const ObjectKey& key, uint64_t version) {
  Record* record = record_at(key);
  if (record == nullptr || version == 0 || record->version < version) return false;
  record->epoch = kind_of(key).epoch;
  return true;
}

LiveRecords::Changes LiveRecords::seen(const LiveSight& sight, const Value& object) {
  Changes changes;
  if (seen_already(sight.key, sight.version)) return changes;
  const auto flight = in_flight_.find(sight.key);
  const bool awaited = flight != in_flight_.end();
  if (awaited && sight.version != 0 && flight->second.deleted_at >= sight.version) return changes;
  const bool fresh = record_at(sight.key) == nullptr;
  Record& record = make_record(sight.key);
  const Health previous = health_of(record);
  const bool was_drifted = record.drifted();
  const Fingerprint before_managed = record.managed;
  const Fingerprint before_projected = record.projected;
  if (fresh) {
    if (const auto restored = take_restored(sight.key)) record.set_applied(restored);
  }
  take(record, sight);
  if (record.drifted()) note_blame(record, object);
  if (awaited) {
    flight->second.appeared |= fresh;
  } else if (fresh && !record.applied()) {
    changes.push_back(change(sight.key, record, LiveChange::Kind::appeared));
  } else if (record.drifted() && (!was_drifted || record.managed != before_managed ||
                                  record.projected != before_projected)) {
    changes.push_back(change(sight.key, record, LiveChange::Kind::drifted));
  }
  if (!fresh) announce_health(changes, sight.key, record, previous);
  return changes;
}

LiveRecords::Changes LiveRecords::deleted(const ObjectKey& key, uint64_t version) {
  Changes changes;
  const auto flight = in_flight_.find(key);
  if (flight != in_flight_.end())
    flight->second.deleted_at = std::max(flight->second.deleted_at, version);
  const Record* record = record_at(key);
  // An answer to our apply that is newer than this deletion made the object anew.
  if (record == nullptr || (version != 0 && record->version > version)) return changes;
  if (flight == in_flight_.end()) {
    const bool meant = record->forgotten;
    changes.push_back(
        change(key, *record, meant ? LiveChange::Kind::gone : LiveChange::Kind::deleted));
  }
  kind_of(key).records.erase(*record);
  return changes;
}

void LiveRecords::list_begins(const GroupKind& kind) {
  ++kinds_[kind].epoch;
}

LiveRecords::Changes LiveRecords::list_complete(const GroupKind& group_kind, uint64_t version) {
  Changes changes;
  Kind& kind = kinds_[group_kind];
  std::vector<ObjectKey> gone;
  for (const Record& record : kind.records) {
    const bool newer = version != 0 && record.version > version;
    if (record.epoch != kind.epoch && !newer) gone.push_back(key_of(group_kind, kind, record));
  }
  for (const ObjectKey& key : gone) {
    for (LiveChange& one : deleted(key, version)) changes.push_back(std::move(one));
  }
  kind.synced = true;
  changes.push_back(
      {{}, {group_kind.group, group_kind.kind, "", ""}, LiveChange::Kind::synced_kind});
  return changes;
}

LiveRecords::Changes LiveRecords::unserved(const GroupKind& kind) {
  list_begins(kind);
  Changes changes = list_complete(kind, 0);
  // Last of all, and still true for those who wait: there is no list to wait for.
  kinds_[kind].synced = false;
  return changes;
}

// After a start all are here for a moment: the last one takes the table with it.
std::optional<LiveRecords::Applied> LiveRecords::take_restored(const ObjectKey& key) {
  const auto at = restored_.find(key);
  if (at == restored_.end()) return std::nullopt;
  const Applied applied = at->second;
  restored_.erase(at);
  if (restored_.empty()) restored_ = {};
  return applied;
}

LiveRecords::Changes LiveRecords::restore(const Inventory& inventory) {
  Changes changes;
  for (const InventoryEntry& entry : inventory.entries()) {
    if (!entry.applied) continue;
    Record* record = record_at(entry.key);
    if (record == nullptr) {
      restored_.insert_or_assign(entry.key, packed(*entry.applied));
    } else if (!record->applied()) {
      record->set_applied(packed(*entry.applied));
      if (record->drifted())
        changes.push_back(change(entry.key, *record, LiveChange::Kind::drifted));
    }
  }
  return changes;
}

LiveRecords::Before LiveRecords::before_apply(const ObjectKey& key) const {
  const auto flight = in_flight_.find(key);
  if (flight != in_flight_.end()) return flight->second.before;
  const Record* record = record_at(key);
  if (record == nullptr) return {};
  return {true, record->version, uid_text(*record)};
}

void LiveRecords::applying(const ObjectKey& key) {
  Before before = before_apply(key);
  InFlight& flight = in_flight_[key];
  if (flight.count++ == 0) flight.before = std::move(before);
}

// What was noted while the apply was awaited; of several applies of one object the last one ends
// it.
LiveRecords::InFlight LiveRecords::end_flight(const ObjectKey& key) {
  const auto at = in_flight_.find(key);
  if (at == in_flight_.end()) return {};
  if (--at->second.count > 0) return {.count = at->second.count, .before = {}};
  InFlight ended = std::move(at->second);
  in_flight_.erase(at);
  ended.count = 0;
  return ended;
}

LiveRecords::Changes LiveRecords::applied(const AppKey& app, const LiveSight& answer,
                                          const ApplyRecord& applied_record) {
  Changes changes;
  const InFlight flight = end_flight(answer.key);
  take_restored(answer.key);
  if (answer.version != 0 && flight.deleted_at > answer.version) {
    changes.push_back({app, answer.key, LiveChange::Kind::deleted});
    return changes;
  }
  const bool fresh = record_at(answer.key) == nullptr;
  Record& record = make_record(answer.key);
  const Health previous = health_of(record);
  const bool overtaken = !fresh && answer.version != 0 && record.version > answer.version;
  record.forgotten = false;
  if (!overtaken) {
    take(record, answer);
    record.managed = applied_record.managed;
    record.projected = applied_record.projected;
  }
  record.set_applied(packed(applied_record));
  if (overtaken && record.drifted() && flight.count == 0)
    changes.push_back(change(answer.key, record, LiveChange::Kind::drifted));
  if (!fresh) announce_health(changes, answer.key, record, previous);
  return changes;
}

LiveRecords::Changes LiveRecords::apply_failed(const ObjectKey& key) {
  Changes changes;
  const InFlight flight = end_flight(key);
  if (flight.count > 0) return changes;
  const Record* record = record_at(key);
  if (record == nullptr) {
    if (flight.deleted_at == 0 || !flight.before.known) return changes;
    changes.push_back({{}, key, LiveChange::Kind::deleted});
  } else if (record->drifted()) {
    changes.push_back(change(key, *record, LiveChange::Kind::drifted));
  } else if (flight.appeared) {
    changes.push_back(change(key, *record, LiveChange::Kind::appeared));
  }
  return changes;
}

void LiveRecords::forget(const ObjectKey& key) {
  take_restored(key);
  if (Record* record = record_at(key)) {
    record->set_applied(std::nullopt);
    record->forgotten = true;
    if (record->rare) record->rare->blame = {};
  }
}

LiveObject LiveRecords::expand(const Kind& kind, const ObjectKey& key, const Record& record) const {
  LiveObject object;
  object.key = key;
  object.api_version = kind.gvk.api_version();
  object.uid = uid_text(record);
  object.resource_version = record.version == 0 ? std::string() : std::to_string(record.version);
  object.deleting = record.deleting;
  object.deletion = {record.prune, record.with_app};
  if (record.rare) object.finalizers = record.rare->finalizers;
  object.owner = apps_.at(record.owner);
  object.managed = record.managed;
  object.projected = record.projected;
  if (const std::optional<Applied> applied = record.applied()) {
    const std::string uid = applied->uid == record.uid ? object.uid : uid_text(applied->uid);
    object.applied = ApplyRecord{uid, applied->desired, applied->managed, applied->projected};
  }
  object.health = health_of(record);
  return object;
}

std::optional<LiveObject> LiveRecords::find(const ObjectKey& key) const {
  const Record* record = record_at(key);
  if (record == nullptr) return std::nullopt;
  return expand(kinds_.at(key.group_kind()), key, *record);
}

const DriftBlame* LiveRecords::blame_of(const ObjectKey& key) const {
  const Record* record = record_at(key);
  return record != nullptr && record->rare && record->drifted() ? &record->rare->blame : nullptr;
}

bool LiveRecords::synced(const GroupKind& kind) const {
  const auto at = kinds_.find(kind);
  return at != kinds_.end() && at->second.synced;
}

std::vector<ObjectKey> LiveRecords::objects_of(const AppKey& app) const {
  std::vector<ObjectKey> found;
  const auto index = app_index_.find(app);
  if (index == app_index_.end()) return found;
  for (const auto& [group_kind, kind] : kinds_) {
    for (const Record& record : kind.records) {
      if (record.owner == index->second) found.push_back(key_of(group_kind, kind, record));
    }
  }
  return found;
}

size_t LiveRecords::size() const {
  size_t size = 0;
  for (const auto& [group_kind, kind] : kinds_) size += kind.records.size();
  return size;
}

size_t LiveRecords::bytes() const {
  size_t bytes = 0;
  for (const auto& [group_kind, kind] : kinds_) bytes += kind.records.bytes();
  return bytes;
}

std::map<AppKey, size_t> LiveRecords::counts() const {
  std::vector<size_t> by_index(apps_.size());
  for (const auto& [group_kind, kind] : kinds_) {
    for (const Record& record : kind.records) ++by_index.at(record.owner);
  }
  std::map<AppKey, size_t> counts;
  for (size_t i = 0; i < by_index.size(); ++i) {
    if (by_index[i] > 0 && !apps_[i].name.empty()) counts.emplace(apps_[i], by_index[i]);
  }
  return counts;
}

}  // namespace plumb
