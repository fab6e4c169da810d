// GitStore: the commits of one repository URL, in one bare store on the local disk shared by all
// apps of that repository. It asks the remote for refs, fetches what is missing, and gives
// read-only views of commits; there is no work tree and nothing is ever pushed.
//
// Owned by shared_ptr: a SourceTree keeps what it reads alive. Thread safe: fetches of one store
// take turns (a waiting one heeds its own deadline), reads run beside them. A cache directory
// belongs to one process.
//
// A fetch is one ref query (in process for http and https, by a guarded `git` child for ssh and
// file); only when the resolved commit is not in the store a guarded `git fetch` runs, into a
// quarantine that joins the store when the whole pack arrived and was checked. Whatever fails, the
// commits that were readable stay readable. How much of the past comes with a commit:
// history_fetch.h. Errors: git_errors.h.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "edge/git/git_errors.h"
#include "model/git.h"
#include "model/git_object_source.h"
#include "model/source_tree.h"
#include "model/spec.h"

namespace plumb {

// What a Repository's Secret holds; every member may be empty. Never logged, never printed.
struct GitCredentials {
  std::string username = {};
  std::string password = {};
  std::string bearer_token = {};
  std::string ca_pem = {};        // when set, the only certificate authorities trusted
  std::string ssh_identity = {};  // private key, without passphrase
  std::string known_hosts = {};   // required for ssh
};

struct GitOptions {
  bool allow_http = false;  // plain text: tests and closed networks
  bool allow_file = false;  // tests
  std::string git_program = "/usr/bin/git";
};

struct FetchRequest {
  std::string url;  // must mean the same repository as the store's
  RefSelector ref;
  GitCredentials credentials;
  Deadline deadline;
  // The revision in force for the same selector. A branch that does not descend from it is refused
  // (kNonFastForward) unless allow_rewind. Leave it out when the selector was changed by its owner.
  std::optional<CommitId> last_good = std::nullopt;
  bool allow_rewind = false;
  // Nobody needs the history: a commit comes with as much of it as tells whether it descends from
  // last_good, and no more. Else all of it is here afterwards, also of a commit that came without.
  bool shallow = false;
  // Fetch refs/plumb/ too, where the revision is not last_good: what people signed about commits.
  bool with_statements = false;
  // Look for refs/plumb/heartbeat, too, whether the revision is last_good or not.
  bool with_heartbeat = false;
};

struct FetchResult {
  Revision revision;
  ObjectId object;  // what the ref points to: the tag object of an annotated tag
  std::map<RefName, ObjectId> statements;  // refs/plumb/…
  std::optional<ObjectId> heartbeat;       // where it was looked for
  bool changed = false;                    // differs from last_good
  bool rewound = false;                    // does not descend from it, and need not
  bool queried_only = false;  // the commit was in the store already: no objects were fetched
};

// Since the store was opened; only ever grow.
struct GitCounters {
  uint64_t ref_queries = 0;     // one per poll; one more when a ref is missing, to name near ones
  uint64_t object_fetches = 0;  // runs of `git fetch`
  uint64_t fetched_bytes = 0;   // of packs that joined the store
  uint64_t rebuilds = 0;        // a corrupt store was dropped and begun anew
  uint64_t objects_read = 0;    // commits, trees and blobs, of the store as it is now

  GitCounters& operator+=(const GitCounters& other);
};

// The URL in the one form that names a store and is safe to show: userinfo refused (but the user of
// ssh), scp form "git@host:org/repo" as "ssh://git@host/org/repo", no trailing "/". kBadGitUrl.
[[nodiscard]] Result<std::string> normalised_git_url(const std::string& url,
                                                     const GitOptions& options = {});

class GitStore final : public GitObjectSource {
 public:
  [[nodiscard]] static Result<std::shared_ptr<GitStore>> open(const std::string& cache_directory,
                                                              const std::string& url,
                                                              GitOptions options = {});
  ~GitStore() override;
  GitStore(const GitStore&) = delete;
  GitStore& operator=(const GitStore&) = delete;

  // After an error every commit read before can still be read, and `last_good` stays in force.
  [[nodiscard]] Result<FetchResult> fetch(const FetchRequest& request, std::stop_token stop);

  // The files of a commit that was fetched; the tree keeps the store alive.
  [[nodiscard]] Result<std::shared_ptr<const SourceTree>> open_tree(const CommitId& commit) const;
  // Any object, for trust.
  [[nodiscard]] Result<std::optional<GitObject>> read_object(const std::string& id,
                                                             uint64_t max_bytes) const override;
  // The raw bytes of the commit object.
  [[nodiscard]] Result<std::string> read_commit(const CommitId& commit) const;
  [[nodiscard]] Result<Revision> describe(const CommitId& commit, RefName ref) const;
  // A commit is its own ancestor. kCommitNotFound where that lies beyond what was fetched; walks at
  // most 1,000,000 commits (kBudgetExceeded).
  [[nodiscard]] Result<bool> is_ancestor(const CommitId& ancestor,
                                         const CommitId& descendant) const;

  [[nodiscard]] const std::string& url() const;  // normalised
  // The bare repository that holds the objects now. A later fetch may begin another one.
  [[nodiscard]] std::string directory() const;
  [[nodiscard]] GitCounters counters() const;
  // Gives back the memory that reading took; the next read opens what it needs again.
  void rest() const;
  // Something in it was found broken: the next fetch begins it anew.
  [[nodiscard]] bool condemned() const;

 private:
  struct State;
  explicit GitStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace plumb
