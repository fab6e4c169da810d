// ReferenceStore: the ConfigMaps and Secrets that Apps refer to: those they take variables from
// (postBuild.substituteFrom, Flux's rules: in order, a later one wins, what stands in the App wins
// over all), and those with the kubeconfig of their target cluster (kubeConfig.secretRef). Each
// object is followed by a watch of it alone: no request at rest, and a change wakes the App. What
// variables are taken from is read as the App's ServiceAccount where it names one, so that no App
// sees what its account may not; a kubeconfig is read by the operator, for in its cluster the
// account is another one. Objects of the App's own namespace only. Thread safe; owns its watches.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/mutex.h"
#include "edge/cluster/watch.h"
#include "model/spec.h"

namespace plumb {

inline constexpr ErrorCode kVariablesMissing{732, "VariablesNotFound"};
inline constexpr ErrorCode kVariablesUnreadable{733, "VariablesNotReadable"};

class ReferenceStore {
 public:
  // on_change runs on the network thread when what an App refers to was read for the first
  // time, changes, goes, or may no longer be read.
  ReferenceStore(ClusterClient& client, std::function<void(const AppKey&)> on_change);
  ~ReferenceStore();

  // The App's substitution with what it takes from other objects; nullopt while the first look at
  // one of them is under way. Follows exactly what the App names. Does not block.
  [[nodiscard]] Result<std::optional<Substitution>> read(const AppSpec& app);
  // The text of the kubeconfig that the App names; nullopt while the first look at its Secret is
  // under way. Follows exactly what the App names. Does not block. No error quotes it.
  [[nodiscard]] Result<std::optional<std::string>> kubeconfig(const AppSpec& app);
  void forget(const AppKey& app);

 private:
  struct Source {
    VariableSource::Kind kind;
    NamespacedName name;
    std::string as;  // user; "": the operator itself
    friend auto operator<=>(const Source&, const Source&) = default;
  };
  struct Followed;
  using Slot = std::shared_ptr<Followed>;

  static Source source_of(const AppSpec& app, const VariableSource& named);
  static Source kubeconfig_source_of(const AppSpec& app);
  void follow(const AppSpec& app) EXCLUDES(mutex_);
  void release(const AppKey& app, const std::set<Source>& kept) REQUIRES(mutex_);
  std::unique_ptr<Watch> watch(const Source& source, Followed& slot);
  void tell(const Followed& slot) EXCLUDES(mutex_);

  ClusterClient& client_;
  const std::function<void(const AppKey&)> on_change_;
  Mutex mutex_;
  std::map<Source, Slot> followed_ GUARDED_BY(mutex_);
  std::map<AppKey, std::set<Source>> of_app_ GUARDED_BY(mutex_);
  // Watches end outside of callbacks and the lock: by the next read.
  std::vector<Slot> ended_ GUARDED_BY(mutex_);
};

}  // namespace plumb
