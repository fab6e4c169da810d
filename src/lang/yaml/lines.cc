#include "lang/yaml/lines.h"

#include <algorithm>

namespace plumb::yaml {

int Document::Lines::find(uint64_t path, int otherwise) const {
  const auto at = std::find(paths.begin(), paths.end(), path);
  return at == paths.end() ? otherwise
                           : static_cast<int>(lines[static_cast<size_t>(at - paths.begin())]);
}

int Document::line_of(const std::vector<std::string>& path) const {
  if (lines == nullptr) return line;
  int best = line;
  uint64_t at = kRootPath;
  for (const std::string& key : path) {
    at = path_of_child(at, key);
    const int found = lines->find(at, 0);
    if (found == 0) break;
    best = found;
  }
  return best;
}

std::optional<std::string> Document::spelling_of(const std::vector<std::string>& path) const {
  if (lines == nullptr) return std::nullopt;
  uint64_t at = kRootPath;
  for (const std::string& key : path) at = path_of_child(at, key);
  const auto found = lines->spellings.find(at);
  if (found == lines->spellings.end()) return std::nullopt;
  return found->second;
}

}  // namespace plumb::yaml
