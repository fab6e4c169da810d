// What the cases of tests/render cannot hold: hostile sizes, links, submodules, read-sets.
#include "core/render/render.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace plumb {
namespace {

using Files = std::map<std::string, std::string>;

RelPath path(std::string_view text) {
  return *RelPath::parse(text);
}

std::string config_map(const std::string& name) {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + name + "\n";
}

Result<Manifests> rendered(const SourceTree& tree, std::string_view where, Limits limits = {}) {
  Budget budget(limits);
  return render(tree, {.path = path(where)}, budget);
}

Error error_of(const SourceTree& tree, std::string_view where, Limits limits = {}) {
  const auto result = rendered(tree, where, limits);
  if (!result) return result.error();
  ADD_FAILURE() << "rendered";
  return Error(kInternal, "rendered");
}

TEST(Render, PathsThatDoNotExistNameWhatIsThere) {
  const MemoryTree tree(Files{{"apps/web/a.yaml", ""}, {"apps/api/a.yaml", ""}, {"x", ""}});
  const Error error = error_of(tree, "apps/wev/prod");
  EXPECT_EQ(error.code(), kNoSuchPath);
  EXPECT_EQ(error.message(),
            "there is no \"apps/wev/prod\" in the source: \"apps\" holds api, web");
  EXPECT_EQ(error.help(), "did you mean \"apps/web\"?");
  EXPECT_EQ(error_of(tree, "x/y").message(),
            "there is no \"x/y\" in the source: \"x\" is not a folder");
  EXPECT_EQ(error_of(MemoryTree(Files{}), "a/b").message(),
            "there is no \"a/b\" in the source: \".\" holds nothing");
}

TEST(Render, AnEmptySourceIsNoError) {
  const auto result = rendered(MemoryTree(Files{}), ".");
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->objects.empty());
}

TEST(Render, VariablesAreReplacedInObjects) {
  const MemoryTree tree(Files{{"a.yaml", config_map("web-${tier}")}});
  Budget budget;
  const RenderRequest gold{.path = {}, .substitution = {{{"tier", "gold"}}}};
  const auto result = render(tree, gold, budget);
  ASSERT_TRUE(result.has_value()) << result.error().render();
  EXPECT_EQ(result->objects.front().key.name, "web-gold");
  const RenderRequest strict{.path = {}, .substitution = {{{"other", "x"}}, true}};
  const auto missing = render(tree, strict, budget);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code().number, 231);
  EXPECT_EQ(missing.error().position()->file, "a.yaml");
}

TEST(Render, TheKeyOfARequestTellsItsVariables) {
  const auto key = [](Substitution substitution) {
    return RenderRequest{.path = {}, .substitution = std::move(substitution)}.cache_key();
  };
  const std::set<std::string> keys = {key({}),
                                      key({{{"a", "b"}}}),
                                      key({{{"a", "c"}}}),
                                      key({{{"a", "b"}}, true}),
                                      key({{{"a", "b 1:c"}}}),
                                      key({{{"a", "b"}, {"c", ""}}})};
  EXPECT_EQ(keys.size(), 6U);
}

TEST(Render, TheKeyOfARequestTellsItsOverlay) {
  const auto key = [](Overlay overlay) {
    return RenderRequest{.path = {}, .overlay = std::move(overlay)}.cache_key();
  };
  const PatchTarget target{.kind = "Deployment"};
  const std::vector<Overlay> overlays = {
      {},
      {.images = {{.name = "a", .new_tag = "1"}}},
      {.images = {{.name = "a", .new_name = "1"}}},
      {.images = {{.name = "a"}, {.name = "1"}}},
      {.patches = {{"a", {}}}},
      {.patches = {{"a", PatchTarget()}}},
      {.patches = {{"a", target}}},
      {.patches = {{"a", PatchTarget{.name = "Deployment"}}}},
      {.components = {"a"}},
      {.components = {"a", ""}},
  };
  std::set<std::string> keys;
  for (const Overlay& overlay : overlays) keys.insert(key(overlay));
  EXPECT_EQ(keys.size(), overlays.size());
}

TEST(Render, AnOverlayLeavesPositionsAndChecksAsTheyAre) {
  const MemoryTree tree(Files{{"a.yaml", config_map("a")},
                              {"b.yaml",
                               "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n"
                               "  annotations:\n    version: 1.10\n"},
                              {"c.yaml", config_map("c-${tier}")}});
  RenderRequest request{.overlay = {.images = {{.name = "web", .new_tag = "2"}}},
                        .substitution = {{{"tier", "gold"}}}};
  Budget budget;
  const auto wrong = render(tree, request, budget);
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(to_string(*wrong.error().position()), "b.yaml:6");
  const MemoryTree good(Files{{"a.yaml", config_map("a")}, {"c.yaml", config_map("c-${tier}")}});
  const auto manifests = render(good, request, budget);
  ASSERT_TRUE(manifests.has_value()) << manifests.error().render();
  ASSERT_EQ(manifests->objects.size(), 2U);
  EXPECT_EQ(manifests->objects[1].key.name, "c-gold");
  EXPECT_EQ(to_string(manifests->objects[0].position_of({"metadata", "name"})), "a.yaml:4");
}

TEST(Render, AnOverlayOfAPlainFolderLeavesNoObjectOut) {
  const MemoryTree tree(
      Files{{"a.yaml",
             "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations:\n"
             "    config.kubernetes.io/local-config: \"true\"\n"}});
  Budget budget;
  const auto manifests =
      render(tree, {.overlay = {.images = {{.name = "web", .new_tag = "2"}}}}, budget);
  ASSERT_TRUE(manifests.has_value()) << manifests.error().render();
  EXPECT_EQ(manifests->objects.size(), 1U);
}

TEST(Render, ReadSetIsTheFolderAndWhatLeadsToIt) {
  const Files files = {{"apps/web/a.yaml", config_map("a")}, {"apps/api/b.yaml", config_map("b")}};
  const auto result = rendered(MemoryTree(files), "apps/web");
  ASSERT_TRUE(result.has_value()) << result.error().render();
  const auto still_holds = [&](const std::string& file, const std::string& content) {
    Files changed = files;
    changed[file] = content;
    return *holds(result->read_set, MemoryTree(changed));
  };
  EXPECT_TRUE(still_holds("apps/api/b.yaml", config_map("c")));
  EXPECT_TRUE(still_holds("apps/new/b.yaml", config_map("c")));
  EXPECT_TRUE(still_holds("README.md", "text"));
  EXPECT_FALSE(still_holds("apps/web/a.yaml", config_map("c")));
  EXPECT_FALSE(still_holds("apps/web/new.yaml", config_map("c")));
  EXPECT_FALSE(still_holds("apps/web/Chart.yaml", "x"));
  EXPECT_FALSE(still_holds(".plumbignore", "x"));
  EXPECT_FALSE(still_holds("apps/.sourceignore", "x"));
}

TEST(Render, ASingleFileDependsOnNoOther) {
  const Files files = {{"apps/a.yaml", config_map("a")}, {"apps/b.yaml", config_map("b")}};
  const auto result = rendered(MemoryTree(files), "apps/a.yaml");
  ASSERT_TRUE(result.has_value()) << result.error().render();
  ASSERT_EQ(result->objects.size(), 1u);
  Files changed = files;
  changed["apps/b.yaml"] = "";
  EXPECT_TRUE(*holds(result->read_set, MemoryTree(changed)));
  changed["apps/a.yaml"] = "";
  EXPECT_FALSE(*holds(result->read_set, MemoryTree(changed)));
}

TEST(Render, LinkedFilesAreInTheReadSet) {
  Files files = {{"shared/a.yaml", config_map("a")}};
  MemoryTree tree(files);
  tree.add_symlink("app/a.yaml", "../shared/a.yaml");
  const auto result = rendered(tree, "app");
  ASSERT_TRUE(result.has_value()) << result.error().render();
  ASSERT_EQ(result->objects.size(), 1u);
  EXPECT_EQ(result->objects[0].origin.file, "app/a.yaml");
  files["shared/a.yaml"] = config_map("b");
  MemoryTree changed(files);
  changed.add_symlink("app/a.yaml", "../shared/a.yaml");
  EXPECT_FALSE(*holds(result->read_set, changed));
}

TEST(Render, LinksOutOfTheTreeAreRefused) {
  for (const std::string target : {"/etc/passwd", "../../etc/passwd", "/proc/self/environ"}) {
    MemoryTree tree(Files{{"app/a.yaml", config_map("a")}});
    tree.add_symlink("app/b.yaml", target);
    const Error error = error_of(tree, "app");
    EXPECT_EQ(error.code(), kPathOutsideTree) << target;
    EXPECT_EQ(to_string(*error.position()), "app/b.yaml");
  }
}

TEST(Render, LinksThatLeadNowhereOrInCirclesAreErrors) {
  MemoryTree tree(Files{{"app/sub/a.yaml", config_map("a")}});
  tree.add_symlink("app/sub/up", "..");
  EXPECT_EQ(error_of(tree, "app").code(), kLinkLoop);
  MemoryTree broken(Files{{"app/a.yaml", config_map("a")}});
  broken.add_symlink("app/base", "../shared");
  EXPECT_EQ(error_of(broken, "app").code(), kNoSuchPath);
}

TEST(Render, ExponentialLinksEndAtTheBudget) {
  Files files = {{"d0/a.yaml", "# nothing\n"}};
  MemoryTree tree(files);
  for (int i = 1; i < 40; ++i) {
    const std::string below = "../d" + std::to_string(i - 1);
    tree.add_symlink("d" + std::to_string(i) + "/x", below);
    tree.add_symlink("d" + std::to_string(i) + "/y", below);
  }
  EXPECT_EQ(error_of(tree, "d39", {.files = 500}).code(), kBudgetExceeded);
}

class SubmoduleTree final : public SourceTree {
 public:
  Result<std::optional<TreeEntry>> entry(const RelPath& at) const override {
    if (at.is_root()) return std::optional(TreeEntry{"", EntryKind::directory, ObjectId("1")});
    if (at.str() == "deps") {
      return std::optional(TreeEntry{"deps", EntryKind::submodule, ObjectId("2")});
    }
    return std::optional<TreeEntry>();
  }
  Result<std::vector<TreeEntry>> list(const RelPath&) const override {
    return std::vector<TreeEntry>{{"deps", EntryKind::submodule, ObjectId("2")}};
  }
  Result<std::string> read(const RelPath&, uint64_t) const override {
    return Error(kInternal, "no file");
  }
};

TEST(Render, SubmodulesAreNotSkippedSilently) {
  EXPECT_EQ(error_of(SubmoduleTree(), ".").code(), kSubmodule);
  EXPECT_EQ(error_of(SubmoduleTree(), "deps").code(), kSubmodule);
}

TEST(Render, LargeFilesAreRefusedAndTheOthersStillChecked) {
  const MemoryTree tree(Files{{"a.yaml", std::string(10 << 20, '#')}, {"b.yaml", "kind: [1"}});
  const Error error = error_of(tree, ".");
  EXPECT_EQ(error.code(), kBudgetExceeded);
  EXPECT_EQ(to_string(*error.position()), "a.yaml");
  EXPECT_EQ(error.message(), "\"a.yaml\" is larger than 8388608 bytes");
  EXPECT_EQ(error.also().size(), 1u);
}

TEST(Render, LimitsOfTheWholeApp) {
  Files files;
  for (int i = 0; i < 30; ++i) {
    files["f" + std::to_string(i) + ".yaml"] = config_map("c" + std::to_string(i));
  }
  const MemoryTree tree(files);
  EXPECT_EQ(error_of(tree, ".", {.files = 20}).code(), kBudgetExceeded);
  EXPECT_EQ(error_of(tree, ".", {.objects = 20}).code(), kBudgetExceeded);
  EXPECT_EQ(error_of(tree, ".", {.total_bytes = 500}).code(), kBudgetExceeded);
  EXPECT_EQ(error_of(tree, ".", {.nodes = 50}).code(), kBudgetExceeded);
  EXPECT_EQ(error_of(tree, ".", {.object_bytes = 50}).code(), kObjectTooLarge);
  EXPECT_EQ(error_of(tree, ".", {.object_bytes = 50}).also().size(), 29u);
  EXPECT_TRUE(rendered(tree, ".").has_value());
}

TEST(Render, ObjectsOfAKustomizationAreCountedOnce) {
  Files files = {{"base/kustomization.yaml", "resources:\n"},
                 {"kustomization.yaml", "resources: [base]\nconfigMapGenerator: [{name: g}]\n"}};
  for (int i = 0; i < 9; ++i) {
    const std::string name = "f" + std::to_string(i);
    files["base/kustomization.yaml"] += "- " + name + ".yaml\n";
    files["base/" + name + ".yaml"] = config_map(name);
  }
  const MemoryTree tree(files);
  const auto result = rendered(tree, ".", {.objects = 10});
  ASSERT_TRUE(result.has_value()) << result.error().render();
  EXPECT_EQ(result->objects.size(), 10u);
  EXPECT_EQ(error_of(tree, ".", {.objects = 9}).code(), kBudgetExceeded);
  EXPECT_EQ(error_of(tree, ".", {.files = 5}).code(), kBudgetExceeded);
  EXPECT_EQ(error_of(tree, ".", {.nodes = 20}).code(), kBudgetExceeded);
}

TEST(Render, KustomizationsThatDoubleEndAtTheBudget) {
  Files files = {{"d0/kustomization.yaml", "configMapGenerator: [{name: g}]\n"}};
  for (int i = 1; i < 25; ++i) {
    const std::string name = "d" + std::to_string(i);
    const std::string below = "../d" + std::to_string(i - 1);
    files[name + "/kustomization.yaml"] = "resources: [../" + name + "a, ../" + name + "b]\n";
    for (const char* side : {"a", "b"}) {
      files[name + side + "/kustomization.yaml"] =
          "namePrefix: " + std::string(side) + "\nresources: [" + below + "]\n";
    }
  }
  EXPECT_EQ(error_of(MemoryTree(files), "d24", {.files = 500}).code(), kBudgetExceeded);
  EXPECT_EQ(error_of(MemoryTree(files), "d24").code(), kBudgetExceeded);
}

TEST(Render, BombsEndAtTheBudget) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) {
      bomb += std::string(k > 0 ? "," : "") + "*a" + std::to_string(i - 1);
    }
    bomb += "]\n";
  }
  EXPECT_EQ(error_of(MemoryTree(Files{{"a.yaml", bomb}}), ".").code(), kBudgetExceeded);
  const std::string deep = "a: " + std::string(1'000'000, '[');
  EXPECT_EQ(error_of(MemoryTree(Files{{"a.yaml", deep}}), ".").code(), kBudgetExceeded);
  const std::string deep_json = std::string(1'000'000, '[');
  EXPECT_EQ(error_of(MemoryTree(Files{{"a.json", deep_json}}), ".").code(), kBudgetExceeded);
}

TEST(Render, DeeplyNestedListsAreExpandedWithoutRecursion) {
  std::string text = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"inner"}})";
  for (int i = 0; i < 25; ++i) {
    text = R"({"apiVersion":"v1","kind":"List","items":[)" + text + "]}";
  }
  const auto result = rendered(MemoryTree(Files{{"a.json", text}}), ".");
  ASSERT_TRUE(result.has_value()) << result.error().render();
  EXPECT_EQ(result->objects.size(), 1u);
}

TEST(Render, SecretsNeverAppearInMessages) {
  const std::string canary = "hunter2canary";
  for (const std::string& body : {
           "data:\n  password: " + canary + "!!\n",
           "data:\n  - " + canary + "\n",
           "data: " + canary + "\n",
           "data:\n  password: {" + canary + ": 1}\n",
           "stringData:\n  pin: [" + canary + "]\n",
           "stringData: " + canary + "\n",
       }) {
    const std::string head = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n";
    const Error error = error_of(MemoryTree(Files{{"a.yaml", head + body}}), ".");
    EXPECT_EQ(error.render().find(canary), std::string::npos) << error.render();
  }
}

TEST(Render, EqualInputsGiveEqualDigestsAndOthersDoNot) {
  const auto digest = [](const Files& files) { return rendered(MemoryTree(files), ".")->digest; };
  EXPECT_EQ(digest({{"a.yaml", config_map("a")}}), digest({{"b.yaml", "# x\n" + config_map("a")}}));
  EXPECT_NE(digest({{"a.yaml", config_map("a")}}), digest({{"a.yaml", config_map("b")}}));
}

TEST(Render, PositionsOfFields) {
  const MemoryTree tree(
      Files{{"a.yaml", "# head\n---\n" + config_map("a") + "---\n" + config_map("b") +
                           "data:\n  one: \"1\"\n  two: \"2\"\n"}});
  const auto result = rendered(tree, ".");
  ASSERT_TRUE(result.has_value()) << result.error().render();
  ASSERT_EQ(result->objects.size(), 2u);
  EXPECT_EQ(to_string(result->objects[0].origin.position()), "a.yaml:3");
  EXPECT_EQ(to_string(result->objects[1].position_of({"data", "two"})), "a.yaml:14");
  EXPECT_EQ(result->objects[1].origin.document, 2);
}

// Whatever the bytes are, there is a result or an error with a place, the same each time.
TEST(Render, MutatedManifestsNeverSurprise) {
  const std::string seed =
      "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata:\n"
      "    name: a\n    labels: {app: web, \"x/y\": 'z'}\n  data: {k: aGVsbG8=}\n"
      "- &anchor\n  apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: b}\n  data:\n"
      "    text: |\n      one\n      two\n--- # next\n" +
      config_map("c");
  static constexpr char kText[] =
      "\t\n \"'#%&*-:<>?@[]`{|}~!,\x1b\x80\xC3\xFF"
      "09aZ";
  const std::string_view bytes(kText, sizeof kText);  // with the NUL at the end
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string text = seed;
    for (size_t change = 0; change <= random() % 4; ++change) {
      const size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = bytes[random() % bytes.size()];
          break;
        case 1:
          text.insert(at, 1, bytes[random() % bytes.size()]);
          break;
        default:
          text.erase(at, 1 + random() % 8);
      }
    }
    const std::string name = round % 3 == 0 ? "a.json" : "a.yaml";
    const MemoryTree tree(Files{{name, text}});
    const auto first = rendered(tree, ".");
    const auto second = rendered(tree, ".");
    ASSERT_EQ(first.has_value(), second.has_value()) << text;
    if (first) {
      ASSERT_EQ(first->digest, second->digest) << text;
      continue;
    }
    ASSERT_TRUE(first.error().position()) << first.error().render() << text;
    ASSERT_EQ(first.error().render(), second.error().render());
    ASSERT_EQ(first.error().render().find("aGVsbG"), std::string::npos) << first.error().render();
  }
}

}  // namespace
}  // namespace plumb
