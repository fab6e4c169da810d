// Fights: the fight breaker. Somebody else (a controller, an autoscaler, a person with a loop) who
// changes an object as often as Plumb restores it would cost the API server two writes each time
// and for ever. So heals are free until the third within a minute; from there on the next one
// against the same manager waits, 2 s at first, twice as long after each, at most 5 min. The fight
// is over when nothing was healed for a minute, or for twice the last wait. Thread safe.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "core/plan/plan.h"

namespace plumb {

class Fights {
 public:
  // A heal against this manager was carried out; "" is nobody known (a deletion).
  void healed(const ObjectKey& key, const std::string& rival, Monotonic now);
  // What is held back now, of the objects that were healed lately.
  [[nodiscard]] HealHolds holds(Monotonic now) const;
  // True once for each fight: for the one event about it.
  [[nodiscard]] bool announce(const ObjectKey& key, const std::string& rival);

 private:
  struct Fight {
    std::vector<Monotonic> recent;  // heals of the last minute
    Monotonic last{};
    Monotonic until{};
    Duration wait{};
    bool told = false;

    [[nodiscard]] bool is_over(Monotonic now) const;
  };

  mutable Mutex mutex_;
  std::map<HealRival, Fight> fights_ GUARDED_BY(mutex_);
};

}  // namespace plumb
