#include "cmd/cli/comparison.h"

#include <algorithm>
#include <set>

#include "base/overloaded.h"
#include "cmd/cli/live_objects.h"
#include "core/plan/ignore.h"
#include "core/plan/plan.h"
#include "core/plan/prepare.h"
#include "core/render/refused_field.h"

namespace plumb::cli {

namespace {

// With what was probably meant by a field that the server does not take.
Error explained(const Error& refusal, const Manifest& manifest) {
  const FieldComplaint complaint = complaint_of(refusal);
  if (complaint.field.empty()) return refusal;
  const RefusedField field = look_up_refused(manifest, complaint.field, complaint.what);
  const Error error = refusal.at(field.position);
  return field.help.empty() || !refusal.help().empty() ? error : error.with_help(field.help);
}

class Planned {
 public:
  Planned(ClusterClient& client, const LiveObjects& live, const Manifests& manifests)
      : client_(client), live_(live) {
    for (const Manifest& manifest : manifests.objects) coming_.insert(manifest.key);
  }

  Result<void> add(const Step& step) {
    return std::visit(
        overloaded{
            [&](const ApplyAction&) { return add_apply(step); },
            [&](const DeleteAction&) { return add_removal(step, ChangeKind::pruned); },
            [&](const ReleaseAction&) { return add_removal(step, ChangeKind::released); },
            [&](const KeepAction&) {
              ++out_.unchanged;
              return Result<void>();
            },
            [&](const RefuseAction& refuse) {
              ObjectChange change = change_of(step, ChangeKind::refused);
              change.error = refuse.error;
              out_.changes.push_back(std::move(change));
              return Result<void>();
            },
        },
        step.action);
  }

  [[nodiscard]] Comparison take(size_t kept) {
    out_.unchanged += kept;
    return std::move(out_);
  }

 private:
  [[nodiscard]] const Value* live_body(const ObjectKey& key) const {
    const auto at = live_.bodies.find(key);
    return at == live_.bodies.end() ? nullptr : &at->second;
  }

  [[nodiscard]] static ObjectChange change_of(const Step& step, ChangeKind kind) {
    ObjectChange change;
    change.key = step.key;
    change.kind = kind;
    if (step.reason == StepReason::drifted) change.reason = "drifted";
    if (!step.detail.empty()) {
      change.reason += (change.reason.empty() ? "" : ": ") + step.detail;
    }
    if (step.manifest) change.position = step.manifest->origin.position();
    return change;
  }

  // The namespace, or the definition of the kind, comes with the same manifests: the server cannot
  // try the object yet, but the operator will apply them in order.
  [[nodiscard]] bool comes_first(const ObjectKey& key, const Error& error) const {
    if (error.code() == kNamespaceMissing || error.code() == kObjectNotFound) {
      return coming_.contains({"", "Namespace", "", key.namespace_});
    }
    return error.code() == kKindNotServed &&
           std::any_of(coming_.begin(), coming_.end(), [](const ObjectKey& other) {
             return other.kind == "CustomResourceDefinition";
           });
  }

  Result<Value> dry_run(const Step& step) {
    const GroupVersionKind gvk = gvk_of(step.manifest->body);
    const ApiResource resource = TRY(client_.resource_of(gvk));
    const Value* live = live_body(step.key);
    const Value body = live == nullptr || step.manifest->ignored.empty()
                           ? step.manifest->body
                           : without_ignored(step.manifest->body, *live, step.manifest->ignored);
    return client_.apply(resource, step.key, body, {.dry_run = true});
  }

  Result<void> add_apply(const Step& step) {
    const Value* before = live_body(step.key);
    Result<Value> after = dry_run(step);
    if (!after && before == nullptr && comes_first(step.key, after.error())) {
      after = step.manifest->body;
    }
    if (!after) {
      if (after.error().retry() == Retry::transient) return std::move(after).error();
      ObjectChange change = change_of(step, ChangeKind::refused);
      change.error = explained(after.error(), *step.manifest);
      out_.changes.push_back(std::move(change));
      return {};
    }
    // Of a new object people want to read what they wrote, not every default.
    const Value shown = before == nullptr ? step.manifest->body : *after;
    ObjectChange change =
        change_of(step, before == nullptr ? ChangeKind::created : ChangeKind::changed);
    change.fields = field_diff(before == nullptr ? Value() : *before, shown);
    if (change.fields.empty()) {
      ++out_.unchanged;
    } else {
      out_.changes.push_back(std::move(change));
    }
    return {};
  }

  Result<void> add_removal(const Step& step, ChangeKind kind) {
    if (live_body(step.key) != nullptr) out_.changes.push_back(change_of(step, kind));
    return {};
  }

  ClusterClient& client_;
  const LiveObjects& live_;
  std::set<ObjectKey> coming_;
  Comparison out_;
};

// Without an app there are no labels of one; what the live object has stays.
void keep_live_labels(Manifests& manifests, const LiveObjects& live) {
  for (Manifest& manifest : manifests.objects) {
    const auto at = live.bodies.find(manifest.key);
    for (const char* name : {kAppLabel, kAppNamespaceLabel}) {
      const std::string value = at == live.bodies.end() ? "" : label_of(at->second, name);
      if (!value.empty()) {
        manifest.body.set_path({"metadata", "labels", name}, value);
        continue;
      }
      manifest.body.erase_path({"metadata", "labels", name});
      const Value* labels = manifest.body.find_path({"metadata", "labels"});
      if (labels != nullptr && labels->as_map() != nullptr && labels->as_map()->empty()) {
        manifest.body.erase_path({"metadata", "labels"});
      }
    }
  }
}

}  // namespace

Result<Comparison> compare(ClusterClient& client, const ComparisonInput& input) {
  PlanPolicy policy;
  policy.prune = input.prune;
  if (input.app) policy.app = input.app->key;
  const Inventory inventory = input.app ? input.app->status.inventory : Inventory();

  const std::shared_ptr<const ApiCatalog> catalog = TRY(client.discover());
  Manifests manifests =
      TRY(prepare(input.manifests, *catalog, {policy.app, input.target_namespace, input.ignore}));
  std::set<ObjectKey> keys;
  for (const Manifest& manifest : manifests.objects) keys.insert(manifest.key);
  for (const InventoryEntry& entry : inventory.entries()) keys.insert(entry.key);
  LiveObjects live = TRY(read_live_objects(client, {keys.begin(), keys.end()}, inventory));
  if (!input.app) {
    keep_live_labels(manifests, live);
    for (auto& [key, object] : live.observed.objects) object.owner = {};
  }
  const PlanScope scope;
  const Plan plan = make_plan({.manifests = manifests,
                               .observed = live.observed,
                               .inventory = inventory,
                               .policy = policy,
                               .scope = scope,
                               .provenance = LocalFiles{input.folder}});
  Planned planned(client, live, manifests);
  for (const Wave& wave : plan.waves) {
    for (const Step& step : wave.steps) TRY(planned.add(step));
  }
  return planned.take(plan.kept);
}

}  // namespace plumb::cli
