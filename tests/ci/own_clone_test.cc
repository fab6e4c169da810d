// OwnClone: a revert made in a person's clone, with their key, while their work lies about.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "edge/git/git_errors.h"
#include "edge/git_push/own_clone.h"
#include "edge/git_push/revert.h"
#include "servers.h"

namespace plumb::test {
namespace {

using testing::HasSubstr;

class Clone : public testing::Test {
 protected:
  Result<std::unique_ptr<OwnClone>> open() {
    return OwnClone::open({.directory = work,
                           .url = url,
                           .remote = remote,
                           .branch = "main",
                           .deadline = Deadline::in(std::chrono::seconds(60))});
  }
  Result<PushOutcome> revert(const std::string& to) {
    const auto clone = TRY(open());
    return clone->push("main", [&](const CommitId& tip) -> Result<std::optional<Proposal>> {
      if (meanwhile) meanwhile();
      meanwhile = nullptr;
      return std::optional(TRY(propose_revert(*clone, tip,
                                              {.paths = {*RelPath::parse("web")},
                                               .to = to,
                                               .trailers = {"Plumb-App: prod/web"}}))
                               .proposal);
    });
  }
  void SetUp() override {
    // No key of the machine's own person.
    ::setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
    ::setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    person.run({"remote", "add", "upstream", "file://" + bare});
    person.run({"config", "user.name", "Ann"});
    person.run({"config", "user.email", "ann@example.org"});
  }

  Scratch scratch;
  std::string bare = scratch.path("served/web.git");
  std::string work = scratch.path("work");
  Person person{work, bare};
  std::string good = person.commit({{"web/a", "1"}, {"web/gone", "1"}, {"api/a", "1"}}, "good");
  std::string bad = person.commit({{"web/a", "2"}, {"web/new", "2"}, {"api/a", "2"}}, "bad");
  std::string url = "file://" + bare;
  std::string remote;
  std::function<void()> meanwhile;
};

TEST_F(Clone, RevertsThePathAndLeavesTheWorkAlone) {
  write_text(work + "/web/a", "half done");
  write_text(work + "/staged", "staged");
  person.run({"add", "staged"});
  const std::string before = person.run({"status", "--porcelain"});
  const auto pushed = revert(good.substr(0, 9));
  ASSERT_TRUE(pushed) << pushed.error().render();
  EXPECT_EQ(git(bare, {"rev-parse", "main"}), pushed->commit->str());
  EXPECT_EQ(git(bare, {"rev-parse", "main:web"}), git(bare, {"rev-parse", good + ":web"}));
  EXPECT_EQ(git(bare, {"show", "main:api/a"}), "2");
  EXPECT_EQ(git(bare, {"log", "-1", "--format=%an %(trailers:key=Plumb-App,valueonly)", "main"}),
            "Ann prod/web");
  EXPECT_EQ(person.run({"status", "--porcelain"}), before);
  EXPECT_EQ(person.run({"rev-parse", "HEAD"}), bad);
}

TEST_F(Clone, SignsAsGitIsToldTo) {
  const std::string key = scratch.path("key");
  ASSERT_EQ(std::system(("ssh-keygen -q -t ed25519 -N '' -C ann -f " + key).c_str()), 0);
  person.run({"config", "gpg.format", "ssh"});
  person.run({"config", "user.signingKey", key});
  const auto pushed = revert(good);
  ASSERT_TRUE(pushed) << pushed.error().render();
  write_text(scratch.path("signers"), "ann@example.org " + read_text(key + ".pub"));
  git(bare,
      {"-c", "gpg.ssh.allowedSignersFile=" + scratch.path("signers"), "verify-commit", "main"});
  person.run({"config", "user.signingKey", scratch.path("nothing")});
  const auto without_key = revert(bad);
  ASSERT_FALSE(without_key);
  EXPECT_EQ(without_key.error().code(), kSigningFailed);
  EXPECT_EQ(git(bare, {"rev-parse", "main"}), pushed->commit->str());
}

TEST_F(Clone, WhatOthersPushedMeanwhileStays) {
  const std::string theirs = scratch.path("theirs");
  git("/", {"clone", "-q", bare, theirs});
  meanwhile = [&] {
    write_text(theirs + "/other", "theirs");
    git(theirs, {"add", "-A"});
    git(theirs, {"-c", "user.name=Bob", "-c", "user.email=b@example.org", "commit", "-qm", "more"});
    git(theirs, {"push", "-q", "origin", "HEAD:main"});
  };
  const auto pushed = revert(good);
  ASSERT_TRUE(pushed) << pushed.error().render();
  EXPECT_EQ(pushed->attempts, 2);
  EXPECT_EQ(git(bare, {"show", "main:other"}), "theirs");
  EXPECT_EQ(git(bare, {"show", "main:web/a"}), "1");
}

TEST_F(Clone, TheRemoteIsTheRepositorysOrTheNamedOne) {
  url = "https://git.example.com/org/config.git";
  const auto none = open();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), kNoSuchRemote);
  person.run({"remote", "add", "forge", "git@git.example.com:org/config"});
  const auto found = open();
  ASSERT_TRUE(found) << found.error().render();
  EXPECT_EQ((*found)->remote(), "forge");
  remote = "upstream";
  EXPECT_EQ((*open())->remote(), "upstream");
  remote = "nowhere";
  EXPECT_EQ(open().error().code(), kNoSuchRemote);
  work = scratch.path("keys-only");
  std::filesystem::create_directories(work);
  EXPECT_THAT(open().error().help(), HasSubstr("--repo"));
}

TEST_F(Clone, WhatIsNotThereIsSaid) {
  EXPECT_EQ(revert(bad).error().code(), kNothingToRevert);
  EXPECT_EQ(revert("0000000").error().code(), kCommitNotFound);
  const auto clone = open();
  ASSERT_TRUE(clone);
  const CommitId tip = *(*clone)->fetch();
  const std::vector<RelPath> web{*RelPath::parse("web")};
  EXPECT_EQ((*clone)->before_last_change(web, tip)->value().str(), good);
  EXPECT_FALSE(*(*clone)->same_at(web, CommitId(good), tip));
  EXPECT_TRUE(*(*clone)->same_at(web, tip, tip));
  EXPECT_FALSE((*clone)->before_last_change({*RelPath::parse("none")}, tip)->has_value());
}

TEST(SameRepository, WhateverItIsReachedBy) {
  for (const char* other :
       {"git@git.example.com:org/config.git", "ssh://git@git.example.com:22/org/config",
        "https://user@git.example.com/org/config/",
        "https://git.example.com:8443/org/config.git"}) {
    EXPECT_TRUE(same_repository("https://git.example.com/org/config.git", other)) << other;
  }
  for (const char* other :
       {"https://git.example.org/org/config", "https://git.example.com/org/other",
        "https://evil.example/git.example.com/org/config", ""}) {
    EXPECT_FALSE(same_repository("https://git.example.com/org/config.git", other)) << other;
  }
  EXPECT_FALSE(same_repository("", ""));
}

}  // namespace
}  // namespace plumb::test
