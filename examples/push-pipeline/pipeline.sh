#!/bin/sh
# The push way: a CI job that holds a kubeconfig and applies when the build succeeded. It is here to
# be compared with (./dev demo --compare), not to be copied.
#   KUBECONFIG  a secret of the CI: whoever has it can do what the job can do
#   NAMESPACE   where the manifests go
#   MANIFESTS   their folder in the checkout (default: app)
#   BUILD       the command that builds and tests (default: none)
#   KUBECTL     the program (default: kubectl)
set -eu
if [ -n "${BUILD:-}" ]; then
  sh -c "$BUILD"
fi
exec "${KUBECTL:-kubectl}" --namespace "$NAMESPACE" apply --recursive --filename "${MANIFESTS:-app}"
