#include "core/trust/walk/tree_diff.h"

#include <algorithm>
#include <map>

namespace plumb::trust {
namespace {

constexpr size_t kMostChanges = 200'000;
constexpr size_t kLongestPath = 4096;

struct Pair {
  std::string prefix;
  std::optional<ObjectId> before;
  std::optional<ObjectId> after;
};

std::optional<Leaf> leaf_of(const TreeItem* item) {
  if (item == nullptr || item->mode == kTreeMode) return std::nullopt;
  return Leaf{item->mode, item->id};
}

std::optional<ObjectId> tree_of(const TreeItem* item) {
  if (item == nullptr || item->mode != kTreeMode) return std::nullopt;
  return item->id;
}

using Sides = std::map<std::string, std::pair<const TreeItem*, const TreeItem*>>;

}  // namespace

Result<std::vector<PathChange>> diff_trees(Objects& objects, const std::optional<ObjectId>& before,
                                           const ObjectId& after) {
  std::vector<PathChange> out;
  if (before == after) return out;
  std::vector<Pair> todo{{"", before, after}};
  while (!todo.empty()) {
    const Pair at = std::move(todo.back());
    todo.pop_back();
    const auto left = at.before ? TRY(objects.tree(*at.before)) : nullptr;
    const auto right = at.after ? TRY(objects.tree(*at.after)) : nullptr;
    Sides names;
    if (left) {
      for (const TreeItem& item : *left) names[item.name].first = &item;
    }
    if (right) {
      for (const TreeItem& item : *right) names[item.name].second = &item;
    }
    for (const auto& [name, both] : names) {
      const auto& [a, b] = both;
      if (a != nullptr && b != nullptr && *a == *b) continue;
      std::string path = at.prefix + name;
      PathChange change{path, leaf_of(a), leaf_of(b)};
      if (change.before || change.after) out.push_back(std::move(change));
      if (tree_of(a) || tree_of(b)) todo.push_back({path + "/", tree_of(a), tree_of(b)});
      if (out.size() > kMostChanges || path.size() > kLongestPath) {
        return Error(kBudgetExceeded,
                     "a commit changes more than 200,000 paths, or one of more than 4096 letters",
                     Retry::denied);
      }
    }
  }
  std::sort(out.begin(), out.end(),
            [](const PathChange& x, const PathChange& y) { return x.path < y.path; });
  return out;
}

namespace {

using Changes = std::map<std::string, PathChange>;

Result<Changes> changes_from(Objects& objects, const ObjectId& from, const ObjectId& to) {
  Changes out;
  for (PathChange& one : TRY(diff_trees(objects, from, to))) {
    std::string path = one.path;
    out.emplace(std::move(path), std::move(one));
  }
  return out;
}

const PathChange* find(const Changes& changes, const std::string& path) {
  const auto at = changes.find(path);
  return at == changes.end() ? nullptr : &at->second;
}

// Whether the merge has at this path what both sides together ask for.
bool is_as_expected(const PathChange* ours, const PathChange* theirs, const PathChange* made) {
  if (ours != nullptr && theirs != nullptr && ours->after != theirs->after) return false;
  const PathChange* expected = ours != nullptr ? ours : theirs;
  if (expected == nullptr || made == nullptr) return expected == made;
  return expected->after == made->after;
}

}  // namespace

Result<std::vector<PathChange>> own_changes_of_merge(Objects& objects, CommitGraph& graph,
                                                     const CommitObject& merge) {
  const ObjectId ours = TRY(objects.commit(merge.parents[0]))->tree;
  const ObjectId theirs = TRY(objects.commit(merge.parents[1]))->tree;
  const Changes from_ours = TRY(changes_from(objects, ours, merge.tree));
  const std::vector<CommitId> bases = TRY(graph.merge_bases(merge.parents[0], merge.parents[1]));
  std::map<std::string, PathChange> own;
  const auto add = [&](const std::string& path, const PathChange* other) {
    const PathChange* mine = find(from_ours, path);
    PathChange change = mine != nullptr ? *mine : PathChange{path, {}, {}};
    // It is the same as in the first parent: then that is what was chosen.
    if (mine == nullptr && other != nullptr) change = *other;
    own.emplace(path, std::move(change));
  };
  if (bases.size() != 1) {
    for (const auto& [path, change] : from_ours) add(path, &change);
    for (const auto& [path, change] : TRY(changes_from(objects, theirs, merge.tree))) {
      add(path, &change);
    }
  } else {
    const ObjectId base = TRY(objects.commit(bases[0]))->tree;
    const Changes left = TRY(changes_from(objects, base, ours));
    const Changes right = TRY(changes_from(objects, base, theirs));
    const Changes made = TRY(changes_from(objects, base, merge.tree));
    for (const Changes* side : {&left, &right, &made}) {
      for (const auto& [path, change] : *side) {
        if (own.contains(path)) continue;
        if (is_as_expected(find(left, path), find(right, path), find(made, path))) continue;
        add(path, &change);
      }
    }
  }
  std::vector<PathChange> out;
  for (auto& [path, change] : own) out.push_back(std::move(change));
  return out;
}

}  // namespace plumb::trust
