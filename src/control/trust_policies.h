// TrustPolicies: the TrustPolicy resources as the watch shows them, and the commits that each has
// accepted, which stand in its status: a cluster-scoped object that no tenant may write. Thread
// safe; policies are immutable values behind shared_ptr.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "core/trust/policy/policy.h"
#include "edge/cluster/cluster_client.h"
#include "edge/git/git_store.h"

namespace plumb {

inline constexpr ErrorCode kTrustStateConflict{404, "TrustStateConflict"};

inline const ApiResource kTrustPolicyResource{
    {"plumb.dev", "v1alpha1", "TrustPolicy"}, "trustpolicies", false};

// A policy and the source of it that a revision is of.
struct GoverningPolicy {
  std::shared_ptr<const trust::TrustPolicy> policy;
  trust::PolicySource source;
};

// What is remembered of a source.
struct AcceptedTip {
  CommitId commit;
  ObjectId tag;  // the tag object; "" for a branch
};

class TrustPolicies {
 public:
  explicit TrustPolicies(GitOptions git) : git_(std::move(git)) {}

  // True if what the policy says is different now.
  bool put(const Value& body) EXCLUDES(mutex_);
  bool remove(const std::string& name) EXCLUDES(mutex_);

  // Whether any policy speaks of this URL (on whatever ref), or cannot be read, so that it might.
  [[nodiscard]] bool covers(const std::string& url) const EXCLUDES(mutex_);
  // Such a policy holds commits back: it, and no one else, decides about rewinds.
  [[nodiscard]] bool enforces(const std::string& url) const EXCLUDES(mutex_);
  // The policy for a URL and ref. nullopt: no policy speaks of the URL. An error where one speaks
  // of the URL and not of the ref, two speak of both, or one that may be meant cannot be read.
  [[nodiscard]] Result<std::optional<GoverningPolicy>> find(const std::string& url,
                                                            const RefName& ref) const
      EXCLUDES(mutex_);

  // What was accepted last; read from the server, for another replica may have written it.
  [[nodiscard]] static Result<std::optional<AcceptedTip>> accepted(ClusterClient& client,
                                                                   const GoverningPolicy& governing,
                                                                   Deadline deadline);
  // Remembers it before anything is applied. A status that changed since is kTrustStateConflict or
  // the server's conflict: nothing may be applied then.
  [[nodiscard]] static Result<void> remember(ClusterClient& client,
                                             const GoverningPolicy& governing,
                                             const std::optional<AcceptedTip>& before,
                                             const AcceptedTip& now, WallTime when,
                                             Deadline deadline);

 private:
  struct Entry {
    std::shared_ptr<const trust::TrustPolicy> policy;  // null: it cannot be read
    std::optional<Error> error;
    Value spec;
    std::vector<trust::PolicySource> sources;  // normalised; empty where they cannot be read
  };
  [[nodiscard]] std::string normalised(const std::string& url) const;
  [[nodiscard]] static bool names(const Entry& entry, const std::string& url);

  const GitOptions git_;
  mutable Mutex mutex_;
  std::map<std::string, Entry> entries_ GUARDED_BY(mutex_);
};

}  // namespace plumb
