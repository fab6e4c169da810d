// CommitGraph: which commits are new, in which order, and where two histories meet. Reads of each
// commit only what its first lines say; what is new is parsed strictly later. Borrows the objects;
// not thread safe. Dates, which an author can write as he likes, only order the search: a commit
// counts as old when it was really reached from the last accepted one, so that wrong dates can
// make the walk longer and never shorter.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/trust/walk/objects.h"

namespace plumb::trust {

// Commits reachable from a tip and not from the last accepted one.
struct NewCommits {
  bool fast_forward = false;         // the tip descends from the last accepted, or is it
  std::vector<CommitId> commits;     // parents before children
  std::vector<CommitId> first_line;  // by first parents, from `last` on, oldest first; without it
};

class CommitGraph {
 public:
  explicit CommitGraph(Objects& objects) : objects_(objects) {}

  // More than `most` new ones: kTooManyCommits.
  [[nodiscard]] Result<NewCommits> since(const CommitId& last, const CommitId& tip, uint64_t most);
  // The best common ancestors of two commits; more than one after criss-cross merges.
  [[nodiscard]] Result<std::vector<CommitId>> merge_bases(const CommitId& a, const CommitId& b);
  [[nodiscard]] Result<bool> is_ancestor(const CommitId& ancestor, const CommitId& descendant);
  [[nodiscard]] Result<std::vector<CommitId>> parents(const CommitId& id);

 private:
  using Index = uint32_t;
  struct Node {
    CommitId id;
    std::vector<Index> parents;
    int64_t date = 0;
    bool read = false;
  };
  class Search;

  [[nodiscard]] Index index_of(const CommitId& id);
  // Reads its parents, once.
  [[nodiscard]] Result<const Node*> node(Index index);
  [[nodiscard]] std::vector<CommitId> in_order(Index tip, const Search& search, uint8_t flags);

  Objects& objects_;
  std::vector<Node> nodes_;
  std::unordered_map<CommitId, Index> indexes_;
};

}  // namespace plumb::trust
