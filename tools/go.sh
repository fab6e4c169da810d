# shellcheck shell=bash
# Sourced. Finds a Go new enough for tests/cluster, or installs one: Go is needed by tests only.
#   go_command   prints the path of a go command of at least $go_minimum; installs none
#   go_install   makes go_command succeed
# Where the machine's Go is too old (Debian 12 has 1.19) it fetches the wanted toolchain as a module, the way newer Go
# commands switch toolchains by themselves: through the module proxy and checksum database the environment names.

go_minimum=1.26
go_toolchain=go1.26.8
go_cache=${XDG_CACHE_HOME:-$HOME/.cache}/plumb/go

go_new_enough() { # COMMAND
  local version
  version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
  version=${version#go}
  [[ -n $version && $(printf '%s\n%s\n' "$go_minimum" "$version" | sort -V | head -n1) == "$go_minimum" ]]
}

go_command() {
  local candidate
  for candidate in "$(command -v go || true)" "$go_cache/$go_toolchain/bin/go"; do
    if [[ -n $candidate && -x $candidate ]] && go_new_enough "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  echo "no Go >= $go_minimum on this machine: ./dev test installs one" >&2
  return 1
}
