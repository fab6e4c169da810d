#include "core/plan/left_alone.h"

#include "base/text.h"

namespace plumb {

namespace {

constexpr const char* kReconcile = "plumb.dev/reconcile";
constexpr const char* kReconcileOfFlux = "kustomize.toolkit.fluxcd.io/reconcile";
constexpr const char* kApplyOfFlux = "kustomize.toolkit.fluxcd.io/ssa";

bool says(const Manifest& manifest, const char* annotation, const char* word) {
  return to_lower(annotation_of(manifest.body, annotation)) == word;
}

}  // namespace

bool is_left_alone(const Manifest& manifest) {
  return says(manifest, kReconcile, "disabled") || says(manifest, kReconcileOfFlux, "disabled") ||
         says(manifest, kApplyOfFlux, "ignore");
}

bool is_only_created(const Manifest& manifest) {
  return says(manifest, kReconcile, "ifnotpresent") || says(manifest, kApplyOfFlux, "ifnotpresent");
}

}  // namespace plumb
