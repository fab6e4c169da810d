// ShardId: one of the parts that the work is divided into. Value.
#pragma once

#include <cstdint>
#include <string>

namespace plumb {

struct ShardId {
  uint32_t index = 0;  // from 0
  uint32_t count = 1;

  // The work is not divided.
  [[nodiscard]] bool is_all() const { return count == 1; }
  [[nodiscard]] std::string text() const {  // "2/4"
    return std::to_string(index) + "/" + std::to_string(count);
  }
  friend bool operator==(const ShardId&, const ShardId&) = default;
};

}  // namespace plumb
