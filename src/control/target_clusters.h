// TargetClusters: the clusters that Apps name by the kubeconfig of a Secret. For each Secret (and
// key) that an App uses there is one connection: client, live store and request window, behind the
// same fence as all that the operator writes; it is made when it is first needed and ends when no
// App uses it any more. Thread safe.
//
// No turn waits for a target: a thread of its own connects to each, again and again with growing
// pauses, and wakes its Apps when that came to something. A target that gives no answer is lost
// within 15 s, for all turns at the same time, and turns in targets take half of the workers at
// most. What a watch of it is told decides whether it is looked at: no request at rest.
//
// A cluster is known by the uid of its namespace kube-system, by whatever Secret or URL it is
// reached; one that is the operator's own is taken for that.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "control/cluster.h"
#include "model/spec.h"

namespace plumb {

inline constexpr ErrorCode kTargetUnreachable{747, "TargetUnreachable"};
inline constexpr ErrorCode kTargetRefused{748, "TargetRefused"};  // the user has no right to it

struct TargetOptions {
  ClientOptions client = {};  // user agent, fence; the rest is set here
  std::function<Health(const Value&)> assess_health = {};
  // Both run on network threads and must not block.
  std::function<void(const ClusterId&, uint64_t connection, const LiveChange&)> on_change = {};
  std::function<void(const std::set<AppKey>&)> wake = {};
  // In all targets together, and in one: neither may one that says nothing keep the others waiting,
  // nor all of them the Apps of the operator's own cluster.
  size_t turns_at_once = 4;
  size_t turns_in_one = 3;
  Log log = {};
  const Clock* clock = nullptr;
};

class TargetClusters {
 public:
  // `own`: the client of the operator's own cluster.
  TargetClusters(ClusterClient& own, TargetOptions options);
  ~TargetClusters();  // as end()
  TargetClusters(const TargetClusters&) = delete;
  TargetClusters& operator=(const TargetClusters&) = delete;

  struct Reached {
    // Null: it is being connected to, or as many turns as may are in it already.
    std::shared_ptr<const Cluster> cluster = nullptr;
    bool full = false;
  };
  // The App's target by this text of its kubeconfig, for one turn: held until the turn ends. The
  // App is woken when what it waits for has come. Errors: kKubeconfigInvalid, kTargetUnreachable,
  // kTargetRefused.
  [[nodiscard]] Result<Reached> reach(const AppSpec& app, const std::string& kubeconfig);
  // Its kubeconfig cannot be read any more: the connection ends.
  void withdraw(const AppSpec& app);
  // The App's target if it is connected to; null else.
  [[nodiscard]] std::shared_ptr<const Cluster> connected(const AppSpec& app) const;
  [[nodiscard]] std::vector<std::shared_ptr<const Cluster>> connected() const;
  void forget(const AppKey& app);  // it uses none

  // One for each Secret and key that Apps use, for those who watch over them.
  struct Standing {
    NamespacedName secret;
    std::string key;
    bool connected = false;
    WallTime since;  // that it is connected, or that it is not
    size_t apps = 0;
    // Of all its connections together.
    uint64_t requests = 0;
    uint64_t failed = 0;  // of the requests: no answer, or an error
    uint64_t losses = 0;  // connections that were lost
  };
  [[nodiscard]] std::vector<Standing> standings() const;

  void close();  // all requests end soon, and no new ones begin
  void end();    // all threads end

 private:
  struct Key {
    NamespacedName secret;
    std::string key;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  class Keeper;
  struct Slot {
    std::shared_ptr<Keeper> keeper;
    std::jthread thread;
  };

  static Key key_of(const AppSpec& app);
  [[nodiscard]] std::shared_ptr<Keeper> keeper_for(const AppSpec& app) EXCLUDES(mutex_);
  [[nodiscard]] std::shared_ptr<Keeper> keeper_of(const AppSpec& app) const EXCLUDES(mutex_);
  void leave(const AppKey& app) REQUIRES(mutex_);

  // What all keepers share.
  struct Own {
    explicit Own(ClusterClient& of) : client(of) {}
    [[nodiscard]] Result<std::string> uid_of_own();  // blocks the first time
    [[nodiscard]] bool begin_turn(size_t most);

    ClusterClient& client;
    Guarded<std::string> uid;
    std::atomic<uint64_t> next_connection{kOwnConnection + 1};
    Guarded<size_t> turns;  // in all targets
  };
  const std::shared_ptr<const TargetOptions> options_;
  const std::shared_ptr<Own> own_;
  mutable Mutex mutex_;
  std::map<Key, Slot> slots_ GUARDED_BY(mutex_);
  std::map<AppKey, Key> of_app_ GUARDED_BY(mutex_);
  // Threads that end; joined by the next call that may block.
  std::vector<Slot> ended_ GUARDED_BY(mutex_);
  bool over_ GUARDED_BY(mutex_) = false;
};

struct World;
// The cluster of the App's objects as far as it is connected to; null else.
[[nodiscard]] std::shared_ptr<const Cluster> cluster_of(const World& world, const AppSpec& app);

}  // namespace plumb
