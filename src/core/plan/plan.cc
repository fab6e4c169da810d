// Planning in three parts: what to do with each desired object (decide.h), what to do with what
// left the source (prune.h), and the order of it all. Nothing here looks at anything but its
// inputs.
#include "core/plan/plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/plan/decide.h"
#include "core/plan/left_alone.h"
#include "core/plan/order.h"
#include "core/plan/prune.h"

namespace plumb {
namespace {

// Kinds that definitions among the manifests bring, with the rank of the definition.
std::map<GroupKind, Rank> definitions_in(const Manifests& manifests) {
  std::map<GroupKind, Rank> out;
  for (const Manifest& manifest : manifests.objects) {
    if (manifest.key.kind != "CustomResourceDefinition") continue;
    Result<Rank> rank = rank_of(manifest);
    if (!rank) continue;
    out[{manifest.body.string_at({"spec", "group"}),
         manifest.body.string_at({"spec", "names", "kind"})}] = *rank;
  }
  return out;
}

std::string wave_name(const Rank& rank) {
  switch (rank.stage) {
    case ApplyStage::definitions:
      return "wave " + std::to_string(rank.wave) + ": definitions";
    case ApplyStage::classes:
      return "wave " + std::to_string(rank.wave) + ": classes";
    case ApplyStage::rest:
      return "wave " + std::to_string(rank.wave);
  }
  return "";
}

// What must be healthy before a wave of this rank: everything of lower wave numbers, and of its own
// number the definitions that its objects need (their kind, their namespace).
std::vector<ObjectKey> needed_before(const Rank& rank, const std::vector<Step>& steps,
                                     const std::vector<std::pair<Rank, const Manifest*>>& all) {
  std::set<std::string> namespaces;
  std::set<GroupKind> kinds;
  for (const Step& step : steps) {
    namespaces.insert(step.key.namespace_);
    kinds.insert(step.key.group_kind());
  }
  std::vector<ObjectKey> out;
  for (const auto& [other, manifest] : all) {
    bool needed = other.wave < rank.wave;
    if (other.wave == rank.wave && other < rank && other.stage == ApplyStage::definitions) {
      const Value& body = manifest->body;
      needed = manifest->key.kind == "Namespace"
                   ? namespaces.contains(manifest->key.name)
                   : kinds.contains({body.string_at({"spec", "group"}),
                                     body.string_at({"spec", "names", "kind"})});
    }
    if (needed) out.push_back(manifest->key);
  }
  return out;
}

bool asks_for_nothing(const Step& step) {
  return std::holds_alternative<KeepAction>(step.action);
}

std::vector<Wave> apply_waves(std::map<Rank, std::vector<Step>> ranked,
                              const std::vector<std::pair<Rank, const Manifest*>>& all,
                              bool whole_app) {
  std::vector<Wave> waves;
  for (auto& [rank, steps] : ranked) {
    std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) {
      return kind_order(a.key.group_kind()) < kind_order(b.key.group_kind());
    });
    std::vector<ObjectKey> after;
    // A heal, and a wave of nothing but shown steps, waits for nothing.
    if (whole_app && !std::all_of(steps.begin(), steps.end(), asks_for_nothing)) {
      after = needed_before(rank, steps, all);
    }
    waves.push_back({wave_name(rank), std::move(steps), std::move(after)});
  }
  return waves;
}

// The wave of each object: its own, but not before that of its kind's definition or of its
// namespace.
class Ranking {
 public:
  explicit Ranking(const Manifests& manifests) : definitions_(definitions_in(manifests)) {
    for (const Manifest& manifest : manifests.objects) {
      if (manifest.key.kind != "Namespace" || !manifest.key.group.empty()) continue;
      if (const Result<Rank> rank = rank_of(manifest)) namespaces_[manifest.key.name] = rank->wave;
    }
  }

  [[nodiscard]] Result<Rank> of(const Manifest& manifest) const {
    Rank rank = TRY(rank_of(manifest));
    const auto definition = definitions_.find(manifest.key.group_kind());
    if (definition != definitions_.end()) {
      rank.wave = std::max(rank.wave, definition->second.wave);
    }
    const auto home = namespaces_.find(manifest.key.namespace_);
    if (home != namespaces_.end()) rank.wave = std::max(rank.wave, home->second);
    return rank;
  }
  [[nodiscard]] const std::map<GroupKind, Rank>& definitions() const { return definitions_; }

 private:
  std::map<GroupKind, Rank> definitions_;
  std::map<std::string, int> namespaces_;
};

// What later waves and prunes wait for. A refused definition may be there all the same (another app
// has it), and what the heal mode leaves alone is left alone.
bool is_waited_for(const Step& step, const Rank& rank) {
  if (step.reason == StepReason::heal_disabled || step.reason == StepReason::fought) return false;
  return !std::holds_alternative<RefuseAction>(step.action) ||
         rank.stage != ApplyStage::definitions;
}

// What is only created needs nothing once it is there, and is not waited for: it may be another's.
bool is_there_already(const PlanInput& input, const Manifest& manifest) {
  if (!is_only_created(manifest)) return false;
  const std::set<ObjectKey>* const unlabelled = input.policy.unlabelled;
  return input.observed.find(manifest.key) != nullptr ||
         (unlabelled != nullptr && unlabelled->contains(manifest.key));
}

bool deletes(const Wave& wave) {
  return std::any_of(wave.steps.begin(), wave.steps.end(), [](const Step& step) {
    return std::holds_alternative<DeleteAction>(step.action);
  });
}

}  // namespace

Plan make_plan(const PlanInput& input) {
  Plan plan;
  plan.app = input.policy.app;
  plan.provenance = input.provenance;
  const Ranking ranking(input.manifests);
  const Decider decider(input, ranking.definitions());

  std::map<Rank, std::vector<Step>> ranked;
  std::vector<std::pair<Rank, const Manifest*>> all;
  for (const Manifest& manifest : input.manifests.objects) {
    if (!input.scope.whole_app && !input.scope.objects.contains(manifest.key)) continue;
    if (is_left_alone(manifest) || is_there_already(input, manifest)) {
      ++plan.kept;
      continue;
    }
    Result<Rank> rank = ranking.of(manifest);
    const Rank where = rank ? *rank : Rank{};
    Step step = rank ? decider.decide(manifest) : refuse(manifest, std::move(rank).error());
    if (is_waited_for(step, where)) all.emplace_back(where, &manifest);
    if (step.reason == StepReason::unchanged) {
      ++plan.kept;
    } else {
      ranked[where].push_back(std::move(step));
    }
  }
  plan.waves = apply_waves(std::move(ranked), all, input.scope.whole_app);
  if (!input.scope.whole_app) return plan;

  std::vector<ObjectKey> desired;
  for (const auto& [rank, manifest] : all) desired.push_back(manifest->key);
  for (Wave& wave : prune_waves(input)) {
    if (deletes(wave)) wave.after = desired;
    plan.waves.push_back(std::move(wave));
  }
  return plan;
}

}  // namespace plumb
