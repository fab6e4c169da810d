#include "edge/cluster/kubeconfig.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <vector>

#include "base/digest.h"
#include "base/text.h"
#include "lang/json/json.h"
#include "lang/value/value.h"
#include "lang/yaml/yaml.h"

namespace plumb {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

std::string environment(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? std::string() : std::string(text);
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// `file`: "" of a text that is in none.
Error invalid(const std::string& file, const std::string& what) {
  const Error error(kKubeconfigInvalid, what);
  return file.empty() ? error : error.at({file, 0, 0});
}

// One file of the list.
struct ConfigFile {
  std::string path;
  Value content;

  // The entry of `clusters`, `users` or `contexts` with a name.
  [[nodiscard]] const Value* entry(std::string_view list, std::string_view member,
                                   std::string_view name) const {
    const Value* items = content.find(list);
    if (items == nullptr || !items->is_list()) return nullptr;
    for (const Value& item : *items->as_list()) {
      if (item.string_at({"name"}) == name) return item.find(member);
    }
    return nullptr;
  }
};

struct Entry {
  const Value* value;
  const ConfigFile* file;
};

Result<ConfigFile> parse_file(std::string path, std::string_view text) {
  const std::string_view start = trim(text);
  Budget budget;
  Result<Value> content =
      start.starts_with('{') ? json::parse(text) : yaml::parse(text, path, budget);
  // The parser's message could quote a credential: only the place is passed on.
  if (!content) {
    const auto position = content.error().position();
    const Error error(kKubeconfigInvalid, "the kubeconfig is not YAML");
    if (path.empty() && !position) return error;
    return error.at(position ? *position : Position{path, 0, 0});
  }
  if (!content->is_map()) return invalid(path, "the kubeconfig is not a map");
  return ConfigFile{std::move(path), *std::move(content)};
}

Result<std::vector<ConfigFile>> read_files(const KubeconfigOptions& options) {
  std::vector<std::string> paths;
  bool all_needed = true;
  if (!options.path.empty()) {
    paths = {options.path};
  } else if (const std::string list = environment("KUBECONFIG"); !list.empty()) {
    paths = split(list, ':');
    all_needed = false;  // of a list, missing files are left out, as in kubectl
  } else {
    paths = {environment("HOME") + "/.kube/config"};
  }
  std::vector<ConfigFile> files;
  for (std::string& path : paths) {
    if (path.empty()) continue;
    const auto text = read_file(path);
    if (!text && !all_needed) continue;
    if (!text) {
      return Error(kKubeconfigMissing, "cannot read the kubeconfig " + path)
          .with_help("give the path of a kubeconfig, or set KUBECONFIG");
    }
    files.push_back(TRY(parse_file(std::move(path), *text)));
  }
  if (files.empty()) {
    return Error(kKubeconfigMissing,
                 "none of the files of KUBECONFIG can be read: " + join(paths, ", "))
        .with_help("set KUBECONFIG to the path of a kubeconfig");
  }
  return files;
}

Result<Entry> find_entry(const std::vector<ConfigFile>& files, const char* list, const char* member,
                         const std::string& name) {
  for (const ConfigFile& file : files) {
    if (const Value* value = file.entry(list, member, name)) return Entry{value, &file};
  }
  std::vector<std::string> known;
  for (const ConfigFile& file : files) {
    const Value* items = file.content.find(list);
    if (items == nullptr || !items->is_list()) continue;
    for (const Value& item : *items->as_list()) known.push_back(item.string_at({"name"}));
  }
  const Error error(kKubeconfigInvalid, "the kubeconfig has no " + std::string(member) + " \"" +
                                            escape_terminal(name) + "\"");
  return known.empty() ? error : error.with_help("known: " + escape_terminal(join(known, ", ")));
}

std::string relative_to(const std::string& file, const std::string& path) {
  return fs::path(path).is_absolute() ? path : (fs::path(file).parent_path() / path).string();
}

// "certificate-authority-data" (base64) or the file of "certificate-authority".
Result<std::string> pem_of(const Entry& entry, const std::string& name) {
  if (const std::string data = entry.value->string_at({name + "-data"}); !data.empty()) {
    auto pem = base64_decode(data);
    if (!pem) return invalid(entry.file->path, name + "-data is not base64");
    return *std::move(pem);
  }
  const std::string path = entry.value->string_at({name});
  if (path.empty()) return std::string();
  auto pem = read_file(relative_to(entry.file->path, path));
  if (!pem) return invalid(entry.file->path, "cannot read the file " + path + " of " + name);
  return *std::move(pem);
}

// A file is named rather than read: whoever runs for long must see it change.
Result<void> take_authority(TlsOptions& tls, const Entry& cluster) {
  const std::string pem = TRY(pem_of(cluster, "certificate-authority"));
  if (!cluster.value->string_at({"certificate-authority-data"}).empty()) {
    tls.ca_pem = pem;
  } else if (!pem.empty()) {
    tls.ca_file =
        relative_to(cluster.file->path, cluster.value->string_at({"certificate-authority"}));
  }
  return {};
}

Result<void> take_cluster(ClusterAccess& access, const Entry& cluster) {
  access.server = cluster.value->string_at({"server"});
  while (access.server.ends_with('/')) access.server.pop_back();
  if (access.server.empty()) return invalid(cluster.file->path, "the cluster has no server");
  TRY(take_authority(access.tls, cluster));
  access.tls.insecure_skip_verify = cluster.value->bool_at({"insecure-skip-tls-verify"});
  access.tls.server_name = cluster.value->string_at({"tls-server-name"});
  return {};
}

Result<void> take_user(ClusterAccess& access, const Entry& user) {
  for (const char* plugin : {"exec", "auth-provider"}) {
    const Value* found = user.value->find(plugin);
    if (found == nullptr || found->is_null()) continue;
    return invalid(user.file->path,
                   std::string("the user's credentials come from ") + plugin + ", a plugin")
        .with_help(
            "use a user with a token or a client certificate, for example "
            "`kubectl create token <service account>`");
  }
  access.tls.client_cert_pem = TRY(pem_of(user, "client-certificate"));
  access.tls.client_key_pem = TRY(pem_of(user, "client-key"));
  if (access.tls.client_cert_pem.empty() != access.tls.client_key_pem.empty())
    return invalid(user.file->path, "client-certificate and client-key belong together");
  access.bearer_token = user.value->string_at({"token"});
  if (const std::string path = user.value->string_at({"tokenFile"}); !path.empty())
    access.token_file = relative_to(user.file->path, path);
  access.username = user.value->string_at({"username"});
  access.password = user.value->string_at({"password"});
  return {};
}

}  // namespace

Result<ClusterAccess> load_kubeconfig(const KubeconfigOptions& options) {
  const std::vector<ConfigFile> files = TRY(read_files(options));
  ClusterAccess access;
  access.context = options.context;
  for (const ConfigFile& file : files) {
    if (access.context.empty()) access.context = file.content.string_at({"current-context"});
  }
  if (access.context.empty())
    return invalid(files.front().path, "no context is chosen")
        .with_help("give a context, or set current-context in the kubeconfig");
  const Entry context = TRY(find_entry(files, "contexts", "context", access.context));
  if (const std::string ns = context.value->string_at({"namespace"}); !ns.empty())
    access.namespace_ = ns;
  const std::string cluster_name = context.value->string_at({"cluster"});
  TRY(take_cluster(access, TRY(find_entry(files, "clusters", "cluster", cluster_name))));
  const std::string user_name = context.value->string_at({"user"});
  if (!user_name.empty())
    TRY(take_user(access, TRY(find_entry(files, "users", "user", user_name))));
  return access;
}

namespace {

constexpr size_t kMaxInlineBytes = 1 << 20;  // of a Secret

// What is refused by name, and what to write instead.
struct Refused {
  std::string_view field;
  const char* help;
};
constexpr Refused kRefusedFields[] = {
    {"exec", "use a token or client-certificate-data with client-key-data"},
    {"auth-provider", "use a token or client-certificate-data with client-key-data"},
    {"username", "use a token or client-certificate-data with client-key-data"},
    {"password", "use a token or client-certificate-data with client-key-data"},
    {"tokenFile", "write the token itself into token"},
    {"certificate-authority", "write the certificate as base64 into certificate-authority-data"},
    {"client-certificate", "write the certificate as base64 into client-certificate-data"},
    {"client-key", "write the key as base64 into client-key-data"},
    {"insecure-skip-tls-verify", "write the cluster's certificate into certificate-authority-data"},
    {"proxy-url", "the operator's own proxy settings hold for all clusters"},
    {"as", "name the account in spec.serviceAccountName of the App"},
};

bool is_set(const Value& value) {
  const std::string* text = value.as_string();
  const bool* flag = value.as_bool();
  return !value.is_null() && !(text != nullptr && text->empty()) && !(flag != nullptr && !*flag);
}

// Only what is known to be harmless.
Result<void> only(const Value& entry, const char* what, const std::vector<std::string>& known) {
  const Map* members = entry.as_map();
  if (members == nullptr) return invalid("", std::string("the ") + what + " is not a map");
  for (const Member& member : *members) {
    if (member.key == "extensions" || !is_set(member.value)) continue;
    for (const Refused& refused : kRefusedFields) {
      if (refused.field != member.key) continue;
      return invalid("", std::string("the ") + what + " has the field " + member.key +
                             ", which is refused in a Secret")
          .with_help(refused.help);
    }
    if (std::find(known.begin(), known.end(), member.key) == known.end()) {
      return invalid("", std::string("the ") + what + " has the field " +
                             escape_terminal(shorten(member.key)) + ", which is not supported")
          .with_help("it may have: " + join(known, ", "));
    }
    if (!member.value.is_string() && member.key != "disable-compression") {
      return invalid("", member.key + " of the " + what + " is not text");
    }
  }
  return {};
}

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_host_name(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-';
  });
}

Result<void> check_inline(const ClusterAccess& access) {
  constexpr std::string_view kScheme = "https://";
  const std::string_view rest =
      std::string_view(access.server).substr(std::min(access.server.size(), kScheme.size()));
  if (!access.server.starts_with(kScheme) || rest.empty() || rest.front() == '/' ||
      !is_plain(access.server) || rest.find_first_of("@?#\\\"") != std::string_view::npos) {
    return invalid("", "the cluster's server is not an https URL")
        .with_help("the form is https://host[:port]");
  }
  if (!is_host_name(access.tls.server_name)) {
    return invalid("", "tls-server-name is not the name of a host");
  }
  if (!is_plain(access.bearer_token)) {  // it becomes a header
    return invalid("", "the token has a space, a line break or another character of no token");
  }
  if (access.bearer_token.empty() && access.tls.client_cert_pem.empty()) {
    return invalid("", "the user has no credentials")
        .with_help("give it a token, or client-certificate-data with client-key-data");
  }
  if (access.tls.client_key_pem.find("ENCRYPTED") != std::string::npos) {
    return invalid("", "client-key-data is a key with a password, which nobody can enter");
  }
  return {};
}

}  // namespace

Result<ClusterAccess> read_inline_kubeconfig(std::string_view text) {
  if (text.size() > kMaxInlineBytes) return invalid("", "the kubeconfig is larger than 1 MiB");
  std::vector<ConfigFile> files;
  files.push_back(TRY(parse_file("", text)));
  ClusterAccess access;
  access.context = files.front().content.string_at({"current-context"});
  if (access.context.empty()) {
    return invalid("", "the kubeconfig has no current-context")
        .with_help("set current-context to the name of one of its contexts");
  }
  const Entry context = TRY(find_entry(files, "contexts", "context", access.context));
  TRY(only(*context.value, "context", {"cluster", "user", "namespace"}));
  const Entry cluster =
      TRY(find_entry(files, "clusters", "cluster", context.value->string_at({"cluster"})));
  TRY(only(*cluster.value, "cluster",
           {"server", "certificate-authority-data", "tls-server-name", "disable-compression"}));
  const Entry user = TRY(find_entry(files, "users", "user", context.value->string_at({"user"})));
  TRY(only(*user.value, "user", {"token", "client-certificate-data", "client-key-data"}));
  // From here on no path and no plugin is left for these to follow.
  TRY(take_cluster(access, cluster));
  TRY(take_user(access, user));
  TRY(check_inline(access));
  return access;
}

std::optional<std::string> kubeconfig_in_secret(const Value& secret, const std::string& key) {
  const std::vector<std::string> keys =
      key.empty() ? std::vector<std::string>{"value", "value.yaml"} : std::vector{key};
  for (const std::string& name : keys) {
    std::optional<std::string> text = base64_decode(secret.string_at({"data", name}));
    if (text && !text->empty()) return text;
  }
  return std::nullopt;
}

Result<ClusterAccess> in_cluster_access() {
  const std::string host = environment("KUBERNETES_SERVICE_HOST");
  const std::string port = environment("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty()) {
    return Error(kNotInCluster,
                 "this program does not run in a Pod: KUBERNETES_SERVICE_HOST is "
                 "not set")
        .with_help("outside of a cluster give a kubeconfig");
  }
  const std::string folder = kAccountFolder;
  ClusterAccess access;
  const bool ipv6 = host.find(':') != std::string::npos;
  access.server = "https://" + (ipv6 ? "[" + host + "]" : host) + ":" + port;
  access.token_file = folder + "/token";
  access.tls.ca_file = folder + "/ca.crt";
  if (!read_file(access.tls.ca_file) || !read_file(access.token_file)) {
    return Error(kNotInCluster, "cannot read the ServiceAccount's token and ca.crt in " + folder)
        .with_help("automountServiceAccountToken must not be false for this Pod");
  }
  if (const auto ns = read_file(folder + "/namespace")) access.namespace_ = std::string(trim(*ns));
  return access;
}

Result<ClusterAccess> find_cluster_access(const KubeconfigOptions& options) {
  const bool chosen = !options.path.empty() || !options.context.empty();
  if (!chosen && environment("KUBECONFIG").empty()) {
    if (Result<ClusterAccess> access = in_cluster_access()) return access;
  }
  return load_kubeconfig(options);
}

}  // namespace plumb
