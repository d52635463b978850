#!/usr/bin/env bash
# Builds the servers the tests in this folder run against, once: kube-apiserver, etcd, and a
# collector with a HEC receiver. They land outside the tree, in a directory named by everything that
# goes into them. Later runs check the sums and build nothing.
#
#   build_servers.sh              the directory is the last line on stdout
#   build_servers.sh COMMAND...   runs the command with the directory in KTEL_SERVERS
#
# Needs go and, for the first run, a Go module proxy and about five minutes. Without go: exit 77
# (skipped), or exit 1 where CI=true, so that CI never mistakes a skip for a pass.
set -euo pipefail

tools="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/tools"
cache="${KTEL_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ktel}/servers"
kubernetes=v1.36.0 # as tools/kube-apiserver/go.mod pins it; /version would say v0.0.0-master otherwise

say() { echo "build_servers: $*" >&2; }

if ! command -v go >/dev/null; then
  say "skipped, no go: the tests against real servers need Go 1.26 (https://go.dev/doc/install)"
  [[ "${CI:-}" == true ]] && exit 1
  exit 77
fi

if ! grep -q "k8s.io/kubernetes $kubernetes\$" "$tools/kube-apiserver/go.mod"; then
  say "tools/kube-apiserver/go.mod does not pin $kubernetes: change both together"
  exit 1
fi

stamp="-X k8s.io/component-base/version.gitVersion=$kubernetes"
stamp+=" -X k8s.io/component-base/version.gitMajor=$(cut -d. -f1 <<<"${kubernetes#v}")"
stamp+=" -X k8s.io/component-base/version.gitMinor=$(cut -d. -f2 <<<"$kubernetes")"

key=$(cd "$tools" && { sha256sum -- */go.mod */go.sum */*.go; echo "$stamp"; go version; } |
  sha256sum | cut -c1-16)
servers="$cache/$key"

intact() { (cd "$servers" 2>/dev/null && sha256sum --check --status --strict SHA256SUMS 2>/dev/null); }

# build_one NAME PACKAGE [LDFLAGS]: from the module tools/NAME into $work.
build_one() {
  say "building $1"
  local start=$SECONDS
  (cd "$tools/$1" && CGO_ENABLED=0 GOFLAGS=-mod=readonly GOWORK=off \
    go build -trimpath -buildvcs=false -ldflags "-s -w ${3:-}" -o "$work/$1" "$2" >&2)
  say "built $1 in $((SECONDS - start)) s"
}

mkdir -p "$cache"
exec 9>"$cache/lock" # of two runs at once, one builds and the other waits
flock 9

if intact; then
  say "using $servers"
else
  if [[ -e "$servers" ]]; then
    say "sums of $servers do not match: building again"
    rm -rf -- "$servers"
  fi
  work=$(mktemp -d "$cache/building.XXXXXX")
  trap 'rm -rf -- "$work"' EXIT
  build_one etcd go.etcd.io/etcd/server/v3
  build_one collector .
  build_one kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver "$stamp"
  (cd "$work" && sha256sum etcd collector kube-apiserver >SHA256SUMS && chmod 755 .)
  mv -T -- "$work" "$servers"
  intact || { say "sums of $servers do not match after the build: the disk?"; exit 1; }
  say "ready in $servers"
fi
exec 9>&-

[[ $# -eq 0 ]] || KTEL_SERVERS="$servers" exec "$@"
echo "$servers"
