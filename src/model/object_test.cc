#include "model/object.h"

#include <gtest/gtest.h>

#include "model/inventory.h"

namespace plumb {
namespace {

TEST(ObjectKey, InventoryIdsReadBack) {
  const std::initializer_list<std::pair<ObjectKey, const char*>> cases = {
      {{"apps", "Deployment", "prod", "web"}, "prod_web_apps_Deployment"},
      {{"", "Service", "prod", "web"}, "prod_web__Service"},
      {{"", "Namespace", "", "prod"}, "_prod__Namespace"},
      {{"rbac.authorization.k8s.io", "ClusterRole", "", "system:node"},
       "_system:node_rbac.authorization.k8s.io_ClusterRole"},
      {{"rbac.authorization.k8s.io", "Role", "prod", "a_b__c"},
       "prod_a_b__c_rbac.authorization.k8s.io_Role"},
      {{"rbac.authorization.k8s.io", "Role", "prod", "_"}, "prod___rbac.authorization.k8s.io_Role"},
  };
  for (const auto& [key, id] : cases) {
    EXPECT_EQ(key.id(), id);
    const auto back = parse_object_id(id);
    ASSERT_TRUE(back.has_value()) << id;
    EXPECT_EQ(*back, key) << id;
  }
}

TEST(ObjectKey, BadInventoryIds) {
  for (const char* id : {"", "web", "prod_web_apps", "prod__apps_Deployment", "prod_web_apps_"}) {
    EXPECT_FALSE(parse_object_id(id).has_value()) << id;
  }
}

TEST(ObjectKey, OfABody) {
  const Value body = Value::map(
      {{"apiVersion", "apps/v1"},
       {"kind", "Deployment"},
       {"metadata", Value::map({{"name", "web"},
                                {"namespace", "prod"},
                                {"labels", Value::map({{"app", "web"}})},
                                {"annotations", Value::map({{kPruneAnnotation, "disabled"}})}})}});
  EXPECT_EQ(key_of(body), (ObjectKey{"apps", "Deployment", "prod", "web"}));
  EXPECT_EQ(gvk_of(body).api_version(), "apps/v1");
  EXPECT_EQ(label_of(body, "app"), "web");
  EXPECT_EQ(label_of(body, "other"), "");
  EXPECT_EQ(annotation_of(body, kPruneAnnotation), "disabled");
  EXPECT_EQ(key_of(body).display(), "apps/Deployment prod/web");
  EXPECT_EQ(key_of(Value("text")), ObjectKey{});
  EXPECT_EQ(make_gvk("v1", "Service").api_version(), "v1");
}

TEST(ObjectKey, OnlyCoreSecretsAreSecret) {
  EXPECT_TRUE(is_secret({"", "Secret", "a", "b"}));
  EXPECT_FALSE(is_secret({"example.com", "Secret", "a", "b"}));
  EXPECT_FALSE(is_secret({"", "ConfigMap", "a", "b"}));
}

TEST(Inventory, FindsByKeyWhateverTheOrder) {
  const ObjectKey a{"", "Service", "prod", "a"};
  const ObjectKey b{"apps", "Deployment", "prod", "b"};
  const Inventory inventory({{b, "v1", {}}, {a, "v1", {}}});
  EXPECT_EQ(inventory.entries().front().key, a);
  ASSERT_NE(inventory.find(b), nullptr);
  EXPECT_EQ(inventory.find(b)->key, b);
  EXPECT_EQ(inventory.find({"", "Service", "prod", "b"}), nullptr);
  EXPECT_EQ(inventory, Inventory({{a, "v1", {}}, {b, "v1", {}}}));
}

}  // namespace
}  // namespace plumb
