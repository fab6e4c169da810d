// A small world to plan in: manifests, a cluster and an inventory that a test fills in, and an
// executor that carries a plan out on them as the real one would. Values; not thread safe.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/plan/inventory_algebra.h"
#include "core/plan/plan.h"
#include "core/plan/prepare.h"

namespace plumb::testing_plan {

inline const AppKey kUs{{"apps", "web"}};
inline const AppKey kThem{{"apps", "other"}};

// "abc" -> a fingerprint of its own.
[[nodiscard]] Fingerprint print_of(const std::string& text);
[[nodiscard]] Provenance verified_revision();
inline constexpr const char* kCommit = "3f1c2ab93f1c2ab93f1c2ab93f1c2ab93f1c2ab9";

[[nodiscard]] Manifest manifest(const std::string& api_version, const std::string& kind,
                                const std::string& namespace_, const std::string& name,
                                const std::string& content = "v1");
[[nodiscard]] Manifest definition(const std::string& group, const std::string& kind,
                                  const std::string& plural);
void annotate(Manifest& manifest, const std::string& name, const std::string& value);

struct World {
  World();

  Manifests manifests;
  Observed observed;
  Inventory inventory;
  PlanPolicy policy;
  PrepareOptions options;
  PlanScope scope;
  int next_uid = 1;

  void serve(const std::string& api_version, const std::string& kind, bool namespaced = true);
  void want(Manifest manifest) { manifests.objects.push_back(std::move(manifest)); }
  // In the cluster and in the inventory, as our apply of it would have left it.
  LiveObject& have(const Manifest& manifest);
  void enter(const Manifest& manifest, std::optional<ApplyRecord> record);

  [[nodiscard]] Plan plan() const;
  // Writes ahead, carries the plan out and advances the inventory. Objects with finalizers stay.
  void carry_out(const Plan& plan);

 private:
  [[nodiscard]] std::optional<Outcome> outcome_of(const Step& step);
};

[[nodiscard]] std::vector<const Step*> steps_of(const Plan& plan);  // borrows the plan
std::vector<const Step*> steps_of(Plan&& plan) = delete;
// Steps that ask for a request or change the inventory.
[[nodiscard]] size_t actions_of(const Plan& plan);
// "wave 0: apply ConfigMap prod/a [Created]" a line.
[[nodiscard]] std::string text_of(const Plan& plan);

}  // namespace plumb::testing_plan
