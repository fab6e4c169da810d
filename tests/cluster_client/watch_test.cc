// One list+watch stream over the life of a server.
#include <gmock/gmock.h>

#include <atomic>
#include <map>

#include "base/mutex.h"
#include "control_plane.h"
#include "edge/cluster/watch.h"

namespace plumb::test {
namespace {

// What a watch has told so far.
class Seen {
 public:
  WatchCallbacks callbacks() {
    return {.on_event =
                [this](const WatchEvent& event) {
                  state_.with([&](State& state) {
                    const std::string name = event.object.string_at({"metadata", "name"});
                    if (event.type == WatchEvent::Type::deleted) {
                      state.values.erase(name);
                    } else {
                      state.values[name] = event.object.string_at({"data", "value"});
                    }
                  });
                },
            .on_list_begin = [this] { ++lists_; },
            .on_synced = [this](const std::string&) { ++synced_; },
            .on_error =
                [this](const Error& error) {
                  if (error.code() == kExpired) ++expired_;
                }};
  }
  [[nodiscard]] bool has(const std::string& name, const std::string& value) const {
    return state_.with([&](const State& state) {
      const auto at = state.values.find(name);
      return at != state.values.end() && at->second == value;
    });
  }
  [[nodiscard]] bool lacks(const std::string& name) const {
    return state_.with([&](const State& state) { return !state.values.contains(name); });
  }
  [[nodiscard]] int lists() const { return lists_; }
  [[nodiscard]] int synced() const { return synced_; }
  [[nodiscard]] int expired() const { return expired_; }

 private:
  struct State {
    std::map<std::string, std::string> values;
  };
  Guarded<State> state_;
  std::atomic<int> lists_{0};
  std::atomic<int> synced_{0};
  std::atomic<int> expired_{0};
};

class Watching : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    client_ = connect();
    ASSERT_TRUE(client_);
  }
  void write(const std::string& name, const std::string& value) {
    const ObjectKey key = config_map(name);
    const auto answer = client_->apply(kConfigMaps, key, config_map_body(key, value, "watching"));
    ASSERT_TRUE(answer) << answer.error().render();
  }
  [[nodiscard]] WatchOptions options() const {
    return {.resource = kConfigMaps,
            .label_selector = std::string(kAppLabel) + "=watching",
            .streaming_list = GetParam()};
  }
  std::unique_ptr<ClusterClient> client_;
};

TEST_P(Watching, lists_follows_and_resumes_after_a_restart) {
  write("watch-1", "a");
  Seen seen;
  const Watch watch(*client_, options(), seen.callbacks());
  ASSERT_TRUE(eventually([&] { return seen.synced() == 1; }));
  EXPECT_TRUE(seen.has("watch-1", "a"));
  write("watch-1", "b");
  write("watch-2", "c");
  EXPECT_TRUE(eventually([&] { return seen.has("watch-1", "b") && seen.has("watch-2", "c"); }));
  ASSERT_TRUE(client_->remove(kConfigMaps, config_map("watch-2")));
  EXPECT_TRUE(eventually([&] { return seen.lacks("watch-2"); }));

  control("restart-apiserver");
  write("watch-1", "d");
  EXPECT_TRUE(eventually([&] { return seen.has("watch-1", "d"); }));
  // A server that has just started may know no history yet, and answers 410.
  EXPECT_EQ(seen.lists(), 1 + seen.expired()) << "only 410 asks for a new list";
}

TEST_P(Watching, lists_again_when_its_version_is_gone) {
  write("watch-1", "a");
  Seen seen;
  const Watch watch(*client_, options(), seen.callbacks());
  ASSERT_TRUE(eventually([&] { return seen.synced() == 1; }));
  // A bookmark that comes just before the restart makes the watch's version a new one; then it
  // rightly resumes, and the story is told once more.
  for (int attempt = 0; attempt < 3 && seen.synced() < 2; ++attempt) {
    for (int i = 0; i < 5; ++i) {  // versions move on, unseen by this watch
      const ObjectKey key = config_map("unwatched-" + std::to_string(i));
      ASSERT_TRUE(client_->apply(kConfigMaps, key,
                                 config_map_body(key, std::to_string(attempt) + "x", "nobody")));
      ASSERT_TRUE(client_->remove(kConfigMaps, key));
    }
    control("compact");
    control("restart-apiserver");
    const std::string value = "after-" + std::to_string(attempt);
    write("watch-1", value);
    EXPECT_TRUE(eventually([&] { return seen.has("watch-1", value); }));
  }
  EXPECT_EQ(seen.synced(), 2);
  EXPECT_EQ(seen.lists(), 2);
}

TEST_P(Watching, finds_a_history_that_went_back) {
  write("watch-1", "saved");
  control("save-etcd");
  client_ = connect();
  // A server that starts writes a few versions of its own: what is lost must be more than that.
  for (int i = 0; i < 200; ++i) write("watch-1", std::to_string(i));
  write("watch-1", "lost");
  std::atomic<bool> told{false};
  Seen seen;
  WatchCallbacks callbacks = seen.callbacks();
  callbacks.on_error = [&](const Error& error) { told = told || error.code() == kHistoryWentBack; };
  WatchOptions patient = options();
  patient.idle_timeout = std::chrono::seconds(3);
  const Watch watch(*client_, patient, callbacks);
  ASSERT_TRUE(eventually([&] { return seen.has("watch-1", "lost"); }));
  control("restore-etcd");
  EXPECT_TRUE(eventually([&] { return told.load(); }));
  EXPECT_TRUE(eventually([&] { return seen.has("watch-1", "saved"); }));
}

TEST_P(Watching, lists_again_after_a_loss_where_that_is_wanted) {
  write("watch-1", "a");
  Seen seen;
  WatchOptions suspicious = options();
  suspicious.list_after_loss = true;
  const Watch watch(*client_, suspicious, seen.callbacks());
  ASSERT_TRUE(eventually([&] { return seen.synced() == 1; }));
  control("restart-apiserver");
  EXPECT_TRUE(eventually([&] { return seen.synced() == 2; }));
}

INSTANTIATE_TEST_SUITE_P(Streaming, Watching, testing::Bool(),
                         [](const auto& test) { return test.param ? "watchlist" : "paged"; });

TEST(Watch, of_a_kind_that_is_not_served_says_so) {
  const auto client = connect();
  ASSERT_TRUE(client);
  std::atomic<bool> told{false};
  const Watch watch(
      *client, {.resource = {{"example.com", "v1", "Nothing"}, "nothings", true}},
      {.on_event = [](const WatchEvent&) {},
       .on_error = [&](const Error& error) { told = error.code() == kKindNotServed; }});
  EXPECT_TRUE(eventually([&] { return told.load(); }));
}

}  // namespace
}  // namespace plumb::test
