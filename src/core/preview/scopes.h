// Which kinds live in a namespace, without asking a cluster: the built-in kinds of Kubernetes 1.36
// and those that definitions among the manifests bring. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/manifests.h"

namespace plumb {

class Scopes {
 public:
  // Definitions of all apps: one app may bring the kind of another's objects.
  void learn(const std::vector<Manifest>& manifests);
  // nullopt: a kind that is not known here.
  [[nodiscard]] std::optional<bool> is_namespaced(const GroupKind& kind) const;

 private:
  std::map<GroupKind, bool> defined_;
};

// The keys as core/plan's prepare makes them: without namespace where the kind has none, with the
// app's where the manifest names none.
void place(std::vector<Manifest>& manifests, const Scopes& scopes,
           const std::string& target_namespace);

}  // namespace plumb
