#include "cmd/cli/text/division.h"

#include "base/number.h"
#include "core/spec/shard.h"

namespace plumb::cli {
namespace {

// Clocks of people and clusters differ a little.
constexpr Duration kGrace = std::chrono::seconds(5);

std::optional<uint32_t> number_of(std::string_view text) {
  const std::optional<int64_t> number = parse_int64(text);
  if (!number || *number < 0 || *number > kMostShards) return std::nullopt;
  return static_cast<uint32_t>(*number);
}

// "2/4" of a division into as many.
std::optional<uint32_t> shard_in(const std::string& mark, uint32_t count) {
  const size_t slash = mark.find('/');
  if (slash == std::string::npos || number_of(mark.substr(slash + 1)) != count) {
    return std::nullopt;
  }
  return number_of(mark.substr(0, slash));
}

}  // namespace

std::optional<uint32_t> shards_named_by(const std::string& holder) {
  constexpr std::string_view kWord = " shards";
  if (!holder.ends_with(kWord)) return std::nullopt;
  const auto count = number_of(holder.substr(0, holder.size() - kWord.size()));
  return count && *count > 1 ? count : std::nullopt;
}

std::optional<Unattended> unattended(const Division& division, const AppView& app,
                                     const std::string& repository_label, WallTime now) {
  const uint32_t shard = shard_in(app.shard, division.count)
                             .value_or(shard_of(app.repository, repository_label, division.count));
  const ShardId id{shard, division.count};
  const auto at = division.leases.find(shard);
  if (at == division.leases.end()) return Unattended{id.text(), "", {}};
  const ShardLease& lease = at->second;
  if (!lease.holder.empty() && lease.renewed + lease.duration + kGrace > now) return std::nullopt;
  return Unattended{id.text(), lease.holder, lease.renewed};
}

std::string unattended_text(const Unattended& shard) {
  return "no replica of the operator works on shard " + shard.shard;
}

}  // namespace plumb::cli
