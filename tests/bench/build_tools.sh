#!/usr/bin/env bash
# Builds the programs of tools/ that `./dev bench scale` runs beside ktel, once, outside the tree.
#
#   build_tools.sh    the directory is the last line on stdout
#
# The cache is where tests/real/build_servers.sh has it, and so is the Go that the latter got where
# the one on PATH is too old: run it first. Without go: exit 77.
set -euo pipefail

self=$(readlink -f "${BASH_SOURCE[0]}")
tools=${self%/*}/tools
home=${KTEL_CACHE_DIR:-${XDG_CACHE_HOME:+$XDG_CACHE_HOME/ktel}}
home=${home:-${HOME:+$HOME/.cache/ktel}}
say() { echo "build_tools: $*" >&2; }
[[ -n "$home" ]] || { say "nowhere to keep the tools: set HOME, XDG_CACHE_HOME or KTEL_CACHE_DIR"; exit 1; }
[[ -n "${HOME:-}" ]] || export GOPATH="$home/go" GOCACHE="$home/go/build" # go's own defaults lie there

for bin in "$home"/toolchain/golang.org/toolchain@*/bin; do
  [[ -d "$bin" ]] && export PATH="$bin:$PATH"
done
command -v go >/dev/null || { echo "skipped: there is no go, see https://go.dev/doc/install" >&2; exit 77; }

key=$(cd "$tools" && { sha256sum -- "$self" go.mod go.sum */*.go | cut -d' ' -f1; go version; } |
  sha256sum | cut -c1-16)
built=$home/bench/$key
mkdir -p "$home/bench"
exec 9>"$home/bench/lock" # of two runs at once, one builds and the other waits
flock 9
if [[ ! -d "$built" ]]; then
  say "building"
  rm -rf -- "$home"/bench/building.* # of runs that were killed: who holds the lock is alone
  work=$(mktemp -d "$home/bench/building.XXXXXX")
  trap 'rm -rf -- "$work"' EXIT
  (cd "$tools" && CGO_ENABLED=0 GOFLAGS=-mod=readonly GOWORK=off \
    go build -trimpath -buildvcs=false -ldflags "-s -w" -o "$work/" ./... >&2)
  chmod 755 "$work"
  mv -T -- "$work" "$built"
fi
echo "$built"
