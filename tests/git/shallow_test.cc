// How much of the past comes with a commit, by count of commits, from servers of every kind; and
// that no history is taken for descended, or for rewritten, because a part of it is not here.
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "base/text.h"
#include "store_fixture.h"

namespace plumb::test {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kEpoch = 1'700'000'000;

// A commit to be made: of `minute`, on top of `parents`.
struct Made {
  std::string ref;
  int64_t minute = 0;
  std::vector<std::string> parents;
  std::string text;
};

class ShallowBase : public StoreTest {
 protected:
  void serve(const std::string& kind, std::vector<std::string> config = {}) {
    served = scratch.path("served/web.git");
    std::vector<std::string> arguments = {"--root", scratch.path("served")};
    for (const std::string& setting : config) {
      arguments.insert(arguments.end(), {"--config", setting});
    }
    if (kind == "file") {
      open("file://" + served);
    } else if (kind == "ssh") {
      arguments.insert(arguments.end(), {"--dir", scratch.path("ssh"), "--read-only"});
      server = std::make_unique<Server>("ssh_server", arguments);
      open(server->about("url") + "/web.git");
      request.credentials = {.ssh_identity = read_text(server->about("key")),
                             .known_hosts = read_text(server->about("known_hosts"))};
    } else {
      if (kind == "oldhttp") arguments.emplace_back("--old-protocol");
      server = std::make_unique<Server>("git_http_server", arguments);
      open(server->about("url") + "/web.git");
    }
    request.shallow = true;
    request.ref.branch = "live";
  }

  std::string import(const std::string& stream, const std::string& ref) const {
    write_text(scratch.path("stream"), stream + "done\n");
    const std::string load =
        "alias.load=!git fast-import --quiet --force --done <" + scratch.path("stream");
    git(served, {"-c", load, "load"});
    return git(served, {"rev-parse", ref});
  }
  static std::string text_of(const Made& made) {
    std::string out = "commit " + made.ref + "\ncommitter Ada <ada@example.org> " +
                      std::to_string(kEpoch + made.minute * 60) + " +0000\ndata 1\nx\n";
    for (const std::string& parent : made.parents) {
      out += (&parent == made.parents.data() ? "from " : "merge ") + parent + "\n";
    }
    return out + "M 100644 inline app.yaml\ndata " + std::to_string(made.text.size()) + "\n" +
           made.text + "\n";
  }
  std::string make(const Made& made) const { return import(text_of(made), made.ref); }
  // So many commits on top of one ("": a root), a minute each from `minute` on; the last.
  std::string line(int count, int64_t minute, const std::string& on = "",
                   const std::string& ref = "refs/heads/live") const {
    std::string stream;
    for (int i = 0; i < count; ++i) {
      Made made{ref, minute + i, {}, std::to_string(minute + i)};
      if (ref != "refs/heads/live") made.text += ref;
      if (i > 0) {
        made.parents = {":" + std::to_string(i)};
      } else if (!on.empty()) {
        made.parents = {on};
      } else {
        stream += "reset " + ref + "\n";
      }
      std::string text = text_of(made);
      text.insert(text.find('\n') + 1, "mark :" + std::to_string(i + 1) + "\n");
      stream += text;
    }
    return import(stream, ref);
  }
  // The n-th commit below one.
  std::string below(const std::string& commit, int n) const {
    return git(served, {"rev-parse", commit + "~" + std::to_string(n)});
  }

  // Commits that the store has, reachable or not.
  int commits() const {
    const std::string all = git(store->directory(), {"cat-file", "--batch-all-objects",
                                                     "--unordered", "--batch-check=%(objecttype)"});
    int count = 0;
    for (const std::string& kind : split(all, '\n')) count += kind == "commit" ? 1 : 0;
    return count;
  }
  std::vector<std::string> boundary() const {
    std::vector<std::string> out;
    for (const std::string& line : split(read_text(store->directory() + "/shallow"), '\n')) {
      if (!line.empty()) out.push_back(line);
    }
    return out;
  }
  // Git itself finds everything that its refs and `shallow` speak of.
  void expect_sound() const {
    git(store->directory(), {"rev-list", "--objects", "--quiet", "--all"});
    for (const auto& entry : fs::recursive_directory_iterator(store->directory())) {
      const std::string name = entry.path().filename().string();
      EXPECT_FALSE(name.starts_with("incoming-") || name.ends_with(".lock")) << name;
    }
  }
  uint64_t fetches() const { return store->counters().object_fetches; }
  void expect_accepted(const std::string& commit) {
    const FetchResult result = accept();
    EXPECT_EQ(result.revision.commit.str(), commit);
    EXPECT_FALSE(result.rewound);
    expect_sound();
  }
  void expect_refused() {
    EXPECT_EQ(refused(kNonFastForward).retry(), Retry::denied);
    const uint64_t before = fetches();
    refused(kNonFastForward);
    EXPECT_EQ(fetches(), before) << "nothing is fetched twice";
    expect_sound();
  }
  void restart() {
    const std::string url = request.url;
    store.reset();
    open(url);
  }
  void lose_store() {
    store.reset();
    fs::remove_all(scratch.path("cache"));
    open(request.url);
  }

  std::string served;
  std::unique_ptr<Server> server;
};

class Shallow : public ShallowBase, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override { serve(GetParam()); }
};

std::string name_of(const testing::TestParamInfo<const char*>& one) {
  return one.param;
}
INSTANTIATE_TEST_SUITE_P(Servers, Shallow, testing::Values("file", "http"), name_of);

// What the way to the server may change, with every kind of server.
class ShallowFrom : public Shallow {};
INSTANTIATE_TEST_SUITE_P(Servers, ShallowFrom, testing::Values("file", "http", "oldhttp", "ssh"),
                         name_of);

TEST_P(ShallowFrom, TheFirstCommitComesAlone) {
  const std::string tip = line(50, 0);
  expect_accepted(tip);
  EXPECT_EQ(read("app.yaml"), "49");
  EXPECT_EQ(commits(), 1);
  EXPECT_EQ(boundary(), std::vector<std::string>{tip});
  EXPECT_TRUE(accept().queried_only);
  EXPECT_EQ(fetches(), 1u);
}

TEST_P(ShallowFrom, AFastForwardBringsExactlyTheNewCommits) {
  const std::string start = line(50, 0);
  accept();
  const std::string next = line(1, 60, start);
  expect_accepted(next);
  EXPECT_EQ(commits(), 2);
  const std::string last = line(7, 70, next);
  expect_accepted(last);
  EXPECT_EQ(commits(), 9);
  EXPECT_EQ(read("app.yaml"), "76");
  EXPECT_EQ(fetches(), 3u);
  EXPECT_EQ(boundary(), std::vector<std::string>{start});
}

TEST_P(ShallowFrom, AMergeOfAnOlderBranchBringsNoHistory) {
  const std::string start = line(50, 0);
  accept();
  const std::string next = line(1, 60, start);
  accept();
  const std::string side = line(2, 20, below(start, 30), "refs/heads/side");
  const std::string merge = make({"refs/heads/live", 61, {next, side}, "merged"});
  expect_accepted(merge);
  EXPECT_EQ(read("app.yaml"), "merged");
  EXPECT_EQ(commits(), 3);
  expect_accepted(line(1, 62, merge));
  EXPECT_EQ(commits(), 4);
  EXPECT_EQ(fetches(), 4u);
  // A merge by who had the other branch checked out: the one before is its second parent.
  const std::string own = line(1, 30, below(start, 10), "refs/heads/side");
  expect_accepted(make({"refs/heads/live", 63, {own, request.last_good->str()}, "again"}));
  EXPECT_EQ(commits(), 5);
  EXPECT_EQ(fetches(), 5u);
}

TEST_P(Shallow, CommitsWithEarlierDatesAreFastForwardsAllTheSame) {
  std::string tip = line(1200, 0);
  accept();
  tip = make({"refs/heads/live", 100, {tip}, "one"});
  expect_accepted(tip);
  EXPECT_EQ(commits(), 2);
  for (int i = 0; i < 3; ++i) tip = make({"refs/heads/live", 50 - i, {tip}, "three"});
  expect_accepted(tip);
  EXPECT_LT(commits(), 200);
  expect_accepted(line(100, 200, tip));
}

TEST_P(ShallowFrom, AnAmendedCommitIsRefused) {
  const std::string tip = line(50, 0);
  accept();
  const std::string amended = make({"refs/heads/live", 51, {below(tip, 1)}, "amended"});
  expect_refused();
  EXPECT_EQ(commits(), 2);
  EXPECT_EQ(fetches(), 2u);
  request.allow_rewind = true;
  EXPECT_TRUE(accept().rewound);
  EXPECT_EQ(read("app.yaml"), "amended");
  expect_accepted(line(1, 60, amended));
}

TEST_P(Shallow, ABranchThatWentBackIsRefused) {
  const std::string tip = line(1200, 0);
  accept();
  git(served, {"update-ref", "refs/heads/live", below(tip, 1)});
  expect_refused();  // its parent: known by name
  EXPECT_LE(commits(), 2);
  git(served, {"update-ref", "refs/heads/live", below(tip, 20)});
  expect_refused();
  EXPECT_LT(commits(), 100);
}

TEST_P(Shallow, RewrittenCommitsAreRefused) {
  const std::string tip = line(1200, 0);
  accept();
  line(5, 3000, below(tip, 10));
  expect_refused();
  EXPECT_LT(commits(), 100);
  line(100, 3000, below(tip, 100));
  expect_refused();
  EXPECT_FALSE(boundary().empty());
  line(1100, 4000, below(tip, 1150));
  expect_refused();
  EXPECT_TRUE(boundary().empty()) << "told by the whole history";
}

TEST_P(Shallow, AnUnrelatedHistoryIsRefused) {
  line(50, 0);
  accept();
  line(3, 100);
  expect_refused();
  EXPECT_EQ(commits(), 4);
}

TEST_P(Shallow, ALostStoreIsBegunAnewAndTellsFromTheLastGoodCommit) {
  const std::string start = line(1200, 0);
  accept();
  lose_store();
  expect_accepted(start);
  EXPECT_EQ(commits(), 1);
  lose_store();
  const std::string next = line(1, 2100, start);
  expect_accepted(next);  // its child: known by name
  EXPECT_EQ(commits(), 1);
  lose_store();
  const std::string last = line(6, 2200, next);
  expect_accepted(last);
  EXPECT_EQ(commits(), 7);
  lose_store();
  line(3, 2300, below(last, 4));
  EXPECT_EQ(fetch().error().code(), kNonFastForward);
  EXPECT_LT(commits(), 200);
}

TEST_P(ShallowFrom, ALastGoodCommitThatIsGoneFromTheRemote) {
  const std::string start = line(30, 0);
  line(3, 100, start);
  accept();
  lose_store();
  line(4, 200, start);
  git(served, {"reflog", "expire", "--expire=now", "--all"});
  git(served, {"gc", "--quiet", "--prune=now"});
  const Result<FetchResult> result = fetch();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), kNonFastForward) << result.error().render();
  EXPECT_EQ(commits(), 34);
  EXPECT_TRUE(boundary().empty());
}

TEST_P(ShallowFrom, HistoryThatIsAskedForLaterIsBrought) {
  const std::string start = line(50, 0);
  accept();
  request.shallow = false;
  EXPECT_FALSE(accept().queried_only);
  EXPECT_EQ(commits(), 50);
  EXPECT_TRUE(boundary().empty());
  expect_sound();
  EXPECT_TRUE(accept().queried_only);
  EXPECT_TRUE(*store->is_ancestor(CommitId(below(start, 49)), *request.last_good));
  const std::string next = line(2, 60, start);
  expect_accepted(next);
  EXPECT_EQ(fetches(), 3u);
  // Whole histories stay whole, whoever asks.
  request.shallow = true;
  const std::string side = line(2, 20, below(start, 30), "refs/heads/side");
  expect_accepted(make({"refs/heads/live", 61, {next, side}, "merged"}));
  EXPECT_EQ(commits(), 55);
  EXPECT_TRUE(boundary().empty());
}

TEST_P(Shallow, HistoryThatIsAskedForWithANewCommit) {
  const std::string start = line(50, 0);
  accept();
  request.shallow = false;
  expect_accepted(line(2, 60, start));
  EXPECT_EQ(commits(), 52);
  EXPECT_EQ(fetches(), 2u);
  EXPECT_TRUE(boundary().empty());
}

// A commit in the boundary that the remote does not have any more stays there.
TEST_P(Shallow, WhatIsGoneFromTheRemoteKeepsNoHistoryFromBeingWhole) {
  const std::string start = line(50, 0);
  const std::string doomed = line(2, 60, start);
  accept();
  line(2, 70, start);
  git(served, {"reflog", "expire", "--expire=now", "--all"});
  git(served, {"gc", "--quiet", "--prune=now"});
  request.allow_rewind = true;
  request.shallow = false;
  EXPECT_TRUE(accept().rewound);
  EXPECT_EQ(commits(), 53);
  EXPECT_EQ(boundary(), std::vector<std::string>{doomed});
  EXPECT_TRUE(accept().queried_only);
  const uint64_t before = store->counters().fetched_bytes;
  expect_accepted(line(1, 80, request.last_good->str()));
  EXPECT_EQ(commits(), 54);
  EXPECT_LT(store->counters().fetched_bytes - before, 1000u);
}

TEST_P(Shallow, BranchesAndTheirHistoriesShareAStore) {
  const std::string start = line(50, 0);
  const std::string other = line(1, 60, start, "refs/heads/other");
  accept();
  FetchRequest second = request;
  second.ref.branch = "other";
  second.last_good.reset();
  second.deadline = Deadline::in(std::chrono::seconds(30));
  ASSERT_TRUE(store->fetch(second, {}));
  EXPECT_EQ(commits(), 2);
  second.shallow = false;
  ASSERT_TRUE(store->fetch(second, {}));
  EXPECT_EQ(commits(), 51);
  EXPECT_TRUE(boundary().empty());
  expect_accepted(line(1, 70, start));
  EXPECT_EQ(commits(), 52);
}

TEST_P(Shallow, TagsComeAlone) {
  for (const char* tag : {"v1.0.0", "v1.1.0", "v1.2.0"}) {
    person.commit({{"app.yaml", tag}});
    person.run({"tag", "-a", "-m", tag, tag});
  }
  person.push("--tags");
  request.ref = {};
  for (const char* tag : {"v1.0.0", "v1.2.0"}) {
    request.ref.tag = tag;
    EXPECT_EQ(accept().revision.commit.str(), person.run({"rev-parse", std::string(tag) + "^{}"}));
    EXPECT_EQ(read("app.yaml"), tag);
    EXPECT_TRUE(accept().queried_only);
  }
  EXPECT_EQ(commits(), 2);
  request.ref = {};
  request.ref.semver = "^1";
  EXPECT_TRUE(accept().queried_only);
  EXPECT_EQ(fetches(), 2u);
  expect_sound();
  request.shallow = false;
  accept();
  EXPECT_EQ(commits(), 4);  // and the one before them
}

TEST_P(ShallowFrom, APinnedCommitComesAloneWhereverItStands) {
  const std::string tip = line(50, 0);
  request.ref = {};
  for (const int depth : {3, 20, 7}) {
    request.ref.commit = below(tip, depth);
    expect_accepted(request.ref.commit);
  }
  EXPECT_EQ(commits(), 3);
  EXPECT_EQ(fetches(), 3u);
}

TEST_P(Shallow, APinnedCommitOfABranch) {
  const std::string tip = line(1200, 0);
  const std::string stray = line(1, 2050, below(tip, 10), "refs/heads/stray");
  request.ref.commit = below(tip, 3);
  expect_accepted(request.ref.commit);
  EXPECT_EQ(commits(), 4);
  request.ref.commit = tip;
  expect_accepted(tip);
  line(2, 2100, tip);
  expect_accepted(tip);  // the branch went on
  EXPECT_LT(commits(), 10);
  request.ref.commit = stray;
  const Result<FetchResult> result = fetch();
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message().find("not reachable"), std::string::npos);
  EXPECT_LT(commits(), 200);
}

TEST_P(Shallow, ManyFetchesLeaveFewPacks) {
  std::string tip = line(50, 0);
  accept();
  for (int i = 0; i < 30; ++i) {
    tip = line(1, 100 + i, tip);
    accept();
  }
  EXPECT_EQ(commits(), 31);
  EXPECT_EQ(boundary().size(), 1u);
  size_t packs = 0;
  for (const auto& entry : fs::directory_iterator(store->directory() + "/objects/pack")) {
    packs += entry.path().extension() == ".pack" ? 1 : 0;
  }
  EXPECT_LT(packs, 26u);
  expect_sound();
}

// Commits at random, with right dates or any, and which are below which.
struct RandomHistory {
  RandomHistory(uint64_t seed, size_t count, bool right_dates) : random(seed) {
    for (size_t i = 0; i < count; ++i) {
      std::set<size_t> parents;
      const size_t wanted = i == 0 || below_chance(20) ? 0 : below_chance(4) ? 2 : 1;
      while (parents.size() < std::min(wanted, i)) {
        parents.insert(i - 1 - random() % std::min<size_t>(i, 6));
      }
      const size_t minute = right_dates ? i : random() % 1000;
      stream += "reset refs/heads/all\ncommit refs/heads/all\nmark :" + std::to_string(i + 1) +
                "\ncommitter Ada <ada@example.org> " +
                std::to_string(kEpoch + static_cast<int64_t>(minute) * 60) + " +0000\ndata 1\nx\n";
      std::set<size_t> ancestors{i};
      for (const size_t parent : parents) {
        stream +=
            (ancestors.size() == 1 ? "from :" : "merge :") + std::to_string(parent + 1) + "\n";
        ancestors.insert(below[parent].begin(), below[parent].end());
      }
      const std::string text = std::to_string(i);
      stream += "M 100644 inline app.yaml\ndata " + std::to_string(text.size()) + "\n" + text +
                "\nreset refs/heads/c" + text + "\nfrom :" + std::to_string(i + 1) + "\n";
      below.push_back(std::move(ancestors));
    }
  }
  bool below_chance(uint64_t of) { return random() % of == 0; }

  std::mt19937_64 random;
  std::vector<std::set<size_t>> below;
  std::string stream;
};

class ShallowRandom : public ShallowBase, public testing::WithParamInterface<int> {
 protected:
  void SetUp() override { serve("file"); }
};
INSTANTIATE_TEST_SUITE_P(Seeds, ShallowRandom, testing::Range(1, 5));

TEST_P(ShallowRandom, WhatFollowsIsToldAsByTheWholeHistory) {
  RandomHistory history(static_cast<uint64_t>(GetParam()), 80, GetParam() % 2 == 0);
  import(history.stream, "refs/heads/all");
  std::vector<std::string> ids;
  for (size_t i = 0; i < history.below.size(); ++i) {
    ids.push_back(git(served, {"rev-parse", "refs/heads/c" + std::to_string(i)}));
  }
  size_t good = 0;
  int forwards = 0;
  int rewinds = 0;
  for (int round = 0; round < 60; ++round) {
    // Mostly on and on; else anywhere, which the owner sometimes allows.
    std::vector<size_t> onwards;
    for (size_t i = good; i < ids.size(); ++i) {
      if (history.below[i].contains(good)) onwards.push_back(i);
    }
    const size_t next = history.below_chance(3) ? history.random() % ids.size()
                                                : onwards[history.random() % onwards.size()];
    git(served, {"update-ref", "refs/heads/live", ids[next]});
    request.shallow = !history.below_chance(10);
    request.allow_rewind = history.below_chance(3);
    if (history.below_chance(4)) lose_store();
    if (history.below_chance(8)) restart();
    const bool follows = round == 0 || history.below[next].contains(good);
    const Result<FetchResult> result = fetch();
    SCOPED_TRACE("round " + std::to_string(round) + ": " + std::to_string(good) + " to " +
                 std::to_string(next));
    ASSERT_EQ(result.has_value(), follows || request.allow_rewind)
        << (result ? "accepted" : result.error().render());
    ++(follows ? forwards : rewinds);
    if (!result) {
      EXPECT_EQ(result.error().code(), kNonFastForward) << result.error().render();
      continue;
    }
    EXPECT_EQ(result->rewound, !follows);
    good = next;
    request.last_good = result->revision.commit;
    EXPECT_EQ(read("app.yaml"), std::to_string(next));
    expect_sound();
    if (request.shallow) continue;
    for (const size_t one : history.below[next]) {
      EXPECT_TRUE(*store->is_ancestor(CommitId(ids[one]), *request.last_good));
    }
  }
  EXPECT_GT(forwards, 20);
  EXPECT_GT(rewinds, 5);
  EXPECT_EQ(store->counters().rebuilds, 0u);
}

// What does not depend on the server.
class ShallowStore : public ShallowBase {
 protected:
  void SetUp() override { serve("file"); }
};

// A crash leaves what stands between two steps of ObjectStore::adopt: entries, packs, entries.
TEST_F(ShallowStore, ACrashBeforeThePacksOfAFirstFetch) {
  const std::string tip = line(50, 0);
  accept();
  for (const auto& entry : fs::directory_iterator(store->directory() + "/objects/pack")) {
    fs::remove(entry.path());
  }
  for (const auto& entry : fs::directory_iterator(store->directory() + "/refs/plumb")) {
    fs::remove(entry.path());
  }
  restart();
  EXPECT_TRUE(boundary().empty());
  expect_accepted(tip);
  EXPECT_EQ(commits(), 1);
  EXPECT_EQ(store->counters().rebuilds, 0u);
}

TEST_F(ShallowStore, ACrashBeforeTheLastEntriesOfAFetch) {
  const std::string start = line(50, 0);
  accept();
  const std::string next = line(2, 60, start);
  accept();
  // Of commits with parents, of one that never came, and of what is no commit.
  std::ofstream(store->directory() + "/shallow", std::ios::app)
      << next << "\n"
      << below(next, 1) << "\n"
      << std::string(40, '1') << "\nnothing\n";
  write_text(store->directory() + "/shallow.lock", "");
  write_text(store->directory() + "/incoming-objects-1/shallow", start + "\n");
  restart();
  EXPECT_EQ(boundary(), std::vector<std::string>{start});
  expect_accepted(line(1, 70, next));
  EXPECT_EQ(commits(), 4);
}

TEST_F(ShallowStore, ACrashBeforeTheTipIsRemembered) {
  const std::string start = line(50, 0);
  accept();
  for (const auto& entry : fs::directory_iterator(store->directory() + "/refs/plumb")) {
    fs::remove(entry.path());
  }
  restart();
  expect_accepted(line(3, 60, start));
  EXPECT_EQ(commits(), 4);
  EXPECT_EQ(store->counters().rebuilds, 0u);
}

TEST_F(ShallowStore, ACrashWhileHistoryIsBrought) {
  const std::string start = line(50, 0);
  accept();
  const std::string before = read_text(store->directory() + "/shallow");
  request.shallow = false;
  accept();
  write_text(store->directory() + "/shallow", before);  // the packs came, the entry was not taken
  restart();
  EXPECT_TRUE(boundary().empty());
  EXPECT_TRUE(accept().queried_only);
  EXPECT_TRUE(*store->is_ancestor(CommitId(below(start, 49)), *request.last_good));
}

TEST_F(ShallowStore, WithoutItsEntryAMissingParentIsCorruption) {
  const std::string start = line(50, 0);
  accept();
  fs::remove(store->directory() + "/shallow");
  restart();
  make({"refs/heads/live", 51, {below(start, 1)}, "amended"});
  refused(kNonFastForward);
  EXPECT_TRUE(store->condemned());
  expect_accepted(line(1, 60, start));
  EXPECT_EQ(store->counters().rebuilds, 1u);
  EXPECT_EQ(boundary().size(), 1u);
}

TEST_F(ShallowStore, WhatLiesBeyondTheEdgeIsNotGuessed) {
  const std::string start = line(50, 0);
  accept();
  EXPECT_TRUE(*store->is_ancestor(CommitId(below(start, 1)), *request.last_good));
  const Result<bool> far = store->is_ancestor(CommitId(below(start, 2)), *request.last_good);
  ASSERT_FALSE(far);
  EXPECT_EQ(far.error().code(), kCommitNotFound) << far.error().render();
}

TEST_F(ShallowStore, AServerThatKnowsNoDepth) {
  const std::string wrapper = scratch.path("git-wrapper");
  write_text(wrapper,
             "#!/bin/sh\ncase \"$*\" in *--depth=*|*--shallow-since=*) "
             "echo 'fatal: Server does not support shallow requests' >&2; exit 128;; esac\n"
             "exec /usr/bin/git \"$@\"\n");
  fs::permissions(wrapper, fs::perms::owner_all);
  const std::string url = request.url;
  store = *GitStore::open(scratch.path("cache"), url, {.allow_file = true, .git_program = wrapper});
  const std::string start = line(50, 0);
  expect_accepted(start);
  EXPECT_EQ(commits(), 50);
  expect_accepted(line(2, 60, start));
  EXPECT_EQ(commits(), 52);
  make({"refs/heads/live", 70, {start}, "other"});
  expect_refused();
}

TEST_F(ShallowStore, ARemoteThatIsShallowItself) {
  const std::string tip = line(50, 0);
  const std::string far = below(tip, 20);
  const std::string whole = served;
  const std::string copy = scratch.path("served/copy.git");
  git(scratch.path("served"), {"clone", "-q", "--bare", "--depth=5", "file://" + whole, copy,
                               "--branch", "live", "--single-branch"});
  open("file://" + copy);
  served = copy;
  expect_accepted(tip);
  expect_accepted(line(2, 60, tip));
  EXPECT_EQ(commits(), 3);
  make({"refs/heads/live", 70, {tip}, "other"});
  refused(kNonFastForward);
  // Another history that ends where the copy does: nobody knows what it descends from.
  git(copy, {"fetch", "-q", "--depth=1", "file://" + whole, far});
  git(copy, {"update-ref", "refs/heads/live", far});
  const Error unknown = refused(kFetchFailed);
  EXPECT_NE(unknown.message().find("cannot be told"), std::string::npos) << unknown.render();
}

TEST_F(ShallowStore, ManyCommitsWithoutParentsAreNotAllTold) {
  const std::string tip = line(2500, 0);
  accept();
  // Every second one: as many as a thousand merges would leave behind.
  std::vector<std::string> fetch = {"fetch", "-q", "--no-tags", "--depth=1", "file://" + served};
  const std::vector<std::string> all =
      split(git(served, {"rev-list", "--max-count=2200", tip + "~100"}), '\n');
  for (size_t i = 0; i < all.size(); i += 2) fetch.push_back(all[i]);
  git(store->directory(), fetch);
  restart();
  ASSERT_EQ(boundary().size(), 1101u);
  const std::string next = line(2, 2600, tip);
  expect_accepted(next);
  EXPECT_EQ(boundary().size(), 1101u);
  EXPECT_EQ(commits(), 1103);
  make({"refs/heads/live", 2700, {tip}, "other"});
  expect_refused();
  git(served, {"update-ref", "refs/heads/live", next});
  request.shallow = false;
  expect_accepted(next);
  EXPECT_TRUE(boundary().empty());
}

class ShallowHttp : public ShallowBase {};

TEST_F(ShallowHttp, APackThatIsCutOffLeavesTheBoundary) {
  serve("http");
  const std::string start = line(50, 0);
  accept();
  line(1, 60, start);
  const std::string before = read_text(store->directory() + "/shallow");
  for (const char* fault : {"truncate", "truncate 20", "truncate 0"}) {
    server->command(std::string("fault ") + fault);
    const Result<FetchResult> result = fetch();
    ASSERT_FALSE(result) << fault;
    EXPECT_EQ(result.error().retry(), Retry::transient) << result.error().render();
    EXPECT_EQ(read_text(store->directory() + "/shallow"), before);
    EXPECT_EQ(commits(), 1);
    expect_sound();
  }
  server->command("fault none");
  accept();
  EXPECT_EQ(commits(), 2);
}

TEST_F(ShallowHttp, AServerThatSendsNoCommitByItsId) {
  serve("oldhttp", {"uploadpack.allowReachableSHA1InWant=false"});
  const std::string start = line(50, 0);
  accept();
  EXPECT_EQ(commits(), 1);
  const std::string next = line(3, 60, start);
  expect_accepted(next);
  EXPECT_EQ(commits(), 4);
  lose_store();
  expect_accepted(line(2, 70, next));  // told by the whole history
  EXPECT_EQ(commits(), 55);
  lose_store();
  request.ref = {};
  request.ref.commit = below(next, 10);
  expect_accepted(request.ref.commit);
  EXPECT_EQ(commits(), 56);  // and `first`: every branch
}

}  // namespace
}  // namespace plumb::test
