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

// A kubeconfig of a Secret, with other lines for its cluster and its user.
std::string inline_text(const std::string& cluster, const std::string& user) {
  return "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
         "clusters: [{name: c, cluster: {" +
         cluster + "}}]\nusers: [{name: u, user: {" + user + "}}]\n";
}

constexpr const char* kServer = "server: \"https://10.0.0.1:6443/\"";

std::string complaint_about(const std::string& cluster, const std::string& user) {
  const auto access = read_inline_kubeconfig(inline_text(cluster, user));
  return access ? "accepted" : access.error().message();
}

TEST(InlineKubeconfig, what_stands_in_it_is_taken) {
  const auto access = read_inline_kubeconfig(
      inline_text(std::string(kServer) + ", certificate-authority-data: UEVN, tls-server-name: api",
                  "client-certificate-data: Q0VSVA==, client-key-data: S0VZ, token: \"\""));
  ASSERT_TRUE(access) << access.error().render();
  EXPECT_EQ(access->server, "https://10.0.0.1:6443");
  EXPECT_EQ(access->tls.ca_pem, "PEM");
  EXPECT_EQ(access->tls.ca_file, "");
  EXPECT_EQ(access->tls.server_name, "api");
  EXPECT_EQ(access->tls.client_cert_pem, "CERT");
  EXPECT_EQ(access->tls.client_key_pem, "KEY");
  EXPECT_EQ(access->token_file, "");
  EXPECT_FALSE(access->tls.insecure_skip_verify);
}

TEST(InlineKubeconfig, what_reads_files_or_runs_programs_is_refused) {
  const std::string refused = ", which is refused in a Secret";
  for (const std::string field :
       {"exec: {command: sh}", "exec: sh", "auth-provider: {name: gcp}", "tokenFile: /etc/passwd",
        "client-certificate: /etc/passwd", "client-key: /etc/passwd", "username: admin",
        "password: hunter2", "as: system:admin"}) {
    const std::string name = field.substr(0, field.find(':'));
    EXPECT_EQ(complaint_about(kServer, "token: hunter2, " + field),
              "the user has the field " + name + refused);
  }
  for (const std::string field : {"certificate-authority: /etc/passwd",
                                  "insecure-skip-tls-verify: true", "proxy-url: \"http://p\""}) {
    const std::string name = field.substr(0, field.find(':'));
    EXPECT_EQ(complaint_about(std::string(kServer) + ", " + field, "token: t"),
              "the cluster has the field " + name + refused);
  }
  // What is empty or off does nothing.
  EXPECT_EQ(complaint_about(std::string(kServer) + ", insecure-skip-tls-verify: false",
                            "token: t, exec: null, tokenFile: \"\""),
            "accepted");
}

TEST(InlineKubeconfig, what_is_wrong_is_told_without_quoting_it) {
  EXPECT_EQ(complaint_about(kServer, "token: t, as-groups: [a]"),
            "the user has the field as-groups, which is not supported");
  EXPECT_EQ(complaint_about("server: \"http://10.0.0.1\"", "token: t"),
            "the cluster's server is not an https URL");
  EXPECT_EQ(complaint_about("server: \"https://hunter2@10.0.0.1\"", "token: t"),
            "the cluster's server is not an https URL");
  EXPECT_EQ(complaint_about("server: \"https:///api\"", "token: t"),
            "the cluster's server is not an https URL");
  EXPECT_EQ(complaint_about("certificate-authority-data: \"\"", "token: t"),
            "the cluster has no server");
  EXPECT_EQ(
      complaint_about(std::string(kServer) + ", certificate-authority-data: \"-\"", "token: t"),
      "certificate-authority-data is not base64");
  EXPECT_EQ(complaint_about(std::string(kServer) + ", tls-server-name: \"a:1:b\"", "token: t"),
            "tls-server-name is not the name of a host");
  EXPECT_EQ(complaint_about(kServer, "token: \"hunter2\\r\\nImpersonate-User: admin\""),
            "the token has a space, a line break or another character of no token");
  EXPECT_EQ(complaint_about(kServer, ""), "the user has no credentials");
  EXPECT_EQ(complaint_about(kServer, "token: 12"), "token of the user is not text");
  EXPECT_EQ(complaint_about(kServer, "client-certificate-data: Q0VSVA=="),
            "client-certificate and client-key belong together");
  // "ENCRYPTED"
  EXPECT_EQ(
      complaint_about(kServer, "client-certificate-data: Q0VSVA==, client-key-data: RU5DUllQVEVE"),
      "client-key-data is a key with a password, which nobody can enter");
}

TEST(InlineKubeconfig, what_is_no_kubeconfig) {
  const auto complaint = [](const std::string& text) {
    const auto access = read_inline_kubeconfig(text);
    return access ? "accepted" : access.error().message();
  };
  EXPECT_EQ(complaint(""), "the kubeconfig is not a map");
  EXPECT_EQ(complaint("users: [token: hunter2\n  x"), "the kubeconfig is not YAML");
  EXPECT_EQ(complaint("{\"users\": hunter2"), "the kubeconfig is not YAML");
  EXPECT_EQ(complaint("{}"), "the kubeconfig has no current-context");
  EXPECT_EQ(complaint("current-context: x"), "the kubeconfig has no context \"x\"");
  EXPECT_EQ(complaint("current-context: x\ncontexts: [{name: x, context: [1]}]"),
            "the context is not a map");
  EXPECT_EQ(complaint("current-context: x\ncontexts: [{name: x, context: {cluster: c}}]"),
            "the kubeconfig has no cluster \"c\"");
  EXPECT_EQ(complaint(std::string((1 << 20) + 1, 'x')), "the kubeconfig is larger than 1 MiB");
}

}  // namespace
}  // namespace plumb
