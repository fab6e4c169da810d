// Requests and their errors.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "control_plane.h"
#include "edge/cluster/drift.h"

namespace plumb::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class Client : public testing::Test {
 protected:
  void SetUp() override {
    client_ = connect();
    ASSERT_TRUE(client_);
  }
  std::unique_ptr<ClusterClient> client_;
};

TEST_F(Client, connects_and_discovers) {
  EXPECT_THAT(client_->server_version(), HasSubstr("v1."));
  EXPECT_TRUE(client_->catalog()->resources.empty());
  const auto catalog = client_->discover();
  ASSERT_TRUE(catalog) << catalog.error().render();
  const ApiResource* deployments = (*catalog)->find({"apps", "v1", "Deployment"});
  ASSERT_TRUE(deployments);
  EXPECT_EQ(deployments->plural, "deployments");
  EXPECT_TRUE(deployments->namespaced);
  const ApiResource* namespaces = (*catalog)->find_any({"", "Namespace"});
  ASSERT_TRUE(namespaces);
  EXPECT_FALSE(namespaces->namespaced);
  EXPECT_TRUE((*catalog)->partial.empty());
  const auto again = client_->discover();
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->resources.size(), (*catalog)->resources.size());
}

// A sanitizer sees what is read of a catalog that is gone.
TEST_F(Client, catalog_is_replaced_while_it_is_read) {
  ASSERT_TRUE(client_->discover());
  std::atomic<bool> done{false};
  std::jthread reader([&] {
    while (!done) EXPECT_TRUE(client_->resource_of({"apps", "v1", "Deployment"}));
  });
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(client_->discover());
  done = true;
}

TEST_F(Client, applies_reads_lists_and_removes) {
  const ObjectKey key = config_map("crud");
  const auto made = client_->apply(kConfigMaps, key, config_map_body(key, "1"));
  ASSERT_TRUE(made) << made.error().render();
  const std::string version = made->string_at({"metadata", "resourceVersion"});
  const auto same = client_->apply(kConfigMaps, key, config_map_body(key, "1"));
  ASSERT_TRUE(same);
  EXPECT_EQ(same->string_at({"metadata", "resourceVersion"}), version);

  const auto read = client_->get(kConfigMaps, key);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->string_at({"data", "value"}), "1");
  const auto listed = client_->list(
      kConfigMaps, {.namespace_ = "default", .label_selector = std::string(kAppLabel) + "=demo"});
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->size(), 1u);
  EXPECT_EQ(key_of(listed->front()), key);

  const auto wrong = client_->remove(kConfigMaps, key, {.uid = "not-this-one"});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code(), kObjectConflict);
  const auto patched = client_->merge_patch(
      kConfigMaps, key, from_json(R"({"metadata":{"finalizers":["plumb.dev/finalizer"]}})"));
  ASSERT_TRUE(patched);
  const std::string uid = made->string_at({"metadata", "uid"});
  const auto held = client_->remove(kConfigMaps, key, {.uid = uid});
  ASSERT_TRUE(held) << held.error().render();
  EXPECT_EQ(held->state, RemoveOutcome::State::deleting);
  EXPECT_THAT(held->finalizers, testing::ElementsAre("plumb.dev/finalizer"));
  ASSERT_TRUE(
      client_->merge_patch(kConfigMaps, key, from_json(R"({"metadata":{"finalizers":null}})")));
  const auto gone = client_->remove(kConfigMaps, key, {.uid = uid});
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->state, RemoveOutcome::State::gone);
}

TEST_F(Client, dry_run_changes_nothing) {
  const ObjectKey key = config_map("never");
  ASSERT_TRUE(client_->apply(kConfigMaps, key, config_map_body(key, "1"), {.dry_run = true}));
  const auto read = client_->get(kConfigMaps, key);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), kObjectNotFound);
}

TEST_F(Client, lists_page_by_page) {
  constexpr int kCount = 520;  // more than one page
  std::atomic<int> answered{0};
  for (int i = 0; i < kCount; ++i) {
    const ObjectKey key = config_map("page-" + std::to_string(i));
    client_->apply(kConfigMaps, key, config_map_body(key, "x", "pages"), {},
                   [&](const auto& answer) {
                     EXPECT_TRUE(answer.has_value());
                     ++answered;
                   });
  }
  ASSERT_TRUE(eventually([&] { return answered == kCount; }));
  const auto listed =
      client_->list(kConfigMaps, {.label_selector = std::string(kAppLabel) + "=pages"});
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->size(), static_cast<size_t>(kCount));
  EXPECT_LE(client_->counters().window, 32u);
}

TEST_F(Client, status_and_leases) {
  const ApiResource leases{{"coordination.k8s.io", "v1", "Lease"}, "leases", true};
  const ObjectKey key{"coordination.k8s.io", "Lease", "default", "leader"};
  Value body = from_json(R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease",
    "metadata":{"name":"leader","namespace":"default"},"spec":{"holderIdentity":"a"}})");
  const auto made = client_->create(leases, key, body);
  ASSERT_TRUE(made) << made.error().render();
  const auto twice = client_->create(leases, key, body);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code(), kAlreadyExists);
  Value next = *made;
  next.set_path({"spec", "holderIdentity"}, "b");
  ASSERT_TRUE(client_->update(leases, key, next));
  const auto stale = client_->update(leases, key, next);
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code(), kObjectConflict);
  EXPECT_EQ(stale.error().retry(), Retry::conflict);

  const ObjectKey ns{"", "Namespace", "", "default"};
  const auto patched = client_->patch_status(
      kNamespaces, ns, from_json(R"({"status":{"conditions":[{"type":"Seen","status":"True"}]}})"));
  ASSERT_TRUE(patched) << patched.error().render();
}

// ---- errors

struct Mistake {
  const char* name;
  ErrorCode code;
  Retry retry;
  const ApiResource* resource;
  const char* body;
  const char* says;  // part of the message
};

class Errors : public testing::TestWithParam<Mistake> {};

TEST_P(Errors, are_classified) {
  const auto client = connect();
  ASSERT_TRUE(client);
  const ObjectKey deployment{"apps", "Deployment", "default", "errors"};
  ASSERT_TRUE(client->apply(kDeployments, deployment, deployment_body(deployment, 1)));
  const Mistake& mistake = GetParam();
  const Value body = from_json(mistake.body);
  const auto answer = client->apply(*mistake.resource, key_of(body), body);
  ASSERT_FALSE(answer);
  const Error& error = answer.error();
  EXPECT_STREQ(error.code().name, mistake.code.name) << error.render();
  EXPECT_EQ(error.retry(), mistake.retry) << error.render();
  EXPECT_THAT(error.render(), HasSubstr(mistake.says));
  EXPECT_THAT(error.render(), Not(HasSubstr("hunter2")));
}

const ApiResource kWidgets{{"example.com", "v1", "Widget"}, "widgets", true};

const Mistake kMistakes[] = {
    {"invalid_value", kInvalidObject, Retry::permanent, &kDeployments,
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"errors","namespace":"default"},
         "spec":{"replicas":-1,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":
         {"labels":{"app":"web"}},"spec":{"containers":[{"name":"web","image":"web:1"}]}}}})",
     "spec.replicas"},
    {"immutable_field", kImmutableField, Retry::permanent, &kDeployments,
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"errors","namespace":"default"},
         "spec":{"selector":{"matchLabels":{"app":"other"}},"template":{"metadata":
         {"labels":{"app":"other"}},"spec":{"containers":[{"name":"web","image":"web:1"}]}}}})",
     "spec.selector"},
    {"unknown_field", kInvalidObject, Retry::permanent, &kConfigMaps,
     R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"errors","namespace":"default"},
         "dat":{"a":"b"}})",
     "dat"},
    {"wrong_type", kInvalidObject, Retry::permanent, &kConfigMaps,
     R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"errors","namespace":"default"},
         "data":["b"]})",
     "data"},
    {"namespace_missing", kNamespaceMissing, Retry::transient, &kConfigMaps,
     R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"errors","namespace":"nowhere"}})",
     "the namespace nowhere does not exist"},
    {"kind_not_served", kKindNotServed, Retry::transient, &kWidgets,
     R"({"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w","namespace":"default"}})",
     "does not serve Widget"},
    {"secret_of_wrong_type", kInvalidObject, Retry::permanent, &kSecrets,
     R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"errors","namespace":"default"},
         "data":["hunter2"]})",
     "value hidden"},
    {"secret_number", kInvalidObject, Retry::permanent, &kSecrets,
     R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"errors","namespace":"default"},
         "stringData":{"k":["hunter2"]}})",
     "value hidden"},
    {"secret_not_base64", kInvalidObject, Retry::permanent, &kSecrets,
     R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"errors","namespace":"default"},
         "data":{"k":"hunter2!"}})",
     "value hidden"},
};

INSTANTIATE_TEST_SUITE_P(All, Errors, testing::ValuesIn(kMistakes),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_F(Client, forbidden_names_the_rule) {
  const auto reader = connect_as("reader-token");
  ASSERT_TRUE(reader);
  const ObjectKey key = config_map("forbidden");
  const auto answer = reader->apply(kConfigMaps, key, config_map_body(key, "1"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), kForbidden);
  EXPECT_EQ(answer.error().retry(), Retry::denied);
  EXPECT_THAT(answer.error().render(), HasSubstr("reader may not patch configmaps"));
  EXPECT_THAT(answer.error().render(), HasSubstr(R"(resources: ["configmaps"], verbs: ["patch"])"));
}

TEST_F(Client, impersonation) {
  const ObjectKey key = config_map("impersonated");
  const auto refused = client_->apply(kConfigMaps, key, config_map_body(key, "1"),
                                      {.impersonate = "system:serviceaccount:default:deployer"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), kForbidden);
  EXPECT_THAT(refused.error().message(), HasSubstr("system:serviceaccount:default:deployer"));
  const auto nobody =
      client_->apply(kConfigMaps, key, config_map_body(key, "1"), {.impersonate = ""});
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code(), kImpersonationMissing);
}

TEST_F(Client, unauthorized) {
  Result<ClusterAccess> access = load_kubeconfig({.path = control_folder() + "/kubeconfig"});
  ASSERT_TRUE(access);
  access->bearer_token = "wrong";
  const auto client = ClusterClient::connect(*std::move(access));
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code(), kUnauthorized);
}

TEST_F(Client, untrusted_server) {
  Result<ClusterAccess> access = load_kubeconfig({.path = control_folder() + "/kubeconfig"});
  ASSERT_TRUE(access);
  access->tls.ca_pem.clear();
  access->tls.ca_file.clear();
  const auto client = ClusterClient::connect(*std::move(access));
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code(), kTlsFailed);
}

TEST_F(Client, conflicting_manager_is_named) {
  const ObjectKey key = config_map("conflicting");
  ASSERT_TRUE(
      client_->apply(kConfigMaps, key, config_map_body(key, "1"), {.field_manager = "other-tool"}));
  const auto answer = client_->apply(kConfigMaps, key, config_map_body(key, "2"), {.force = false});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), kFieldConflict);
  EXPECT_THAT(answer.error().message(), HasSubstr("data.value is owned by \"other-tool\""));
}

TEST_F(Client, admission_policy_denies) {
  const ApiResource policies{{"admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicy"},
                             "validatingadmissionpolicies",
                             false};
  const ApiResource bindings{
      {"admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicyBinding"},
      "validatingadmissionpolicybindings",
      false};
  const Value policy = from_json(R"({"apiVersion":"admissionregistration.k8s.io/v1",
    "kind":"ValidatingAdmissionPolicy","metadata":{"name":"no-bad-maps"},"spec":{
    "matchConstraints":{"resourceRules":[{"apiGroups":[""],"apiVersions":["v1"],
      "operations":["CREATE","UPDATE"],"resources":["configmaps"]}]},
    "validations":[{"expression":"object.metadata.name != 'bad'","message":"bad is not a name"}]}})");
  const Value binding = from_json(R"({"apiVersion":"admissionregistration.k8s.io/v1",
    "kind":"ValidatingAdmissionPolicyBinding","metadata":{"name":"no-bad-maps"},
    "spec":{"policyName":"no-bad-maps","validationActions":["Deny"]}})");
  ASSERT_TRUE(client_->apply(policies, key_of(policy), policy));
  ASSERT_TRUE(client_->apply(bindings, key_of(binding), binding));
  const ObjectKey key = config_map("bad");
  std::optional<Error> error;
  EXPECT_TRUE(eventually([&] {  // the policy takes effect a little later
    const auto answer = client_->apply(kConfigMaps, key, config_map_body(key, "1"));
    if (!answer) error = answer.error();
    return error.has_value();
  }));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), kAdmissionDenied) << error->render();
  EXPECT_THAT(error->message(), HasSubstr("bad is not a name"));
  EXPECT_THAT(error->message(), HasSubstr("no-bad-maps"));
  ASSERT_TRUE(client_->remove(bindings, key_of(binding)));
  ASSERT_TRUE(client_->remove(policies, key_of(policy)));
}

TEST_F(Client, namespace_that_terminates) {
  const Value ns =
      from_json(R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"ending"}})");
  const auto made = client_->apply(kNamespaces, key_of(ns), ns);
  ASSERT_TRUE(made);
  const auto held = client_->remove(kNamespaces, key_of(ns));
  ASSERT_TRUE(held);
  EXPECT_EQ(held->state, RemoveOutcome::State::deleting);
  EXPECT_THAT(held->finalizers, testing::ElementsAre("kubernetes"));
  const ObjectKey key = config_map("late", "ending");
  std::optional<Error> error;
  EXPECT_TRUE(eventually([&] {
    const auto answer = client_->apply(kConfigMaps, key, config_map_body(key, "1"));
    if (!answer) error = answer.error();
    return error.has_value();
  }));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), kNamespaceTerminating) << error->render();
}

TEST_F(Client, deadline_ends_a_request_to_a_stalled_server) {
  control("pause-apiserver");
  const auto answer =
      client_->get(kConfigMaps, config_map("any"), Deadline::in(std::chrono::milliseconds(300)));
  control("resume-apiserver");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), kDeadlineExceeded) << answer.error().render();
}

// What waits for a server that says nothing ends together, not one after the other.
TEST_F(Client, a_server_that_says_nothing_is_lost) {
  std::atomic<int> told{0};
  const auto client = connect({.window_start = 2,
                               .window_most = 2,
                               .lost_after = std::chrono::seconds(1),
                               .on_lost = [&](const Error&) { ++told; }});
  ASSERT_TRUE(client);
  control("pause-apiserver");
  std::atomic<int> lost{0};
  for (int i = 0; i < 20; ++i) {
    const ObjectKey key = config_map("lost");
    client->apply(kConfigMaps, key, config_map_body(key, "1"),
                  {.deadline = Deadline::in(std::chrono::seconds(60))}, [&](const auto& answer) {
                    lost += !answer && answer.error().code() == kServerLost ? 1 : 0;
                  });
  }
  EXPECT_TRUE(eventually([&] { return lost == 20; }));
  control("resume-apiserver");
  EXPECT_TRUE(client->is_lost());
  EXPECT_EQ(told, 1);
  const auto later = client->get(kConfigMaps, config_map("any"));
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().code(), kServerLost);
}

TEST_F(Client, a_pause_does_not_lose_a_server) {
  const auto client = connect({.lost_after = std::chrono::minutes(1)});
  ASSERT_TRUE(client);
  control("stop-apiserver");
  const ObjectKey key = config_map("kept");
  std::atomic<bool> done{false};
  client->apply(kConfigMaps, key, config_map_body(key, "1"),
                {.deadline = Deadline::in(std::chrono::seconds(90))}, [&](const auto& answer) {
                  EXPECT_TRUE(answer.has_value()) << answer.error().render();
                  done = true;
                });
  control("start-apiserver");
  EXPECT_TRUE(eventually([&] { return done.load(); }));
  EXPECT_FALSE(client->is_lost());
}

TEST_F(Client, apply_survives_a_restart_of_the_server) {
  const ObjectKey key = config_map("restarted");
  control("stop-apiserver");
  std::atomic<bool> done{false};
  client_->apply(kConfigMaps, key, config_map_body(key, "1"),
                 {.deadline = Deadline::in(std::chrono::seconds(60))}, [&](const auto& answer) {
                   EXPECT_TRUE(answer.has_value()) << answer.error().render();
                   done = true;
                 });
  control("start-apiserver");
  EXPECT_TRUE(eventually([&] { return done.load(); }));
  EXPECT_GT(client_->counters().retried, 0u);
}

}  // namespace
}  // namespace plumb::test
