#include "base/overloaded.h"
#include "core/plan/plan.h"

namespace plumb {
namespace {

const char* verb_of(const Action& action) {
  return std::visit(overloaded{
                        [](const ApplyAction&) { return "apply"; },
                        [](const DeleteAction&) { return "delete"; },
                        [](const ReleaseAction&) { return "release"; },
                        [](const KeepAction&) { return "keep"; },
                        [](const RefuseAction&) { return "refuse"; },
                    },
                    action);
}

const char* text_of(StepReason reason) {
  switch (reason) {
    case StepReason::created:
      return "not in the cluster yet";
    case StepReason::changed:
      return "the source asks for something else";
    case StepReason::drifted:
      return "changed in the cluster";
    case StepReason::deleted_live:
      return "deleted in the cluster";
    case StepReason::yielded:
      return "a field that is ignored was changed in the cluster";
    case StepReason::adopted:
      return "in the cluster, but not applied by this app yet";
    case StepReason::unconfirmed:
      return "no record of an earlier apply";
    case StepReason::left_source:
      return "no longer in the source";
    case StepReason::app_deleted:
      return "the app is being deleted";
    case StepReason::unchanged:
      return "as it should be";
    case StepReason::foreign_owner:
      return "another app has it";
    case StepReason::protected_:
      return "protected";
    case StepReason::fought:
      return "changed in the cluster again and again; restored with growing pauses";
    case StepReason::heal_disabled:
      return "changed in the cluster, and the app does not heal";
    case StepReason::not_served:
      return "the cluster does not know the kind";
    case StepReason::not_observed:
      return "the live state of its kind is not known";
  }
  return "";
}

}  // namespace

std::string explain(const Step& step) {
  std::string out = std::string(verb_of(step.action)) + " " + step.key.display() + ": ";
  if (const auto* refused = std::get_if<RefuseAction>(&step.action)) {
    return out + refused->error.summary();
  }
  out += text_of(step.reason);
  if (!step.detail.empty()) out += " (" + step.detail + ")";
  return out;
}

}  // namespace plumb
