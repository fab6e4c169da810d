// The division of the operator's work into shards, as its Leases tell it: which App nobody works
// on, and why. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "cmd/cli/text/app_view.h"

namespace plumb::cli {

struct ShardLease {
  std::string holder;  // "" when it was released
  WallTime renewed{};
  Duration duration{};
};

struct Division {
  uint32_t count = 1;
  std::map<uint32_t, ShardLease> leases;  // by shard; absent: nobody ever had it
};

// Of the holder of the operator's Lease: "4 shards". nullopt: the work is not divided.
[[nodiscard]] std::optional<uint32_t> shards_named_by(const std::string& holder);

// Set where the App's shard has no replica that works on it. The App's status names its shard, else
// its Repository and the label of that do.
[[nodiscard]] std::optional<Unattended> unattended(const Division& division, const AppView& app,
                                                   const std::string& repository_label,
                                                   WallTime now);
// "no replica of the operator works on shard 2/4".
[[nodiscard]] std::string unattended_text(const Unattended& shard);

}  // namespace plumb::cli
