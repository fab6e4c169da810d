# shellcheck shell=bash disable=SC2034
# Sourced. The packages of the operating system that building and testing need.
#   packages_install NAME...   installs what is missing, says nothing if nothing is
# Debian 12 is known to work; elsewhere the list is printed, and the build tells what misses.

# g++, the build, the libraries of docs/dependencies.md.
packages_build=(
  g++ cmake ninja-build ccache pkg-config git curl openssl ca-certificates
  libboost1.81-dev libyaml-dev libcurl4-openssl-dev libssl-dev libre2-dev zlib1g-dev libcli11-dev
  libfmt-dev libgit2-dev librnp-dev libjemalloc-dev
)
# Test libraries, and what the test servers are made of.
packages_test=(
  libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev openssh-server openssh-client gpg
  gpg-agent python3 libfaketime
)
# Sanitizers, fuzzers, thread-safety analysis.
packages_clang=(clang-19 libclang-rt-19-dev lld-19)
packages_lint=(clang-19 clang-tidy-19 clang-format-19 shellcheck)

packages_missing() {
  local name installed
  installed=$(dpkg-query -W -f '${db:Status-Status}:${Package}:' "$@" 2>/dev/null || true)
  for name in "$@"; do
    [[ :$installed == *":installed:$name:"* ]] || echo "$name"
  done
}

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  else
    sudo -n "$@"
  fi
}

packages_install() {
  local missing
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "not a Debian system; needed (Debian names): $*" >&2
    return
  fi
  mapfile -t missing < <(packages_missing "$@")
  [[ ${#missing[@]} == 0 ]] && return
  if [[ $(id -u) != 0 ]] && ! sudo -n true 2>/dev/null; then
    echo "please install, as root: apt-get install ${missing[*]}" >&2
    return 1
  fi
  echo "installing ${missing[*]}" >&2
  packages_update
  # --no-remove: libboost1.81-dev and the -dev packages of Debian's default Boost exclude each
  # other, and taking packages away is not ours to decide.
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --quiet --no-install-recommends --no-remove "${missing[@]}" >&2 || {
    echo "apt-get could not install: ${missing[*]}" >&2
    echo "if libboost-dev is in the way: apt-get install libboost1.81-dev (replaces it)" >&2
    return 1
  }
}

packages_updated=no
packages_update() {
  [[ $packages_updated == yes ]] && return
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update --quiet >&2
  packages_updated=yes
}
