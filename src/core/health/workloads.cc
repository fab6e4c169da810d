#include "core/health/workloads.h"

#include <string>
#include <string_view>

namespace plumb {
namespace {

Health current() { return {HealthStatus::current, ""}; }
Health in_progress(std::string message) {
  return {HealthStatus::in_progress, std::move(message)};
}
Health failed(std::string message) { return {HealthStatus::failed, std::move(message)}; }

int64_t integer(const Value& object, std::initializer_list<std::string_view> path,
                int64_t absent = 0) {
  return object.integer_at(path).value_or(absent);
}

const List* list_at(const Value& object, std::initializer_list<std::string_view> path) {
  const Value* at = object.find_path(path);
  return at == nullptr ? nullptr : at->as_list();
}

const Value* condition_of(const Value& object, std::string_view type) {
  const List* conditions = list_at(object, {"status", "conditions"});
  if (conditions == nullptr) return nullptr;
  for (const Value& condition : *conditions) {
    if (condition.string_at({"type"}) == type) return &condition;
  }
  return nullptr;
}

std::string of(int64_t have, int64_t want, const char* what) {
  return std::to_string(have) + " of " + std::to_string(want) + " replicas " + what;
}

// A controller that never wrote a status has not seen the object.
bool unobserved(const Value& object) {
  return !object.integer_at({"status", "observedGeneration"}).has_value();
}

// Why a container does not run, where that will not mend itself soon; "" otherwise.
std::string container_trouble(const Value& pod) {
  for (const std::string_view field : {"initContainerStatuses", "containerStatuses"}) {
    const List* statuses = list_at(pod, {"status", field});
    if (statuses == nullptr) continue;
    for (const Value& status : *statuses) {
      const std::string reason = status.string_at({"state", "waiting", "reason"});
      for (const std::string_view bad :
           {"CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "InvalidImageName",
            "CreateContainerConfigError", "CreateContainerError"}) {
        if (reason != bad) continue;
        std::string message = "container " + status.string_at({"name"}) + ": " + reason;
        const std::string text = status.string_at({"state", "waiting", "message"});
        return text.empty() ? message : message + ": " + text;
      }
    }
  }
  return {};
}

}  // namespace

Health assess_deployment(const Value& object) {
  const int64_t want = integer(object, {"spec", "replicas"}, 1);
  if (unobserved(object)) return in_progress("its controller has not seen it yet");
  if (const Value* progressing = condition_of(object, "Progressing")) {
    if (progressing->string_at({"reason"}) == "ProgressDeadlineExceeded") {
      return failed("progress deadline exceeded: " + progressing->string_at({"message"}));
    }
  }
  const int64_t replicas = integer(object, {"status", "replicas"});
  const int64_t updated = integer(object, {"status", "updatedReplicas"});
  const int64_t ready = integer(object, {"status", "readyReplicas"});
  const int64_t available = integer(object, {"status", "availableReplicas"});
  if (const Value* failure = condition_of(object, "ReplicaFailure")) {
    if (failure->string_at({"status"}) == "True") {
      return in_progress("replicas cannot be made: " + failure->string_at({"message"}));
    }
  }
  if (replicas < want) return in_progress(of(replicas, want, "exist"));
  if (updated < want) return in_progress(of(updated, want, "updated"));
  if (replicas > want) return in_progress(std::to_string(replicas - want) + " old replicas remain");
  if (available < want) return in_progress(of(available, want, "available"));
  if (ready < want) return in_progress(of(ready, want, "ready"));
  return current();
}

Health assess_stateful_set(const Value& object) {
  const int64_t want = integer(object, {"spec", "replicas"}, 1);
  if (object.string_at({"spec", "updateStrategy", "type"}) == "OnDelete") return current();
  if (unobserved(object)) return in_progress("its controller has not seen it yet");
  const int64_t replicas = integer(object, {"status", "replicas"});
  const int64_t ready = integer(object, {"status", "readyReplicas"});
  if (replicas < want) return in_progress(of(replicas, want, "exist"));
  if (ready < want) return in_progress(of(ready, want, "ready"));
  if (replicas > want) return in_progress(std::to_string(replicas - want) + " old replicas remain");
  const int64_t partition =
      integer(object, {"spec", "updateStrategy", "rollingUpdate", "partition"});
  if (partition > 0) {
    const int64_t updated = integer(object, {"status", "updatedReplicas"});
    return updated < want - partition ? in_progress(of(updated, want - partition, "updated"))
                                      : current();
  }
  if (integer(object, {"status", "currentReplicas"}) < want) {
    return in_progress(of(integer(object, {"status", "currentReplicas"}), want, "current"));
  }
  const std::string now = object.string_at({"status", "currentRevision"});
  const std::string target = object.string_at({"status", "updateRevision"});
  return now == target ? current() : in_progress("replicas of an old revision remain");
}

Health assess_daemon_set(const Value& object) {
  if (unobserved(object)) return in_progress("its controller has not seen it yet");
  const int64_t want = integer(object, {"status", "desiredNumberScheduled"}, -1);
  if (want < 0) return in_progress("no desired number is known yet");
  const int64_t scheduled = integer(object, {"status", "currentNumberScheduled"});
  const int64_t updated = integer(object, {"status", "updatedNumberScheduled"});
  const int64_t available = integer(object, {"status", "numberAvailable"});
  const int64_t ready = integer(object, {"status", "numberReady"});
  if (scheduled < want) return in_progress(of(scheduled, want, "scheduled"));
  if (updated < want) return in_progress(of(updated, want, "updated"));
  if (available < want) return in_progress(of(available, want, "available"));
  if (ready < want) return in_progress(of(ready, want, "ready"));
  return current();
}

Health assess_replica_set(const Value& object) {
  if (unobserved(object)) return in_progress("its controller has not seen it yet");
  const int64_t want = integer(object, {"spec", "replicas"}, 1);
  const int64_t replicas = integer(object, {"status", "replicas"});
  const int64_t available = integer(object, {"status", "availableReplicas"});
  const int64_t ready = integer(object, {"status", "readyReplicas"});
  if (replicas < want) return in_progress(of(replicas, want, "exist"));
  if (available < want) return in_progress(of(available, want, "available"));
  if (ready < want) return in_progress(of(ready, want, "ready"));
  if (replicas > want) return in_progress(std::to_string(replicas - want) + " old replicas remain");
  return current();
}

Health assess_pod(const Value& object) {
  const std::string phase = object.string_at({"status", "phase"});
  if (phase == "Succeeded") return current();
  if (phase == "Failed") {
    const std::string text = object.string_at({"status", "message"});
    return failed("the pod failed" + (text.empty() ? "" : ": " + text));
  }
  if (std::string trouble = container_trouble(object); !trouble.empty()) {
    return phase == "Running" ? failed(std::move(trouble)) : in_progress(std::move(trouble));
  }
  if (phase == "Running") {
    const Value* ready = condition_of(object, "Ready");
    if (ready != nullptr && ready->string_at({"status"}) == "True") return current();
    return in_progress("the pod is running but not ready");
  }
  const Value* scheduled = condition_of(object, "PodScheduled");
  if (scheduled != nullptr && scheduled->string_at({"reason"}) == "Unschedulable") {
    return in_progress("cannot be scheduled: " + scheduled->string_at({"message"}));
  }
  return in_progress("the pod is " + (phase.empty() ? "Pending" : phase));
}

Health assess_job(const Value& object) {
  if (const Value* over = condition_of(object, "Failed")) {
    if (over->string_at({"status"}) == "True") {
      return failed("the job failed: " + over->string_at({"message"}));
    }
  }
  if (const Value* done = condition_of(object, "Complete")) {
    if (done->string_at({"status"}) == "True") return current();
  }
  if (const Value* suspended = condition_of(object, "Suspended")) {
    if (suspended->string_at({"status"}) == "True") return current();
  }
  // kstatus: a job that has started is current; its success is not waited for.
  if (object.string_at({"status", "startTime"}).empty()) return in_progress("not started yet");
  return current();
}

}  // namespace plumb
