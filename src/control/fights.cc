#include "control/fights.h"

#include <algorithm>

namespace plumb {
namespace {

constexpr Duration kWindow = std::chrono::seconds(60);
constexpr size_t kFreeHeals = 3;
constexpr Duration kFirstWait = std::chrono::seconds(2);
constexpr Duration kLongestWait = std::chrono::minutes(5);

}  // namespace

bool Fights::Fight::is_over(Monotonic now) const {
  return now - last > std::max(kWindow, wait * 2);
}

void Fights::healed(const ObjectKey& key, const std::string& rival, Monotonic now) {
  MutexLock lock(mutex_);
  std::erase_if(fights_, [&](const auto& one) { return one.second.is_over(now); });
  Fight& fight = fights_[{key, rival}];
  fight.last = now;
  fight.recent.push_back(now);
  std::erase_if(fight.recent, [&](Monotonic at) { return now - at > kWindow; });
  if (fight.wait == Duration::zero() && fight.recent.size() < kFreeHeals) return;
  fight.wait = fight.wait == Duration::zero() ? kFirstWait : std::min(fight.wait * 2, kLongestWait);
  fight.until = now + std::chrono::duration_cast<Monotonic::duration>(fight.wait);
}

HealHolds Fights::holds(Monotonic now) const {
  MutexLock lock(mutex_);
  HealHolds out;
  for (const auto& [rival, fight] : fights_) {
    if (fight.until > now) out.emplace(rival, fight.until - now);
  }
  return out;
}

bool Fights::announce(const ObjectKey& key, const std::string& rival) {
  MutexLock lock(mutex_);
  const auto at = fights_.find({key, rival});
  if (at == fights_.end() || at->second.told) return false;
  at->second.told = true;
  return true;
}

}  // namespace plumb
