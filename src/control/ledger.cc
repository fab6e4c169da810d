#include "control/ledger.h"

#include "lang/json/json.h"

namespace plumb {
namespace {

using audit::Head;
using audit::Verdict;

// Where to go on: behind the last record of the files, unless the Lease knows of one that they do
// not have.
Head head_of(const std::string& newest, const std::string& lease_head, const Log& log) {
  Head files;
  std::optional<Head> lease;
  if (Result<Head> read = audit::parse_head(lease_head); read && read->number > 0) {
    lease = *read;
  }
  bool has_lease_head = !lease;
  std::string_view text = newest;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const Result<audit::Record> record = audit::read_record(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!record) {
      log.error("a record of the ledger was altered", {{"after", audit::to_string(files)}});
      continue;
    }
    // Of an older segment nothing is known here; `plumb audit verify` reads them all.
    if (files.number == 0 && lease && record->number > lease->number) has_lease_head = true;
    files = {record->number, record->hash};
    if (lease && files == *lease) has_lease_head = true;
  }
  if (has_lease_head) return files;
  log.warn("the ledger goes on behind records that are not here",
           {{"here", audit::to_string(files)}, {"lease", audit::to_string(*lease)}});
  return *lease;
}

}  // namespace

Result<std::unique_ptr<Ledger>> Ledger::open(const std::string& directory,
                                             const std::string& lease_head, Log log) {
  SegmentLog files = TRY(SegmentLog::open(directory));
  const Head head = head_of(TRY(files.newest()), lease_head, log);
  log.info("ledger opened", {{"directory", directory}, {"head", audit::to_string(head)}});
  return std::unique_ptr<Ledger>(new Ledger(std::move(files), head, std::move(log)));
}

bool Ledger::is_repeated(const audit::Entry& entry) {
  const std::string& who = entry.app.empty() ? entry.repository : entry.app;
  const bool changed_nothing =
      entry.verdict == Verdict::refused || entry.verdict == Verdict::failed;
  if (!changed_nothing) {
    last_refusals_.erase(who);
    return false;
  }
  audit::Entry timeless = entry;
  timeless.time = {};
  const Digest digest = sha256(json::write(audit::to_value(timeless)));
  Digest& last = last_refusals_[who];
  if (last == digest) return true;
  last = digest;
  return false;
}

void Ledger::add(audit::Entry entry) {
  MutexLock lock(mutex_);
  if (is_repeated(entry)) return;
  waiting_.push_back(std::move(entry));
  if (waiting_.size() > kMostWaiting) {
    log_.error("an entry of the ledger is lost", {{"app", waiting_.front().app}});
    waiting_.pop_front();
  }
  while (files_ && !waiting_.empty()) {
    const audit::Sealed sealed = audit::seal(head_, waiting_.front());
    const Result<void> written = files_->append(sealed.line, sealed.head.number);
    if (!written) {
      log_.error("ledger not written",
                 {{"error", written.error().summary()}, {"waiting", waiting_.size()}});
      return;
    }
    head_ = sealed.head;
    waiting_.pop_front();
  }
}

audit::Head Ledger::head() const {
  MutexLock lock(mutex_);
  return head_;
}

void Ledger::close() {
  MutexLock lock(mutex_);
  files_.reset();
}

size_t Ledger::waiting() const {
  MutexLock lock(mutex_);
  return waiting_.size();
}

}  // namespace plumb
