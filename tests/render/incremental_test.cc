// 10,000 random commits: what the render cache answers for an app is what a render from scratch
// gives, bytes and errors alike, and an app is rendered again only when something that it reads
// was changed. One repository with several apps: plain folders, a folder in a folder, a single
// file, an ignore file, links between them, a kustomization with its base and one without; some
// with an overlay whose component is elsewhere.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "core/render/render_cache.h"
#include "lang/json/json.h"

namespace plumb {
namespace {

constexpr int kCommits = 10'000;
constexpr int kFiles = 4;  // of one kind in one folder
const std::vector<std::string> kFolders = {"apps/web", "apps/web/inner", "apps/api", "base", "."};
const std::vector<std::string> kApps = {"apps/web", "apps/web/inner",   "apps/api", "base",
                                        "apps",     "apps/web/a0.yaml", "overlay"};
// Those that have an overlay as well.
const std::vector<std::string> kOverlaid = {"apps/web", "overlay"};

struct Commit {
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> links;

  [[nodiscard]] MemoryTree tree() const {
    MemoryTree tree(files);
    for (const auto& [path, target] : links) tree.add_symlink(path, target);
    return tree;
  }
};

class History {
 public:
  explicit History(uint32_t seed) : random_(seed) {}

  // Changes one thing, or goes back to a commit of the recent past, as git revert does.
  const Commit& next() {
    if (past_.size() > 4 && chance(10)) {
      now_ = past_.at(past_.size() - 1 - pick(4));
    } else {
      change();
    }
    past_.push_back(now_);
    if (past_.size() > 8) past_.erase(past_.begin());
    return now_;
  }

 private:
  size_t pick(size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random_); }
  bool chance(int percent) { return pick(100) < static_cast<size_t>(percent); }

  std::string path(const char* kind, const char* suffix) {
    const std::string& folder = kFolders[pick(kFolders.size())];
    return (folder == "." ? "" : folder + "/") + kind + std::to_string(pick(kFiles)) + suffix;
  }

  void change() {
    const size_t what = pick(100);
    if (what < 8) {
      kustomize();
    } else if (what < 50) {
      put(path("a", ".yaml"), config_map("a" + std::to_string(pick(6))));
    } else if (what < 65) {
      erase(path("a", ".yaml"));
    } else if (what < 75) {
      put(path("notes", ".md"), "a text " + std::to_string(pick(1000)));
    } else if (what < 82) {
      put(kFolders[pick(4)] + "/.sourceignore", "a" + std::to_string(pick(kFiles)) + ".yaml\n");
    } else if (what < 87) {
      erase(kFolders[pick(4)] + "/.sourceignore");
    } else if (what < 92) {
      put(path("broken", ".yaml"), chance(50) ? "kind: [" : "kind: ConfigMap\n");
    } else if (what < 96) {
      for (int i = 0; i < kFiles; ++i) erase(kFolders[pick(4)] + "/broken" + digit(i) + ".yaml");
    } else {
      link();
    }
  }

  // Kustomizations come, change and go: of the overlay, of its base, and of a folder that is
  // plain without.
  void kustomize() {
    if (chance(20)) return component();
    const std::string folder = pick(2) == 0 ? "overlay" : pick(2) == 0 ? "base" : "apps/api";
    const std::string at = folder + "/kustomization.yaml";
    if (folder != "overlay" && chance(30)) return erase(at);
    std::string text = "namePrefix: p" + std::to_string(pick(3)) + "-\nresources:\n";
    if (folder == "overlay") {
      text += "  - ../base\nconfigMapGenerator:\n  - {name: g, files: [notes0.md]}\n";
      put("overlay/notes0.md", std::to_string(pick(3)));
    } else {
      text += "  - a" + std::to_string(pick(kFiles)) + ".yaml\n";
    }
    put(at, text);
  }

  void component() {
    const std::string at = "component/kustomization.yaml";
    if (chance(20)) return erase(at);
    put(at, "kind: Component\nlabels:\n  - pairs: {l: l" + std::to_string(pick(5)) + "}\n");
  }

  static std::string digit(int i) { return std::to_string(i); }

  void put(const std::string& at, std::string text) {
    now_.links.erase(at);
    now_.files[at] = std::move(text);
  }

  void erase(const std::string& at) {
    now_.files.erase(at);
    now_.links.erase(at);
  }

  // From one app into another; the target may be missing.
  void link() {
    const std::string at = kFolders[pick(3)] + "/link" + std::to_string(pick(2)) + ".yaml";
    if (chance(50)) return erase(at);
    const std::string up = at.starts_with("apps/web/inner") ? "../../../" : "../../";
    now_.files.erase(at);
    now_.links[at] = up + "base/a" + std::to_string(pick(kFiles)) + ".yaml";
  }

  std::string config_map(const std::string& name) {
    return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + name + "\ndata:\n  value: \"" +
           std::to_string(pick(1000)) + "\"\n";
  }

  std::mt19937 random_;
  Commit now_{{{"base/a0.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: base}\n"}}, {}};
  std::vector<Commit> past_;
};

// All that is told of a render, as text.
std::string told(const Result<Manifests>& result) {
  if (!result) return result.error().render();
  std::string out = result->digest.hex();
  for (const Manifest& object : result->objects) {
    out += "\n" + object.key.id() + " " + object.origin.file + ":" +
           std::to_string(object.origin.line) + " " + json::write(object.body);
  }
  for (const Warning& warning : result->warnings) out += "\nwarning " + warning.message;
  return out;
}
std::string told(const Result<std::shared_ptr<const PackedManifests>>& result) {
  return told(result ? Result<Manifests>((*result)->unpack()) : Result<Manifests>(result.error()));
}

RenderRequest request_of(const std::string& app) {
  return {.path = *RelPath::parse(app)};
}

std::vector<RenderRequest> requests() {
  std::vector<RenderRequest> out;
  for (const std::string& app : kApps) out.push_back(request_of(app));
  for (const std::string& app : kOverlaid) {
    RenderRequest request = request_of(app);
    const std::string up = app == "overlay" ? "../" : "../../";
    request.overlay = {.images = {{.name = "web", .new_tag = "2"}},
                       .patches = {{"- {op: add, path: /data/patched, value: \"1\"}",
                                    PatchTarget{.kind = "ConfigMap", .name = ".*a1"}}},
                       .components = {up + "component"}};
    out.push_back(std::move(request));
  }
  return out;
}

std::string from_scratch(const MemoryTree& tree, const RenderRequest& request) {
  Budget budget;
  return told(render(tree, request, budget));
}

TEST(Incremental, TheCacheAnswersWhatARenderFromScratchGives) {
  History history(1);
  RenderCache cache;
  int rendered = 0;
  int failed = 0;
  int overlaid = 0;
  for (int i = 0; i < kCommits; ++i) {
    const MemoryTree tree = history.next().tree();
    for (const RenderRequest& request : requests()) {
      Budget budget;
      const auto answer = cache.render(tree, request, budget);
      ++(answer ? rendered : failed);
      overlaid += answer && !request.overlay.empty() ? 1 : 0;
      ASSERT_EQ(told(answer), from_scratch(tree, request))
          << "commit " << i << ", app " << request.path.display();
    }
  }
  // The history is one that has both, and the cache was of use.
  EXPECT_GT(rendered, kCommits);
  EXPECT_GT(failed, kCommits / 10);
  EXPECT_GT(overlaid, kCommits / 10);
  EXPECT_GT(cache.counts().hits, static_cast<uint64_t>(kCommits));
}

TEST(Incremental, OneChangedAppIsOneRender) {
  RenderCache cache;
  std::map<std::string, std::string> files;
  const auto config_map = [](const std::string& name, int value) {
    return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + "}\ndata: {value: \"" +
           std::to_string(value) + "\"}\n";
  };
  constexpr int kMany = 200;
  const auto folder = [](int i) { return "apps/app-" + std::to_string(i); };
  const auto render_all = [&] {
    const MemoryTree tree(files);
    for (int i = 0; i < kMany; ++i) {
      Budget budget;
      ASSERT_TRUE(cache.render(tree, request_of(folder(i)), budget).has_value());
    }
  };
  for (int i = 0; i < kMany; ++i) files[folder(i) + "/a.yaml"] = config_map("a", 0);
  render_all();
  ASSERT_EQ(cache.counts().misses, static_cast<uint64_t>(kMany));
  for (int commit = 1; commit <= 20; ++commit) {
    files[folder(commit * 7 % kMany) + "/a.yaml"] = config_map("a", commit);
    render_all();
    EXPECT_EQ(cache.counts().misses, static_cast<uint64_t>(kMany + commit));
  }
}

}  // namespace
}  // namespace plumb
