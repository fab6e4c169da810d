// `plumb why`: the first root cause of the state an app, an object or a repository is in.
#include <algorithm>

#include "base/text.h"
#include "cmd/cli/cluster_access.h"
#include "cmd/cli/commands.h"
#include "cmd/cli/target.h"
#include "cmd/cli/text/why.h"
#include "core/health/health.h"
#include "edge/cluster/drift.h"

namespace plumb::cli {

namespace {

constexpr Duration kTimeout = std::chrono::seconds(15);

// "Deployment/web": kinds begin with a capital, namespaces never do.
bool names_an_object(const std::string& subject) {
  return subject.find('/') != std::string::npos && subject.front() >= 'A' && subject.front() <= 'Z';
}

// The app whose inventory has the object, and the object's full key.
Result<WhyQuestion> question_of_object(ClusterClient& client, const Session& session,
                                       const std::string& subject) {
  const size_t slash = subject.find('/');
  const std::string kind = subject.substr(0, slash);
  const std::string name = subject.substr(slash + 1);
  const std::string wanted_namespace = session.options.namespace_;
  GlobalOptions everywhere = session.options;
  everywhere.all_namespaces = true;
  std::vector<std::string> near;
  for (const Value& object : TRY(list_apps(client, everywhere))) {
    AppView app = app_view(object);
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
      const ObjectKey key = entry.key;
      return WhyQuestion{.app = std::move(app), .object = key};
    }
  }
  const std::string close = nearest(name, near);
  return Error(kAppNotFound, "no app has " + subject + " in its inventory")
      .with_help(close.empty() ? "plumb tree APP shows what an app has"
                               : "did you mean " + kind + "/" + close + "?");
}

void read_repository(ClusterClient& client, WhyQuestion& question) {
  const Result<Value> found =
      client.get(repository_resource(), object_key(question.app.repository));
  question.repository_read = found.has_value() || found.error().code() == kObjectNotFound;
  if (found) question.repository = repository_view(*found);
}

// The pod that keeps a workload from being current: the failed ones first. What may not be read is
// left out; the workload's own words stay.
std::optional<ObjectHealth> read_worst_pod(ClusterClient& client, const Value& workload) {
  const Value* labels = workload.find_path({"spec", "selector", "matchLabels"});
  const GroupKind kind = gvk_of(workload).group_kind();
  const bool has_pods = kind.group == "apps" || kind == GroupKind{"batch", "Job"};
  const ApiResource* pods = client.catalog()->find_any({"", "Pod"});
  if (!has_pods || pods == nullptr || labels == nullptr || !labels->is_map()) return std::nullopt;
  std::vector<std::string> terms;
  for (const Member& label : *labels->as_map()) {
    if (label.value.is_string()) terms.push_back(label.key + "=" + *label.value.as_string());
  }
  const Result<std::vector<Value>> found =
      client.list(*pods, {.namespace_ = workload.string_at({"metadata", "namespace"}),
                          .label_selector = join(terms, ",")});
  std::optional<ObjectHealth> worst;
  for (const Value& pod : found ? *found : std::vector<Value>()) {
    Health health = assess(pod);
    if (health.status == HealthStatus::current) continue;
    const bool worse = !worst || (health.status == HealthStatus::failed &&
                                  worst->health.status != HealthStatus::failed);
    if (worse) worst = {key_of(pod), std::move(health), {}};
  }
  return worst;
}

Result<void> read_live(ClusterClient& client, WhyQuestion& question) {
  std::optional<ObjectKey> key = question.object;
  if (!key && !question.app.status.problems.empty()) {
    key = question.app.status.problems.front().key;
  }
  const bool is_app =
      key && key->group == kApiGroup && key->kind == "App" && key->name == question.app.key.name;
  if (!key || key->kind.empty() || is_app) return {};
  (void)TRY(client.discover());
  const std::optional<Value> live = TRY(find_live(client, *key));
  if (!live) {
    question.live = Health{HealthStatus::missing, "not in the cluster"};
    return {};
  }
  question.live = assess(*live);
  if (question.live->status != HealthStatus::current) {
    question.behind = read_worst_pod(client, *live);
  }
  const InventoryEntry* entry = question.app.status.inventory.find(*key);
  const DriftState now = drift_state_of(*live);
  if (entry != nullptr && entry->applied &&
      (now.managed != entry->applied->managed || now.projected != entry->applied->projected)) {
    question.blame = blame(*live);
  }
  return {};
}

Result<WhyAnswer> answer_of(ClusterClient& client, const Session& session,
                            const std::string& subject) {
  const WallTime now = SystemClock().wall();
  if (names_a_repository(subject)) {
    const Target target = TRY(find_target(client, session.options, subject));
    return why_repository(repository_view(target.object), now);
  }
  WhyQuestion question;
  if (names_an_object(subject)) {
    question = TRY(question_of_object(client, session, subject));
  } else {
    question.app = app_view(TRY(find_app(client, session.options, subject)));
    read_repository(client, question);
  }
  if (const Result<void> read = read_live(client, question); !read) {
    session.progress("warning: " + read.error().summary());
  }
  return why(question, now);
}

}  // namespace

Result<int> run(const Session& session, const WhyCommand& command) {
  const auto client = TRY(connect(session.options, kTimeout));
  const WhyAnswer answer = TRY(answer_of(*client, session, command.subject));
  if (session.options.output == OutputFormat::table) {
    TRY(session.print(why_text(answer, session.out)));
  } else {
    TRY(session.print_value(why_value(answer)));
  }
  return answer.ready ? kExitOk : kExitDifferent;
}

}  // namespace plumb::cli
