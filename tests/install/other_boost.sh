#!/usr/bin/env bash
# Prints an include directory with Debian 12's default Boost, 1.74: its headers lie where those of the
# 1.81 ktel is built with do, so they are unpacked from their package into the user's cache, once, and
# checked by their sums before each use. Needs a Debian mirror the first time, and no root.
set -euo pipefail
cache=${KTEL_CACHE_DIR:-${XDG_CACHE_HOME_OUTER:-$(getent passwd "$(id -u)" | cut -d: -f6)/.cache}/ktel}
headers=$cache/boost-1.74
package=libboost1.74-dev

intact() {
  grep -qs '"1_74"' "$headers/usr/include/boost/version.hpp" &&
    (cd "$headers" && sha256sum --check --status --strict SHA256SUMS 2>/dev/null)
}

# Into the current directory. apt checks the package against the mirror's signed lists; where there are
# none, as in a fresh container, it gets its own here.
download() {
  local apt=(apt-get -qq -o APT::Sandbox::User=root) # as who runs this, whoever that is
  "${apt[@]}" download "$package" &>/dev/null && return
  mkdir -p apt/lists/partial apt/cache/archives/partial
  apt+=(-o Dir::State::lists="$PWD/apt/lists" -o Dir::Cache="$PWD/apt/cache")
  "${apt[@]}" update >&2 && "${apt[@]}" download "$package" >&2
}

mkdir -p "$cache"
exec 9>"$cache/boost-1.74.lock" # of two runs at once, one unpacks and the other waits
flock 9
if ! intact; then
  rm -rf "$headers" "$cache"/boost-1.74.part.*
  part=$(mktemp -d "$cache/boost-1.74.part.XXXXXX")
  trap 'rm -rf "$part"' EXIT
  cd "$part"
  download || { echo "cannot get $package: is there a way to a Debian 12 mirror?" >&2; exit 1; }
  mkdir unpacked
  dpkg -x "$package"_*.deb unpacked
  (cd unpacked && find usr/include -type f -print0 | sort -z | xargs -0 sha256sum >SHA256SUMS)
  mv -T unpacked "$headers"
  intact || { echo "the headers in $headers are not those of Boost 1.74" >&2; exit 1; }
fi
printf '%s\n' "$headers/usr/include"
