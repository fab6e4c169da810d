#include "cmd/cli/object_owner.h"

#include "base/text.h"

namespace plumb::cli {

bool names_an_object(const std::string& subject) {
  return subject.find('/') != std::string::npos && subject.front() >= 'A' && subject.front() <= 'Z';
}

Result<OwnedObject> find_owned_object(ClusterClient& client, const GlobalOptions& options,
                                      const std::string& subject) {
  const size_t slash = subject.find('/');
  const std::string kind = subject.substr(0, slash);
  const std::string name = subject.substr(slash + 1);
  const std::string& wanted_namespace = options.namespace_;
  GlobalOptions everywhere = options;
  everywhere.all_namespaces = true;
  std::vector<std::string> near;
  for (Value& object : TRY(list_apps(client, everywhere))) {
    const AppView app = app_view(object);
    for (const InventoryEntry& entry : app.status.inventory.entries()) {
      if (entry.key.kind != kind) continue;
      if (entry.key.name != name) {
        near.push_back(entry.key.name);
        continue;
      }
      if (!wanted_namespace.empty() && !entry.key.namespace_.empty() &&
          entry.key.namespace_ != wanted_namespace) {
        continue;
      }
      return OwnedObject{std::move(object), entry.key};
    }
  }
  const std::string close = nearest(name, near);
  return Error(kAppNotFound, "no app has " + subject + " in its inventory")
      .with_help(close.empty() ? "plumb tree APP shows what an app has"
                               : "did you mean " + kind + "/" + close + "?");
}

}  // namespace plumb::cli
