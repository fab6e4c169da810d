#include "control/reference_store.h"

#include "base/text.h"
#include "control/stages.h"
#include "core/spec/resources.h"
#include "edge/cluster/api_error.h"
#include "edge/cluster/kubeconfig.h"

namespace plumb {

struct ReferenceStore::Followed {
  // All but the watch under the store's mutex.
  std::set<AppKey> apps;
  bool synced = false;
  std::optional<Value> object;   // nothing when it is not there
  std::optional<Error> failed;   // why it cannot be read
  std::unique_ptr<Watch> watch;  // ends before the rest
};

namespace {

ApiResource resource_of(VariableSource::Kind kind) {
  if (kind == VariableSource::Kind::secret) return {{"", "v1", "Secret"}, "secrets", true};
  return {{"", "v1", "ConfigMap"}, "configmaps", true};
}

std::string shown(const AppSpec& app, const VariableSource& source) {
  return std::string(to_string(source.kind)) + " " + app.key.namespace_ + "/" +
         escape_terminal(source.name);
}

Error unreadable(const AppSpec& app, const VariableSource& source, const Error& why) {
  const std::string who =
      app.service_account.empty() ? "the operator" : "ServiceAccount " + app.service_account;
  Error error(kVariablesUnreadable,
              shown(app, source) +
                  ", which postBuild.substituteFrom names, cannot be read: " + why.message(),
              why.retry() == Retry::permanent ? Retry::transient : why.retry());
  if (why.code() != kForbidden) return error;
  return error.with_help("allow " + who + " to get, list and watch it by its name");
}

Error missing(const AppSpec& app, const VariableSource& source) {
  return Error(kVariablesMissing,
               shown(app, source) + ", which postBuild.substituteFrom names, does not exist",
               Retry::transient)
      .with_help("create it in the namespace of the App, or set optional: true");
}

}  // namespace

ReferenceStore::ReferenceStore(ClusterClient& client, std::function<void(const AppKey&)> on_change)
    : client_(client), on_change_(std::move(on_change)) {}

// Watches wait for their callbacks, which take the lock: they end outside it.
ReferenceStore::~ReferenceStore() {
  std::map<Source, Slot> followed;
  std::vector<Slot> ended;
  MutexLock lock(mutex_);
  followed.swap(followed_);
  ended.swap(ended_);
}

ReferenceStore::Source ReferenceStore::source_of(const AppSpec& app, const VariableSource& named) {
  return {named.kind, {app.key.namespace_, named.name}, acts_as(app).value_or("")};
}

ReferenceStore::Source ReferenceStore::kubeconfig_source_of(const AppSpec& app) {
  return {VariableSource::Kind::secret, {app.key.namespace_, app.kubeconfig->secret}, ""};
}

void ReferenceStore::tell(const Followed& slot) {
  std::set<AppKey> apps;
  {
    MutexLock lock(mutex_);
    apps = slot.apps;
  }
  for (const AppKey& app : apps) on_change_(app);
}

std::unique_ptr<Watch> ReferenceStore::watch(const Source& source, Followed& slot) {
  WatchOptions options{.resource = resource_of(source.kind)};
  options.namespace_ = source.name.namespace_;
  options.field_selector = "metadata.name=" + source.name.name;
  options.impersonate = source.as;
  options.list_after_loss = true;
  Followed* const at = &slot;  // outlives its own watch
  WatchCallbacks callbacks;
  callbacks.on_event = [this, at](const WatchEvent& event) {
    {
      MutexLock lock(mutex_);
      const bool gone = event.type == WatchEvent::Type::deleted;
      at->object = gone ? std::nullopt : std::optional(event.object);
      if (!at->synced) return;
    }
    tell(*at);
  };
  callbacks.on_synced = [this, at](const std::string&) {
    {
      MutexLock lock(mutex_);
      at->failed.reset();
      if (std::exchange(at->synced, true)) return;
    }
    tell(*at);
  };
  callbacks.on_error = [this, at](const Error& error) {
    const bool denied = error.retry() == Retry::denied || error.code() == kForbidden;
    {
      MutexLock lock(mutex_);
      // A connection that breaks takes nothing away; a right that was taken away does.
      if (at->synced && !denied) return;
      if (at->failed && at->failed->message() == error.message()) return;
      at->failed = error;
      at->synced = false;
      at->object.reset();
    }
    tell(*at);
  };
  return std::make_unique<Watch>(client_, std::move(options), std::move(callbacks));
}

void ReferenceStore::release(const AppKey& app, const std::set<Source>& kept) {
  const auto named = of_app_.find(app);
  if (named == of_app_.end()) return;
  for (const Source& source : named->second) {
    const auto at = followed_.find(source);
    if (kept.contains(source) || at == followed_.end()) continue;
    at->second->apps.erase(app);
    if (!at->second->apps.empty()) continue;
    ended_.push_back(std::move(at->second));
    followed_.erase(at);
  }
  of_app_.erase(named);
}

void ReferenceStore::follow(const AppSpec& app) {
  std::set<Source> wanted;
  for (const VariableSource& named : app.substitute_from) wanted.insert(source_of(app, named));
  if (app.kubeconfig) wanted.insert(kubeconfig_source_of(app));
  std::vector<std::pair<Source, Slot>> fresh;
  std::vector<Slot> ended;  // destroyed after the lock is released
  {
    MutexLock lock(mutex_);
    for (const Source& source : wanted) {
      Slot& slot = followed_[source];
      if (!slot) {
        slot = std::make_shared<Followed>();
        fresh.emplace_back(source, slot);
      }
      slot->apps.insert(app.key);
    }
    release(app.key, wanted);
    if (!wanted.empty()) of_app_[app.key] = wanted;
    ended.swap(ended_);
  }
  for (auto& [source, slot] : fresh) {
    auto made = watch(source, *slot);
    MutexLock lock(mutex_);
    slot->watch = std::move(made);
  }
}

void ReferenceStore::forget(const AppKey& app) {
  MutexLock lock(mutex_);
  release(app, {});
}

Result<std::optional<std::string>> ReferenceStore::kubeconfig(const AppSpec& app) {
  follow(app);
  const std::string shown =
      "Secret " + app.key.namespace_ + "/" + escape_terminal(app.kubeconfig->secret);
  std::optional<Value> object;
  {
    MutexLock lock(mutex_);
    const auto at = followed_.find(kubeconfig_source_of(app));
    if (at == followed_.end()) return std::optional<std::string>();  // the App just went
    const Followed& slot = *at->second;
    if (slot.failed) {
      return Error(
                 kKubeconfigMissing,
                 shown + ", which spec.kubeConfig names, cannot be read: " + slot.failed->message(),
                 Retry::transient)
          .with_help("allow the operator to get, list and watch it by its name");
    }
    if (!slot.synced) return std::optional<std::string>();
    object = slot.object;
  }
  if (!object) {
    return Error(kKubeconfigMissing, shown + ", which spec.kubeConfig names, does not exist",
                 Retry::transient)
        .with_help("create it in the namespace of the App");
  }
  const KubeconfigRef& ref = *app.kubeconfig;
  std::optional<std::string> text = kubeconfig_in_secret(*object, ref.key);
  if (text) return text;
  return Error(kKubeconfigMissing,
               shown + " has no key " +
                   (ref.key.empty() ? "value or value.yaml" : escape_terminal(ref.key)) +
                   " with a kubeconfig",
               Retry::denied)
      .with_help("put it there, or name its key in spec.kubeConfig.secretRef.key");
}

Result<std::optional<Substitution>> ReferenceStore::read(const AppSpec& app) {
  follow(app);
  Substitution out{.variables = {}, .strict = app.substitution.strict, .secret = {}};
  bool awaited = false;
  for (const VariableSource& named : app.substitute_from) {
    std::optional<Value> object;
    {
      MutexLock lock(mutex_);
      const auto at = followed_.find(source_of(app, named));
      if (at == followed_.end()) return std::optional<Substitution>();  // the App just went
      const Followed& slot = *at->second;
      if (slot.failed) return unreadable(app, named, *slot.failed);
      awaited = awaited || !slot.synced;
      if (!slot.synced) continue;
      object = slot.object;
    }
    if (object) {
      TRY(add_variables(*object, named.kind, out));
    } else if (!named.optional) {
      return missing(app, named);
    }
  }
  if (awaited) return std::optional<Substitution>();
  add_variables(app.substitution, out);
  return std::optional(std::move(out));
}

}  // namespace plumb
