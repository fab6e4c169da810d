// What kube-apiserver writes about a manifest that does not fit its kind, in plain words:
//   "failed to create typed patch object (prod/web; apps/v1, Kind=Deployment): .spec.replicas:
//   expected numeric (int or float), got string"
// becomes "spec.replicas: expected a number, found a string". Pure; text that is not known stays as
// it is. The phrases are those of structured-merge-diff v6 and apimachinery v0.36.
#pragma once

#include <string>
#include <string_view>

namespace plumb {

[[nodiscard]] std::string plain_words(std::string_view server_message);

}  // namespace plumb
