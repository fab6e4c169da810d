// ConfigRepository on real Git servers: what is pushed, by whom it is signed, and what happens when
// the branch moves, is protected, or is there already.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/text.h"
#include "edge/git_push/config_repository.h"
#include "servers.h"

namespace plumb::test {
namespace {

using testing::HasSubstr;

class Push : public testing::Test {
 protected:
  std::unique_ptr<ConfigRepository> open(const std::string& url) {
    options.url = url;
    options.deadline = Deadline::in(std::chrono::seconds(60));
    Result<std::unique_ptr<ConfigRepository>> opened = ConfigRepository::open(options, {});
    if (!opened) {
      ADD_FAILURE() << opened.error().render();
      return nullptr;
    }
    return *std::move(opened);
  }
  std::unique_ptr<ConfigRepository> open() { return open("file://" + bare); }

  // Writes app.yaml on whatever the tip is.
  static ConfigRepository::Propose writing(ConfigRepository& repository, const std::string& text) {
    return [&repository, text](const CommitId& tip) -> Result<std::optional<Proposal>> {
      return std::optional(
          Proposal{TRY(repository.with_files(tip, {{"app.yaml", text}})), "app: " + text});
    };
  }
  std::string at_branch(const std::string& what) { return git(bare, {"show", "main:" + what}); }

  // Refuses what is pushed to main.
  void protect() {
    const std::string hook = bare + "/hooks/pre-receive";
    std::filesystem::create_directories(bare + "/hooks");
    write_text(hook,
               "#!/bin/sh\nwhile read -r old new ref; do\n"
               "if [ \"$ref\" = refs/heads/main ]; then echo main is protected >&2; exit 1; fi\n"
               "done\n");
    std::filesystem::permissions(hook, std::filesystem::perms::owner_all);
  }

  Scratch scratch;
  std::string bare = scratch.path("served/web.git");
  Person person{scratch.path("work"), bare};
  std::string first = person.commit({{"app.yaml", "one\n"}, {"deep/er/file", "x"}}, "first");
  ConfigRepositoryOptions options{.url = {},
                                  .branch = "main",
                                  .git = {.allow_http = true, .allow_file = true},
                                  .identity = {"ci", "ci@example.org"},
                                  .deadline = {}};
};

TEST_F(Push, OneFileChangesAndNothingElse) {
  const auto repository = open();
  const auto pushed = repository->push("main", writing(*repository, "two\n"));
  ASSERT_TRUE(pushed) << pushed.error().render();
  EXPECT_EQ(pushed->parent.str(), first);
  EXPECT_EQ(git(bare, {"rev-parse", "main"}), pushed->commit->str());
  EXPECT_EQ(git(bare, {"diff", "--name-only", first, "main"}), "app.yaml");
  EXPECT_EQ(at_branch("app.yaml"), "two");
  EXPECT_EQ(git(bare, {"log", "-1", "--format=%an <%ae> %cn %s", "main"}),
            "ci <ci@example.org> ci app: two");
}

TEST_F(Push, NothingIsPushedWhereNothingIsProposed) {
  const auto repository = open();
  const auto pushed = repository->push("main", [](const CommitId&) {
    return Result<std::optional<Proposal>>(std::optional<Proposal>());
  });
  ASSERT_TRUE(pushed) << pushed.error().render();
  EXPECT_FALSE(pushed->commit);
  EXPECT_EQ(git(bare, {"rev-parse", "main"}), first);
}

TEST_F(Push, ABranchThatMovedKeepsWhatOthersPushed) {
  const auto repository = open();
  int calls = 0;
  const auto write = writing(*repository, "two\n");
  const auto pushed = repository->push("main", [&](const CommitId& tip) {
    if (++calls <= 3) person.commit({{"other" + std::to_string(calls), "theirs"}});
    return write(tip);
  });
  ASSERT_TRUE(pushed) << pushed.error().render();
  EXPECT_EQ(pushed->attempts, 4);
  EXPECT_EQ(git(bare, {"rev-list", "--count", "main"}), "5");
  EXPECT_EQ(at_branch("other3"), "theirs");
  EXPECT_EQ(at_branch("app.yaml"), "two");
}

TEST_F(Push, ABranchThatNeverRestsEndsAnyway) {
  const auto repository = open();
  int calls = 0;
  const auto write = writing(*repository, "two\n");
  const auto pushed = repository->push("main", [&](const CommitId& tip) {
    person.commit({{"other", std::to_string(++calls)}});
    return write(tip);
  });
  ASSERT_FALSE(pushed);
  EXPECT_EQ(pushed.error().code(), kBranchKeepsMoving);
  EXPECT_EQ(calls, ConfigRepository::kMostAttempts);
  EXPECT_EQ(at_branch("app.yaml"), "one");
}

TEST_F(Push, AProtectedBranchIsRefusedAndAPullRequestBranchIsNot) {
  protect();
  const auto repository = open();
  const auto refused = repository->push("main", writing(*repository, "two\n"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), kPushRefused);
  EXPECT_THAT(refused.error().message(), HasSubstr("main is protected"));
  EXPECT_EQ(git(bare, {"rev-parse", "main"}), first);

  const auto beside = repository->push("set-image", writing(*repository, "two\n"));
  ASSERT_TRUE(beside) << beside.error().render();
  EXPECT_EQ(git(bare, {"rev-parse", "set-image^"}), first);
  const auto again = repository->push("set-image", writing(*repository, "three\n"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), kPushRefused);
  EXPECT_EQ(git(bare, {"rev-parse", "set-image"}), beside->commit->str());
}

TEST_F(Push, SignedBySshAsGitVerifiesIt) {
  const std::string key = scratch.path("key");
  std::filesystem::create_directories(scratch.path("keys"));
  ASSERT_EQ(std::system(("ssh-keygen -q -t ed25519 -N '' -C ci -f " + key).c_str()), 0);
  options.signing.ssh_private_key = read_text(key);
  const auto repository = open();
  const auto pushed = repository->push("main", writing(*repository, "two\n"));
  ASSERT_TRUE(pushed) << pushed.error().render();
  write_text(scratch.path("signers"), "ci@example.org " + read_text(key + ".pub"));
  git(bare,
      {"-c", "gpg.ssh.allowedSignersFile=" + scratch.path("signers"), "verify-commit", "main"});
  EXPECT_EQ(git(bare, {"-c", "gpg.ssh.allowedSignersFile=" + scratch.path("signers"), "log", "-1",
                       "--format=%G? %GS", "main"}),
            "G ci@example.org");
}

TEST_F(Push, SignedByOpenPgpAsGitVerifiesIt) {
  const std::string home = "/tmp/plumb-gpg-" + std::to_string(::getpid());  // sockets: a short path
  std::filesystem::create_directories(home);
  std::filesystem::permissions(home, std::filesystem::perms::owner_all);
  const std::string gpg = "GNUPGHOME=" + home + " gpg --batch --quiet --pinentry-mode loopback ";
  ASSERT_EQ(
      std::system((gpg + "--passphrase '' --quick-generate-key ci@example.org ed25519 sign never"
                         " 2>/dev/null")
                      .c_str()),
      0);
  options.signing = {.openpgp_key = "ci@example.org", .gpg_home = home};
  const auto repository = open();
  const auto pushed = repository->push("main", writing(*repository, "two\n"));
  EXPECT_TRUE(pushed) << pushed.error().render();
  EXPECT_EQ(std::system(
                ("GNUPGHOME=" + home + " git --git-dir=" + bare + " verify-commit main 2>/dev/null")
                    .c_str()),
            0);
  EXPECT_EQ(std::system(("GNUPGHOME=" + home + " gpgconf --kill all").c_str()), 0);
  std::filesystem::remove_all(home);
}

TEST_F(Push, AKeyThatCannotSignPushesNothing) {
  options.signing.ssh_private_key = "no key";
  const auto repository = open();
  const auto pushed = repository->push("main", writing(*repository, "two\n"));
  ASSERT_FALSE(pushed);
  EXPECT_EQ(pushed.error().code(), kSigningFailed);
  EXPECT_THAT(pushed.error().render(), testing::Not(HasSubstr("no key\n")));
  EXPECT_EQ(git(bare, {"rev-parse", "main"}), first);
}

TEST_F(Push, PathsAreRestoredAndOthersStay) {
  person.commit({{"apps/web/a", "1"}, {"apps/web/b", "1"}, {"apps/api/a", "1"}});
  const std::string good = person.run({"rev-parse", "HEAD"});
  person.commit({{"apps/web/a", "2"}, {"apps/api/a", "2"}});
  person.run({"rm", "-q", "apps/web/b"});
  const std::string last =
      person.commit({{"apps/web/b/inner", "a folder now"}, {"apps/web/c", "2"}});
  const auto repository = open();
  const std::vector<RelPath> paths = {*RelPath::parse("apps/web")};
  const auto pushed =
      repository->push("main", [&](const CommitId& tip) -> Result<std::optional<Proposal>> {
        const CommitId to = TRY(repository->find_commit(good.substr(0, 10), tip));
        const std::vector<CommitId> undone = TRY(repository->commits_of(paths, to, tip));
        EXPECT_EQ(undone.size(), 2u);
        EXPECT_EQ(undone.front().str(), last);
        return std::optional(Proposal{TRY(repository->with_restored(tip, to, paths)), "revert"});
      });
  ASSERT_TRUE(pushed) << pushed.error().render();
  EXPECT_EQ(git(bare, {"rev-parse", "main:apps/web"}),
            git(bare, {"rev-parse", good + ":apps/web"}));
  EXPECT_EQ(at_branch("apps/api/a"), "2");
  EXPECT_EQ(repository->find_commit("0000000", *pushed->commit).error().code(), kCommitNotFound);
}

TEST_F(Push, OverHttpWithCredentials) {
  const Server server("git_http_server", {"--root", scratch.path("served"), "--auth",
                                          "bearer:t0ken", "--config", "http.receivepack=true"});
  options.credentials.bearer_token = "t0ken";
  const auto repository = open(server.about("url") + "/web.git");
  const auto pushed = repository->push("main", writing(*repository, "two\n"));
  ASSERT_TRUE(pushed) << pushed.error().render();
  EXPECT_EQ(at_branch("app.yaml"), "two");
  EXPECT_GE(server.stat("push"), 1);
  protect();
  const auto refused = repository->push("main", writing(*repository, "three\n"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), kPushRefused) << refused.error().render();
}

TEST_F(Push, OverSsh) {
  const Server server("ssh_server",
                      {"--root", scratch.path("served"), "--dir", scratch.path("ssh")});
  options.credentials.ssh_identity = read_text(server.about("key"));
  options.credentials.known_hosts = read_text(server.about("known_hosts"));
  const auto repository = open(server.about("url") + "/web.git");
  const auto pushed = repository->push("main", writing(*repository, "two\n"));
  ASSERT_TRUE(pushed) << pushed.error().render();
  EXPECT_EQ(at_branch("app.yaml"), "two");
}

}  // namespace
}  // namespace plumb::test
