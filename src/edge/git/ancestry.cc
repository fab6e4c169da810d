#include "edge/git/ancestry.h"

#include <algorithm>
#include <queue>
#include <unordered_map>
#include <unordered_set>

#include "base/text.h"
#include "edge/git/git_objects.h"

namespace plumb {
namespace {

// A walk from a commit towards the roots, newest first.
class Walk {
 public:
  Walk(const ObjectStore& store, const CommitId& from, uint64_t max_commits)
      : store_(store), from_(from), max_commits_(max_commits) {
    known_.emplace(from, false);
    todo_.emplace(WallTime::max(), from);
  }

  // Until `sought` is named as a parent, which is told, or all that is here was seen.
  Result<bool> reaches(const CommitId* sought) {
    while (!todo_.empty()) {
      const CommitId at = todo_.top().second;
      todo_.pop();
      const Result<std::string> bytes = commit_bytes(store_, at);
      if (!bytes && bytes.error().code() == kCommitNotFound && at != from_) {
        if (!known_.at(at)) return store_.lacks(at.str());
        missing_.insert(at);
        continue;
      }
      const CommitText commit = TRY(parse_commit(TRY(bytes)));
      // Between its own bytes and its parents: an entry comes before its commit is seen, and goes
      // after all parents are.
      const bool may_lack = store_.is_boundary(at);
      for (const CommitId& parent : commit.parents) {
        if (sought != nullptr && parent == *sought) return true;
        TRY(add(parent, commit.committed_at, may_lack));
      }
    }
    return false;
  }

  [[nodiscard]] bool knows(const CommitId& id) const { return known_.contains(id); }
  // Ancestors that are not here.
  [[nodiscard]] const std::unordered_set<CommitId>& missing() const { return missing_; }

 private:
  Result<void> add(const CommitId& parent, WallTime date, bool may_be_missing) {
    const auto [at, is_new] = known_.emplace(parent, may_be_missing);
    if (!may_be_missing) {
      if (missing_.contains(parent)) return store_.lacks(parent.str());
      at->second = false;
    }
    if (!is_new) return {};
    if (known_.size() > max_commits_) {
      return Error(kBudgetExceeded, "more than " + std::to_string(max_commits_) +
                                        " commits lead to " + abbreviated(from_));
    }
    todo_.emplace(date, parent);
    return {};
  }

  const ObjectStore& store_;
  const CommitId from_;
  const uint64_t max_commits_;
  std::unordered_map<CommitId, bool> known_;  // named so far; whether each may be missing
  std::unordered_set<CommitId> missing_;
  std::priority_queue<std::pair<WallTime, CommitId>> todo_;
};

}  // namespace

Result<Descent> descent(const ObjectStore& store, const CommitId& ancestor,
                        const CommitId& descendant, uint64_t max_commits) {
  if (ancestor == descendant) return Descent::yes;
  const bool has_ancestor = TRY(store.has(ancestor.str()));
  // Where nothing is cut off, every ancestor of what is here is here.
  if (!has_ancestor && store.boundary()->empty()) return Descent::no;
  Walk down(store, descendant, max_commits);
  if (TRY(down.reaches(&ancestor))) return Descent::yes;
  if (down.missing().empty()) return Descent::no;
  if (!has_ancestor) return Descent::unknown;
  // What leads to the ancestor cannot descend from it; if all that is missing does, nothing is
  // open.
  Walk up(store, ancestor, max_commits);
  if (TRY(up.reaches(&descendant))) return Descent::no;
  const bool closed = std::all_of(down.missing().begin(), down.missing().end(),
                                  [&](const CommitId& id) { return up.knows(id); });
  return closed ? Descent::no : Descent::unknown;
}

Result<bool> has_all_ancestors(const ObjectStore& store, const CommitId& commit,
                               uint64_t max_commits) {
  Walk walk(store, commit, max_commits);
  (void)TRY(walk.reaches(nullptr));
  return walk.missing().empty();
}

}  // namespace plumb
