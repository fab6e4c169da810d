// Deployment, StatefulSet, DaemonSet, ReplicaSet and Job, in the order of checks of kstatus'
// core.go.
#include <algorithm>
#include <limits>

#include "core/health/rules.h"

namespace plumb::health {
namespace {

// What the controller says of pods that it cannot create (a quota, an admission webhook): the cause
// behind "0 of 3".
std::string with_replica_failure(const Value& object, std::string message) {
  const ConditionView failure = condition(object, "ReplicaFailure");
  if (!failure.is_true()) return message;
  return message + ": " + failure.text("pods cannot be created");
}

// kstatus asks this of DaemonSets alone; a controller that never wrote a status has not seen any of
// them, and zero replicas of nothing would look complete.
bool unseen(const Value& object) {
  return !object.integer_at({"status", "observedGeneration"}).has_value();
}
constexpr const char* kUnseen = "its controller has not seen it yet";

std::string too_many(int64_t have, int64_t want) {
  return std::to_string(have - want) + " old replicas are still to be terminated";
}

}  // namespace

Health assess_deployment(const Value& object) {
  if (unseen(object)) return in_progress(kUnseen);
  const ConditionView progressing = condition(object, "Progressing");
  const int64_t want = number(object, {"spec", "replicas"}, 1);
  const int64_t have = number(object, {"status", "replicas"}, 0);
  const int64_t updated = number(object, {"status", "updatedReplicas"}, 0);
  const int64_t ready = number(object, {"status", "readyReplicas"}, 0);
  const int64_t available = number(object, {"status", "availableReplicas"}, 0);
  if (progressing.reason == "ProgressDeadlineExceeded") {
    return failed(with_replica_failure(
        object, "progress deadline exceeded, " + portion(available, want, "replicas available")));
  }
  const auto waits = [&](std::string message) {
    return in_progress(with_replica_failure(object, std::move(message)));
  };
  if (have < want) return waits(portion(have, want, "replicas created"));
  if (updated < want) return waits(portion(updated, want, "replicas updated"));
  if (have > want) return waits(too_many(have, want));
  if (available < updated) return waits(portion(available, updated, "replicas available"));
  if (ready < want) return waits(portion(ready, want, "replicas ready"));
  // Without a deadline the controller never sets the condition Progressing; the API server's
  // default is 600, the largest int32 means none.
  const int64_t deadline =
      number(object, {"spec", "progressDeadlineSeconds"}, std::numeric_limits<int32_t>::max());
  const bool rolled_out = deadline == std::numeric_limits<int32_t>::max() ||
                          (progressing.is_true() && progressing.reason == "NewReplicaSetAvailable");
  if (!rolled_out) return waits("the new ReplicaSet is not available yet");
  if (!condition(object, "Available").is_true()) {
    return waits("condition Available is not True: " +
                 condition(object, "Available").text("not set yet"));
  }
  return current();
}

Health assess_stateful_set(const Value& object) {
  // Pods are replaced by hand: nothing can be waited for.
  if (object.string_at({"spec", "updateStrategy", "type"}) == "OnDelete") return current();
  if (unseen(object)) return in_progress(kUnseen);
  const int64_t want = number(object, {"spec", "replicas"}, 1);
  const int64_t have = number(object, {"status", "replicas"}, 0);
  const int64_t ready = number(object, {"status", "readyReplicas"}, 0);
  const int64_t updated = number(object, {"status", "updatedReplicas"}, 0);
  const int64_t at_current = number(object, {"status", "currentReplicas"}, 0);
  const int64_t partition =
      number(object, {"spec", "updateStrategy", "rollingUpdate", "partition"}, -1);
  if (have < want) return in_progress(portion(have, want, "replicas created"));
  if (ready < want) return in_progress(portion(ready, want, "replicas ready"));
  if (have > want) return in_progress(too_many(have, want));
  // The API server fills in partition 0, so this is also the way of an ordinary rollout.
  if (partition >= 0) {
    const int64_t wanted = std::max<int64_t>(want - partition, 0);
    if (updated < wanted) return in_progress(portion(updated, wanted, "replicas updated"));
    return current();
  }
  if (at_current < want) {
    return in_progress(portion(at_current, want, "replicas at the current revision"));
  }
  if (object.string_at({"status", "currentRevision"}) !=
      object.string_at({"status", "updateRevision"})) {
    return in_progress("the rollout of the updated revision is not complete");
  }
  return current();
}

Health assess_daemon_set(const Value& object) {
  if (unseen(object)) return in_progress(kUnseen);
  const int64_t want = number(object, {"status", "desiredNumberScheduled"}, -1);
  if (want < 0) return in_progress("status.desiredNumberScheduled is not set yet");
  const int64_t scheduled = number(object, {"status", "currentNumberScheduled"}, 0);
  const int64_t updated = number(object, {"status", "updatedNumberScheduled"}, 0);
  const int64_t available = number(object, {"status", "numberAvailable"}, 0);
  const int64_t ready = number(object, {"status", "numberReady"}, 0);
  if (scheduled < want) return in_progress(portion(scheduled, want, "pods scheduled"));
  // With OnDelete pods are replaced by hand: those of the old template are as wanted.
  const bool by_hand = object.string_at({"spec", "updateStrategy", "type"}) == "OnDelete";
  if (!by_hand && updated < want) return in_progress(portion(updated, want, "pods updated"));
  if (available < want) return in_progress(portion(available, want, "pods available"));
  if (ready < want) return in_progress(portion(ready, want, "pods ready"));
  return current();
}

Health assess_replica_set(const Value& object) {
  if (unseen(object)) return in_progress(kUnseen);
  const int64_t want = number(object, {"spec", "replicas"}, 1);
  const int64_t have = number(object, {"status", "replicas"}, 0);
  const int64_t labelled = number(object, {"status", "fullyLabeledReplicas"}, 0);
  const int64_t available = number(object, {"status", "availableReplicas"}, 0);
  const int64_t ready = number(object, {"status", "readyReplicas"}, 0);
  if (condition(object, "ReplicaFailure").is_true()) {
    return in_progress(with_replica_failure(object, portion(have, want, "replicas created")));
  }
  if (labelled < want) return in_progress(portion(labelled, want, "replicas labelled"));
  if (available < want) return in_progress(portion(available, want, "replicas available"));
  if (ready < want) return in_progress(portion(ready, want, "replicas ready"));
  if (have > want) return in_progress(too_many(have, want));
  return current();
}

// kstatus calls a Job that runs Current. What comes after a Job in the order of waves wants it to
// be done (as Flux' health checks do), so here it is Current when it is complete.
Health assess_job(const Value& object) {
  const int64_t parallelism = number(object, {"spec", "parallelism"}, 1);
  const int64_t completions = number(object, {"spec", "completions"}, parallelism);
  const int64_t succeeded = number(object, {"status", "succeeded"}, 0);
  const int64_t active = number(object, {"status", "active"}, 0);
  const int64_t failures = number(object, {"status", "failed"}, 0);
  const ConditionView failure = condition(object, "Failed");
  if (failure.is_true()) {
    std::string why = failure.reason;
    if (!failure.message.empty()) why += (why.empty() ? "" : ": ") + failure.message;
    return failed("the Job failed after " + std::to_string(failures) + " failed pods" +
                  (why.empty() ? "" : " (" + why + ")"));
  }
  if (condition(object, "Complete").is_true()) return current();
  if (condition(object, "Suspended").is_true() || object.bool_at({"spec", "suspend"})) {
    return current("the Job is suspended");
  }
  if (object.string_at({"status", "startTime"}).empty()) {
    return in_progress("the Job has not started");
  }
  return in_progress(portion(succeeded, completions, "completions") + ", " +
                     std::to_string(active) + " pods active, " + std::to_string(failures) +
                     " failed");
}

}  // namespace plumb::health
