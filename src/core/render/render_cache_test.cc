#include "core/render/render_cache.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>

namespace plumb {
namespace {

using Files = std::map<std::string, std::string>;

RenderRequest request(std::string_view where) {
  return {.path = *RelPath::parse(where)};
}

std::string config_map(const std::string& name, int value) {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + name + "\ndata:\n  value: \"" +
         std::to_string(value) + "\"\n";
}

std::shared_ptr<const PackedManifests> rendered(RenderCache& cache, const Files& files,
                                                std::string_view where) {
  Budget budget;
  auto result = cache.render(MemoryTree(files), request(where), budget);
  EXPECT_TRUE(result.has_value()) << result.error().render();
  return *std::move(result);
}

TEST(RenderCache, ACommitElsewhereIsAHit) {
  RenderCache cache;
  Files files = {{"apps/web/a.yaml", config_map("a", 1)}, {"apps/api/b.yaml", config_map("b", 1)}};
  const auto first = rendered(cache, files, "apps/web");
  files["apps/api/b.yaml"] = config_map("b", 2);
  files["README.md"] = "changed";
  EXPECT_EQ(rendered(cache, files, "apps/web"), first);
  EXPECT_EQ(cache.counts().hits, 1u);
  EXPECT_EQ(cache.counts().misses, 1u);
}

TEST(RenderCache, ARevertIsAHit) {
  RenderCache cache;
  Files files = {{"web/a.yaml", config_map("a", 1)}};
  const auto first = rendered(cache, files, "web");
  files["web/a.yaml"] = config_map("a", 2);
  EXPECT_NE(rendered(cache, files, "web"), first);
  files["web/a.yaml"] = config_map("a", 1);
  EXPECT_EQ(rendered(cache, files, "web"), first);
  EXPECT_EQ(cache.counts().entries, 2u);
}

TEST(RenderCache, FailuresAreNotKept) {
  RenderCache cache;
  Budget budget;
  const MemoryTree tree(Files{{"web/a.yaml", "kind: x"}});
  EXPECT_FALSE(cache.render(tree, request("web"), budget).has_value());
  EXPECT_EQ(cache.counts().entries, 0u);
}

TEST(RenderCache, KeepsTheResultsUsedLast) {
  RenderCache cache({.max_per_request = 3});
  const auto at = [](int value) { return Files{{"web/a.yaml", config_map("a", value)}}; };
  for (int value = 0; value < 3; ++value) (void)rendered(cache, at(value), "web");
  (void)rendered(cache, at(0), "web");
  (void)rendered(cache, at(3), "web");
  EXPECT_EQ(cache.counts().entries, 3u);
  EXPECT_TRUE(*cache.lookup(request("web"), MemoryTree(at(0))));
  EXPECT_FALSE(*cache.lookup(request("web"), MemoryTree(at(1))));
  EXPECT_TRUE(*cache.lookup(request("web"), MemoryTree(at(2))));
}

TEST(RenderCache, IsBoundedByBytes) {
  RenderCache cache({.max_bytes = 30'000});
  Files files;
  for (int i = 0; i < 100; ++i) {
    const std::string folder = "app" + std::to_string(i);
    files[folder + "/a.yaml"] = config_map(folder, i);
  }
  for (int i = 0; i < 100; ++i) (void)rendered(cache, files, "app" + std::to_string(i));
  EXPECT_LE(cache.counts().bytes, 30'000u);
  EXPECT_LT(cache.counts().entries, 100u);
  EXPECT_TRUE(*cache.lookup(request("app99"), MemoryTree(files)));
  EXPECT_FALSE(*cache.lookup(request("app0"), MemoryTree(files)));
}

TEST(RenderCache, ThreadsShareIt) {
  RenderCache cache({.max_per_request = 2});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, t] {
      for (int i = 0; i < 50; ++i) {
        const int value = (i + t) % 4;
        const auto result = rendered(cache, Files{{"web/a.yaml", config_map("a", value)}}, "web");
        EXPECT_EQ(result->unpack().objects[0].body.string_at({"data", "value"}),
                  std::to_string(value));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(cache.counts().hits + cache.counts().misses, 200u);
}

// Random commits over a small repository with links, ignore files and renderer markers: whatever
// the cache answers is what a render from scratch gives.
class History {
 public:
  explicit History(unsigned seed) : random_(seed) {}

  void commit() {
    const std::string folder = kFolders[pick(kFolders.size())];
    const std::string file = folder + kFiles[pick(kFiles.size())];
    links_.erase(file);
    files_.erase(file);
    switch (pick(6)) {
      case 0:
        break;
      case 1:
        links_[file] = kTargets[pick(kTargets.size())];
        break;
      default:
        files_[file] = content(file);
    }
    past_.push_back({files_, links_});
  }
  void revert() {
    if (past_.empty()) return;
    std::tie(files_, links_) = past_[pick(past_.size())];
  }
  [[nodiscard]] MemoryTree tree() const {
    MemoryTree tree(files_);
    for (const auto& [file, target] : links_) tree.add_symlink(file, target);
    return tree;
  }
  size_t pick(size_t n) { return random_() % n; }

 private:
  std::string content(const std::string& file) {
    if (file.ends_with("ignore")) return pick(2) == 0 ? "b.yaml\n" : "!a.yaml\n/x/\n";
    return config_map("n" + std::to_string(pick(3)), static_cast<int>(pick(2)));
  }

  const std::vector<std::string> kFolders = {"",          "apps/",  "apps/web/", "apps/web/x/",
                                             "apps/api/", "shared/"};
  const std::vector<std::string> kFiles = {"a.yaml",        "b.yaml", "c.json",    ".plumbignore",
                                           ".sourceignore", "l.yaml", "Chart.yaml"};
  const std::vector<std::string> kTargets = {"a.yaml", "../shared/a.yaml", "../../shared", "../web",
                                             "nowhere"};
  std::mt19937 random_;
  Files files_;
  Files links_;
  std::vector<std::pair<Files, Files>> past_;
};

TEST(RenderCache, AnswersAreThoseOfARenderFromScratch) {
  uint64_t hits = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    RenderCache cache;
    History history(seed);
    for (int step = 0; step < 40; ++step) {
      if (history.pick(4) == 0) {
        history.revert();
      } else {
        history.commit();
      }
      const MemoryTree tree = history.tree();
      for (const char* where : {"apps/web", "apps/api", "shared", "apps/web/a.yaml"}) {
        Budget fresh_budget;
        Budget cached_budget;
        const auto fresh = render(tree, request(where), fresh_budget);
        const auto cached = cache.render(tree, request(where), cached_budget);
        ASSERT_EQ(fresh.has_value(), cached.has_value()) << seed << " " << step << " " << where;
        if (!fresh) {
          ASSERT_EQ(fresh.error().render(), cached.error().render());
          continue;
        }
        ASSERT_EQ(fresh->digest, (*cached)->digest()) << seed << " " << step << " " << where;
        const Manifests unpacked = (*cached)->unpack();
        ASSERT_EQ(fresh->objects.size(), unpacked.objects.size());
        for (size_t i = 0; i < fresh->objects.size(); ++i) {
          ASSERT_EQ(fresh->objects[i].origin, unpacked.objects[i].origin);
        }
      }
    }
    hits += cache.counts().hits;
  }
  EXPECT_GT(hits, 1000u);
}

}  // namespace
}  // namespace plumb
