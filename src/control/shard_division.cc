#include "control/shard_division.h"

#include <algorithm>
#include <map>

namespace plumb {

std::vector<std::string> divide_shards(const std::vector<std::string>& holders,
                                       const std::set<std::string>& replicas) {
  std::vector<std::string> out(holders.size());
  if (replicas.empty()) return out;
  std::map<std::string, size_t> held;
  for (const std::string& replica : replicas) held[replica] = 0;
  for (const std::string& holder : holders) {
    if (const auto at = held.find(holder); at != held.end()) ++at->second;
  }
  // Where the shards cannot be divided evenly, who has more already keeps the one more.
  std::vector<std::string> order(replicas.begin(), replicas.end());
  std::stable_sort(order.begin(), order.end(), [&](const std::string& a, const std::string& b) {
    return held.at(a) > held.at(b);
  });
  std::map<std::string, size_t> room;
  const size_t share = holders.size() / order.size();
  const size_t one_more = holders.size() % order.size();
  for (size_t i = 0; i < order.size(); ++i) room[order[i]] = share + (i < one_more ? 1 : 0);

  for (size_t shard = 0; shard < holders.size(); ++shard) {
    const auto at = room.find(holders[shard]);
    if (at == room.end() || at->second == 0) continue;
    --at->second;
    out[shard] = holders[shard];
  }
  for (std::string& replica : out) {
    if (!replica.empty()) continue;
    const auto most = std::max_element(
        order.begin(), order.end(),
        [&](const std::string& a, const std::string& b) { return room.at(a) < room.at(b); });
    replica = *most;
    --room.at(*most);
  }
  return out;
}

}  // namespace plumb
