// RecordTable: the records of the live store of one kind, by namespace and name: 96 bytes, the name
// and 5 to 10 bytes of index for each. Internal to edge/cluster; not thread safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/dense_table.h"
#include "model/observed.h"

namespace plumb {

struct LiveRecord {
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

  Uid uid;
  Fingerprint managed;
  Fingerprint projected;
  Fingerprint desired;  // D, unless nothing was applied
  uint64_t version = 0;
  std::unique_ptr<Rare> rare;
  uint32_t owner = 0;
  uint32_t namespace_ = 0;  // the record's key: for RecordTable to set
  uint32_t name = 0;        // likewise
  uint16_t epoch = 0;
  HealthStatus health : 3 = HealthStatus::unknown;
  WhatWasApplied was_applied : 2 = WhatWasApplied::nothing;
  bool deleting : 1 = false;
  bool forgotten : 1 = false;
  DeletionRule prune : 2 = DeletionRule::allowed;
  DeletionRule with_app : 2 = DeletionRule::allowed;

  [[nodiscard]] bool drifted() const { return was_applied == WhatWasApplied::other; }
  [[nodiscard]] std::optional<Applied> applied() const;
  // After any change of uid, managed or projected again.
  void set_applied(std::optional<Applied> applied);
};

class RecordTable {
 public:
  RecordTable() : records_(ByName{&names_}) {}
  RecordTable(const RecordTable&) = delete;
  RecordTable& operator=(const RecordTable&) = delete;

  // Records move when one is made or erased.
  [[nodiscard]] const LiveRecord* find(uint32_t namespace_, std::string_view name) const;
  [[nodiscard]] LiveRecord& make(uint32_t namespace_, std::string_view name);  // or finds it
  void erase(const LiveRecord& record);

  [[nodiscard]] std::string_view name_of(const LiveRecord& record) const;
  [[nodiscard]] size_t size() const { return records_.size(); }
  [[nodiscard]] auto begin() const { return records_.begin(); }
  [[nodiscard]] auto end() const { return records_.end(); }
  [[nodiscard]] size_t bytes() const { return records_.bytes() + names_.size(); }

 private:
  struct ByName {
    const std::string* names;
    size_t operator()(const LiveRecord& record) const;
  };

  void pack_names();

  std::string names_;  // each after its length
  size_t unused_ = 0;  // bytes of it, of records that are gone
  DenseTable<LiveRecord, ByName> records_;
};

}  // namespace plumb
