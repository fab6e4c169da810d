// Measures the store over http on loopback with a repository of 4000 files: first fetch, polls that
// find nothing, fetches of one new commit, reads. Run by hand: git_store_bench.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <functional>

#include "edge/git/git_store.h"
#include "servers.h"

namespace plumb::test {
namespace {

double milliseconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

void print(const char* what, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  std::printf("%-28s median %8.2f ms   min %8.2f   max %8.2f   (n=%zu)\n", what,
              times[times.size() / 2], times.front(), times.back(), times.size());
}

TEST(StoreBench, Http) {
  const Scratch scratch;
  Person person(scratch.path("work"), scratch.path("served/web.git"));
  std::map<std::string, std::string> files;
  for (int i = 0; i < 4000; ++i) {
    files["apps/" + std::to_string(i / 20) + "/" + std::to_string(i) + ".yaml"] =
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c" + std::to_string(i) + "\n";
  }
  person.commit(files);
  const Server server("git_http_server", {"--root", scratch.path("served")});
  FetchRequest request{};
  request.url = server.about("url") + "/web.git";
  const auto store = *GitStore::open(scratch.path("cache"), request.url,
                                     {.allow_http = true, .allow_file = false});
  const auto fetch = [&] {
    request.deadline = Deadline::in(std::chrono::seconds(60));
    const Result<FetchResult> result = store->fetch(request, {});
    ASSERT_TRUE(result) << result.error().render();
    request.last_good = result->revision.commit;
  };
  print("first fetch, 4000 files", {milliseconds_of(fetch)});
  std::vector<double> polls, commits, reads;
  for (int i = 0; i < 30; ++i) polls.push_back(milliseconds_of(fetch));
  print("poll, nothing new", polls);
  for (int i = 0; i < 15; ++i) {
    person.commit({{"apps/7/140.yaml", std::to_string(i)}});
    commits.push_back(milliseconds_of(fetch));
  }
  print("poll and fetch of 1 commit", commits);
  for (int i = 0; i < 5; ++i) {
    reads.push_back(milliseconds_of([&] {
      const auto tree = *store->open_tree(*request.last_good);
      for (const auto& [path, text] : files) {
        ASSERT_TRUE(tree->read(*RelPath::parse(path), 1 << 20));
      }
    }));
  }
  print("open tree, read 4000 files", reads);
}

}  // namespace
}  // namespace plumb::test
