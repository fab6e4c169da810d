// Decider: what to do with one desired object. Pure; borrows the input of the plan.
#pragma once

#include <map>

#include "core/plan/order.h"
#include "core/plan/plan.h"

namespace plumb {

class Decider {
 public:
  Decider(const PlanInput& input, const std::map<GroupKind, Rank>& definitions)
      : input_(input), definitions_(definitions) {}

  // A step of reason `unchanged` asks for nothing and is only counted.
  [[nodiscard]] Step decide(const Manifest& manifest) const;

 private:
  [[nodiscard]] std::optional<Error> objection(const Manifest& manifest) const;
  [[nodiscard]] Step decide_absent(const Manifest& manifest) const;
  [[nodiscard]] Step decide_present(const Manifest& manifest, const LiveObject& live) const;
  [[nodiscard]] bool left_as_it_is(const InventoryEntry& entry, const LiveObject& live,
                                   const Manifest& manifest) const;

  const PlanInput& input_;
  const std::map<GroupKind, Rank>& definitions_;
};

[[nodiscard]] Step refuse(const Manifest& manifest, Error error);

}  // namespace plumb
