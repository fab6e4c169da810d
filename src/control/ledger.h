// Ledger: the operator's record of who changed what (core/audit), in files that are only added to.
// Entries are numbered and chained here, by whatever thread they come from. The operator's Lease
// keeps the head, at no request of its own: a ledger that lost its end, or that another replica
// went on with, goes on behind what the Lease says, and the gap shows.
//
// A disk that fails stops nobody: entries wait, at most kMostWaiting, and are written with the next
// one. Thread safe.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/mutex.h"
#include "core/audit/record.h"
#include "edge/os/segment_log.h"

namespace plumb {

class Ledger {
 public:
  static constexpr size_t kMostWaiting = 1000;

  // `lease_head`: what the Lease says; "" where there is none. Errors: those of SegmentLog.
  [[nodiscard]] static Result<std::unique_ptr<Ledger>> open(const std::string& directory,
                                                            const std::string& lease_head, Log log);

  // A refusal or failure that says what the last one of its app or repository said is not repeated.
  void add(audit::Entry entry) EXCLUDES(mutex_);
  // Of what is on the disk.
  [[nodiscard]] audit::Head head() const EXCLUDES(mutex_);
  [[nodiscard]] size_t waiting() const EXCLUDES(mutex_);
  // Another replica may write the files from now on.
  void close() EXCLUDES(mutex_);

 private:
  Ledger(SegmentLog files, audit::Head head, Log log)
      : log_(std::move(log)), files_(std::move(files)), head_(head) {}
  [[nodiscard]] bool is_repeated(const audit::Entry& entry) REQUIRES(mutex_);

  const Log log_;
  mutable Mutex mutex_;
  std::optional<SegmentLog> files_ GUARDED_BY(mutex_);  // none: closed
  audit::Head head_ GUARDED_BY(mutex_);
  std::deque<audit::Entry> waiting_ GUARDED_BY(mutex_);
  std::map<std::string, Digest> last_refusals_ GUARDED_BY(mutex_);  // by app or repository
};

}  // namespace plumb
