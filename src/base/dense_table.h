// DenseTable: a hash table for hundreds of thousands of small entries that stay. They stand in one
// array, without holes, and an index of four bytes a place finds them; so an entry costs its own
// size and 5 to 10 bytes, and no small pieces of memory lie among those of others.
//
// `HashOf` gives the hash of an entry; which entry is meant, the caller says by a predicate. What
// `add` and `erase` leave of pointers and of the order of iteration is not told. Not thread safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "base/check.h"

namespace plumb {

template <class Entry, class HashOf>
class DenseTable {
 public:
  explicit DenseTable(HashOf hash_of = {}) : hash_of_(std::move(hash_of)) {}

  // The entry of this hash that `is_it` accepts; nullptr if there is none.
  template <class IsIt>
  [[nodiscard]] const Entry* find(size_t hash, IsIt&& is_it) const {
    if (entries_.empty()) return nullptr;
    for (size_t at = home_of(hash); places_[at] != kFree; at = after(at)) {
      const Entry& entry = entries_[places_[at] - 1];
      if (is_it(entry)) return &entry;
    }
    return nullptr;
  }

  // One whose key is not there yet.
  Entry& add(Entry entry) {
    CHECK(entries_.size() < std::numeric_limits<uint32_t>::max() - 1);
    entries_.push_back(std::move(entry));
    if (entries_.size() * 5 > places_.size() * 4) {
      index_anew();
    } else {
      put(entries_.size());
    }
    return entries_.back();
  }

  // One of the entries.
  void erase(const Entry& entry) {
    const auto position = static_cast<size_t>(&entry - entries_.data());
    CHECK(position < entries_.size());
    leave(place_of(position));
    if (const size_t last = entries_.size() - 1; position != last) {
      places_[place_of(last)] = static_cast<uint32_t>(position + 1);
      entries_[position] = std::move(entries_.back());
    }
    entries_.pop_back();
    if (entries_.size() >= kSmall && entries_.size() < entries_.capacity() / 4) shrink();
  }

  [[nodiscard]] size_t size() const { return entries_.size(); }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] auto begin() const { return entries_.begin(); }
  [[nodiscard]] auto end() const { return entries_.end(); }
  [[nodiscard]] auto begin() { return entries_.begin(); }
  [[nodiscard]] auto end() { return entries_.end(); }
  // That are in use: what an array has beyond its entries was never touched.
  [[nodiscard]] size_t bytes() const {
    return entries_.size() * sizeof(Entry) + places_.size() * sizeof(uint32_t);
  }

 private:
  static constexpr uint32_t kFree = 0;  // else the position of an entry, and one
  static constexpr size_t kSmall = 16;

  [[nodiscard]] size_t home_of(size_t hash) const {
    return (hash * 0x9e3779b97f4a7c15ull >> 32) & (places_.size() - 1);
  }
  [[nodiscard]] size_t after(size_t place) const { return (place + 1) & (places_.size() - 1); }
  [[nodiscard]] size_t place_of(size_t position) const {
    size_t at = home_of(hash_of_(entries_[position]));
    while (places_[at] != position + 1) at = after(at);
    return at;
  }

  void put(size_t position_and_one) {
    size_t at = home_of(hash_of_(entries_[position_and_one - 1]));
    while (places_[at] != kFree) at = after(at);
    places_[at] = static_cast<uint32_t>(position_and_one);
  }

  // Those behind it that would not be found across a free place move up.
  void leave(size_t gap) {
    for (size_t at = after(gap); places_[at] != kFree; at = after(at)) {
      const size_t home = home_of(hash_of_(entries_[places_[at] - 1]));
      const size_t mask = places_.size() - 1;
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      places_[gap] = places_[at];
      gap = at;
    }
    places_[gap] = kFree;
  }

  void index_anew() {
    size_t size = kSmall;
    while (entries_.size() * 5 > size * 4) size *= 2;
    places_ = std::vector<uint32_t>(size, kFree);
    for (size_t i = 1; i <= entries_.size(); ++i) put(i);
  }

  void shrink() {
    std::vector<Entry> fewer;
    fewer.reserve(2 * entries_.size());
    for (Entry& entry : entries_) fewer.push_back(std::move(entry));
    entries_ = std::move(fewer);
    index_anew();
  }

  std::vector<Entry> entries_;
  std::vector<uint32_t> places_;  // a power of two, a fifth of it free at least
  HashOf hash_of_;
};

}  // namespace plumb
