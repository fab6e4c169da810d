#include "core/trust/walk/commit_graph.h"

#include <algorithm>
#include <charconv>
#include <queue>
#include <set>

namespace plumb::trust {
namespace {

constexpr uint64_t kMaxCommitBytes = 1 << 20;
constexpr size_t kMostVisited = 1'000'000;

// Flags of a search.
constexpr uint8_t kLeft = 1;
constexpr uint8_t kRight = 2;
constexpr uint8_t kStale = 4;  // below a common ancestor

std::string_view take_line(std::string_view& rest) {
  const size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

// Seconds in "committer Name <mail> 1700000000 +0100"; 0 where that is not it.
int64_t date_of(std::string_view line) {
  const size_t end = line.rfind('>');
  if (end == std::string_view::npos || end + 2 > line.size()) return 0;
  int64_t seconds = 0;
  std::from_chars(line.data() + end + 2, line.data() + line.size(), seconds);
  return seconds;
}

}  // namespace

// A walk towards the roots, newest first, that carries flags down.
class CommitGraph::Search {
 public:
  // `open` says which flags are worth going on for.
  Search(CommitGraph& graph, bool (*open)(uint8_t)) : graph_(graph), open_(open) {}

  [[nodiscard]] Result<void> add(Index index, uint8_t flags) {
    if (flags_.size() <= index) flags_.resize(std::max<size_t>(index + 1, graph_.nodes_.size()));
    State& state = flags_[index];
    const uint8_t with = state.flags | flags;
    if (with == state.flags) return {};
    if (state.queued && open_(state.flags)) --open_count_;
    state.flags = with;
    if (open_(with)) ++open_count_;
    if (!state.queued) {
      state.queued = true;
      queue_.emplace(TRY(graph_.node(index))->date, index);
    }
    if (graph_.nodes_.size() > kMostVisited) {
      return Error(kTooManyCommits, "more than 1,000,000 commits would have to be looked at",
                   Retry::denied);
    }
    return {};
  }

  [[nodiscard]] bool done() const { return open_count_ == 0; }

  // The newest commit that waits.
  [[nodiscard]] Index step() {
    const Index index = queue_.top().second;
    queue_.pop();
    flags_[index].queued = false;
    if (open_(flags_[index].flags)) --open_count_;
    return index;
  }
  // Its flags go on to its parents.
  [[nodiscard]] Result<void> carry(Index index) {
    const Node* node = TRY(graph_.node(index));
    const std::vector<Index> parents = node->parents;  // reading others may move the node
    for (const Index parent : parents) TRY(add(parent, flags_[index].flags));
    return {};
  }
  [[nodiscard]] uint8_t flags(Index index) const {
    return index < flags_.size() ? flags_[index].flags : uint8_t{0};
  }
  void mark(Index index, uint8_t flags) { flags_[index].flags |= flags; }

 private:
  struct State {
    uint8_t flags = 0;
    bool queued = false;
  };
  CommitGraph& graph_;
  bool (*open_)(uint8_t);
  size_t open_count_ = 0;
  std::vector<State> flags_;
  std::priority_queue<std::pair<int64_t, Index>> queue_;
};

CommitGraph::Index CommitGraph::index_of(const CommitId& id) {
  const auto [at, is_new] = indexes_.emplace(id, static_cast<Index>(nodes_.size()));
  if (is_new) nodes_.push_back({.id = id, .parents = {}});
  return at->second;
}

Result<const CommitGraph::Node*> CommitGraph::node(Index index) {
  if (nodes_[index].read) return &nodes_[index];
  const std::string bytes =
      TRY(objects_.bytes(nodes_[index].id.str(), GitObjectKind::commit, kMaxCommitBytes));
  std::string_view rest = bytes;
  if (!take_line(rest).starts_with("tree ")) {
    return Error(kBadSignedObject, "commit " + nodes_[index].id.str() + " names no tree",
                 Retry::denied);
  }
  std::vector<Index> parents;
  std::string_view line = take_line(rest);
  for (; line.starts_with("parent "); line = take_line(rest)) {
    parents.push_back(index_of(TRY(parse_commit_id(line.substr(7)))));
  }
  while (!line.empty() && !line.starts_with("committer ")) line = take_line(rest);
  nodes_[index].parents = std::move(parents);
  nodes_[index].date = date_of(line);
  nodes_[index].read = true;
  return &nodes_[index];
}

Result<std::vector<CommitId>> CommitGraph::parents(const CommitId& id) {
  std::vector<CommitId> out;
  for (const Index parent : TRY(node(index_of(id)))->parents) out.push_back(nodes_[parent].id);
  return out;
}

// Those with exactly these flags, parents first.
std::vector<CommitId> CommitGraph::in_order(Index tip, const Search& search, uint8_t flags) {
  std::vector<CommitId> out;
  std::set<Index> seen;
  std::vector<std::pair<Index, size_t>> path{{tip, 0}};
  if (search.flags(tip) != flags) return out;
  seen.insert(tip);
  while (!path.empty()) {
    auto& [index, next] = path.back();
    if (next == nodes_[index].parents.size()) {
      out.push_back(nodes_[index].id);
      path.pop_back();
      continue;
    }
    const Index parent = nodes_[index].parents[next++];
    if (search.flags(parent) == flags && seen.insert(parent).second) path.emplace_back(parent, 0);
  }
  return out;
}

Result<NewCommits> CommitGraph::since(const CommitId& last, const CommitId& tip, uint64_t most) {
  NewCommits out;
  if (last == tip) {
    out.fast_forward = true;
    return out;
  }
  // kLeft: reached from the tip; kRight: from the last accepted one.
  Search search(*this, [](uint8_t flags) { return flags == kLeft; });
  const Index from = index_of(last);
  const Index to = index_of(tip);
  TRY(search.add(from, kRight));
  TRY(search.add(to, kLeft));
  uint64_t found = 0;
  while (!search.done()) {
    const Index index = search.step();
    if (search.flags(index) == kLeft && ++found > most) {
      return Error(kTooManyCommits,
                   "more than " + std::to_string(most) + " commits are new since " + last.str(),
                   Retry::denied)
          .with_help(
              "raise spec.history.maxWalk, or set spec.anchor to a commit that you have "
              "verified in another way");
    }
    TRY(search.carry(index));
  }
  out.fast_forward = (search.flags(from) & kLeft) != 0;
  out.commits = in_order(to, search, kLeft);
  for (Index at = to; at != from && search.flags(at) == kLeft; at = nodes_[at].parents[0]) {
    out.first_line.push_back(nodes_[at].id);
    if (nodes_[at].parents.empty()) break;
  }
  std::reverse(out.first_line.begin(), out.first_line.end());
  return out;
}

Result<std::vector<CommitId>> CommitGraph::merge_bases(const CommitId& a, const CommitId& b) {
  if (a == b) return std::vector<CommitId>{a};
  // As git's paint_down_to_common (commit-reach.c, 2.39).
  Search search(*this, [](uint8_t flags) { return (flags & kStale) == 0; });
  TRY(search.add(index_of(a), kLeft));
  TRY(search.add(index_of(b), kRight));
  std::set<Index> common;
  while (!search.done()) {
    const Index index = search.step();
    if (search.flags(index) == (kLeft | kRight)) {
      common.insert(index);
      search.mark(index, kStale);
    }
    TRY(search.carry(index));
  }
  std::vector<CommitId> out;
  for (const Index index : common) {
    // Those found first may turn out to lie below others.
    bool below = false;
    for (const Index other : common) {
      below = below || (other != index && TRY(is_ancestor(nodes_[index].id, nodes_[other].id)));
    }
    if (!below) out.push_back(nodes_[index].id);
  }
  return out;
}

Result<bool> CommitGraph::is_ancestor(const CommitId& ancestor, const CommitId& descendant) {
  if (ancestor == descendant) return true;
  Search search(*this, [](uint8_t flags) { return flags == kLeft; });
  const Index from = index_of(ancestor);
  TRY(search.add(from, kRight));
  TRY(search.add(index_of(descendant), kLeft));
  while (!search.done()) {
    TRY(search.carry(search.step()));
    if ((search.flags(from) & kLeft) != 0) return true;
  }
  return false;
}

}  // namespace plumb::trust
