// Random histories: what is new, what descends from what and where histories meet, against every
// path walked; and clean merges against git's own. Dates are right in one half and random in the
// other, for an author can write any.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "core/trust/walk/commit_graph.h"
#include "core/trust/walk/tree_diff.h"
#include "edge/git/local_repository.h"
#include "files.h"

namespace plumb::trust {
namespace {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  size_t below(size_t bound) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<size_t>(state_ >> 33) % bound;
  }

 private:
  uint64_t state_;
};

// A repository of random commits, and which are reachable from which.
class History {
 public:
  History(size_t count, bool right_dates, uint64_t seed) : random_(seed) {
    std::string stream;
    for (size_t i = 0; i < count; ++i) stream += commit(i, right_dates);
    test::write_file(scratch_ / "stream", stream);
    const std::string script =
        "git init -q --bare \"$0/repo\" && cd \"$0/repo\" && "
        "git fast-import --quiet --export-marks=\"$0/marks\" < \"$0/stream\"";
    const auto made = test::run({"sh", "-c", script, scratch_.str()}, scratch_.str());
    EXPECT_EQ(made.exit_code, 0) << made.errors;
    ids_.resize(count);
    for (const std::string& line : split(test::read_file(scratch_ / "marks"), '\n')) {
      const size_t space = line.find(' ');
      if (space == std::string::npos) continue;
      ids_[std::stoul(line.substr(1, space - 1)) - 1] = CommitId(line.substr(space + 1));
    }
    repository = *LocalRepository::open(scratch_ / "repo");
  }

  [[nodiscard]] size_t size() const { return ids_.size(); }
  [[nodiscard]] const CommitId& id(size_t i) const { return ids_[i]; }
  [[nodiscard]] const std::set<size_t>& below(size_t i) const { return below_[i]; }  // and itself
  [[nodiscard]] std::set<CommitId> ids(const std::set<size_t>& which) const {
    std::set<CommitId> out;
    for (const size_t one : which) out.insert(ids_[one]);
    return out;
  }
  // Commits of a that are not of b.
  [[nodiscard]] std::set<size_t> minus(size_t a, size_t b) const {
    std::set<size_t> out;
    std::set_difference(below_[a].begin(), below_[a].end(), below_[b].begin(), below_[b].end(),
                        std::inserter(out, out.end()));
    return out;
  }
  [[nodiscard]] std::set<size_t> meet(size_t a, size_t b) const {
    std::set<size_t> common;
    std::set_intersection(below_[a].begin(), below_[a].end(), below_[b].begin(), below_[b].end(),
                          std::inserter(common, common.end()));
    std::set<size_t> best;
    for (const size_t one : common) {
      const bool lower = std::any_of(common.begin(), common.end(), [&](size_t other) {
        return other != one && below_[other].contains(one);
      });
      if (!lower) best.insert(one);
    }
    return best;
  }
  std::string git(std::vector<std::string> arguments, int* exit_code) const {
    arguments.insert(arguments.begin(),
                     {"git", "-C", scratch_ / "repo", "-c", "merge.renames=false", "-c",
                      "user.name=a", "-c", "user.email=a@x"});
    const auto done = test::run(std::move(arguments), scratch_.str());
    *exit_code = done.exit_code;
    return done.output;
  }

  std::unique_ptr<LocalRepository> repository;
  Random random_;

 private:
  std::string commit(size_t i, bool right_dates) {
    const size_t date =
        right_dates ? 1'700'000'000 + i : 1'600'000'000 + random_.below(100'000'000);
    std::string out = "commit refs/heads/c" + std::to_string(i) +
                      "\nmark :" + std::to_string(i + 1) + "\ncommitter A <a@x> " +
                      std::to_string(date) + " +0000\ndata 1\nx\n";
    std::vector<size_t> parents;
    if (i > 0 && random_.below(25) != 0)
      parents.push_back(i - 1 - random_.below(std::min<size_t>(i, 6)));
    if (i > 1 && !parents.empty() && random_.below(3) == 0) {
      const size_t second = i - 1 - random_.below(std::min<size_t>(i, 12));
      if (second != parents[0]) parents.push_back(second);
    }
    below_.emplace_back(std::set<size_t>{i});
    for (size_t n = 0; n < parents.size(); ++n) {
      out += (n == 0 ? "from :" : "merge :") + std::to_string(parents[n] + 1) + "\n";
      below_[i].insert(below_[parents[n]].begin(), below_[parents[n]].end());
    }
    for (size_t n = random_.below(3) + 1; n > 0; --n) {
      const std::string path =
          "d" + std::to_string(random_.below(3)) + "/f" + std::to_string(random_.below(4));
      if (random_.below(6) == 0) {
        out += "D " + path + "\n";
      } else {
        const std::string text = std::to_string(random_.below(5)) + "\n";
        out += "M 100644 inline " + path + "\ndata " + std::to_string(text.size()) + "\n" + text;
      }
    }
    return out + "\n";
  }

  test::Scratch scratch_;
  std::vector<CommitId> ids_;
  std::vector<std::set<size_t>> below_;
};

class Histories : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Dates, Histories, testing::Bool());

TEST_P(Histories, WhatIsNew) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    History history(120, GetParam(), seed);
    for (int i = 0; i < 300; ++i) {
      const size_t a = history.random_.below(history.size());
      const size_t b = history.random_.below(history.size());
      Objects objects(*history.repository);
      CommitGraph graph(objects);
      const auto found = graph.since(history.id(a), history.id(b), 1000);
      ASSERT_TRUE(found) << found.error().render();
      EXPECT_EQ(found->fast_forward, history.below(b).contains(a));
      const std::set<CommitId> got(found->commits.begin(), found->commits.end());
      const std::set<CommitId> want =
          a == b ? std::set<CommitId>() : history.ids(history.minus(b, a));
      if (GetParam()) {
        EXPECT_EQ(got, want);
      }
      EXPECT_TRUE(std::includes(got.begin(), got.end(), want.begin(), want.end()))
          << "a commit that is new was not judged";
      std::set<CommitId> seen;
      for (const CommitId& id : found->commits) {
        const std::vector<CommitId> parents = graph.parents(id).value();
        for (const CommitId& parent : parents) {
          EXPECT_TRUE(!got.contains(parent) || seen.contains(parent))
              << "a child before its parent";
        }
        seen.insert(id);
      }
    }
  }
}

TEST_P(Histories, WhereTheyMeet) {
  for (uint64_t seed = 11; seed <= 16; ++seed) {
    History history(120, GetParam(), seed);
    Objects objects(*history.repository);
    CommitGraph graph(objects);
    for (int i = 0; i < 300; ++i) {
      const size_t a = history.random_.below(history.size());
      const size_t b = history.random_.below(history.size());
      const auto found = graph.merge_bases(history.id(a), history.id(b));
      ASSERT_TRUE(found);
      EXPECT_EQ(std::set<CommitId>(found->begin(), found->end()), history.ids(history.meet(a, b)));
      EXPECT_EQ(*graph.is_ancestor(history.id(a), history.id(b)), history.below(b).contains(a));
    }
  }
}

TEST_P(Histories, CleanMergesAreGitsOwn) {
  int clean = 0;
  int own = 0;
  History history(60, GetParam(), 21);
  Objects objects(*history.repository);
  CommitGraph graph(objects);
  for (int i = 0; i < 150; ++i) {
    const CommitId a = history.id(history.random_.below(history.size()));
    const CommitId b = history.id(history.random_.below(history.size()));
    if (a == b) continue;
    int failed = 0;
    const std::string merged =
        history.git({"merge-tree", "--write-tree", a.str(), b.str()}, &failed);
    const ObjectId git_tree(merged.substr(0, 40));
    CommitObject merge;
    merge.parents = {a, b};
    const std::vector<ObjectId> trees = {(*objects.commit(a))->tree, (*objects.commit(b))->tree,
                                         failed == 0 ? git_tree : (*objects.commit(a))->tree};
    for (const ObjectId& tree : trees) {
      merge.tree = tree;
      const auto changes = own_changes_of_merge(objects, graph, merge);
      ASSERT_TRUE(changes) << changes.error().render();
      ++(changes->empty() ? clean : own);
      if (!changes->empty()) continue;
      EXPECT_EQ(failed, 0) << "git finds a conflict between " << a.str() << " and " << b.str();
      EXPECT_EQ(tree, git_tree) << "git merges " << a.str() << " and " << b.str() << " otherwise";
    }
  }
  EXPECT_GT(clean, 10);
  EXPECT_GT(own, 10);
}

}  // namespace
}  // namespace plumb::trust
