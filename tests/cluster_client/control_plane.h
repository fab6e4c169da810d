// The control plane of this test program: one kube-apiserver with etcd, started before the first
// test and ended with the process.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "edge/cluster/cluster_client.h"
#include "lang/json/json.h"

namespace plumb::test {

// Runs tests/cluster/control_plane; true if it ended well.
bool control_plane(const std::vector<std::string>& arguments);
// Folder of the running control plane.
const std::string& control_folder();
// One of its commands ("restart-apiserver").
void control(const std::string& command);

std::unique_ptr<ClusterClient> connect_as(const std::string& token, ClientOptions options = {});
std::unique_ptr<ClusterClient> connect(ClientOptions options = {});

inline Value from_json(std::string_view text) {
  Result<Value> value = json::parse(text);
  EXPECT_TRUE(value.has_value()) << text;
  return value ? *value : Value();
}

// Until the condition holds; false after half a minute.
bool eventually(const std::function<bool()>& condition);

inline const ApiResource kConfigMaps{{"", "v1", "ConfigMap"}, "configmaps", true};
inline const ApiResource kSecrets{{"", "v1", "Secret"}, "secrets", true};
inline const ApiResource kNamespaces{{"", "v1", "Namespace"}, "namespaces", false};
inline const ApiResource kDeployments{{"apps", "v1", "Deployment"}, "deployments", true};
inline const ApiResource kServices{{"", "v1", "Service"}, "services", true};
inline const ApiResource kDefinitions{
    {"apiextensions.k8s.io", "v1", "CustomResourceDefinition"}, "customresourcedefinitions", false};

inline ObjectKey config_map(const std::string& name, const std::string& ns = "default") {
  return {"", "ConfigMap", ns, name};
}

// A ConfigMap of the app `app` in namespace "apps".
Value config_map_body(const ObjectKey& key, const std::string& value,
                      const std::string& app = "demo");
Value deployment_body(const ObjectKey& key, int replicas, const std::string& app = "demo");

}  // namespace plumb::test
