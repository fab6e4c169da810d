#include "control/election.h"

#include "base/pause.h"

namespace plumb {
namespace {

std::string now_text() {
  return format_micro_time(SystemClock().wall());
}

}  // namespace

LeaseSeen see(const std::optional<LeaseSeen>& before, Lease now_read, Monotonic now) {
  if (before && now_read.resource_version.empty()) {
    LeaseSeen kept = *before;
    kept.lease.resource_version.clear();  // it will have to be created
    return kept;
  }
  const bool same = before && before->lease.resource_version == now_read.resource_version;
  return {std::move(now_read), same ? before->since : now};
}

Standing standing(const LeaseSeen& seen, const std::string& identity, Monotonic now) {
  if (seen.lease.holder == identity) return Standing::ours;
  if (seen.lease.holder.empty()) return Standing::free;
  return now >= seen.since + seen.lease.duration ? Standing::free : Standing::taken;
}

Result<void> check_times(const ElectionOptions& options) {
  if (options.retry_period <= Duration::zero() || options.renew_deadline <= options.retry_period ||
      options.duration <= options.renew_deadline) {
    return Error(kElectionTimes, "the times of the leader election do not fit: lease duration " +
                                     format_duration(options.duration) + ", renew deadline " +
                                     format_duration(options.renew_deadline) + ", retry period " +
                                     format_duration(options.retry_period))
        .with_help("the duration must be longer than the deadline, and that than the period");
  }
  return {};
}

Lease held_over(const Lease& over, const std::string& identity, Duration duration) {
  Lease lease = over;
  if (lease.holder != identity) {
    lease.acquired = now_text();
    if (!over.resource_version.empty()) ++lease.transitions;
  }
  lease.holder = identity;
  lease.duration = duration;
  lease.renewed = now_text();
  return lease;
}

Lease released(const Lease& held) {
  Lease lease = held;
  lease.holder.clear();
  lease.duration = std::chrono::seconds(1);
  lease.renewed = now_text();
  return lease;
}

Result<std::unique_ptr<Election>> Election::start(std::unique_ptr<ClusterClient> client,
                                                  ElectionOptions options,
                                                  std::shared_ptr<Fence> fence, Callbacks callbacks,
                                                  Log log) {
  TRY(check_times(options));
  return std::unique_ptr<Election>(new Election(std::move(client), std::move(options),
                                                std::move(fence), std::move(callbacks),
                                                std::move(log)));
}

Election::Election(std::unique_ptr<ClusterClient> client, ElectionOptions options,
                   std::shared_ptr<Fence> fence, Callbacks callbacks, Log log)
    : client_(std::move(client)),
      options_(std::move(options)),
      fence_(std::move(fence)),
      callbacks_(std::move(callbacks)),
      log_(std::move(log)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Election::~Election() {
  fence_->close();
  thread_.request_stop();
  thread_.join();
  if (elected_thread_.joinable()) elected_thread_.join();
  if (elected_) release();
}

void Election::run(const std::stop_token& stop) {
  while (!acquire()) {
    if (!pause(stop, options_.retry_period)) return;
  }
  elected_ = true;
  log_.info("lease acquired", {{"lease", options_.lease.name}, {"identity", options_.identity}});
  elected_thread_ =
      std::jthread([this, head = seen_->lease.ledger_head] { callbacks_.on_elected(head); });
  while (pause(stop, options_.retry_period)) {
    const Result<void> renewed = renew();
    if (renewed) continue;
    const bool over = renewed.error().code() == kLeaseLost ||
                      renewed.error().code() == kObjectNotFound ||
                      std::chrono::steady_clock::now() >= fence_->until();
    log_.warn("lease not renewed", {{"error", renewed.error().summary()}});
    if (!over) continue;
    fence_->close();
    elected_ = false;
    callbacks_.on_lost(Error(
        kLeaseLost, "the lease " + options_.lease.name + " was lost: " + renewed.error().message(),
        Retry::transient));
    return;
  }
}

Lease Election::held(const Lease& over) const {
  Lease lease = held_over(over, options_.identity, options_.duration);
  note_ledger(lease);
  return lease;
}

void Election::note_ledger(Lease& lease) const {
  if (!callbacks_.ledger_head) return;
  if (std::string head = callbacks_.ledger_head(); !head.empty()) {
    lease.ledger_head = std::move(head);
  }
}

bool Election::acquire() {
  const Monotonic began = std::chrono::steady_clock::now();
  const Deadline deadline = Deadline::in(options_.renew_deadline);
  Result<Lease> read = read_lease(*client_, options_.lease, deadline);
  if (!read) {
    log_.warn("lease not read", {{"error", read.error().summary()}});
    return false;
  }
  const std::string holder_before = seen_ ? seen_->lease.holder : std::string();
  seen_ = see(seen_, *std::move(read), began);
  if (standing(*seen_, options_.identity, began) == Standing::taken) {
    if (seen_->lease.holder != holder_before) {
      log_.info("waiting for the lease", {{"holder", seen_->lease.holder}});
    }
    return false;
  }
  const Result<Lease> written = write_lease(*client_, options_.lease, held(seen_->lease), deadline);
  if (!written) {
    log_.info("lease not acquired", {{"error", written.error().summary()}});
    return false;
  }
  seen_ = LeaseSeen{*written, began};
  fence_->extend(began + std::chrono::duration_cast<Monotonic::duration>(options_.renew_deadline));
  return true;
}

Result<void> Election::renew() {
  const Monotonic began = std::chrono::steady_clock::now();
  if (began >= fence_->until()) return Error(kLeaseLost, "it was not renewed in time");
  const Deadline deadline{fence_->until()};
  Result<Lease> written = write_lease(*client_, options_.lease, held(seen_->lease), deadline);
  if (!written && written.error().code() == kObjectConflict) {
    // An annotation, or a renewal of ours whose answer was lost: whose it is decides the holder.
    Lease found = TRY(read_lease(*client_, options_.lease, deadline));
    if (found.holder != options_.identity) {
      return Error(kLeaseLost, found.holder.empty() ? std::string("it was released by somebody")
                                                    : found.holder + " holds it");
    }
    written = write_lease(*client_, options_.lease, held(found), deadline);
  }
  if (!written) return written.error();
  seen_ = LeaseSeen{*std::move(written), began};
  fence_->extend(began + std::chrono::duration_cast<Monotonic::duration>(options_.renew_deadline));
  return {};
}

void Election::release() {
  Lease lease = plumb::released(seen_->lease);
  note_ledger(lease);
  const Result<Lease> written =
      write_lease(*client_, options_.lease, lease, Deadline::in(std::chrono::seconds(1)));
  if (!written) log_.warn("lease not released", {{"error", written.error().summary()}});
}

}  // namespace plumb
