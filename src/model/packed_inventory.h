// PackedInventory: an Inventory in few bytes, for the time between two turns: about 70 for an
// object whose name is much like that of its neighbour. Value; thread safe.
#pragma once

#include <string>

#include "model/inventory.h"

namespace plumb {

class PackedInventory {
 public:
  PackedInventory() = default;
  explicit PackedInventory(const Inventory& inventory);

  [[nodiscard]] Inventory unpack() const;
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] size_t size() const { return count_; }
  [[nodiscard]] size_t packed_bytes() const { return text_.size(); }

  friend bool operator==(const PackedInventory&, const PackedInventory&) = default;

 private:
  std::string text_;
  size_t count_ = 0;
};

}  // namespace plumb
