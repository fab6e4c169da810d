// Which commit a selector means, and what a tree gives to read; over file URLs.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/text.h"
#include "store_fixture.h"

namespace plumb::test {
namespace {

namespace fs = std::filesystem;

RefSelector by_branch(const std::string& name) {
  RefSelector selector;
  selector.branch = name;
  return selector;
}
RefSelector by_tag(const std::string& name) {
  RefSelector selector;
  selector.tag = name;
  return selector;
}
RefSelector by_range(const std::string& range) {
  RefSelector selector;
  selector.semver = range;
  return selector;
}
RefSelector by_name(const std::string& name) {
  RefSelector selector;
  selector.name = name;
  return selector;
}
RefSelector by_commit(const std::string& id, const std::string& branch = "") {
  RefSelector selector = by_branch(branch);
  selector.commit = id;
  return selector;
}

class Refs : public StoreTest {
 protected:
  void SetUp() override { open("file://" + scratch.path("served/web.git")); }

  std::string resolve(RefSelector selector) {
    request.ref = std::move(selector);
    const Result<FetchResult> result = fetch();
    return result ? result->revision.display() : result.error().render();
  }
};

TEST_F(Refs, NothingSetIsTheBranchOfHead) {
  EXPECT_EQ(resolve({}), "main@" + first);
}

TEST_F(Refs, BranchTagAnnotatedTagNameAndCommit) {
  person.run({"tag", "plain"});
  person.run({"tag", "-a", "-m", "a release", "annotated"});
  person.push("--tags");
  person.run({"checkout", "-q", "-b", "next"});
  const std::string second = person.commit({{"app.yaml", "two\n"}});
  EXPECT_EQ(resolve(by_branch("main")), "main@" + first);
  EXPECT_EQ(resolve(by_branch("next")), "next@" + second);
  EXPECT_EQ(resolve(by_tag("plain")), "plain@" + first);
  EXPECT_EQ(resolve(by_tag("annotated")), "annotated@" + first);
  EXPECT_EQ(resolve(by_name("refs/tags/annotated")), "annotated@" + first);
  EXPECT_EQ(resolve(by_commit(second)), second);
  EXPECT_EQ(resolve(by_commit(first, "main")), "main@" + first);
  EXPECT_NE(resolve(by_commit(second, "main")).find("is not reachable"), std::string::npos);
}

TEST_F(Refs, TheTagObjectIsFetchedForTrust) {
  person.run({"tag", "-a", "-m", "a release", "v1"});
  person.push("--tags");
  EXPECT_EQ(resolve(by_tag("v1")), "v1@" + first);
  EXPECT_EQ(store->counters().object_fetches, 1u);
  EXPECT_EQ(resolve(by_tag("v1")), "v1@" + first);
  EXPECT_EQ(store->counters().object_fetches, 1u);
}

TEST_F(Refs, ARangeChoosesTheHighestTag) {
  for (const char* tag : {"v1.2.0", "v1.10.0", "v2.0.0", "v1.11.0-rc.1", "nightly"}) {
    person.commit({{"app.yaml", tag}});
    person.run({"tag", "-a", "-m", tag, tag});
  }
  person.push("--tags");
  EXPECT_EQ(resolve(by_range("^1.0.0")),
            "v1.10.0@" + person.run({"rev-parse", "v1.10.0^{commit}"}));
  EXPECT_EQ(resolve(by_range(">=1.0.0")), "v2.0.0@" + person.run({"rev-parse", "v2.0.0^{commit}"}));
  request.ref = by_range("^3");
  refused(kRefNotFound);
}

TEST_F(Refs, ACommitIsFoundThoughNoRefNamesIt) {
  const std::string second = person.commit({{"app.yaml", "two\n"}});
  person.commit({{"app.yaml", "three\n"}});
  EXPECT_EQ(resolve(by_commit(second)), second);
  EXPECT_NE(resolve(by_commit(std::string(40, '1'))).find("not reachable"), std::string::npos);
}

TEST_F(Refs, AMissingRefNamesNearOnes) {
  person.push("main:refs/heads/release/1.2");
  person.push("main:refs/heads/release/1.3");
  request.ref.branch = "release/1.4";
  refused(kRefNotFound);
  EXPECT_NE(error.help().find("release/1.2"), std::string::npos) << error.render();
  EXPECT_EQ(error.retry(), Retry::permanent);
}

TEST_F(Refs, ATagOfABlobIsNotACommit) {
  person.run({"tag", "blob", "HEAD:app.yaml"});
  person.push("--tags");
  request.ref.tag = "blob";
  refused(kNotACommit);
}

TEST_F(Refs, AnEmptyRepository) {
  git(scratch.path("served/web.git"), {"update-ref", "-d", "refs/heads/main"});
  refused(kRefNotFound);
}

TEST_F(Refs, SelectorsThatLookLikeOptionsAreRefused) {
  request.ref = by_name("--upload-pack=evil");
  refused(kBadRef);
  request.ref = by_branch("a..b");
  refused(kBadRef);
  request.ref = by_commit("HEAD");
  refused(kBadCommitId);
  EXPECT_EQ(store->counters().ref_queries, 0u);
}

TEST_F(Refs, TheRevisionIsDescribed) {
  const Revision revision = accept().revision;
  EXPECT_EQ(revision.subject, "first");
  EXPECT_EQ(revision.author, "Ann <ann@example.com>");
  EXPECT_EQ(revision.ref.str(), "refs/heads/main");
  EXPECT_GT(revision.committed_at, WallTime(std::chrono::hours(24 * 365 * 50)));
  EXPECT_EQ(*store->describe(revision.commit, revision.ref), revision);
}

TEST_F(Refs, TheCommitsBytesAreGitsOwn) {
  accept();
  const Result<std::string> bytes = store->read_commit(CommitId(first));
  ASSERT_TRUE(bytes);
  EXPECT_EQ(trim(*bytes), person.run({"cat-file", "commit", first}));
}

TEST_F(Refs, TheTreeIsReadWithoutACheckout) {
  fs::create_symlink("app.yaml", person.folder() + "/link");
  fs::create_directory(person.folder() + "/sub");
  person.run({"update-index", "--add", "--cacheinfo", "160000," + first + ",sub"});
  person.run({"commit", "-q", "-m", "submodule"});
  person.commit({{"a-b", "1"}, {"a/b", "2"}, {"a.b", "3"}});
  const std::shared_ptr<const SourceTree> tree = *store->open_tree(accept().revision.commit);
  const std::vector<TreeEntry> root = *tree->list(RelPath());
  std::vector<std::string> names;
  for (const TreeEntry& entry : root) names.push_back(entry.name);
  EXPECT_EQ(join(names, " "), "a a-b a.b app.yaml deep link sub");
  EXPECT_EQ(tree->entry(*RelPath::parse("deep"))->value().kind, EntryKind::directory);
  EXPECT_EQ(tree->entry(*RelPath::parse("link"))->value().kind, EntryKind::symlink);
  EXPECT_EQ(tree->entry(*RelPath::parse("sub"))->value().kind, EntryKind::submodule);
  EXPECT_EQ(tree->entry(*RelPath::parse("app.yaml"))->value().id.str(),
            person.run({"rev-parse", "HEAD:app.yaml"}));
  EXPECT_EQ(*tree->read(*RelPath::parse("deep/er/file"), 100), "x");
  EXPECT_EQ(*tree->read(*RelPath::parse("link"), 100), "app.yaml");
  EXPECT_EQ(tree->read(*RelPath::parse("app.yaml"), 2).error().code(), kBudgetExceeded);
  EXPECT_EQ(tree->read(*RelPath::parse("deep"), 100).error().code(), kNotAFile);
  EXPECT_EQ(tree->read(*RelPath::parse("sub"), 100).error().code(), kNotAFile);
  EXPECT_EQ(tree->read(*RelPath::parse("none"), 100).error().code(), kNoSuchPath);
  EXPECT_EQ(tree->list(*RelPath::parse("app.yaml")).error().code(), kNotADirectory);
  EXPECT_FALSE(tree->entry(*RelPath::parse("app.yaml/x"))->has_value());
}

// 20,000 files in 1000 folders, as `git fast-import` takes them.
std::string huge_commit() {
  std::string stream =
      "commit refs/heads/main\ncommitter Ada <ada@example.org> 1700000000 +0000\ndata 4\nhuge\n";
  for (int number = 0; number < 20'000; ++number) {
    const std::string text = std::to_string(number);
    stream += "M 100644 inline apps/" + std::to_string(number / 20) + "/" +
              std::to_string(number % 20) + ".yaml\ndata " + std::to_string(text.size()) + "\n" +
              text + "\n";
  }
  return stream + "done\n";
}

TEST_F(Refs, OfAHugeRepositoryOnlyThePathIsRead) {
  write_text(scratch.path("stream"), huge_commit());
  person.run({"-c", "alias.load=!git fast-import --quiet --force --done <" + scratch.path("stream"),
              "load"});
  person.push("main", true);
  const CommitId commit = accept().revision.commit;
  const uint64_t before = store->counters().objects_read;
  const std::shared_ptr<const SourceTree> tree = *store->open_tree(commit);
  const std::vector<TreeEntry> files = *tree->list(*RelPath::parse("apps/7"));
  ASSERT_EQ(files.size(), 20u);
  for (const TreeEntry& file : files) {
    const RelPath path = *RelPath::parse("apps/7/" + file.name);
    EXPECT_EQ(*tree->read(path, 100), std::to_string(7 * 20 + std::stoi(file.name)));
  }
  // The commit, three trees, the files.
  EXPECT_EQ(store->counters().objects_read - before, 1u + 3u + 20u);
}

TEST_F(Refs, ATreeOutlivesItsStore) {
  const std::shared_ptr<const SourceTree> tree = *store->open_tree(accept().revision.commit);
  store.reset();
  EXPECT_EQ(*tree->read(*RelPath::parse("app.yaml"), 100), "one\n");
}

TEST_F(Refs, AncestryIsAWalkOfParents) {
  person.run({"checkout", "-q", "-b", "side"});
  const std::string side = person.commit({{"side", "1"}});
  person.run({"checkout", "-q", "main"});
  const std::string second = person.commit({{"app.yaml", "two\n"}});
  person.run({"merge", "-q", "--no-edit", "side"});
  person.push("main");
  const CommitId merge = accept().revision.commit;
  EXPECT_TRUE(*store->is_ancestor(CommitId(first), merge));
  EXPECT_TRUE(*store->is_ancestor(CommitId(side), merge));
  EXPECT_TRUE(*store->is_ancestor(merge, merge));
  EXPECT_FALSE(*store->is_ancestor(CommitId(side), CommitId(second)));
  EXPECT_FALSE(*store->is_ancestor(merge, CommitId(first)));
  EXPECT_FALSE(*store->is_ancestor(CommitId(std::string(40, 'a')), merge));
}

TEST_F(Refs, AForcedPushIsRefusedOrAllowed) {
  const std::string second = person.commit({{"app.yaml", "two\n"}});
  accept();
  person.run({"reset", "-q", "--hard", first});
  person.push("main", true);  // to an older commit
  refused(kNonFastForward);
  EXPECT_EQ(error.retry(), Retry::denied);
  const std::string other = person.run({"commit-tree", "-m", "other", "HEAD^{tree}"});
  person.push(other + ":refs/heads/main", true);  // to another history
  refused(kNonFastForward);
  EXPECT_EQ(store->counters().object_fetches, 2u);
  refused(kNonFastForward);  // again: nothing is fetched twice
  EXPECT_EQ(store->counters().object_fetches, 2u);
  EXPECT_EQ(request.last_good->str(), second);
  request.allow_rewind = true;
  EXPECT_EQ(accept().revision.commit.str(), other);
}

TEST_F(Refs, AStoreSurvivesARestart) {
  accept();
  store.reset();
  open(request.url);
  EXPECT_EQ(read("app.yaml"), "one\n");
  EXPECT_TRUE(accept().queried_only);
}

// Damages every pack of the store in place.
void damage(const std::string& cache) {
  for (const auto& entry : fs::recursive_directory_iterator(cache)) {
    if (entry.path().extension() != ".pack") continue;
    fs::permissions(entry.path(), fs::perms::owner_all);
    std::fstream pack(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    pack.seekp(14);
    pack << std::string(static_cast<size_t>(entry.file_size()) - 34, '\x55');
  }
}

TEST_F(Refs, ACorruptStoreIsBuiltAnew) {
  accept();
  store.reset();
  damage(scratch.path("cache"));
  open(request.url);
  const Result<std::shared_ptr<const SourceTree>> tree = store->open_tree(*request.last_good);
  EXPECT_FALSE(tree);
  EXPECT_EQ(accept().revision.commit.str(), first);
  EXPECT_EQ(store->counters().rebuilds, 1u);
  EXPECT_EQ(read("app.yaml"), "one\n");
  EXPECT_TRUE(accept().queried_only);
}

TEST_F(Refs, AStoreThatLostItsObjectsIsBuiltAnew) {
  accept();
  store.reset();
  for (const auto& entry : fs::recursive_directory_iterator(scratch.path("cache"))) {
    if (entry.path().parent_path().filename() == "pack") fs::remove(entry.path());
  }
  open(request.url);
  const std::string next = person.commit({{"app.yaml", "two\n"}});
  EXPECT_EQ(accept().revision.commit.str(), next);
  EXPECT_EQ(read("app.yaml"), "two\n");
}

TEST_F(Refs, AFailedRebuildKeepsWhatCanBeRead) {
  accept();
  const std::shared_ptr<const SourceTree> tree = *store->open_tree(CommitId(first));
  // The blob is unreadable, the commit and the tree were read already.
  ASSERT_TRUE(tree->list(RelPath()));
  damage(scratch.path("cache"));
  fs::rename(scratch.path("served/web.git"), scratch.path("served/gone.git"));
  const Result<std::string> blob = tree->read(*RelPath::parse("app.yaml"), 100);
  if (!blob) {
    EXPECT_EQ(blob.error().code(), kCorruptStore) << blob.error().render();
  }
  ASSERT_FALSE(fetch());
  EXPECT_TRUE(tree->list(RelPath()));
  fs::rename(scratch.path("served/gone.git"), scratch.path("served/web.git"));
  accept();
  EXPECT_EQ(read("app.yaml"), "one\n");
  EXPECT_EQ(store->counters().rebuilds, 1u);
}

// What libgit2 maps and caches of a pack is there as long as the pack is open.
TEST_F(Refs, AtRestNoPackIsOpen) {
  const auto open_packs = [this] {
    std::ifstream maps("/proc/self/maps");
    int count = 0;
    for (std::string line; std::getline(maps, line);) {
      if (line.find(scratch.path("cache")) != std::string::npos) ++count;
    }
    return count;
  };
  accept();
  const std::shared_ptr<const SourceTree> tree = *store->open_tree(*request.last_good);
  const RelPath file = *RelPath::parse("app.yaml");
  EXPECT_EQ(*tree->read(file, 100), "one\n");
  EXPECT_GT(open_packs(), 0);
  store->rest();
  EXPECT_EQ(open_packs(), 0);
  EXPECT_EQ(*tree->read(file, 100), "one\n");
  store->rest();
  person.commit({{"app.yaml", "two\n"}});
  EXPECT_FALSE(accept().queried_only);
  EXPECT_EQ(read("app.yaml"), "two\n");
}

TEST_F(Refs, ManyFetchesLeaveFewPacks) {
  for (int i = 0; i < 30; ++i) {
    person.commit({{"app.yaml", std::to_string(i)}});
    EXPECT_FALSE(accept().queried_only);
  }
  int packs = 0;
  for (const auto& entry : fs::recursive_directory_iterator(scratch.path("cache"))) {
    if (entry.path().extension() == ".pack") ++packs;
  }
  EXPECT_LT(packs, 26);
  EXPECT_EQ(read("app.yaml"), "29");
  EXPECT_TRUE(*store->is_ancestor(CommitId(first), *request.last_good));
}

TEST_F(Refs, FetchesTakeTurnsAndReadsGoOn) {
  accept();
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 5; ++round) {
          FetchRequest mine = request;
          mine.deadline = Deadline::in(std::chrono::seconds(30));
          if (!store->fetch(mine, {})) ++failures;
          if (!(*store->open_tree(CommitId(first)))->read(*RelPath::parse("app.yaml"), 100)) {
            ++failures;
          }
        }
      });
    }
    person.commit({{"app.yaml", "two\n"}});
  }
  EXPECT_EQ(failures, 0);
  EXPECT_LE(store->counters().object_fetches, 2u);
}

TEST_F(Refs, AVanishedRepository) {
  accept();
  fs::rename(scratch.path("served/web.git"), scratch.path("served/gone.git"));
  refused(kRepositoryNotFound);
}

TEST_F(Refs, StoppedBeforeItBegins) {
  std::stop_source stop;
  stop.request_stop();
  request.deadline = Deadline::in(std::chrono::seconds(30));
  const Result<FetchResult> result = store->fetch(request, stop.get_token());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), kCancelled);
}

TEST_F(Refs, NothingIsLeftOfAFetch) {
  accept();
  for (const auto& entry : fs::recursive_directory_iterator(scratch.path("cache"))) {
    const std::string name = entry.path().filename().string();
    EXPECT_FALSE(name.starts_with("incoming-")) << name;
    EXPECT_FALSE(name.starts_with("tmp_")) << name;
  }
}

}  // namespace
}  // namespace plumb::test
