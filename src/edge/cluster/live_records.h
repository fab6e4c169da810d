// LiveRecords: the compact records behind the live store and every decision about them. Internal to
// edge/cluster; no threads, no I/O, not thread safe. Members that can change what somebody waits
// for return the changes to announce.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "edge/cluster/drift.h"
#include "edge/cluster/live_store.h"
#include "edge/cluster/record_table.h"

namespace plumb {

// What an event or an answer shows of an object.
struct LiveSight {
  ObjectKey key;
  AppKey owner;
  std::string uid;
  uint64_t version = 0;  // resourceVersion; 0 if it is not a number, which is never older
  bool deleting = false;
  DeletionRules deletion;
  std::vector<std::string> finalizers;
  DriftState state;
  Health health;
};
[[nodiscard]] LiveSight sight_of(const Value& object,
                                 const std::function<Health(const Value&)>& assess_health);
[[nodiscard]] uint64_t version_of(const Value& object);

class LiveRecords {
 public:
  using Changes = std::vector<LiveChange>;

  void add_kind(const GroupVersionKind& gvk);
  [[nodiscard]] bool has_kind(const GroupKind& kind) const { return kinds_.contains(kind); }

  // Events of the kind's watch. `seen_already` marks the object as part of a running list and
  // says whether this version is old news.
  [[nodiscard]] bool seen_already(const ObjectKey& key, uint64_t version);
  [[nodiscard]] Changes seen(const LiveSight& sight, const Value& object);
  [[nodiscard]] Changes deleted(const ObjectKey& key, uint64_t version);
  void list_begins(const GroupKind& kind);
  [[nodiscard]] Changes list_complete(const GroupKind& kind, uint64_t version);
  // The server has no such kind any more, and so no such objects; not synced until the next list.
  [[nodiscard]] Changes unserved(const GroupKind& kind);

  [[nodiscard]] Changes restore(const Inventory& inventory);

  struct Before {
    bool known = false;
    uint64_t version = 0;
    std::string uid;
  };
  void applying(const ObjectKey& key);
  [[nodiscard]] Before before_apply(const ObjectKey& key) const;
  [[nodiscard]] Changes applied(const AppKey& app, const LiveSight& answer,
                                const ApplyRecord& record);
  [[nodiscard]] Changes apply_failed(const ObjectKey& key);
  void forget(const ObjectKey& key);

  [[nodiscard]] std::optional<LiveObject> find(const ObjectKey& key) const;
  [[nodiscard]] const DriftBlame* blame_of(const ObjectKey& key) const;
  [[nodiscard]] bool synced(const GroupKind& kind) const;
  [[nodiscard]] std::vector<ObjectKey> objects_of(const AppKey& app) const;
  [[nodiscard]] std::map<AppKey, size_t> counts() const;
  [[nodiscard]] size_t size() const;
  [[nodiscard]] size_t bytes() const;  // of the records, their names and their index

 private:
  using Record = LiveRecord;
  using Applied = LiveRecord::Applied;
  struct Kind {
    GroupVersionKind gvk;
    RecordTable records;
    uint16_t epoch = 0;
    bool synced = false;
  };
  // An apply whose answer is awaited: events are noted but announced only when it is settled.
  struct InFlight {
    int count = 0;
    Before before;
    uint64_t deleted_at = 0;
    bool appeared = false;
  };
  [[nodiscard]] Kind& kind_of(const ObjectKey& key);
  [[nodiscard]] Record* record_at(const ObjectKey& key);
  [[nodiscard]] const Record* record_at(const ObjectKey& key) const;
  [[nodiscard]] Record& make_record(const ObjectKey& key);
  [[nodiscard]] ObjectKey key_of(const GroupKind& group_kind, const Kind& kind,
                                 const Record& record) const;
  [[nodiscard]] uint32_t intern_app(const AppKey& app);
  [[nodiscard]] uint32_t intern_namespace(const std::string& text);
  [[nodiscard]] static LiveRecord::Uid packed_uid(const std::string& text);
  [[nodiscard]] static Applied packed(const ApplyRecord& record);
  [[nodiscard]] static std::string uid_text(const LiveRecord::Uid& uid);
  [[nodiscard]] static std::string uid_text(const Record& record);
  [[nodiscard]] LiveObject expand(const Kind& kind, const ObjectKey& key,
                                  const Record& record) const;
  void take(Record& record, const LiveSight& sight);
  void note_blame(Record& record, const Value& object);
  [[nodiscard]] LiveChange change(const ObjectKey& key, const Record& record,
                                  LiveChange::Kind kind) const;
  void announce_health(Changes& changes, const ObjectKey& key, const Record& record,
                       const Health& previous) const;
  [[nodiscard]] static Health health_of(const Record& record);
  [[nodiscard]] InFlight end_flight(const ObjectKey& key);
  std::optional<Applied> take_restored(const ObjectKey& key);

  std::map<GroupKind, Kind> kinds_;
  std::unordered_map<ObjectKey, InFlight> in_flight_;
  std::unordered_map<ObjectKey, Applied> restored_;  // of objects that were not seen yet
  std::vector<AppKey> apps_;
  std::map<AppKey, uint32_t> app_index_;
  std::vector<std::string> namespaces_;
  std::unordered_map<std::string, uint32_t> namespace_index_;
};

}  // namespace plumb
