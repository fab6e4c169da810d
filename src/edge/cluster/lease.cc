#include "edge/cluster/lease.h"

namespace plumb {
namespace {

constexpr const char* kLedgerHead = "plumb.dev/ledger-head";
const ApiResource kLeases{{"coordination.k8s.io", "v1", "Lease"}, "leases", true};

ObjectKey object_key(const LeaseName& name) {
  return {"coordination.k8s.io", "Lease", name.namespace_, name.name};
}

Lease lease_of(const Value& object) {
  Lease lease;
  lease.holder = object.string_at({"spec", "holderIdentity"});
  lease.duration =
      std::chrono::seconds(object.integer_at({"spec", "leaseDurationSeconds"}).value_or(0));
  lease.transitions = object.integer_at({"spec", "leaseTransitions"}).value_or(0);
  lease.acquired = object.string_at({"spec", "acquireTime"});
  lease.renewed = object.string_at({"spec", "renewTime"});
  lease.ledger_head = object.string_at({"metadata", "annotations", kLedgerHead});
  lease.resource_version = object.string_at({"metadata", "resourceVersion"});
  return lease;
}

Value to_value(const LeaseName& name, const Lease& lease) {
  // The least the API takes; a released lease has a duration too.
  const int64_t seconds =
      std::max<int64_t>(1, std::chrono::ceil<std::chrono::seconds>(lease.duration).count());
  Value spec = Value::map({{"holderIdentity", lease.holder},
                           {"leaseDurationSeconds", seconds},
                           {"leaseTransitions", lease.transitions},
                           {"acquireTime", lease.acquired},
                           {"renewTime", lease.renewed}});
  Value metadata = Value::map({{"name", name.name}, {"namespace", name.namespace_}});
  if (!lease.resource_version.empty()) metadata.set("resourceVersion", lease.resource_version);
  if (!lease.ledger_head.empty()) {
    metadata.set("annotations", Value::map({{kLedgerHead, lease.ledger_head}}));
  }
  return Value::map({{"apiVersion", "coordination.k8s.io/v1"},
                     {"kind", "Lease"},
                     {"metadata", std::move(metadata)},
                     {"spec", std::move(spec)}});
}

}  // namespace

Result<Lease> read_lease(ClusterClient& client, const LeaseName& name, Deadline deadline) {
  const Result<Value> found = client.get(kLeases, object_key(name), deadline);
  if (!found && found.error().code() == kObjectNotFound) return Lease{};
  if (!found) return found.error();
  return lease_of(*found);
}

Result<Lease> write_lease(ClusterClient& client, const LeaseName& name, const Lease& lease,
                          Deadline deadline) {
  const Value body = to_value(name, lease);
  const Result<Value> stored = lease.resource_version.empty()
                                   ? client.create(kLeases, object_key(name), body, deadline)
                                   : client.update(kLeases, object_key(name), body, deadline);
  if (!stored) return stored.error();
  return lease_of(*stored);
}

Result<std::map<std::string, Lease>> list_leases(ClusterClient& client, const std::string& space,
                                                 Deadline deadline) {
  ListOptions options;
  options.namespace_ = space;
  options.deadline = deadline;
  std::map<std::string, Lease> out;
  for (const Value& object : TRY(client.list(kLeases, options))) {
    out.emplace(object.string_at({"metadata", "name"}), lease_of(object));
  }
  return out;
}

Result<void> delete_lease(ClusterClient& client, const LeaseName& name, Deadline deadline) {
  RemoveOptions options;
  options.deadline = deadline;
  TRY(client.remove(kLeases, object_key(name), options));
  return {};
}

std::string format_micro_time(WallTime time) {
  std::string text = format_rfc3339(time);  // "…:50Z"
  const auto milliseconds = time.time_since_epoch().count() % 1000;
  std::string fraction = std::to_string(1000 + milliseconds).substr(1);
  text.insert(text.size() - 1, "." + fraction + "000");
  return text;
}

}  // namespace plumb
