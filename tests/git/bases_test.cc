// The store of bases against real servers: what is asked of whom, with whose credentials, and how
// often.
#include "edge/git/base_store.h"

#include <filesystem>

#include "base/text.h"
#include "store_fixture.h"

namespace plumb::test {
namespace {

constexpr const char* kPassword = "s3cr3t-word";

class Bases : public testing::Test {
 protected:
  void SetUp() override {
    own = std::make_unique<Server>("git_http_server",
                                   std::vector<std::string>{"--root", scratch.path("own"), "--auth",
                                                            std::string("basic:me:") + kPassword});
    other = std::make_unique<Server>("git_http_server",
                                     std::vector<std::string>{"--root", scratch.path("other")});
    reopen({host(*own), host(*other)});
    asker.url = own->about("url") + "/config.git";
  }
  static std::string host(const Server& server) {
    return server.about("url").substr(std::string("http://").size());
  }
  void reopen(const std::vector<std::string>& allowed) {
    store = std::make_unique<BaseStore>(scratch.path("cache"), GitOptions{.allow_http = true},
                                        *AllowedRemotes::parse(allowed));
  }
  RemoteBase base_at(const Server& server, const std::string& commit) const {
    return {server.about("url") + "/base.git", CommitId(commit)};
  }
  Result<std::shared_ptr<const SourceTree>> fetch(const RemoteBase& base) {
    return store->fetch(base, asker, {.username = "me", .password = kPassword},
                        Deadline::in(std::chrono::seconds(30)), {});
  }
  static std::string text(const Result<std::shared_ptr<const SourceTree>>& tree) {
    if (!tree) return tree.error().code().name;
    if (*tree == nullptr) return "nothing";
    return (*tree)->read(*RelPath::parse("a.yaml"), 1 << 20).value_or("none");
  }
  // Kinds of credentials that a server was sent.
  static std::set<std::string> credentials_at(const Server& server) {
    std::set<std::string> out;
    const Value log = server.command("log");
    for (const Value& entry : *log.as_list()) out.insert(entry.string_at({"authorization"}));
    return out;
  }

  Scratch scratch;
  Person mine{scratch.path("mine"), scratch.path("own/base.git")};
  Person theirs{scratch.path("theirs"), scratch.path("other/base.git")};
  std::string secret = mine.commit({{"a.yaml", "mine"}});
  std::string open = theirs.commit({{"a.yaml", "theirs"}});
  std::unique_ptr<Server> own;
  std::unique_ptr<Server> other;
  std::unique_ptr<BaseStore> store;
  BaseAsker asker{"", "prod/credentials"};
};

TEST_F(Bases, CredentialsGoToTheirOwnServerAlone) {
  EXPECT_EQ(text(fetch(base_at(*own, secret))), "mine");
  EXPECT_EQ(text(fetch(base_at(*other, open))), "theirs");
  EXPECT_EQ(credentials_at(*own), std::set<std::string>{"basic"});
  EXPECT_EQ(credentials_at(*other), std::set<std::string>{"none"});
  // Another port is another server, another name of the host too.
  other->command(std::string("auth basic:me:") + kPassword);
  const std::string next = theirs.commit({{"a.yaml", "next"}});
  const auto refused = fetch(base_at(*other, next));
  EXPECT_EQ(text(refused), "AuthFailed");
  EXPECT_EQ(refused.error().render().find(kPassword), std::string::npos);
  EXPECT_EQ(credentials_at(*other), std::set<std::string>{"none"});
  asker.url = "http://localhost" + host(*own).substr(host(*own).find(':')) + "/config.git";
  own->command("forget");
  EXPECT_EQ(text(fetch(base_at(*own, mine.commit({{"a.yaml", "2"}})))), "AuthFailed");
  EXPECT_EQ(credentials_at(*own), std::set<std::string>{"none"});
}

TEST_F(Bases, NobodyReadsWhatAnothersCredentialsFetched) {
  const RemoteBase base = base_at(*own, secret);
  EXPECT_EQ(text(store->find(base, asker)), "nothing");
  EXPECT_EQ(text(fetch(base)), "mine");
  EXPECT_EQ(text(store->find(base, asker)), "mine");
  const BaseAsker same_secret{own->about("url") + "/second.git", asker.secret};
  EXPECT_EQ(text(store->find(base, same_secret)), "mine");
  for (const BaseAsker& stranger :
       {BaseAsker{asker.url, "evil/credentials"}, BaseAsker{asker.url, ""},
        BaseAsker{other->about("url") + "/config.git", asker.secret}}) {
    EXPECT_EQ(text(store->find(base, stranger)), "nothing") << stranger.secret;
  }
  // What needs none is shared.
  EXPECT_EQ(text(fetch(base_at(*other, open))), "theirs");
  EXPECT_EQ(text(store->find(base_at(*other, open), {asker.url, "else/secret"})), "theirs");
}

TEST_F(Bases, ACommitIsAskedForOnce) {
  const RemoteBase base = base_at(*other, open);
  EXPECT_EQ(text(fetch(base)), "theirs");
  other->command("forget");
  other->command("fault down");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(text(store->find(base, asker)), "theirs");
  reopen({host(*other)});  // as after a restart
  EXPECT_EQ(text(store->find(base, asker)), "theirs");
  EXPECT_TRUE(other->command("log").as_list()->empty());
  const RemoteBase missing = base_at(*other, std::string(40, '1'));
  EXPECT_EQ(text(fetch(missing)), "RepositoryUnreachable");
  EXPECT_EQ(fetch(missing).error().retry(), Retry::transient);
  other->command("fault none");
  EXPECT_EQ(text(fetch(missing)), "CommitNotFound");
  // A commit behind the tip, of which the server sends none by its id.
  const std::string next = theirs.commit({{"a.yaml", "next"}});
  EXPECT_EQ(text(fetch(base_at(*other, next))), "next");
  EXPECT_EQ(text(store->find(base, asker)), "theirs");
}

TEST_F(Bases, ACommitComesWithoutItsHistory) {
  const std::string middle = theirs.commit({{"a.yaml", "middle"}});
  const std::string newest = theirs.commit({{"a.yaml", "newest"}});
  const auto count = [this] {
    int packed = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(scratch.path("cache"))) {
      if (entry.path().filename() != "shallow") continue;
      const std::string all = git(entry.path().parent_path().string(),
                                  {"cat-file", "--batch-all-objects", "--batch-check"});
      for (const std::string& line : plumb::split(all, '\n')) {
        packed += line.find(" commit ") != std::string::npos ? 1 : 0;
      }
    }
    return packed;
  };
  EXPECT_EQ(text(fetch(base_at(*other, newest))), "newest");
  EXPECT_EQ(count(), 1);
  EXPECT_EQ(text(fetch(base_at(*other, middle))), "middle");  // behind the one that is here
  EXPECT_EQ(count(), 2);
  EXPECT_EQ(text(store->find(base_at(*other, newest), asker)), "newest");
}

TEST_F(Bases, OnlyACommitIsABase) {
  theirs.run({"tag", "-a", "-m", "x", "v1"});
  theirs.push("v1");
  for (const char* what : {"HEAD^{tree}", "HEAD:a.yaml", "v1"}) {
    const auto got = fetch(base_at(*other, theirs.run({"rev-parse", what})));
    EXPECT_FALSE(got) << what;
  }
}

TEST_F(Bases, WhatIsNotAllowedIsNotAsked) {
  reopen({host(*other) + "/org"});
  const RemoteBase base = base_at(*other, open);
  EXPECT_EQ(text(fetch(base)), "RemoteBaseForbidden");
  EXPECT_EQ(text(store->find(base, asker)), "RemoteBaseForbidden");
  reopen({});
  EXPECT_EQ(text(fetch(base)), "RemoteBaseForbidden");
  reopen({host(*other)});
  // A redirect does not lead elsewhere.
  other->command("fault redirect " + own->about("url"));
  EXPECT_EQ(text(fetch(base)), "RedirectRefused");
  EXPECT_TRUE(own->command("log").as_list()->empty());
}

TEST(AllowedRemotes, HostsAndWholePartsOfPaths) {
  const auto allows = [](const std::string& entry, const std::string& url) {
    GitOptions any;
    any.allow_http = any.allow_file = true;
    const Result<AllowedRemotes> allowed = AllowedRemotes::parse({entry});
    return allowed && allowed->allows(GitUrl::parse(url, any).value());
  };
  EXPECT_TRUE(allows("host.xz", "https://host.xz/org/repo"));
  EXPECT_TRUE(allows("HOST.xz", "ssh://git@host.xz/org/repo"));
  EXPECT_TRUE(allows("host.xz", "git@host.xz:org/repo"));
  EXPECT_TRUE(allows("host.xz/org", "https://host.xz/org/repo"));
  EXPECT_TRUE(allows("host.xz/org/", "https://host.xz/org/repo.git"));
  EXPECT_TRUE(allows("host.xz/org/repo", "https://host.xz/org/repo.git"));
  EXPECT_TRUE(allows("host.xz:8443", "https://host.xz:8443/org/repo"));
  EXPECT_TRUE(allows("host.xz:443", "https://host.xz/org/repo"));
  EXPECT_TRUE(allows("/srv/git", "file:///srv/git/repo"));
  EXPECT_FALSE(allows("host.xz", "https://evil-host.xz/org/repo"));
  EXPECT_FALSE(allows("host.xz", "https://host.xz.evil/org/repo"));
  EXPECT_FALSE(allows("host.xz", "https://host.xz:8443/org/repo"));
  EXPECT_FALSE(allows("host.xz/org", "https://host.xz/organ/repo"));
  EXPECT_FALSE(allows("host.xz/org", "https://host.xz/Org/repo"));
  EXPECT_FALSE(allows("host.xz/org/repo", "https://host.xz/org/repo.git/other"));
  EXPECT_FALSE(allows("host.xz/org/repo", "https://host.xz/org"));
  EXPECT_FALSE(allows("/srv/git", "https://srv/git/repo"));
  EXPECT_FALSE(allows("/srv/git", "file:///srv/gitter/repo"));
  EXPECT_FALSE(AllowedRemotes().allows(GitUrl::parse("https://host.xz/a", {}).value()));
  for (const char* entry : {"", "/", "https://host.xz", "git@host.xz", "host.xz/../a", "-x", "a b",
                            "host.xz:0", "host.xz?a"}) {
    EXPECT_FALSE(AllowedRemotes::parse({entry})) << entry;
  }
}

}  // namespace
}  // namespace plumb::test
