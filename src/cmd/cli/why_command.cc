// `plumb why`: the first root cause of the state an app, an object or a repository is in.
#include <algorithm>

#include "base/text.h"
#include "cmd/cli/commands.h"
#include "cmd/cli/division.h"
#include "cmd/cli/object_owner.h"
#include "cmd/cli/target.h"
#include "cmd/cli/target_cluster.h"
#include "cmd/cli/text/why.h"
#include "core/health/health.h"
#include "edge/cluster/drift.h"

namespace plumb::cli {

namespace {

constexpr Duration kTimeout = std::chrono::seconds(15);

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
  const std::shared_ptr<const ApiCatalog> catalog = client.catalog();
  const ApiResource* pods = catalog->find_any({"", "Pod"});
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
  Value object;
  if (names_an_object(subject)) {
    const OwnedObject found = TRY(find_owned_object(client, session.options, subject));
    object = found.app;
    question.app = app_view(object);
    question.object = found.key;
  } else {
    object = TRY(find_app(client, session.options, subject));
    question.app = app_view(object);
    read_repository(client, question);
    if (const std::optional<Division> division = read_division(client)) {
      const std::string label = question.repository ? question.repository->shard_label : "";
      question.app.unattended = unattended(*division, question.app, label, now);
    }
  }
  const auto target = connect_target(client, object, kTimeout);
  const Result<void> read =
      target ? read_live(*target ? **target : client, question) : Result<void>(target.error());
  if (!read) session.progress("warning: " + read.error().summary());
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
