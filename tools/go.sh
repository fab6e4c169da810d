# shellcheck shell=bash
# Sourced. Finds a Go new enough for tests/cluster, or installs one: Go is needed by tests only.
#   go_command   prints the path of a go command of at least $go_minimum; installs none
#   go_run ...   runs it
#   go_install   makes go_command succeed
# Where the machine's Go is too old (Debian 12 has 1.19) the wanted toolchain is fetched as a
# module, the way newer Go commands switch toolchains by themselves: through the module proxy and
# checksum database that the environment names.

go_minimum=1.26
go_toolchain=go1.26.8
go_cache=${XDG_CACHE_HOME:-$HOME/.cache}/plumb/go

go_new_enough() { # COMMAND
  local version lowest
  version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
  version=${version#go}
  lowest=$(printf '%s\n%s\n' "$go_minimum" "$version" | sort -V | head -n1)
  [[ -n $version && $lowest == "$go_minimum" ]]
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

go_run() {
  local go
  go=$(go_command) || return
  # A GOROOT of the environment belongs to the machine's Go.
  if [[ $go == "$go_cache"/* ]]; then
    env -u GOROOT "$go" "$@"
  else
    "$go" "$@"
  fi
}

go_fetch() { # GO: the toolchain, as a module, by an older Go
  local go=$1 cache=$go_cache/download module
  module=golang.org/toolchain@v0.0.1-$go_toolchain.$("$go" env GOOS)-$("$go" env GOARCH)
  mkdir -p "$cache"
  (cd "$cache" && GOMODCACHE=$cache "$go" mod download "$module") >&2
  go_unpack "$cache/$module"
  chmod -R u+w "$cache"
  rm -rf "$cache"
}

# A module holds no execute bits and no go.mod but its own at the root; Go's switch of toolchains
# mends both in the same way.
go_unpack() { # FOLDER
  local target=$go_cache/$go_toolchain
  chmod -R u+w "$1"
  chmod -R a+x "$1/bin" "$1/pkg/tool"
  cp "$1/src/_go.mod" "$1/src/go.mod"
  cp "$1/src/cmd/_go.mod" "$1/src/cmd/go.mod"
  rm -rf "$target"
  mv "$1" "$target"
}

go_install() {
  go_command >/dev/null 2>&1 && return
  command -v go >/dev/null || packages_install golang-go
  echo "fetching $go_toolchain into $go_cache" >&2
  go_fetch "$(command -v go)"
  go_command >/dev/null
}
