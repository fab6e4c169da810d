#include "cmd/cli/division.h"

#include "edge/cluster/lease.h"

namespace plumb::cli {
namespace {

constexpr Duration kTimeout = std::chrono::seconds(10);
const LeaseName kOperator{"plumb-system", "plumb-operator"};

}  // namespace

std::optional<Division> read_division(ClusterClient& client) {
  const Result<Lease> whole = read_lease(client, kOperator, Deadline::in(kTimeout));
  const std::optional<uint32_t> count = whole ? shards_named_by(whole->holder) : std::nullopt;
  if (!count) return std::nullopt;
  const auto leases = list_leases(client, kOperator.namespace_, Deadline::in(kTimeout));
  if (!leases) return std::nullopt;
  Division out{*count, {}};
  for (uint32_t shard = 0; shard < *count; ++shard) {
    const auto lease = leases->find(kOperator.name + "-shard-" + std::to_string(shard));
    if (lease == leases->end()) continue;
    out.leases[shard] = {lease->second.holder,
                         parse_rfc3339(lease->second.renewed).value_or(WallTime{}),
                         lease->second.duration};
  }
  return out;
}

}  // namespace plumb::cli
