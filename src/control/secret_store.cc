#include "control/secret_store.h"

#include "base/digest.h"
#include "base/text.h"

namespace plumb {

struct SecretStore::Followed {
  bool synced = false;           // under the store's mutex
  std::optional<Value> data;     // the Secret's data, or nothing when it is not there
  std::unique_ptr<Watch> watch;  // set once by follow(), under the store's mutex
};

namespace {

const ApiResource kSecrets{{"", "v1", "Secret"}, "secrets", true};

std::string decoded(const Value& data, std::string_view key) {
  const Value* value = data.find(key);
  const std::string* text = value == nullptr ? nullptr : value->as_string();
  if (text == nullptr) return {};
  return base64_decode(*text).value_or(std::string());
}

std::string key_names(const Value& data) {
  std::vector<std::string> names;
  if (const Map* map = data.as_map()) {
    for (const Member& member : *map) names.push_back(member.key);
  }
  return names.empty() ? "none" : join(names, ", ");
}

}  // namespace

SecretStore::SecretStore(ClusterClient& client,
                         std::function<void(const NamespacedName&)> on_change)
    : client_(client), on_change_(std::move(on_change)) {}

// Watches wait for their callbacks, which take the lock: follow() destroys them outside it.
SecretStore::~SecretStore() {
  follow({});
}

void SecretStore::follow(const std::set<NamespacedName>& names) {
  std::vector<std::shared_ptr<Followed>> gone;  // destroyed after the lock is released
  std::vector<std::pair<NamespacedName, std::shared_ptr<Followed>>> fresh;
  {
    MutexLock lock(mutex_);
    for (auto at = followed_.begin(); at != followed_.end();) {
      if (names.contains(at->first)) {
        ++at;
      } else {
        gone.push_back(std::move(at->second));
        at = followed_.erase(at);
      }
    }
    for (const NamespacedName& name : names) {
      if (followed_.contains(name)) continue;
      auto followed = std::make_shared<Followed>();
      followed_[name] = followed;
      fresh.emplace_back(name, std::move(followed));
    }
  }
  for (auto& [name, followed] : fresh) {
    WatchOptions options{.resource = kSecrets};
    options.namespace_ = name.namespace_;
    options.field_selector = "metadata.name=" + name.name;
    options.track_names = true;
    WatchCallbacks callbacks;
    Followed* slot = followed.get();  // outlives its own watch
    callbacks.on_event = [this, slot, key = name](const WatchEvent& event) {
      {
        MutexLock lock(mutex_);
        if (event.type == WatchEvent::Type::deleted) {
          slot->data = std::nullopt;
        } else {
          const Value* data = event.object.find("data");
          slot->data = data == nullptr ? Value::map() : *data;
        }
        if (!slot->synced) return;
      }
      on_change_(key);
    };
    callbacks.on_synced = [this, slot](const std::string&) {
      MutexLock lock(mutex_);
      slot->synced = true;
      seen_.notify_all();
    };
    auto watch = std::make_unique<Watch>(client_, std::move(options), std::move(callbacks));
    MutexLock lock(mutex_);
    followed->watch = std::move(watch);
  }
}

Result<GitCredentials> SecretStore::credentials(const NamespacedName& name, Deadline deadline) {
  MutexLock lock(mutex_);
  while (true) {
    const auto at = followed_.find(name);
    if (at != followed_.end() && at->second->synced) break;
    if (deadline.passed()) {
      return Error(kDeadlineExceeded, "Secret " + name.display() + " could not be read in time",
                   Retry::transient);
    }
    seen_.wait_until(mutex_, deadline.at);
  }
  const std::optional<Value>& data = followed_.at(name)->data;
  if (!data) {
    return Error(kSecretMissing, "Secret " + name.display() + " does not exist", Retry::transient)
        .with_help("create it in the namespace of the Repository");
  }
  GitCredentials out;
  out.username = decoded(*data, "username");
  out.password = decoded(*data, "password");
  out.bearer_token = decoded(*data, "bearerToken");
  out.ca_pem = decoded(*data, "ca.crt");
  out.ssh_identity = decoded(*data, "identity");
  out.known_hosts = decoded(*data, "known_hosts");
  if (out.password.empty() && out.bearer_token.empty() && out.ssh_identity.empty() &&
      out.ca_pem.empty()) {
    return Error(kSecretKeyMissing,
                 "Secret " + name.display() +
                     " has none of the keys password, bearerToken, "
                     "identity, ca.crt; it has: " +
                     key_names(*data),
                 Retry::denied);
  }
  return out;
}

std::optional<std::string> SecretStore::token(const NamespacedName& name) const {
  MutexLock lock(mutex_);
  const auto at = followed_.find(name);
  if (at == followed_.end() || !at->second->data) return std::nullopt;
  std::string token = decoded(*at->second->data, "token");
  return token.empty() ? std::nullopt : std::optional(std::move(token));
}

}  // namespace plumb
