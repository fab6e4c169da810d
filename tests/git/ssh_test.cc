// The store against a real sshd: key and known_hosts are required, and nothing else is asked.
#include "store_fixture.h"

namespace plumb::test {
namespace {

class Ssh : public StoreTest {
 protected:
  void SetUp() override {
    server = std::make_unique<Server>(
        "ssh_server", std::vector<std::string>{"--root", scratch.path("served"), "--dir",
                                               scratch.path("ssh"), "--read-only"});
    open(server->about("url") + "/web.git");
    request.credentials = {.ssh_identity = read_text(server->about("key")),
                           .known_hosts = read_text(server->about("known_hosts"))};
  }
  std::unique_ptr<Server> server;
};

TEST_F(Ssh, FetchesAndPolls) {
  EXPECT_FALSE(accept().queried_only);
  EXPECT_EQ(read("app.yaml"), "one\n");
  server->command("forget");
  EXPECT_TRUE(accept().queried_only);
  EXPECT_EQ(server->stat("connections"), 1);
  const std::string next = person.commit({{"app.yaml", "two\n"}});
  EXPECT_EQ(accept().revision.commit.str(), next);
  EXPECT_EQ(read("app.yaml"), "two\n");
  person.run({"tag", "-a", "-m", "release", "v1.0.0"});
  person.push("--tags");
  request.ref.tag = "v1.0.0";
  EXPECT_EQ(accept().revision.display(), "v1.0.0@" + next);
}

TEST_F(Ssh, AnUnknownHostIsRefused) {
  request.credentials.known_hosts = "";
  EXPECT_EQ(refused(kHostKeyUnknown).retry(), Retry::denied);
  EXPECT_EQ(server->stat("connections"), 0);
  request.credentials.known_hosts = "# no host\n";
  refused(kHostKeyUnknown);
}

TEST_F(Ssh, AnotherHostKeyIsRefused) {
  request.credentials.known_hosts = read_text(server->about("wrong_known_hosts"));
  EXPECT_EQ(refused(kHostKeyMismatch).retry(), Retry::denied);
}

TEST_F(Ssh, AStrangersKeyIsRefused) {
  accept();
  request.credentials.ssh_identity = read_text(server->about("stranger_key"));
  EXPECT_EQ(refused(kAuthFailed).retry(), Retry::denied);
  request.credentials.ssh_identity = "hunter2";
  refused(kBadCredentials);
  EXPECT_EQ(error.render().find("hunter2"), std::string::npos);
}

TEST_F(Ssh, FaultsLeaveTheLastGoodRevision) {
  accept();
  person.commit({{"app.yaml", "two\n"}});
  for (const char* fault : {"down", "reset"}) {
    server->command(std::string("fault ") + fault);
    EXPECT_EQ(refused(kRepositoryUnreachable).retry(), Retry::transient) << fault;
  }
  server->command("fault hang");
  request.deadline = Deadline::in(std::chrono::milliseconds(500));
  const Result<FetchResult> result = store->fetch(request, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), kFetchTimeout) << result.error().render();
  server->command("fault none");
  accept();
  EXPECT_EQ(read("app.yaml"), "two\n");
}

TEST_F(Ssh, AMissingRepository) {
  open(server->about("url") + "/none.git");
  refused(kRepositoryNotFound);
}

}  // namespace
}  // namespace plumb::test
