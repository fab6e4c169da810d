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

namespace plumb {

// What an event or an answer shows of an object.
struct LiveSight {
  ObjectKey key;
  AppKey owner;
  std::string uid;
  uint64_t version = 0;  // resourceVersion; 0 if it is not a number, which is never older
  int64_t generation = 0;
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

  [[nodiscard]] Changes restore(const AppKey& app, const Inventory& inventory);

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
  [[nodiscard]] size_t size() const { return size_; }

 private:
  // A UID is a UUID: 16 bytes. Any other text is kept in Rare.
  using Uid = Bytes<16>;
  struct Applied {
    Uid uid;
    Fingerprint desired;
    Fingerprint managed;
    Fingerprint projected;
  };
  // What few objects have.
  struct Rare {
    std::string health_message;
    std::vector<std::string> finalizers;
    DriftBlame blame;
    std::string odd_uid;
    std::optional<Applied> applied;  // of a drifted object
  };
  // Of most objects what was applied is what is there: only D is not to be seen.
  enum class WhatWasApplied : uint8_t { nothing, this_, other };
  struct Record {
    Uid uid;
    Fingerprint managed;
    Fingerprint projected;
    Fingerprint desired;  // D, unless nothing was applied
    uint64_t version = 0;
    int64_t generation = 0;
    std::unique_ptr<Rare> rare;
    uint32_t owner = 0;
    uint16_t epoch = 0;
    HealthStatus health = HealthStatus::unknown;
    WhatWasApplied was_applied = WhatWasApplied::nothing;
    DeletionRules deletion;
    bool deleting = false;
    bool forgotten = false;

    [[nodiscard]] bool drifted() const { return was_applied == WhatWasApplied::other; }
    [[nodiscard]] std::optional<Applied> applied() const;
    // After any change of uid, managed or projected again.
    void set_applied(std::optional<Applied> applied);
  };
  struct Name {
    uint32_t namespace_;
    std::string name;
    friend bool operator==(const Name&, const Name&) = default;
  };
  struct NameHash {
    size_t operator()(const Name& name) const noexcept {
      return std::hash<std::string>()(name.name) ^ (name.namespace_ * 0x9e3779b97f4a7c15ull);
    }
  };
  struct Kind {
    GroupVersionKind gvk;
    std::unordered_map<Name, Record, NameHash> records;
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
  struct Restored {
    uint32_t app;
    Applied applied;
  };

  [[nodiscard]] Kind& kind_of(const ObjectKey& key);
  [[nodiscard]] Record* record_at(const ObjectKey& key);
  [[nodiscard]] const Record* record_at(const ObjectKey& key) const;
  [[nodiscard]] Record& make_record(const ObjectKey& key);
  [[nodiscard]] std::optional<Name> name_of(const ObjectKey& key) const;
  [[nodiscard]] uint32_t intern_app(const AppKey& app);
  [[nodiscard]] uint32_t intern_namespace(const std::string& text);
  [[nodiscard]] static Uid packed_uid(const std::string& text);
  [[nodiscard]] static Applied packed(const ApplyRecord& record);
  [[nodiscard]] static std::string uid_text(const Uid& uid);
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

  std::map<GroupKind, Kind> kinds_;
  std::unordered_map<ObjectKey, InFlight> in_flight_;
  std::unordered_map<ObjectKey, Restored> restored_;
  std::vector<AppKey> apps_;
  std::map<AppKey, uint32_t> app_index_;
  std::vector<std::string> namespaces_;
  std::unordered_map<std::string, uint32_t> namespace_index_;
  size_t size_ = 0;
};

}  // namespace plumb
