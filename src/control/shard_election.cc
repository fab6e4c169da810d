#include "control/shard_election.h"

#include <atomic>
#include <functional>
#include <optional>
#include <vector>

#include "base/digest.h"
#include "base/pause.h"
#include "control/shard_division.h"

namespace plumb {
namespace {

// A replica that found its presence known by others: at its second look all see it.
constexpr int kLooksBeforeTaking = 2;
// After so many durations nobody comes back to a Lease that told of a replica.
constexpr int kForgottenAfter = 10;

Monotonic after(Monotonic from, Duration how_long) {
  if (from == Monotonic::min()) return from;
  return from + std::chrono::duration_cast<Monotonic::duration>(how_long);
}

// All at the same time: on a slow server they would not be done in time one after the other.
void run_all(std::vector<std::function<void()>> tasks) {
  std::vector<std::jthread> threads;
  threads.reserve(tasks.size());
  for (std::function<void()>& task : tasks) threads.emplace_back(std::move(task));
}

bool is_older(const Lease& a, const Lease& b) {
  const std::string& left = a.resource_version;
  const std::string& right = b.resource_version;
  return left.size() != right.size() ? left.size() < right.size() : left < right;
}

Error lost(const std::string& lease, const std::string& why) {
  return Error(kLeaseLost, "the lease " + lease + " was lost: " + why, Retry::transient);
}

}  // namespace

struct ShardElection::Held {
  Lease lease;
  Monotonic renewed{};  // when the last renewal that succeeded began
  std::shared_ptr<Fence> fence = std::make_shared<Fence>();
  bool leaving = false;
  std::atomic<bool> left{false};  // its work has ended
  std::string head;               // of its ledger, once it has ended
  std::jthread begins;
  std::jthread ends;
};

// What the requests of one round brought.
struct ShardElection::Look {
  Monotonic began{};
  std::optional<Result<std::map<std::string, Lease>>> leases;
  std::optional<Result<Lease>> presence;
  std::optional<Result<Lease>> division;  // absent: it was not due
  std::map<uint32_t, std::optional<Result<Lease>>> shards;
};

Result<std::unique_ptr<ShardElection>> ShardElection::start(std::unique_ptr<ClusterClient> client,
                                                            ElectionOptions options,
                                                            uint32_t shards, Callbacks callbacks,
                                                            Log log) {
  TRY(check_times(options));
  return std::unique_ptr<ShardElection>(new ShardElection(
      std::move(client), std::move(options), shards, std::move(callbacks), std::move(log)));
}

ShardElection::ShardElection(std::unique_ptr<ClusterClient> client, ElectionOptions options,
                             uint32_t shards, Callbacks callbacks, Log log)
    : client_(std::move(client)),
      options_(std::move(options)),
      shards_(shards),
      callbacks_(std::move(callbacks)),
      log_(std::move(log)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

ShardElection::~ShardElection() {
  thread_.request_stop();
  thread_.join();
  for (auto& [shard, held] : held_) held->fence->close();
  for (auto& [shard, held] : held_) {
    if (held->begins.joinable()) held->begins.join();
    if (held->ends.joinable()) held->ends.join();
  }
  release_all();
}

LeaseName ShardElection::shard_lease(uint32_t shard) const {
  return {options_.lease.namespace_, options_.lease.name + "-shard-" + std::to_string(shard)};
}

std::string ShardElection::replica_prefix() const {
  return options_.lease.name + "-replica-";
}

LeaseName ShardElection::own_lease() const {
  return {options_.lease.namespace_,
          replica_prefix() + fingerprint(options_.identity).hex().substr(0, 16)};
}

std::string ShardElection::division_name() const {
  return std::to_string(shards_) + " shards";
}

Monotonic ShardElection::division_until() const {
  return after(division_renewed_, options_.renew_deadline);
}

void ShardElection::run(const std::stop_token& stop) {
  do {
    const Result<void> round = renew_and_look();
    if (round) continue;
    for (auto& [shard, held] : held_) held->fence->close();
    callbacks_.on_lost(round.error());
    return;
  } while (pause(stop, options_.retry_period));
}

Result<void> ShardElection::renew_and_look() {
  Look look = ask_all();
  TRY(settle_renewals(look));
  if (*look.leases) {
    note_leases(**look.leases, look.began);
    join_division();
  } else {
    log_.warn("leases not read", {{"error", look.leases->error().summary()}});
  }
  TRY(check_division());
  extend_fences();
  finish_leaving();
  if (!*look.leases) return {};
  note_replicas();
  divide();
  clear_away();
  looked_ = look.began;
  return {};
}

ShardElection::Look ShardElection::ask_all() {
  Look look;
  look.began = std::chrono::steady_clock::now();
  // What hangs leaves time for another renewal.
  const Deadline deadline = Deadline::in(options_.renew_deadline / 2);
  std::vector<std::function<void()>> tasks;
  tasks.emplace_back(
      [&] { look.leases = list_leases(*client_, options_.lease.namespace_, deadline); });
  tasks.emplace_back([&] {
    look.presence =
        write_lease(*client_, own_lease(),
                    held_over(presence_, options_.identity, options_.duration), deadline);
  });
  const auto division = seen_.find(options_.lease.name);
  const bool is_due = look.began >= after(division_renewed_, options_.retry_period);
  if (is_due && division != seen_.end() && division->second.lease.holder == division_name()) {
    const Lease lease = held_over(division->second.lease, division_name(), options_.duration);
    tasks.emplace_back(
        [&, lease] { look.division = write_lease(*client_, options_.lease, lease, deadline); });
  }
  for (const auto& [shard, held] : held_) look.shards[shard];
  for (auto& one : look.shards) {
    tasks.emplace_back([this, &one] { one.second = renew(one.first, *held_.at(one.first)); });
  }
  run_all(std::move(tasks));
  return look;
}

Result<Lease> ShardElection::renew(uint32_t shard, const Held& held) {
  const auto renewed = [&](const Lease& over) {
    Lease lease = held_over(over, options_.identity, options_.duration);
    if (std::string head = callbacks_.ledger_head(shard); !head.empty()) {
      lease.ledger_head = std::move(head);
    }
    return lease;
  };
  const Deadline deadline{after(held.renewed, options_.renew_deadline)};
  const LeaseName name = shard_lease(shard);
  Result<Lease> written = write_lease(*client_, name, renewed(held.lease), deadline);
  if (written || written.error().code() != kObjectConflict) return written;
  // An annotation, or a renewal of ours whose answer was lost: whose it is decides the holder.
  const Lease found = TRY(read_lease(*client_, name, deadline));
  if (found.holder != options_.identity) {
    return lost(name.name, found.holder.empty() ? std::string("it was released by somebody")
                                                : found.holder + " holds it");
  }
  return write_lease(*client_, name, renewed(found), deadline);
}

Result<void> ShardElection::settle_renewals(Look& look) {
  for (auto& [shard, answer] : look.shards) {
    Held& held = *held_.at(shard);
    if (*answer) {
      held.lease = **answer;
      held.renewed = look.began;
      continue;
    }
    const Error& error = answer->error();
    log_.warn("lease not renewed",
              {{"lease", shard_lease(shard).name}, {"error", error.summary()}});
    if (error.code() == kLeaseLost) return error;
    if (error.code() == kObjectNotFound) return lost(shard_lease(shard).name, "it was deleted");
    if (std::chrono::steady_clock::now() >= after(held.renewed, options_.renew_deadline)) {
      return lost(shard_lease(shard).name, error.message());
    }
  }
  if (*look.presence) {
    presence_ = **look.presence;
  } else {
    // Deleted by somebody who took us for dead, or written with its answer lost: made or read anew.
    const Result<Lease> found =
        read_lease(*client_, own_lease(), Deadline::in(options_.retry_period));
    presence_ = found ? *found : Lease{};
  }
  if (look.division && *look.division) {
    division_renewed_ = look.began;
    seen_[options_.lease.name] = {**look.division, look.began};
  }
  return {};
}

void ShardElection::note_leases(const std::map<std::string, Lease>& leases, Monotonic began) {
  const auto before = seen_.find(options_.lease.name);
  const std::string version = before == seen_.end() ? "" : before->second.lease.resource_version;
  for (auto& [name, seen] : seen_) {
    if (!leases.contains(name)) seen = see(seen, Lease{}, began);
  }
  std::erase_if(seen_, [&](const auto& one) {
    return one.first.starts_with(replica_prefix()) && !leases.contains(one.first);
  });
  for (const auto& [name, lease] : leases) {
    const bool concerns_us = name == options_.lease.name || name.starts_with(replica_prefix()) ||
                             name.starts_with(options_.lease.name + "-shard-");
    if (!concerns_us) continue;
    const auto known = seen_.find(name);
    if (known == seen_.end()) {
      seen_[name] = see(std::nullopt, lease, began);
    } else if (!is_older(lease, known->second.lease)) {  // than what we wrote ourselves meanwhile
      known->second = see(known->second, lease, began);
    }
  }
  // Another replica of our division renewed it, after our last look: that much is certain.
  const Lease& now = seen_[options_.lease.name].lease;
  if (now.holder == division_name() && !version.empty() && now.resource_version != version) {
    division_renewed_ = std::max(division_renewed_, looked_);
  }
  if (!presence_.resource_version.empty()) ++looks_;
}

Standing ShardElection::standing_of(const std::string& lease, const std::string& identity) const {
  const auto seen = seen_.find(lease);
  if (seen == seen_.end()) return Standing::free;
  return standing(seen->second, identity, std::chrono::steady_clock::now());
}

void ShardElection::join_division() {
  const auto seen = seen_.find(options_.lease.name);
  const std::string holder = seen == seen_.end() ? "" : seen->second.lease.holder;
  const Standing standing = standing_of(options_.lease.name, division_name());
  if (standing == Standing::taken && looks_ == 1) {
    log_.info("waiting for another division of the work to end", {{"holder", holder}});
  }
  if (standing != Standing::free) return;  // what is ours is renewed with the rest
  const Lease over = seen == seen_.end() ? Lease{} : seen->second.lease;
  const Monotonic now = std::chrono::steady_clock::now();
  const Result<Lease> written =
      write_lease(*client_, options_.lease, held_over(over, division_name(), options_.duration),
                  Deadline::in(options_.renew_deadline));
  if (!written) return;  // another replica was quicker: the next look tells
  division_renewed_ = now;
  seen_[options_.lease.name] = {*written, now};
}

Result<void> ShardElection::check_division() const {
  if (held_.empty()) return {};
  const auto seen = seen_.find(options_.lease.name);
  if (seen != seen_.end() && seen->second.lease.holder != division_name()) {
    return lost(options_.lease.name, seen->second.lease.holder + " holds it");
  }
  if (std::chrono::steady_clock::now() < division_until()) return {};
  return lost(options_.lease.name, "it was not renewed in time");
}

void ShardElection::extend_fences() {
  for (auto& [shard, held] : held_) {
    if (held->left) continue;
    held->fence->extend(std::min(after(held->renewed, options_.renew_deadline), division_until()));
  }
}

void ShardElection::note_replicas() {
  std::set<std::string> replicas{options_.identity};
  for (const auto& [name, seen] : seen_) {
    if (name == options_.lease.name) continue;
    if (standing_of(name, options_.identity) == Standing::taken) replicas.insert(seen.lease.holder);
  }
  if (replicas == replicas_) return;
  replicas_ = std::move(replicas);
  replicas_since_ = std::chrono::steady_clock::now();
  log_.info("replicas", {{"number", replicas_.size()}});
}

std::string ShardElection::holder_of(uint32_t shard) const {
  if (held_.contains(shard)) return options_.identity;
  const std::string lease = shard_lease(shard).name;
  if (standing_of(lease, options_.identity) != Standing::taken) return "";
  return seen_.at(lease).lease.holder;
}

void ShardElection::divide() {
  std::vector<std::string> holders;
  for (uint32_t shard = 0; shard < shards_; ++shard) holders.push_back(holder_of(shard));
  const std::vector<std::string> wanted = divide_shards(holders, replicas_);
  const Monotonic now = std::chrono::steady_clock::now();
  for (uint32_t shard = 0; shard < shards_; ++shard) {
    const bool ours = wanted[shard] == options_.identity;
    const auto held = held_.find(shard);
    if (ours && held == held_.end() && holders[shard].empty()) acquire(shard);
    if (!ours && held != held_.end() && !held->second->leaving &&
        now >= after(replicas_since_, options_.duration)) {
      begin_leaving(shard, *held->second);
    }
  }
}

void ShardElection::acquire(uint32_t shard) {
  const Monotonic began = std::chrono::steady_clock::now();
  if (looks_ < kLooksBeforeTaking || began >= division_until()) return;
  const LeaseName name = shard_lease(shard);
  const auto seen = seen_.find(name.name);
  const Lease over = seen == seen_.end() ? Lease{} : seen->second.lease;
  const Result<Lease> written =
      write_lease(*client_, name, held_over(over, options_.identity, options_.duration),
                  Deadline{division_until()});
  if (!written) {
    log_.info("lease not acquired", {{"lease", name.name}, {"error", written.error().summary()}});
    return;
  }
  auto held = std::make_unique<Held>();
  held->lease = *written;
  held->renewed = began;
  held->fence->extend(std::min(after(began, options_.renew_deadline), division_until()));
  log_.info("lease acquired", {{"lease", name.name}, {"identity", options_.identity}});
  held->begins = std::jthread([this, shard, head = over.ledger_head, fence = held->fence] {
    callbacks_.on_gained(shard, head, fence);
  });
  held_[shard] = std::move(held);
}

void ShardElection::begin_leaving(uint32_t shard, Held& held) {
  held.leaving = true;
  log_.info("giving a shard away", {{"lease", shard_lease(shard).name}});
  held.ends = std::jthread([this, shard, &held] {
    held.begins.join();
    held.head = callbacks_.on_given_away(shard);
    held.left = true;
  });
}

void ShardElection::finish_leaving() {
  for (auto at = held_.begin(); at != held_.end();) {
    Held& held = *at->second;
    if (!held.left) {
      ++at;
      continue;
    }
    held.ends.join();
    held.fence->close();
    Lease lease = released(held.lease);
    if (!held.head.empty()) lease.ledger_head = held.head;
    const LeaseName name = shard_lease(at->first);
    const Result<Lease> written =
        write_lease(*client_, name, lease, Deadline::in(options_.retry_period));
    // Whoever waits for it takes it when it runs out.
    if (!written) log_.warn("lease not released", {{"error", written.error().summary()}});
    seen_[name.name] = {written ? *written : held.lease, std::chrono::steady_clock::now()};
    at = held_.erase(at);
  }
}

// Leases of replicas that did not come to delete them.
void ShardElection::clear_away() {
  const Monotonic now = std::chrono::steady_clock::now();
  for (const auto& [name, seen] : seen_) {
    if (!name.starts_with(replica_prefix()) || name == own_lease().name) continue;
    if (now < after(seen.since, options_.duration * kForgottenAfter)) continue;
    const Result<void> deleted = delete_lease(*client_, {options_.lease.namespace_, name},
                                              Deadline::in(options_.retry_period));
    if (!deleted) log_.warn("lease not deleted", {{"error", deleted.error().summary()}});
    return;  // one for each look
  }
}

void ShardElection::release_all() {
  const Deadline deadline = Deadline::in(std::chrono::seconds(1));
  std::vector<std::function<void()>> tasks;
  for (const auto& one : held_) {
    tasks.emplace_back([this, deadline, &one] {
      const auto& [shard, held] = one;
      Lease lease = released(held->lease);
      const std::string head = held->left ? held->head : callbacks_.ledger_head(shard);
      if (!head.empty()) lease.ledger_head = head;
      const Result<Lease> written = write_lease(*client_, shard_lease(shard), lease, deadline);
      if (!written) log_.warn("lease not released", {{"error", written.error().summary()}});
    });
  }
  tasks.emplace_back([&] {
    const Result<void> deleted = delete_lease(*client_, own_lease(), deadline);
    if (!deleted) log_.warn("lease not deleted", {{"error", deleted.error().summary()}});
  });
  run_all(std::move(tasks));
}

}  // namespace plumb
