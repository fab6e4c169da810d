#include "edge/cluster/record_table.h"

#include "base/check.h"
#include "base/packed_text.h"

namespace plumb {
namespace {

static_assert(sizeof(LiveRecord) == 96);

size_t hash_of(uint32_t namespace_, std::string_view name) {
  return std::hash<std::string_view>()(name) ^ (namespace_ * 0x9e3779b97f4a7c15ull);
}

}  // namespace

std::optional<LiveRecord::Applied> LiveRecord::applied() const {
  switch (was_applied) {
    case WhatWasApplied::nothing:
      return std::nullopt;
    case WhatWasApplied::this_:
      return Applied{uid, desired, managed, projected};
    case WhatWasApplied::other:
      return rare->applied;
  }
  return std::nullopt;
}

void LiveRecord::set_applied(std::optional<Applied> applied) {
  const bool other = applied && (applied->uid != uid || applied->managed != managed ||
                                 applied->projected != projected);
  was_applied = other     ? WhatWasApplied::other
                : applied ? WhatWasApplied::this_
                          : WhatWasApplied::nothing;
  desired = applied ? applied->desired : Fingerprint{};
  if (other && !rare) rare = std::make_unique<Rare>();
  if (rare) rare->applied = other ? applied : std::nullopt;
}

size_t RecordTable::ByName::operator()(const LiveRecord& record) const {
  return hash_of(record.namespace_, text_at(*names, record.name));
}

std::string_view RecordTable::name_of(const LiveRecord& record) const {
  return text_at(names_, record.name);
}

const LiveRecord* RecordTable::find(uint32_t namespace_, std::string_view name) const {
  return records_.find(hash_of(namespace_, name), [&](const LiveRecord& record) {
    return record.namespace_ == namespace_ && name_of(record) == name;
  });
}

LiveRecord& RecordTable::make(uint32_t namespace_, std::string_view name) {
  if (const LiveRecord* there = find(namespace_, name)) return const_cast<LiveRecord&>(*there);
  LiveRecord fresh;
  fresh.namespace_ = namespace_;
  fresh.name = static_cast<uint32_t>(names_.size());
  append_text(names_, name);
  CHECK(names_.size() <= std::numeric_limits<uint32_t>::max());
  return records_.add(std::move(fresh));
}

void RecordTable::erase(const LiveRecord& record) {
  const std::string_view name = name_of(record);
  unused_ += static_cast<size_t>(name.end() - names_.data()) - record.name;
  records_.erase(record);
  if (unused_ >= 1024 && unused_ > names_.size() / 2) pack_names();
}

void RecordTable::pack_names() {
  std::string packed;
  packed.reserve(names_.size() - unused_);
  for (LiveRecord& record : records_) {
    const std::string_view name = name_of(record);
    record.name = static_cast<uint32_t>(packed.size());
    append_text(packed, name);
  }
  names_ = std::move(packed);
  unused_ = 0;
}

}  // namespace plumb
