#include "core/plan/left_alone.h"

#include "base/text.h"

namespace plumb {

bool is_left_alone(const Manifest& manifest) {
  const auto says = [&](const char* annotation, const char* word) {
    return to_lower(annotation_of(manifest.body, annotation)) == word;
  };
  return says("plumb.dev/reconcile", "disabled") ||
         says("kustomize.toolkit.fluxcd.io/reconcile", "disabled") ||
         says("kustomize.toolkit.fluxcd.io/ssa", "ignore");
}

}  // namespace plumb
