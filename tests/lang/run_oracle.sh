#!/usr/bin/env bash
# Usage: run_oracle.sh TEST ORACLE - builds tests/oracle as ORACLE and runs the program TEST against
# it. Exits with 77 (skipped) where there is no Go new enough.
set -euo pipefail
test=$1 oracle=$2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tools/go.sh
source "$root/tools/go.sh"
go_command >/dev/null || exit 77
(cd "$root/tests/oracle" && go_run build -o "$oracle" .)
PLUMB_ORACLE=$oracle exec "$test"
