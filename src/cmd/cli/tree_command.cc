// `plumb tree`: the objects of an app's inventory with their health, and what controllers made of
// them (ReplicaSets, Pods, Jobs), by ownerReferences.
#include <set>

#include "cmd/cli/cluster_access.h"
#include "cmd/cli/commands.h"
#include "cmd/cli/target_cluster.h"
#include "cmd/cli/text/tree_text.h"
#include "core/health/health.h"

namespace plumb::cli {

namespace {

constexpr Duration kTimeout = std::chrono::seconds(15);

TreeNode node_of(const Value& object) {
  return {.key = key_of(object),
          .uid = object.string_at({"metadata", "uid"}),
          .health = assess(object)};
}

Result<TreeNode> inventory_node(const Session& session, ClusterClient& client,
                                const ObjectKey& key) {
  Result<std::optional<Value>> live = find_live(client, key);
  if (!live) {
    session.progress("warning: " + live.error().summary());
    return TreeNode{.key = key, .uid = "", .health = {HealthStatus::unknown, "not readable"}};
  }
  if (!*live) {
    return TreeNode{.key = key, .uid = "", .health = {HealthStatus::missing, "not in the cluster"}};
  }
  return node_of(**live);
}

// What built-in controllers make, in the namespaces of the app.
std::vector<Owned> owned_objects(const Session& session, ClusterClient& client,
                                 const std::set<std::string>& namespaces) {
  const std::vector<GroupKind> kinds = {
      {"apps", "ReplicaSet"}, {"batch", "Job"}, {"", "Pod"}, {"", "PersistentVolumeClaim"}};
  std::vector<Owned> out;
  const std::shared_ptr<const ApiCatalog> catalog = client.catalog();
  for (const GroupKind& kind : kinds) {
    const ApiResource* resource = catalog->find_any(kind);
    if (resource == nullptr) continue;
    for (const std::string& namespace_ : namespaces) {
      const Result<std::vector<Value>> listed = client.list(*resource, {.namespace_ = namespace_});
      if (!listed) {
        session.progress("warning: " + listed.error().summary());
        continue;
      }
      for (const Value& object : *listed) {
        // An old ReplicaSet kept for rollbacks says nothing of the present.
        if (kind.kind == "ReplicaSet" && object.integer_at({"spec", "replicas"}) == 0) continue;
        out.push_back({node_of(object), owner_uids_of(object)});
      }
    }
  }
  return out;
}

}  // namespace

Result<int> run(const Session& session, const TreeCommand& command) {
  const auto own = TRY(connect(session.options, kTimeout));
  const Value object = TRY(find_app(*own, session.options, command.app));
  const AppView app = app_view(object);
  const auto target = TRY(connect_target(*own, object, kTimeout));
  ClusterClient& client = target ? *target : *own;
  (void)TRY(client.discover());
  std::vector<TreeNode> nodes;
  std::set<std::string> namespaces;
  for (const InventoryEntry& entry : app.status.inventory.entries()) {
    nodes.push_back(TRY(inventory_node(session, client, entry.key)));
    if (!entry.key.namespace_.empty()) namespaces.insert(entry.key.namespace_);
  }
  const Tree tree = grow_tree(std::move(nodes), owned_objects(session, client, namespaces));
  if (session.options.output != OutputFormat::table) {
    TRY(session.print_value(tree_value(app.key.display(), tree)));
    return kExitOk;
  }
  const std::string revision = short_revision(app.status.last_applied_revision);
  TRY(session.print(tree_text("App/" + app.key.name + " in " + app.key.namespace_ +
                                  (revision.empty() ? "" : "  " + revision),
                              tree, session.out)));
  return kExitOk;
}

}  // namespace plumb::cli
