// The store against a real smart HTTP server: what a poll costs, credentials, TLS, and faults.
#include <filesystem>
#include <thread>

#include "base/digest.h"
#include "store_fixture.h"

namespace plumb::test {
namespace {

constexpr const char* kPassword = "s3cr3t-word";

// Text that does not compress.
std::string noise(size_t size) {
  std::string out;
  for (uint32_t i = 0; out.size() < size; ++i) out += sha256(std::to_string(i)).hex();
  out.resize(size);
  return out;
}

class Http : public StoreTest {
 protected:
  void serve(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), {"--root", scratch.path("served")});
    server = std::make_unique<Server>("git_http_server", arguments);
    open(server->about("url") + "/web.git");
  }
  void expect_no_secret(const Error& refusal) const {
    EXPECT_EQ(refusal.render().find(kPassword), std::string::npos) << refusal.render();
  }
  std::unique_ptr<Server> server;
};

TEST_F(Http, APollIsOneRequestAndFetchesNothing) {
  serve();
  FetchResult result = accept();
  EXPECT_TRUE(result.changed);
  EXPECT_FALSE(result.queried_only);
  server->command("forget");
  for (int i = 0; i < 3; ++i) {
    result = accept();
    EXPECT_FALSE(result.changed);
    EXPECT_TRUE(result.queried_only);
  }
  EXPECT_EQ(server->stat("ls-refs"), 3);
  EXPECT_EQ(server->stat("refs"), 0);
  EXPECT_EQ(server->stat("fetch"), 0);
  EXPECT_EQ(store->counters().ref_queries, 4u);
  EXPECT_EQ(store->counters().object_fetches, 1u);
}

TEST_F(Http, ANewCommitIsFetchedAlone) {
  std::map<std::string, std::string> many;
  for (int i = 0; i < 300; ++i)
    many["dir/" + std::to_string(i)] = std::string(1000, 'x') + std::to_string(i * 7919);
  person.commit(many);
  serve();
  accept();
  const uint64_t before = store->counters().fetched_bytes;
  const std::string next = person.commit({{"app.yaml", "two\n"}});
  const FetchResult result = accept();
  EXPECT_TRUE(result.changed);
  EXPECT_EQ(result.revision.commit.str(), next);
  EXPECT_EQ(read("app.yaml"), "two\n");
  EXPECT_LT(store->counters().fetched_bytes - before, 2000u);
  EXPECT_GT(before, 5000u);
}

TEST_F(Http, AnOlderServerWithoutVersion2) {
  serve({"--old-protocol"});
  person.run({"tag", "-a", "-m", "one", "v1.0.0"});
  person.push("--tags");
  EXPECT_EQ(accept().revision.commit.str(), first);
  request.last_good.reset();
  request.ref.tag = "v1.0.0";
  EXPECT_EQ(accept().revision.commit.str(), first);
}

TEST_F(Http, BasicCredentials) {
  serve({"--auth", std::string("basic:ann:") + kPassword});
  EXPECT_EQ(refused(kAuthFailed).retry(), Retry::denied);
  request.credentials = {.username = "ann", .password = "wrong-word"};
  refused(kAuthFailed);
  EXPECT_EQ(error.render().find("wrong-word"), std::string::npos) << error.render();
  request.credentials.password = std::string(kPassword) + "\n";  // as files end
  accept();
  request.credentials.password = "wrong-word";
  refused(kAuthFailed);
}

TEST_F(Http, NoCredentialIsOnACommandLineAndNothingIsInherited) {
  setenv("GIT_SSL_NO_VERIFY", "1", 1);
  setenv("AWS_SECRET_ACCESS_KEY", "of-the-operator", 1);
  serve({"--auth", std::string("basic:ann:") + kPassword});
  // Stands in the place of git, notes how it is called, and calls it.
  const std::string wrapper = scratch.path("git-wrapper");
  const std::string seen = scratch.path("seen");
  write_text(wrapper, "#!/bin/sh\n{ echo \"$@\"; echo ==; env; } >> " + seen +
                          "\nexec /usr/bin/git \"$@\"\n");
  std::filesystem::permissions(wrapper, std::filesystem::perms::owner_all);
  store = *GitStore::open(scratch.path("cache"), request.url,
                          {.allow_http = true, .allow_file = false, .git_program = wrapper});
  request.credentials.username = "ann";
  request.credentials.password = kPassword;
  accept();
  unsetenv("GIT_SSL_NO_VERIFY");
  unsetenv("AWS_SECRET_ACCESS_KEY");
  const std::string text = read_text(seen);
  const std::string arguments = text.substr(0, text.find("==\n"));
  EXPECT_NE(arguments.find("fetch"), std::string::npos);
  const std::string basic = base64_encode(std::string("ann:") + kPassword);
  EXPECT_EQ(arguments.find(kPassword), std::string::npos) << arguments;
  EXPECT_EQ(arguments.find(basic), std::string::npos) << arguments;
  EXPECT_EQ(text.find("GIT_SSL_NO_VERIFY"), std::string::npos);
  EXPECT_EQ(text.find("AWS_SECRET"), std::string::npos);
}

TEST_F(Http, ABearerToken) {
  serve({"--auth", std::string("bearer:") + kPassword});
  request.credentials.bearer_token = kPassword;
  accept();
  server->command("auth bearer:another-token");
  expect_no_secret(refused(kAuthFailed));
}

TEST_F(Http, AControlInACredentialIsRefused) {
  serve();
  request.credentials = {.username = "ann", .password = "x\r\nX-Evil: 1"};
  refused(kBadCredentials);
  EXPECT_EQ(store->counters().ref_queries, 0u);
}

TEST_F(Http, TlsWithACustomAuthority) {
  serve({"--tls", scratch.path("tls"), "--auth", std::string("basic:ann:") + kPassword});
  ASSERT_TRUE(request.url.starts_with("https://"));
  request.credentials = {.username = "ann", .password = kPassword};
  EXPECT_EQ(refused(kCertificateUntrusted).retry(), Retry::denied);
  request.credentials.ca_pem = "no certificate";
  expect_no_secret(refused(kBadCredentials));
  request.credentials.ca_pem = read_text(server->about("ca"));
  accept();
  EXPECT_EQ(read("app.yaml"), "one\n");
  const std::string next = person.commit({{"app.yaml", "two\n"}});
  EXPECT_EQ(accept().revision.commit.str(), next);
}

TEST_F(Http, FaultsLeaveTheLastGoodRevision) {
  serve();
  accept();
  person.commit({{"app.yaml", "two\n"}});
  for (const char* fault : {"status 500", "status 503", "status 429", "reset", "down"}) {
    server->command(std::string("fault ") + fault);
    EXPECT_EQ(refused(kRepositoryUnreachable).retry(), Retry::transient) << fault;
  }
  server->command("fault status 404");
  refused(kRepositoryNotFound);
  server->command("fault garbage");
  refused(kBadGitResponse);
  server->command("fault none");
  EXPECT_TRUE(accept().changed);
  EXPECT_EQ(read("app.yaml"), "two\n");
}

TEST_F(Http, ATruncatedPackLeavesNothing) {
  serve();
  accept();
  person.commit({{"app.yaml", "two\n"}, {"big", noise(10'000)}});
  for (const char* fault : {"truncate", "truncate 20", "truncate 0", "truncate 100"}) {
    server->command(std::string("fault ") + fault);
    const Result<FetchResult> result = fetch();
    ASSERT_FALSE(result) << fault;
    EXPECT_EQ(result.error().retry(), Retry::transient) << result.error().render();
    EXPECT_EQ(read("app.yaml"), "one\n");
  }
  int packs = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(scratch.path("cache"))) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".pack")) ++packs;
    EXPECT_FALSE(name.starts_with("tmp_") || name.starts_with("incoming-")) << name;
  }
  EXPECT_EQ(packs, 1);
  EXPECT_EQ(store->counters().rebuilds, 0u);
  server->command("fault none");
  accept();
  EXPECT_EQ(read("app.yaml"), "two\n");
}

TEST_F(Http, AServerThatHangsMeetsTheDeadline) {
  serve();
  accept();
  server->command("fault hang");
  request.deadline = Deadline::in(std::chrono::milliseconds(300));
  Result<FetchResult> result = store->fetch(request, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), kFetchTimeout) << result.error().render();
  server->command("fault none");
  accept();
}

TEST_F(Http, AServerThatHangsInThePackMeetsTheDeadline) {
  serve();
  accept();
  person.commit({{"app.yaml", "two\n"}, {"big", noise(10'000)}});
  server->command("fault slow 2000");
  request.deadline = Deadline::in(std::chrono::milliseconds(1500));
  const Result<FetchResult> result = store->fetch(request, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), kFetchTimeout) << result.error().render();
  EXPECT_EQ(read("app.yaml"), "one\n");
  server->command("fault none");
  accept();
  EXPECT_EQ(read("app.yaml"), "two\n");
}

TEST_F(Http, AStopEndsAFetchAtOnce) {
  serve();
  accept();
  server->command("fault hang");
  std::stop_source stop;
  std::jthread later([&stop] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop.request_stop();
  });
  request.deadline = Deadline::in(std::chrono::seconds(30));
  const Result<FetchResult> result = store->fetch(request, stop.get_token());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), kCancelled);
  server->command("fault none");
}

TEST_F(Http, AVanishedBranch) {
  serve();
  person.push("main:refs/heads/live");
  request.ref.branch = "live";
  accept();
  person.push(":refs/heads/live");
  refused(kRefNotFound);
  EXPECT_NE(error.help().find("main"), std::string::npos) << error.render();
}

TEST_F(Http, RedirectsStayAtTheirHost) {
  serve();
  server->command("fault redirect http://127.0.0.1:1/elsewhere");
  request.credentials = {.username = "ann", .password = kPassword};
  expect_no_secret(refused(kRedirectRefused));
}

TEST_F(Http, EveryAppOfARepositorySharesItsObjects) {
  serve();
  person.push("main:refs/heads/live");
  accept();
  FetchRequest other = request;
  other.ref.branch = "live";
  other.last_good.reset();
  other.deadline = Deadline::in(std::chrono::seconds(30));
  EXPECT_TRUE(store->fetch(other, {})->queried_only);
}

}  // namespace
}  // namespace plumb::test
