// Where the fields of a document stand: the hash of each path and its line, in the order of the
// text. 12 bytes a field; looked up rarely (for a message), so by one pass over all. Internal to
// lang/yaml.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lang/yaml/yaml.h"

namespace plumb::yaml {

inline constexpr uint64_t kRootPath = 0x9E3779B97F4A7C15;

// The path of a map's member or, by its index in decimal, of a list's item.
[[nodiscard]] inline uint64_t path_of_child(uint64_t parent, std::string_view key) {
  const uint64_t mixed = (parent ^ std::hash<std::string_view>()(key)) * 0xD6E8FEB86659FD93;
  return mixed ^ mixed >> 32;
}

struct Document::Lines {
  std::vector<uint64_t> paths;
  std::vector<uint32_t> lines;  // parallel to paths
  std::unordered_map<uint64_t, std::string> spellings = {};

  void add(uint64_t path, int at_line) {
    paths.push_back(path);
    lines.push_back(static_cast<uint32_t>(at_line));
  }
  [[nodiscard]] int find(uint64_t path, int otherwise) const;
};

}  // namespace plumb::yaml
