// HistoryFetch: brings commits of one remote into one store with as much of their past as is asked
// for: all of it, or what tells whether a tip descends from a commit that is known, and no more.
// Belongs to one fetch, which holds the store's turn; not thread safe.
//
// In a store that has whole histories they stay whole. In one that has not, or is empty:
// - a tip of which nothing is asked comes alone (depth 1);
// - a tip that is to descend from a commit here comes with the commits made since that one: of a
//   fast-forward exactly the new ones, whatever older branches they merge;
// - where this leaves open whether it descends, the commits above both, step by step, and at last
//   all there are. Servers that know no depth, or refuse commits by id, are asked for everything.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "edge/git/guarded_git.h"
#include "edge/git/object_store.h"

namespace plumb {

// What a ref points to, and the commit that it leads to: the same but for an annotated tag.
struct Tip {
  ObjectId object;
  CommitId commit;
};

class HistoryFetch {
 public:
  // One run of `git fetch` into the store.
  using Bring =
      std::function<Result<void>(const std::vector<std::string>& wants, FetchDepth depth)>;
  HistoryFetch(ObjectStore& store, Bring bring) : store_(store), bring_(std::move(bring)) {}

  // The tip, and what tells whether it descends from `before`.
  [[nodiscard]] Result<void> bring_tip(const Tip& tip, const std::optional<CommitId>& before);
  // The objects with their whole history.
  [[nodiscard]] Result<void> bring_whole(const std::vector<std::string>& objects);
  // Of a tip that is here, with further fetches where that lies beyond what is here. Never true
  // or false for want of history; kFetchFailed where the remote does not have it either.
  [[nodiscard]] Result<bool> descends(const Tip& tip, const CommitId& before);

 private:
  struct Step;
  [[nodiscard]] Result<void> take(const Step& step, const Tip& tip, const CommitId& before);
  // What was made since `before`, which is brought if it is not here. False where it cannot be had.
  [[nodiscard]] Result<bool> bring_since(const Tip& tip, const CommitId& before);
  // False where the server refuses, which may be for the depth or for a commit named by its id.
  [[nodiscard]] Result<bool> may_bring(const std::vector<std::string>& wants, FetchDepth depth);

  ObjectStore& store_;
  const Bring bring_;
  bool since_was_tried_ = false;
};

// Of walks of the commits of one repository.
inline constexpr uint64_t kMostCommits = 1'000'000;

}  // namespace plumb
