#include "world.h"

#include "base/overloaded.h"
#include "base/text.h"
#include "core/trust/trust.h"
#include "lang/json/json.h"

namespace plumb::testing_plan {

Fingerprint print_of(const std::string& text) {
  return fingerprint(text);
}

Provenance verified_revision() {
  Revision revision;
  revision.url = "https://git.example/config";
  revision.ref = RefName("refs/heads/main");
  revision.commit = CommitId(kCommit);
  Result<VerifiedRevision> verified =
      trust::verify(revision, {.repository = "apps/config", .declared = "none"});
  return std::move(verified).value();
}

Manifest manifest(const std::string& api_version, const std::string& kind,
                  const std::string& namespace_, const std::string& name,
                  const std::string& content) {
  Manifest out;
  out.api_version = api_version;
  out.body = Value::map({{"apiVersion", api_version},
                         {"kind", kind},
                         {"metadata", Value::map({{"name", name}})},
                         {"data", Value::map({{"content", content}})}});
  if (!namespace_.empty()) out.body.set_path({"metadata", "namespace"}, namespace_);
  out.key = key_of(out.body);
  out.origin = {"apps/web/" + name + ".yaml", 1, 1};
  out.desired = fingerprint(json::write(out.body));
  return out;
}

Manifest definition(const std::string& group, const std::string& kind, const std::string& plural) {
  Manifest out =
      manifest("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", plural + "." + group);
  out.body.set_path({"spec", "group"}, group);
  out.body.set_path({"spec", "scope"}, "Namespaced");
  out.body.set_path({"spec", "names", "kind"}, kind);
  return out;
}

void annotate(Manifest& manifest, const std::string& name, const std::string& value) {
  manifest.body.set_path({"metadata", "annotations", name}, value);
  manifest.desired = fingerprint(json::write(manifest.body));
}

World::World() {
  policy.app = kUs;
  options.app = kUs;
  observed.catalog = std::make_shared<const ApiCatalog>();
  serve("v1", "ConfigMap");
  serve("v1", "Secret");
  serve("v1", "Service");
  serve("v1", "PersistentVolumeClaim");
  serve("v1", "Namespace", false);
  serve("apps/v1", "Deployment");
  serve("rbac.authorization.k8s.io/v1", "ClusterRole", false);
  serve("apiextensions.k8s.io/v1", "CustomResourceDefinition", false);
}

void World::serve(const std::string& api_version, const std::string& kind, bool namespaced) {
  auto catalog = std::make_shared<ApiCatalog>(*observed.catalog);
  const GroupVersionKind gvk = make_gvk(api_version, kind);
  catalog->resources[gvk] = {gvk, to_lower(kind) + "s", namespaced};
  catalog->preferred.try_emplace(gvk.group_kind(), gvk);
  observed.catalog = std::move(catalog);
  observed.synced.insert(gvk.group_kind());
}

LiveObject& World::have(const Manifest& manifest) {
  LiveObject live;
  live.key = manifest.key;
  live.api_version = manifest.api_version;
  live.uid = "uid-" + std::to_string(next_uid++);
  live.owner = policy.app;
  live.managed = print_of("S" + manifest.desired.hex());
  live.projected = print_of("P" + manifest.desired.hex());
  live.applied = ApplyRecord{live.uid, manifest.desired, live.managed, live.projected};
  live.health.status = HealthStatus::current;
  enter(manifest, live.applied);
  return observed.objects[manifest.key] = live;
}

void World::enter(const Manifest& manifest, std::optional<ApplyRecord> record) {
  std::vector<InventoryEntry> entries = inventory.entries();
  std::erase_if(entries, [&](const InventoryEntry& entry) { return entry.key == manifest.key; });
  entries.push_back({manifest.key, make_gvk(manifest.api_version, "").version, std::move(record)});
  inventory = Inventory(std::move(entries));
}

Plan World::plan() const {
  return make_plan({.manifests = manifests,
                    .observed = observed,
                    .inventory = inventory,
                    .policy = policy,
                    .scope = scope,
                    .provenance = verified_revision()});
}

std::optional<Outcome> World::outcome_of(const Step& step) {
  using Done = std::optional<Outcome>;
  const auto at = observed.objects.find(step.key);
  return std::visit(
      overloaded{
          [&](const ApplyAction&) -> Done {
            const bool is_new = at == observed.objects.end();
            const std::string uid = is_new ? "uid-" + std::to_string(next_uid++) : at->second.uid;
            LiveObject& live = have(*step.manifest);
            live.uid = uid;
            live.applied->uid = uid;
            return AppliedOutcome{*live.applied, make_gvk(live.api_version, "").version, true,
                                  false};
          },
          [&](const DeleteAction& action) -> Done {
            if (at == observed.objects.end()) return DeletedOutcome{};
            if (at->second.uid != action.uid) {
              return FailedOutcome{Error(kInternal, "the uid precondition does not hold")};
            }
            at->second.deleting = true;
            if (!at->second.finalizers.empty()) return DeletingOutcome{at->second.finalizers};
            observed.objects.erase(at);
            return DeletedOutcome{};
          },
          [](const ReleaseAction&) -> Done { return ReleasedOutcome{}; },
          [](const KeepAction&) -> Done { return std::nullopt; },
          [](const RefuseAction&) -> Done { return std::nullopt; },
      },
      step.action);
}

void World::carry_out(const Plan& plan) {
  const Inventory recorded = write_ahead(inventory, plan);
  Applied applied;
  for (const Wave& wave : plan.waves) {
    for (const Step& step : wave.steps) {
      if (std::optional<Outcome> outcome = outcome_of(step)) {
        applied.steps.push_back({step.key, step.reason, std::move(*outcome), {}, {}});
      }
    }
  }
  inventory = advance(recorded, applied);
}

std::vector<const Step*> steps_of(const Plan& plan) {
  std::vector<const Step*> out;
  for (const Wave& wave : plan.waves) {
    for (const Step& step : wave.steps) out.push_back(&step);
  }
  return out;
}

size_t actions_of(const Plan& plan) {
  size_t count = 0;
  for (const Step* step : steps_of(plan)) {
    const bool idle = std::holds_alternative<KeepAction>(step->action) ||
                      std::holds_alternative<RefuseAction>(step->action);
    count += idle ? 0 : 1;
  }
  return count;
}

std::string text_of(const Plan& plan) {
  std::string out;
  for (const Wave& wave : plan.waves) {
    for (const Step& step : wave.steps) {
      const std::string text = explain(step);
      out += wave.name + ": " + text.substr(0, text.find(": ")) + " [" + to_string(step.reason) +
             "]\n";
    }
  }
  return out;
}

}  // namespace plumb::testing_plan
