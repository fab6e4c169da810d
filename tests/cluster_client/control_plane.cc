#include "control_plane.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

extern char** environ;

namespace plumb::test {
namespace {

std::string script() {
  const char* root = std::getenv("PLUMB_SOURCE_DIR");
  return std::string(root != nullptr ? root : ".") + "/tests/cluster/control_plane";
}

class ControlPlane : public testing::Environment {
 public:
  void SetUp() override {
    ASSERT_TRUE(control_plane({"up", "--dir", control_folder(), "--watch-parent", "--controllers",
                               "none", "--user", "reader=reader-token"}))
        << "run tests/cluster/binaries once to build the programs of the control plane";
  }
  void TearDown() override { (void)control_plane({"down", "--dir", control_folder()}); }
};

}  // namespace

bool control_plane(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"python3", script()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawnp(&child, "python3", nullptr, nullptr, argv.data(), environ) != 0) return false;
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

const std::string& control_folder() {
  static const std::string kFolder =
      (std::filesystem::temp_directory_path() / ("plumb-cluster-" + std::to_string(getpid())))
          .string();
  return kFolder;
}

void control(const std::string& command) {
  ASSERT_TRUE(control_plane({"ctl", "--dir", control_folder(), command}));
}

std::unique_ptr<ClusterClient> connect_as(const std::string& token, ClientOptions options) {
  Result<ClusterAccess> access = load_kubeconfig({.path = control_folder() + "/kubeconfig"});
  if (!access) {
    ADD_FAILURE() << access.error().render();
    return nullptr;
  }
  if (!token.empty()) access->bearer_token = token;
  Result<std::unique_ptr<ClusterClient>> client =
      ClusterClient::connect(*std::move(access), std::move(options));
  if (!client) {
    ADD_FAILURE() << client.error().render();
    return nullptr;
  }
  return *std::move(client);
}

std::unique_ptr<ClusterClient> connect(ClientOptions options) {
  return connect_as("", std::move(options));
}

bool eventually(const std::function<bool()>& condition) {
  const Deadline deadline = Deadline::in(std::chrono::seconds(30));
  while (!condition()) {
    if (deadline.passed()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

Value config_map_body(const ObjectKey& key, const std::string& value, const std::string& app) {
  Value body = Value::map({{"apiVersion", "v1"}, {"kind", "ConfigMap"}});
  body.set_path({"metadata", "name"}, key.name);
  body.set_path({"metadata", "namespace"}, key.namespace_);
  body.set_path({"metadata", "labels", kAppLabel}, app);
  body.set_path({"metadata", "labels", kAppNamespaceLabel}, "apps");
  body.set_path({"data", "value"}, value);
  return body;
}

Value deployment_body(const ObjectKey& key, int replicas, const std::string& app) {
  Value body = from_json(R"({"apiVersion":"apps/v1","kind":"Deployment","spec":{
    "selector":{"matchLabels":{"app":"web"}},
    "template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[
      {"name":"web","image":"web:1","ports":[{"containerPort":80}],
       "resources":{"limits":{"cpu":"1000m"}}}]}}}})");
  body.set_path({"metadata", "name"}, key.name);
  body.set_path({"metadata", "namespace"}, key.namespace_);
  body.set_path({"metadata", "labels", kAppLabel}, app);
  body.set_path({"metadata", "labels", kAppNamespaceLabel}, "apps");
  body.set_path({"spec", "replicas"}, replicas);
  return body;
}

}  // namespace plumb::test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  testing::AddGlobalTestEnvironment(new plumb::test::ControlPlane);  // GoogleTest owns it
  return RUN_ALL_TESTS();
}
