#include "edge/cluster/kubeconfig.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace plumb {
namespace {

using testing::HasSubstr;
using testing::Not;

class Kubeconfig : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("plumb-kubeconfig-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override {
    unsetenv("KUBECONFIG");
    std::filesystem::remove_all(folder_);
  }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  std::filesystem::path folder_;
};

constexpr const char* kTwoContexts = R"(apiVersion: v1
kind: Config
current-context: one
contexts:
- name: one
  context: {cluster: c, user: u, namespace: team}
- name: two
  context: {cluster: c, user: plugin}
clusters:
- name: c
  cluster:
    server: https://10.0.0.1:6443/
    certificate-authority: ca.crt
users:
- name: u
  user: {token: hunter2}
- name: plugin
  user:
    exec: {command: aws}
)";

TEST_F(Kubeconfig, current_context_and_relative_files) {
  file("ca.crt", "PEM");
  const auto access = load_kubeconfig({.path = file("config", kTwoContexts)});
  ASSERT_TRUE(access) << access.error().render();
  EXPECT_EQ(access->server, "https://10.0.0.1:6443");
  EXPECT_EQ(access->tls.ca_file, (folder_ / "ca.crt").string());
  EXPECT_EQ(access->bearer_token, "hunter2");
  EXPECT_EQ(access->namespace_, "team");
  EXPECT_EQ(access->context, "one");
}

TEST_F(Kubeconfig, plugins_are_refused_by_name) {
  file("ca.crt", "PEM");
  const auto access = load_kubeconfig({.path = file("config", kTwoContexts), .context = "two"});
  ASSERT_FALSE(access);
  EXPECT_EQ(access.error().code(), kKubeconfigInvalid);
  EXPECT_THAT(access.error().render(), HasSubstr("exec"));
}

TEST_F(Kubeconfig, unknown_context_lists_the_known_ones) {
  const auto access = load_kubeconfig({.path = file("config", kTwoContexts), .context = "three"});
  ASSERT_FALSE(access);
  EXPECT_THAT(access.error().render(), HasSubstr("known: one, two"));
}

TEST_F(Kubeconfig, list_of_files_first_definition_wins) {
  file("ca.crt", "PEM");
  const std::string first = file("first",
                                 "current-context: two-files\ncontexts:\n- name: two-files\n"
                                 "  context: {cluster: c, user: u}\n");
  const std::string list =
      first + ":" + (folder_ / "absent").string() + ":" + file("second", kTwoContexts);
  setenv("KUBECONFIG", list.c_str(), 1);
  const auto access = load_kubeconfig();
  ASSERT_TRUE(access) << access.error().render();
  EXPECT_EQ(access->context, "two-files");
  EXPECT_EQ(access->namespace_, "default");
}

TEST_F(Kubeconfig, errors_never_quote_it) {
  const auto access = load_kubeconfig({.path = file("config", "users: [token: hunter2\n  x")});
  ASSERT_FALSE(access);
  EXPECT_THAT(access.error().render(), Not(HasSubstr("hunter2")));
}

TEST_F(Kubeconfig, missing_file) {
  const auto access = load_kubeconfig({.path = (folder_ / "none").string()});
  ASSERT_FALSE(access);
  EXPECT_EQ(access.error().code(), kKubeconfigMissing);
}

}  // namespace
}  // namespace plumb
