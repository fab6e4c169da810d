#include "core/render/names.h"

#include <gtest/gtest.h>

namespace plumb::rendering {
namespace {

const GroupKind kDeployment{"apps", "Deployment"};
const GroupKind kService{"", "Service"};
const GroupKind kNamespace{"", "Namespace"};
const GroupKind kRole{"rbac.authorization.k8s.io", "Role"};

TEST(ObjectName, Rules) {
  EXPECT_FALSE(object_name_fault(kDeployment, "web-1.example"));
  EXPECT_FALSE(object_name_fault(kDeployment, std::string(253, 'a')));
  for (const std::string& name : {std::string(), std::string("Web"), std::string("web_1"),
                                  std::string("-web"), std::string("web-"), std::string("a..b"),
                                  std::string("wéb"), std::string("a b"), std::string(254, 'a')}) {
    EXPECT_TRUE(object_name_fault(kDeployment, name)) << name;
  }
  EXPECT_FALSE(object_name_fault(kService, "web"));
  EXPECT_TRUE(object_name_fault(kService, "1web"));
  EXPECT_TRUE(object_name_fault(kService, "a.b"));
  EXPECT_FALSE(object_name_fault(kNamespace, "1prod"));
  EXPECT_TRUE(object_name_fault(kNamespace, "a.b"));
  EXPECT_TRUE(object_name_fault(kNamespace, std::string(64, 'a')));
  EXPECT_FALSE(object_name_fault(kRole, "system:controller_Foo"));
  EXPECT_TRUE(object_name_fault(kRole, "a/b"));
  EXPECT_TRUE(object_name_fault(kRole, "a%b"));
  EXPECT_TRUE(object_name_fault(kRole, ".."));
}

TEST(ObjectName, FaultNamesTheCharacter) {
  EXPECT_EQ(object_name_fault(kDeployment, "web_1"),
            "'_' is not allowed, only a-z, 0-9, '-' and '.'");
  EXPECT_EQ(object_name_fault(kDeployment, "wéb"),
            "'é' is not allowed, only a-z, 0-9, '-' and '.'");
  EXPECT_EQ(object_name_fault(kDeployment, "a\x1b"),
            "'\\x1b' is not allowed, only a-z, 0-9, '-' and '.'");
}

TEST(ObjectName, Suggestions) {
  EXPECT_EQ(suggested_name(kDeployment, "Web_App"), "web-app");
  EXPECT_EQ(suggested_name(kDeployment, "a.B"), "a.b");
  EXPECT_EQ(suggested_name(kNamespace, "a.B"), "a-b");
  EXPECT_EQ(suggested_name(kDeployment, "__"), "");
  EXPECT_EQ(suggested_name(kService, "9Web"), "");
  EXPECT_EQ(suggested_name(kDeployment, std::string(300, 'A')), std::string(253, 'a'));
}

TEST(Types, Rules) {
  for (const char* text : {"v1", "apps/v1", "example.com/v1alpha1"}) {
    EXPECT_FALSE(api_version_fault(text)) << text;
  }
  for (const char* text : {"", "/v1", "apps/", "a/b/v1", "Apps/v1", "apps /v1", "v1.2"}) {
    EXPECT_TRUE(api_version_fault(text)) << text;
  }
  EXPECT_FALSE(kind_fault("Deployment"));
  for (const char* text : {"", "1Kind", "My Kind", "a/b", "Kind\n"}) {
    EXPECT_TRUE(kind_fault(text)) << text;
  }
}

TEST(Labels, Rules) {
  for (const std::string key : {"app", "app.kubernetes.io/name", "Example.COM/A_b.c-d"}) {
    EXPECT_FALSE(qualified_name_fault(key)) << key;
  }
  for (const std::string key : {"", "/a", "a/", "a/b/c", "-a", "a-", "a b", "ex_ample/x", "x/-"}) {
    EXPECT_TRUE(qualified_name_fault(key)) << key;
  }
  EXPECT_TRUE(qualified_name_fault(std::string(64, 'a')));
  EXPECT_FALSE(label_value_fault(""));
  EXPECT_FALSE(label_value_fault(std::string(63, 'a')));
  EXPECT_TRUE(label_value_fault(std::string(64, 'a')));
  EXPECT_TRUE(label_value_fault("a/b"));
  EXPECT_TRUE(label_value_fault("-a"));
  EXPECT_FALSE(data_key_fault("tls.crt"));
  EXPECT_FALSE(data_key_fault(".dockerconfigjson"));
  EXPECT_TRUE(data_key_fault(".."));
  EXPECT_TRUE(data_key_fault("a/b"));
}

}  // namespace
}  // namespace plumb::rendering
