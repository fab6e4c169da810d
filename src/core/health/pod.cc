// Pod: the phase, and behind it the container that keeps it from being ready.
#include <array>

#include "core/health/rules.h"

namespace plumb::health {
namespace {

// Reasons of waiting containers that do not go away by themselves soon. kstatus knows the first.
constexpr std::array<std::string_view, 6> kStuck{
    "CrashLoopBackOff", "ImagePullBackOff",           "ErrImagePull",
    "InvalidImageName", "CreateContainerConfigError", "RunContainerError"};

struct Trouble {
  std::string text;    // "container web: ImagePullBackOff: Back-off pulling image …"
  bool stuck = false;  // the kubelet has given up for the time being
};

bool is_stuck(std::string_view reason) {
  for (const std::string_view known : kStuck) {
    if (known == reason) return true;
  }
  return false;
}

std::string last_exit(const Value& container) {
  const Value* ended = container.find_path({"lastState", "terminated"});
  if (ended == nullptr) return {};
  std::string out = ", last exit code " + std::to_string(number(*ended, {"exitCode"}, 0));
  const std::string reason = ended->string_at({"reason"});
  if (!reason.empty() && reason != "Error") out += " (" + reason + ")";
  return out;
}

// The first container that is in trouble, the stuck ones first.
Trouble trouble_in(const Value& object, std::string_view list, std::string_view what) {
  Trouble first;
  for (const Value& container : list_at(object, {"status", list})) {
    const Value* waiting = container.find_path({"state", "waiting"});
    if (waiting == nullptr) continue;
    const std::string reason = waiting->string_at({"reason"});
    const bool ordinary = reason == "ContainerCreating" || reason == "PodInitializing";
    if (reason.empty() || ordinary) continue;
    std::string text = std::string(what) + " " + container.string_at({"name"}) + ": " + reason;
    const std::string message = waiting->string_at({"message"});
    if (!message.empty()) text += ": " + message;
    text += last_exit(container);
    if (is_stuck(reason)) return {std::move(text), true};
    if (first.text.empty()) first = {std::move(text), false};
  }
  return first;
}

Trouble trouble_of(const Value& object) {
  Trouble found = trouble_in(object, "initContainerStatuses", "init container");
  if (found.stuck) return found;
  Trouble other = trouble_in(object, "containerStatuses", "container");
  return other.stuck || found.text.empty() ? other : found;
}

std::string not_ready_text(const Value& object) {
  for (const Value& container : list_at(object, {"status", "containerStatuses"})) {
    if (!container.bool_at({"ready"})) {
      return "container " + container.string_at({"name"}) + " is not ready";
    }
  }
  return condition(object, "Ready").text("the pod is not ready");
}

// A completed pod did what it was asked to, a failed one did not: here kstatus calls both Current.
std::string failure_text(const Value& object) {
  std::string out = "the pod failed";
  const std::string reason = object.string_at({"status", "reason"});
  const std::string message = object.string_at({"status", "message"});
  if (!reason.empty()) out += ": " + reason;
  if (!message.empty()) out += ": " + message;
  for (const Value& container : list_at(object, {"status", "containerStatuses"})) {
    const Value* ended = container.find_path({"state", "terminated"});
    if (ended == nullptr || number(*ended, {"exitCode"}, 0) == 0) continue;
    return out + ": container " + container.string_at({"name"}) + " ended with exit code " +
           std::to_string(number(*ended, {"exitCode"}, 0));
  }
  return out;
}

}  // namespace

Health assess_pod(const Value& object) {
  const std::string phase = object.string_at({"status", "phase"});
  if (phase == "Succeeded") return current();
  if (phase == "Failed") return failed(failure_text(object));
  if (phase == "Running" && condition(object, "Ready").is_true()) return current();
  const Trouble trouble = trouble_of(object);
  if (trouble.stuck) return failed(trouble.text);
  if (!trouble.text.empty()) return in_progress(trouble.text);
  if (phase == "Running") return in_progress(not_ready_text(object));
  if (phase == "Pending") {
    // kstatus calls this Failed after 15 seconds of wall time; a node that comes later can still
    // take the pod, and no clock is read here.
    const ConditionView scheduled = condition(object, "PodScheduled");
    if (scheduled.is_false()) {
      return in_progress("cannot be scheduled: " + scheduled.text("no node fits"));
    }
    return in_progress("the pod is pending");
  }
  return in_progress(phase.empty() ? "the pod has no phase yet" : "the pod's phase is " + phase);
}

}  // namespace plumb::health
