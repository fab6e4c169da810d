#include "core/spec/resources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lang/json/json.h"

namespace plumb {
namespace {

using testing::HasSubstr;
using testing::Not;

Value with_spec(const std::string& spec, const std::string& name = "web") {
  return *json::parse(R"({"metadata":{"name":")" + name +
                      R"(","namespace":"prod","generation":7},"spec":)" + spec + "}");
}

// Every message and help of an error, in order.
std::string all_of(const Error& error) {
  std::string out = error.message() + "; " + error.help() + "\n";
  for (const Error& also : error.also()) out += also.message() + "; " + also.help() + "\n";
  return out;
}

std::string app_error(const std::string& spec) {
  const Result<AppSpec> app = decode_app(with_spec(spec));
  return app.has_value() ? "accepted" : all_of(app.error());
}

std::string repository_error(const std::string& spec) {
  const Result<RepositorySpec> repository = decode_repository(with_spec(spec));
  return repository.has_value() ? "accepted" : all_of(repository.error());
}

TEST(Resources, AnAppWithDefaults) {
  const Result<AppSpec> app = decode_app(with_spec(R"({"repository":{"name":"config"}})"));
  ASSERT_TRUE(app.has_value()) << app.error().render();
  AppSpec want;
  want.key = AppKey{{"prod", "web"}};
  want.generation = 7;
  want.repository = RepositoryKey{{"prod", "config"}};
  EXPECT_EQ(*app, want);
}

TEST(Resources, AnAppWithEverything) {
  Value body = with_spec(R"({
    "repository": {"name": "config", "namespace": "sources"},
    "path": "./apps//web/", "prune": false,
    "heal": "warn", "deletionPolicy": "orphan", "interval": "1h30m", "retryInterval": "1500ms",
    "timeout": "1s", "targetNamespace": "web", "serviceAccountName": "deployer",
    "dependsOn": [{"name": "db"}, {"name": "web", "namespace": "other"}],
    "rollback": {"onUnhealthy": {"image": "plumb-ci:v1", "secretName": "push"}},
    "images": [{"name": "web", "newName": "m/web", "newTag": "2", "digest": ""}],
    "patches": [{"patch": "[]", "target": {"kind": "A", "labelSelector": "a=b"}}, {"patch": "x"}],
    "components": ["../c"],
    "postBuild": {"substitute": {"tier": "gold\n", "n_1": "5"}, "strict": true},
    "suspend": true, "apply": "atomic"})");
  body.set_path({"metadata", "deletionTimestamp"}, "2026-11-23T09:38:50Z");
  body.set_path({"metadata", "finalizers"}, Value::list({"other/x", kFinalizer}));
  body.set_path({"metadata", "annotations", kSyncRequestedAnnotation}, "now");
  const Result<AppSpec> app = decode_app(body);
  ASSERT_TRUE(app.has_value()) << app.error().render();
  AppSpec want;
  want.key = AppKey{{"prod", "web"}};
  want.generation = 7;
  want.repository = RepositoryKey{{"sources", "config"}};
  want.path = *RelPath::parse("apps/web");
  want.prune = false;
  want.heal = HealMode::warn;
  want.deletion_policy = DeletionPolicy::orphan;
  want.interval = std::chrono::minutes(90);
  want.retry_interval = std::chrono::milliseconds(1500);
  want.timeout = std::chrono::seconds(1);
  want.target_namespace = "web";
  want.service_account = "deployer";
  want.depends_on = {AppKey{{"prod", "db"}}, AppKey{{"other", "web"}}};
  want.rollback = RollbackSpec{"plumb-ci:v1", "push"};
  want.substitution = {{{"n_1", "5"}, {"tier", "gold"}}, true};
  want.overlay.images = {{"web", "m/web", "2", ""}};
  want.overlay.patches = {{"[]", PatchTarget{.kind = "A", .label_selector = "a=b"}}, {"x", {}}};
  want.overlay.components = {"../c"};
  want.suspend = true;
  want.apply = ApplyMode::atomic;
  want.deleting = true;
  want.has_finalizer = true;
  want.sync_requested = "now";
  EXPECT_EQ(*app, want);
}

TEST(Resources, IgnoreRulesOfBothDialects) {
  const Result<AppSpec> app = decode_app(with_spec(R"({"repository":{"name":"config"},
    "ignore": [{"paths": ["/spec/replicas", "/metadata/annotations/a.org~1b"],
                "target": {"kind": "Deployment|StatefulSet", "name": "web-.*"}}],
    "ignoreDifferences": [{"group": "apps", "kind": "*Set", "name": "a.b", "jsonPointers": ["/spec"]},
                          {"kind": "*", "managedFieldsManagers": ["vpa"]}]})"));
  ASSERT_TRUE(app.has_value()) << app.error().render();
  const std::vector<IgnoreRule> want = {
      {{"", "", "Deployment|StatefulSet", "web-.*", ""},
       {{{"spec", "replicas"}, {"metadata", "annotations", "a.org/b"}}, {}},
       "spec.ignore[0]"},
      {{"apps", "", ".*Set", "a\\.b", ""}, {{{"spec"}}, {}}, "spec.ignoreDifferences[0]"},
      {{"", "", ".*", "", ""}, {{}, {"vpa"}}, "spec.ignoreDifferences[1]"},
  };
  EXPECT_EQ(app->ignore, want);
}

TEST(Resources, IgnoreRulesThatCannotBeUsed) {
  const auto error = [](const std::string& rule) {
    return app_error(R"({"repository":{"name":"config"},)" + rule + "}");
  };
  EXPECT_THAT(error(R"("ignore":[{"paths":["spec"]}])"), HasSubstr("does not begin with /"));
  EXPECT_THAT(error(R"("ignore":[{"paths":[]}])"), HasSubstr("spec.ignore[0].paths is empty"));
  EXPECT_THAT(error(R"("ignore":[{"paths":["/a"],"target":{"name":"("}}])"),
              HasSubstr("is not a regular expression"));
  EXPECT_THAT(error(R"("ignore":[{"paths":["/a"],"target":{"labelSelector":"a=b"}}])"),
              HasSubstr("spec.ignore[0].target.labelSelector is no field"));
  EXPECT_THAT(error(R"("ignoreDifferences":[{"kind":"X","jqPathExpressions":[".a"]}])"),
              HasSubstr("jqPathExpressions is not supported"));
  EXPECT_THAT(error(R"("ignoreDifferences":[{"kind":"X"}])"), HasSubstr("jsonPointers is empty"));
}

TEST(Resources, VariablesOfOtherObjects) {
  const Result<AppSpec> app = decode_app(with_spec(R"({"repository":{"name":"config"},
    "postBuild": {"substituteFrom": [{"kind": "ConfigMap", "name": "a"},
                                     {"kind": "Secret", "name": "b", "optional": true}]}})"));
  ASSERT_TRUE(app.has_value()) << app.error().render();
  using Kind = VariableSource::Kind;
  EXPECT_EQ(app->substitute_from, (std::vector<VariableSource>{{Kind::config_map, "a", false},
                                                               {Kind::secret, "b", true}}));
  const auto error = [](const std::string& source) {
    return app_error(R"({"repository":{"name":"config"},"postBuild":{"substituteFrom":[)" + source +
                     "]}}");
  };
  EXPECT_THAT(error(R"({"kind":"Pod","name":"a"})"),
              HasSubstr("substituteFrom[0].kind is \"Pod\""));
  EXPECT_THAT(error(R"({"name":"a"})"), HasSubstr("substituteFrom[0].kind is missing"));
  EXPECT_THAT(error(R"({"kind":"Secret"})"), HasSubstr("substituteFrom[0].name is missing"));
  EXPECT_THAT(error(R"({"kind":"Secret","name":"a","namespace":"b"})"), HasSubstr("is no field"));
}

TEST(Resources, TheLaterVariableWinsAndTheAppOverAll) {
  using Kind = VariableSource::Kind;
  Substitution out;
  const auto object = [](const char* data) {
    return *json::parse(std::string(R"({"metadata":{"name":"o"},"data":)") + data + "}");
  };
  ASSERT_TRUE(
      add_variables(object(R"({"a":"1\n","b":"1","c":"1","d":"1"})"), Kind::config_map, out));
  ASSERT_TRUE(add_variables(object(R"({"b":"Mg==","c":"Mg==","d":"Mg=="})"), Kind::secret, out));
  ASSERT_TRUE(add_variables(object(R"({"c":"3"})"), Kind::config_map, out));
  add_variables(Substitution{.variables = {{"d", "4"}}}, out);
  const Substitution want{.variables = {{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}},
                          .secret = {"b"}};
  EXPECT_EQ(out, want);
  const auto bad = add_variables(object(R"({"a.b":"hidden"})"), Kind::secret, out);
  ASSERT_FALSE(bad.has_value());
  EXPECT_THAT(bad.error().render(), HasSubstr("Secret o: key \"a.b\" is no name of a variable"));
  EXPECT_THAT(bad.error().render(), Not(HasSubstr("hidden")));
  EXPECT_FALSE(add_variables(object(R"({"a":"no base64"})"), Kind::secret, out).has_value());
}

TEST(Resources, OverlaysThatCannotBeUsed) {
  const auto error = [](const std::string& field) {
    return app_error(R"({"repository":{"name":"config"},)" + field + "}");
  };
  EXPECT_THAT(error(R"("images":[{"newTag":"1"}])"), HasSubstr("spec.images[0].name is missing"));
  EXPECT_THAT(error(R"("images":[{"name":"a","newTag":1}])"), HasSubstr("images[0].newTag is of"));
  EXPECT_THAT(error(R"("images":[{"name":"a","tag":"1"}])"),
              HasSubstr("images[0].tag is no field"));
  EXPECT_THAT(error(R"("images":[{"name":"a","digest":"sha256:1"}])"), HasSubstr("all letters"));
  EXPECT_THAT(error(R"("patches":["x"])"), HasSubstr("spec.patches[0] is of type string"));
  EXPECT_THAT(error(R"("patches":[{"target":{}}])"), HasSubstr("patches[0].patch is missing"));
  EXPECT_THAT(error(R"("patches":[{"patch":" "}])"), HasSubstr("patches[0].patch is empty"));
  EXPECT_THAT(error(R"("patches":[{"patch":"x","target":{"name":"("}}])"),
              HasSubstr("patches[0].target.name is \"(\""));
  EXPECT_THAT(error(R"("patches":[{"patch":"x","path":"a.yaml"}])"), HasSubstr("is no field"));
  EXPECT_THAT(error(R"("components":[1, "https://a/b"])"), HasSubstr("spec.components[1] is"));
  EXPECT_THAT(error(R"("components":["/a"])"), HasSubstr("spec.components[0] is"));
}

TEST(Resources, ARepositoryWithEverything) {
  const Result<RepositorySpec> repository = decode_repository(with_spec(R"({
    "url": "git@host:org/config.git", "interval": "1s", "timeout": "10s",
    "ref": {"branch": "main", "commit": "0123456789abcdef0123456789abcdef01234567"},
    "secretRef": {"name": "key"}, "webhookSecretRef": {"name": "hook"}, "suspend": true,
    "allowRewind": true, "trust": "none"})"));
  ASSERT_TRUE(repository.has_value()) << repository.error().render();
  RepositorySpec want;
  want.key = RepositoryKey{{"prod", "web"}};
  want.generation = 7;
  want.url = "git@host:org/config.git";
  want.ref.branch = "main";
  want.ref.commit = "0123456789abcdef0123456789abcdef01234567";
  want.interval = std::chrono::seconds(1);
  want.timeout = std::chrono::seconds(10);
  want.secret_ref = "key";
  want.webhook_secret_ref = "hook";
  want.suspend = true;
  want.allow_rewind = true;
  want.trust = "none";
  EXPECT_EQ(*repository, want);
}

TEST(Resources, NullIsAbsent) {
  EXPECT_EQ(app_error(R"({"repository":{"name":"c","namespace":null},"path":null,"heal":null,
                          "interval":null,"dependsOn":null})"),
            "accepted");
}

TEST(Resources, EveryFaultOfOneResourceIsToldAtOnce) {
  EXPECT_EQ(app_error(R"({"repository":{"name":"config"},"interval":"5","path":"../x","heal":"on",
                          "prune":"yes","timout":"1s"})"),
            "spec.timout is no field of this resource; did you mean \"timeout\"?\n"
            "spec.path is \"../x\"; use a path relative to the repository\n"
            "spec.prune is of type string; use the type boolean\n"
            "spec.heal is \"on\"; use one of: correct, warn, off\n"
            "spec.interval is \"5\"; use a duration like 5m; minimum 1s\n");
}

TEST(Resources, Durations) {
  for (const char* bad : {"\"5\"", "\"5 minutes\"", "\"-1m\"", "\"0s\"", "\"1ns\"", "\"999ms\"",
                          "\"\"", "\"99999999999h\"", "5", "true", "[]"}) {
    EXPECT_NE(repository_error(R"({"url":"https://h/x","interval":)" + std::string(bad) + "}")
                  .find("use a duration like 5m; minimum 1s"),
              std::string::npos)
        << bad;
  }
}

TEST(Resources, Refs) {
  const auto ref = [](const std::string& text) {
    return repository_error(R"({"url":"https://h/x","ref":)" + text + "}");
  };
  EXPECT_EQ(ref(R"({"name":"main"})"),
            "spec.ref.name is \"main\"; write the full name, like \"refs/heads/main\", or use "
            "branch or tag\n");
  EXPECT_EQ(
      ref(R"({"commit":"0123abc"})"),
      "spec.ref.commit is \"0123abc\"; write all 40 letters of the commit id, in lower case\n");
  EXPECT_EQ(ref(R"({"branch":"main","tag":"v1"})"),
            "spec.ref sets branch, tag; keep one of them (or branch with commit)\n");
  EXPECT_EQ(ref("{}"), "accepted");
  EXPECT_EQ(ref("7"), "spec.ref is of type integer; use the type map\n");
}

TEST(Resources, ARollbackNamesImageAndSecret) {
  EXPECT_EQ(app_error(R"({"repository":{"name":"c"},"rollback":{"onUnhealthy":{"image":"i"}}})"),
            "spec.rollback.onUnhealthy.secretName is missing; set it, for instance to "
            "web-rollback\n");
  EXPECT_EQ(app_error(R"({"repository":{"name":"c"},"rollback":{"onUnhealthy":true}})"),
            "spec.rollback.onUnhealthy is of type boolean; use the type map\n");
  EXPECT_EQ(app_error(R"({"repository":{"name":"c"},"rollback":{}})"), "accepted");
}

TEST(Resources, AnAppMayNotDependOnItself) {
  EXPECT_EQ(app_error(R"({"repository":{"name":"c"},"dependsOn":[{"name":"web"}]})"),
            "this app depends on itself: prod/web -> prod/web; remove it from spec.dependsOn\n");
  EXPECT_EQ(app_error(R"({"repository":{"name":"c"},"dependsOn":["web"]})"),
            "spec.dependsOn[0] is of type string; write {name: …, namespace: …}\n");
}

TEST(Resources, AnAppMayNameATargetCluster) {
  const AppSpec app = *decode_app(
      with_spec(R"({"repository":{"name":"c"},"kubeConfig":{"secretRef":{"name":"there"}}})"));
  EXPECT_EQ(app.kubeconfig, (KubeconfigRef{"there", ""}));
  const AppSpec keyed = *decode_app(with_spec(
      R"({"repository":{"name":"c"},"kubeConfig":{"secretRef":{"name":"there","key":"k"}}})"));
  EXPECT_EQ(keyed.kubeconfig, (KubeconfigRef{"there", "k"}));
  EXPECT_EQ(decode_app(with_spec(R"({"repository":{"name":"c"}})"))->kubeconfig, std::nullopt);
  EXPECT_EQ(app_error(R"({"repository":{"name":"c"},"kubeConfig":{}})"),
            "spec.kubeConfig.secretRef is missing; set it, for instance to "
            "{name: prod-kubeconfig}\n");
  EXPECT_EQ(app_error(R"({"repository":{"name":"c"},"kubeConfig":{"secretRef":{"name":""}}})"),
            "spec.kubeConfig.secretRef.name is empty; set it, for instance to prod-kubeconfig\n");
  EXPECT_EQ(app_error(R"({"repository":{"name":"c"},"kubeConfig":"there"})"),
            "spec.kubeConfig is of type string; use the type map\n");
}

TEST(Resources, ADeletedAppNeedsNoSpecThatDecodes) {
  const auto deleted = [](const std::string& spec) {
    Value body = with_spec(spec);
    body.set_path({"metadata", "deletionTimestamp"}, "2026-11-23T09:38:50Z");
    body.set_path({"metadata", "finalizers"}, Value::list({kFinalizer}));
    EXPECT_FALSE(decode_app(body).has_value()) << spec;
    const Result<AppSpec> app = decode_deleted_app(body);
    EXPECT_TRUE(app.has_value()) << app.error().render();
    EXPECT_TRUE(app->deleting && app->has_finalizer);
    EXPECT_EQ(app->key, (AppKey{{"prod", "web"}}));
    return *app;
  };
  const AppSpec app = deleted(R"({"repository":{"name":"c"},"serviceAccountName":"deployer",
      "timeout":"1m","interval":"soon","ignore":[{"paths":["/a"],"target":{"name":"("}}]})");
  EXPECT_EQ(app.deletion_policy, DeletionPolicy::prune);
  EXPECT_EQ(app.service_account, "deployer");
  EXPECT_EQ(app.timeout, std::chrono::minutes(1));
  EXPECT_EQ(deleted(R"({"repository":7,"deletionPolicy":"orphan"})").deletion_policy,
            DeletionPolicy::orphan);
  // Whether, as whom or where to delete: what cannot be read deletes nothing.
  for (const char* spec :
       {R"({"repository":{"name":"c"},"deletionPolicy":"Prune"})",
        R"({"repository":{"name":"c"},"deletionPolicy":true})",
        R"({"repository":{"name":"c"},"deletionPolcy":"orphan"})",
        R"({"repository":{"name":"c"},"serviceAccountName":7})",
        R"({"repository":{"name":"c"},"kubeConfig":{"secretRef":7}})",
        R"({"repository":{"name":"c"},"kubeconfig":{"secretRef":{"name":"there"}}})",
        R"({"repository":{"name":"c"},"serviceAccount":"deployer"})", "7", "null"}) {
    EXPECT_EQ(deleted(spec).deletion_policy, DeletionPolicy::orphan) << spec;
  }
}

TEST(Resources, ShapesThatAreNoResource) {
  for (const char* text : {"null", "7", "[]", "{}", R"({"metadata":{}})", R"({"spec":{}})",
                           R"({"metadata":[],"spec":{}})", R"({"metadata":{},"spec":null})",
                           R"({"metadata":{"finalizers":7},"spec":{}})"}) {
    EXPECT_EQ(decode_app(*json::parse(text)).error().code(), kInvalidResource) << text;
    EXPECT_EQ(decode_repository(*json::parse(text)).error().code(), kInvalidResource) << text;
  }
  const Error error =
      decode_app(with_spec(R"({"repository":{"name":"c"}})", std::string(64, 'a'))).error();
  EXPECT_EQ(error.message(), "metadata.name has 64 letters");
}

TEST(Resources, TextOfAResourceIsMadeSafeForATerminal) {
  const std::string error = app_error("{\"repository\":{\"name\":\"c\"},\"heal\":\"\\u001b[2J\"}");
  EXPECT_EQ(error.find('\x1b'), std::string::npos);
  EXPECT_NE(error.find("\\x1b"), std::string::npos) << error;
}

}  // namespace
}  // namespace plumb
