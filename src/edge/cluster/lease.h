// A Lease of coordination.k8s.io/v1: who holds it, and writing it under the precondition that
// nobody else did. Blocking; used by control/election. Fields and their meaning after client-go
// v0.36 (tools/leaderelection/resourcelock), so that `kubectl get lease` shows what people know.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "edge/cluster/cluster_client.h"

namespace plumb {

struct Lease {
  std::string holder;  // "" when it was released
  Duration duration{};
  int64_t transitions = 0;
  std::string acquired;     // as the server tells it: compared, never read as a time
  std::string renewed;      // likewise
  std::string ledger_head;  // where the ledger ended when it was written (core/audit); "" for none
  std::string resource_version;  // "" when there is no such object yet
};

struct LeaseName {
  std::string namespace_;
  std::string name;
};

// A lease that does not exist is one without holder and resourceVersion.
[[nodiscard]] Result<Lease> read_lease(ClusterClient& client, const LeaseName& name,
                                       Deadline deadline);
// Creates it, or updates exactly the version that `lease` was read as: kObjectConflict or
// kAlreadyExists when somebody else was quicker. Yields what is stored.
[[nodiscard]] Result<Lease> write_lease(ClusterClient& client, const LeaseName& name,
                                        const Lease& lease, Deadline deadline);

// All Leases of a namespace, by name: one consistent look.
[[nodiscard]] Result<std::map<std::string, Lease>> list_leases(ClusterClient& client,
                                                               const std::string& space,
                                                               Deadline deadline);
// Whatever stands in it. One that is not there is no error.
[[nodiscard]] Result<void> delete_lease(ClusterClient& client, const LeaseName& name,
                                        Deadline deadline);

[[nodiscard]] std::string format_micro_time(WallTime time);  // metav1.MicroTime

}  // namespace plumb
