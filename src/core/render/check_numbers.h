// Integers that do not fit the 32 bits of their field. kube-apiserver v1.36 cuts them silently when
// they come by server-side apply: `replicas: 99999999999` becomes 1215752191.
#pragma once

#include <string>
#include <vector>

#include "lang/value/value.h"

namespace plumb::rendering {

struct LargeNumber {
  std::vector<std::string> path;  // with the indices of lists
  std::string field;              // the same for people: "spec.ports[0].port"
  int64_t value = 0;
  int32_t becomes = 0;
};

// Of an object of a kind that Kubernetes itself defines; none of others, whose fields are not
// known.
[[nodiscard]] std::vector<LargeNumber> too_large_numbers(const Value& object);

}  // namespace plumb::rendering
