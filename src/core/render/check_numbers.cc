#include "core/render/check_numbers.h"

#include <algorithm>
#include <string_view>

#include "model/object.h"

namespace plumb::rendering {
namespace {

// Every field of these names in k8s.io/api v0.36 is an int32 (or an IntOrString, which holds one).
constexpr std::string_view kSmallFields[] = {
    "averageUtilization",
    "backoffLimit",
    "completions",
    "containerPort",
    "defaultMode",
    "failedJobsHistoryLimit",
    "failureThreshold",
    "hostPort",
    "initialDelaySeconds",
    "maxReplicas",
    "maxSurge",
    "maxUnavailable",
    "minAvailable",
    "minReadySeconds",
    "minReplicas",
    "nodePort",
    "parallelism",
    "periodSeconds",
    "port",
    "progressDeadlineSeconds",
    "replicas",
    "revisionHistoryLimit",
    "stabilizationWindowSeconds",
    "successThreshold",
    "successfulJobsHistoryLimit",
    "targetPort",
    "timeoutSeconds",
    "ttlSecondsAfterFinished",
    "weight",
};

bool is_small(std::string_view field) {
  return std::binary_search(std::begin(kSmallFields), std::end(kSmallFields), field);
}

bool is_built_in(const std::string& group) {
  // A definition of kinds holds values of others, as defaults.
  if (group == "apiextensions.k8s.io") return false;
  return group.find('.') == std::string::npos || group.ends_with(".k8s.io");
}

struct Part {
  const Value* value;
  std::vector<std::string> path;
  std::string field;
};

Part member_of(const Part& part, const Member& member) {
  Part below{&member.value, part.path, part.field + (part.field.empty() ? "" : ".") + member.key};
  below.path.push_back(member.key);
  return below;
}

Part item_of(const Part& part, const List& list, size_t index) {
  const std::string number = std::to_string(index);
  Part below{&list[index], part.path, part.field + "[" + number + "]"};
  below.path.push_back(number);
  return below;
}

}  // namespace

std::vector<LargeNumber> too_large_numbers(const Value& object) {
  std::vector<LargeNumber> found;
  if (!is_built_in(gvk_of(object).group)) return found;
  std::vector<Part> rest{{&object, {}, {}}};
  while (!rest.empty()) {
    const Part part = std::move(rest.back());
    rest.pop_back();
    if (const Map* map = part.value->as_map()) {
      for (const Member& member : *map) {
        if (member.value.is_map() || member.value.is_list())
          rest.push_back(member_of(part, member));
        const int64_t* number = member.value.as_integer();
        if (number == nullptr || !is_small(member.key)) continue;
        const auto kept = static_cast<int32_t>(*number);
        if (kept == *number) continue;
        Part large = member_of(part, member);
        found.push_back({std::move(large.path), std::move(large.field), *number, kept});
      }
    } else if (const List* list = part.value->as_list()) {
      for (size_t i = 0; i < list->size(); ++i) rest.push_back(item_of(part, *list, i));
    }
  }
  return found;
}

}  // namespace plumb::rendering
