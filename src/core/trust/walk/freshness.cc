#include "core/trust/walk/freshness.h"

#include "base/text.h"
#include "core/trust/walk/statement_files.h"
#include "core/trust/walk/statements.h"

namespace plumb::trust {

namespace {

constexpr size_t kMostHeartbeats = 100;
constexpr Duration kClockSkew = std::chrono::minutes(5);

bool is_in_future(WallTime time, WallTime now) {
  return time > now + std::chrono::duration_cast<WallTime::duration>(kClockSkew);
}

class Check {
 public:
  explicit Check(const FreshnessRequest& request) : request_(request), graph_(request.objects) {}

  Result<Freshness> run() {
    look_at_tip();
    size_t left = kMostHeartbeats;
    for (const std::string& file :
         statement_files(request_.objects, request_.statements, RefName(kHeartbeatRef), left)) {
      TRY(look_at_heartbeat(file));
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] VerifyOptions options() const {
    return {.now = request_.now, .openpgp = request_.openpgp};
  }

  void count(WallTime time, const std::string& by) {
    if (out_.as_of && *out_.as_of >= time) return;
    out_.as_of = time;
    out_.by = by;
  }

  void look_at_tip() {
    const auto commit = request_.objects.commit(request_.tip);
    if (!commit) return;
    const std::string name = "commit " + abbreviated(request_.tip);
    const WallTime time = (*commit)->committer.when;
    if (is_in_future(time, request_.now)) {
      out_.notes.push_back("the date of " + name + " is in the future");
      return;
    }
    // Whoever only audits has accepted what nobody may have signed.
    if (request_.policy.audit) {
      const Result<VerifiedSignature> signature =
          verify_commit(**commit, request_.policy.keys, options());
      if (!signature || !signer_of(request_.policy, *signature, request_.now)) {
        out_.notes.push_back(name + " has no good signature");
        return;
      }
    }
    count(time, name);
  }

  Result<void> look_at_heartbeat(const std::string& file) {
    const Result<Signed<Heartbeat>> read = read_heartbeat(file, request_.policy, options());
    if (!read && read.error().retry() == Retry::transient) return read.error();
    if (!read) {
      out_.notes.push_back("a heartbeat does not count: " + read.error().message());
      return {};
    }
    const Heartbeat& claim = read->claim;
    const auto skip = [&](const std::string& why) {
      out_.notes.push_back("a heartbeat by " + read->signer + " does not count: " + why);
    };
    // One ref has the heartbeats of all sources.
    if (claim.repo != request_.source.url || claim.ref != request_.source.ref) return {};
    if (is_in_future(claim.time, request_.now)) {
      skip("its time " + format_rfc3339(claim.time) + " is in the future");
    } else if (const Result<bool> led = graph_.is_ancestor(claim.tip, request_.tip);
               !led || !*led) {
      skip("at " + format_rfc3339(claim.time) + " it saw the commit " + abbreviated(claim.tip) +
           ", which is not here");
    } else {
      count(claim.time, "a heartbeat by " + read->signer);
    }
    return {};
  }

  const FreshnessRequest& request_;
  CommitGraph graph_;
  Freshness out_;
};

}  // namespace

bool Freshness::is_fresh(const FreshnessRule& rule, WallTime now) const {
  return as_of && now - *as_of <= std::chrono::duration_cast<WallTime::duration>(rule.max_age);
}

std::string Freshness::told(const FreshnessRule& rule, WallTime now) const {
  std::string out;
  if (!as_of) {
    out = "nobody has signed how new this is";
  } else if (is_fresh(rule, now)) {
    out = by + " is of " + format_rfc3339(*as_of);
  } else {
    out = "nothing newer than " + by + " of " + format_rfc3339(*as_of) +
          " was signed in the last " + format_duration(rule.max_age);
  }
  for (const std::string& note : notes) out += "; " + note;
  return out;
}

Result<Freshness> freshness_of(const FreshnessRequest& request) {
  return Check(request).run();
}

}  // namespace plumb::trust
