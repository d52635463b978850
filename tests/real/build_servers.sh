#!/usr/bin/env bash
# Builds the servers the tests in this folder run against, once: kube-apiserver, etcd, and a
# collector with HEC and OTLP receivers; and the kubectl that ktel is compared with. They land
# outside the tree, in a directory named by everything that goes into them. Later runs check the
# sums and build nothing.
#
#   build_servers.sh              the directory is the last line on stdout
#   build_servers.sh COMMAND...   runs the command with the directory in KTEL_SERVERS
#
# The cache is $KTEL_CACHE_DIR, or $XDG_CACHE_HOME/ktel, or ~/.cache/ktel. The first run takes about
# five minutes and 2 GB, and needs go and a Go module proxy. Go 1.26 is what the servers are written
# for: go 1.21 and later get it themselves, an older one (Debian 12 has 1.19) gets it here, as the
# module it is published as, against a sum pinned below.
#
# Without go: exit 77 (skipped), or exit 1 in CI, so that CI never mistakes a skip for a pass.
set -euo pipefail

self=$(readlink -f "${BASH_SOURCE[0]}")
tools=${self%/*}/tools
kubernetes=v1.36.0 # as tools/kubernetes/go.mod pins it; /version would say v0.0.0-master otherwise
toolchain=go1.26.0
declare -A toolchain_sum=(
  [amd64]="h1:1p2G5COR51f8Q3EQ4HLJQDDL2ytLEqfL/yTawB0Jr8w="
  [arm64]="h1:lAFrRm35hIzvRSMYiELtaPaitr22pp6iaBbdPBuJg2U="
)

say() { echo "build_servers: $*" >&2; }
fail() { say "$*"; exit 1; }

if ! command -v go >/dev/null; then
  echo "skipped: tests against real servers, there is no go: ./dev test installs it, or see https://go.dev/doc/install" >&2
  [[ "${CI:-}" == @(1|true) ]] && exit 1
  exit 77
fi

home=${KTEL_CACHE_DIR:-${XDG_CACHE_HOME:+$XDG_CACHE_HOME/ktel}}
home=${home:-${HOME:+$HOME/.cache/ktel}}
[[ -n "$home" ]] || fail "nowhere to keep the servers: set HOME, XDG_CACHE_HOME or KTEL_CACHE_DIR"
[[ -n "${HOME:-}" ]] || export GOPATH="$home/go" GOCACHE="$home/go/build" # go's own defaults lie there
cache=$home/servers

grep -q "k8s.io/kubernetes $kubernetes\$" "$tools/kubernetes/go.mod" ||
  fail "tools/kubernetes/go.mod does not pin $kubernetes: change both together"

stamp="-X k8s.io/component-base/version.gitVersion=$kubernetes"
stamp+=" -X k8s.io/component-base/version.gitMajor=$(cut -d. -f1 <<<"${kubernetes#v}")"
stamp+=" -X k8s.io/component-base/version.gitMinor=$(cut -d. -f2 <<<"$kubernetes")"

# The go on PATH, where it can get another version of itself; else the one got here.
go_version=$(cd / && go version)
read -r _ _ own _ <<<"$go_version" # "go version go1.19.8 linux/amd64"
if [[ "$own" =~ ^go1\.([0-9]+) ]] && ((BASH_REMATCH[1] < 21)); then
  go_version="go version $toolchain linux/$(go env GOARCH)"
else
  toolchain=
  export GOTOOLCHAIN=${GOTOOLCHAIN:-auto} # some distributions switch that off
fi

key=$(cd "$tools" && { sha256sum -- "$self" */go.mod */go.sum */*.go | cut -d' ' -f1; echo "$go_version"; } |
  sha256sum | cut -c1-16)
servers="$cache/$key"

intact() { (cd "$servers" 2>/dev/null && sha256sum --check --status --strict SHA256SUMS 2>/dev/null); }

# Prints the bin directory of $toolchain, from the Go module proxy.
get_toolchain() {
  local arch module got dir
  arch=$(go env GOARCH)
  [[ -n "${toolchain_sum[$arch]:-}" ]] || fail "no sum of $toolchain for $arch is pinned here: install Go 1.26"
  say "getting $toolchain: go on PATH is $own"
  module=$(mktemp -d "$cache/building.XXXXXX")
  printf 'module bootstrap\n\ngo 1.19\n' >"$module/go.mod"
  got=$(cd "$module" && GOFLAGS=-mod=mod GOWORK=off GOMODCACHE="$home/toolchain" \
    go mod download -json "golang.org/toolchain@v0.0.1-$toolchain.linux-$arch") ||
    fail "cannot get $toolchain: $(grep -o '"Error": .*' <<<"$got" || echo 'is there a way to the Go module proxy?')"
  rm -rf -- "$module"
  [[ "$got" == *"\"Sum\": \"${toolchain_sum[$arch]}\""* ]] ||
    fail "$toolchain is not the one that is pinned here, it has another sum: who answers for $(go env GOPROXY)?"
  dir=$home/toolchain/golang.org/toolchain@v0.0.1-$toolchain.linux-$arch
  chmod +x "$dir"/bin/* "$dir"/pkg/tool/*/* # modules carry no modes
  echo "$dir/bin"
}

# build_one NAME MODULE PACKAGE [LDFLAGS]: from the module tools/MODULE into $work.
build_one() {
  say "building $1"
  local start=$SECONDS
  (cd "$tools/$2" && CGO_ENABLED=0 GOFLAGS=-mod=readonly GOWORK=off \
    go build -trimpath -buildvcs=false -ldflags "-s -w ${4:-}" -o "$work/$1" "$3" >&2)
  say "built $1 in $((SECONDS - start)) s"
}

mkdir -p "$cache"
exec 9>"$cache/lock" # of two runs at once, one builds and the other waits
if ! flock -n 9; then
  say "another run builds or checks the servers in $cache: waiting for it"
  flock 9
fi

if intact; then
  say "using $servers"
else
  rm -rf -- "$cache"/building.* # of runs that were killed: who holds the lock is alone
  if [[ -e "$servers" ]]; then
    say "sums of $servers do not match: building again"
    rm -rf -- "$servers"
  fi
  if [[ -n "$toolchain" ]]; then
    bin=$(get_toolchain)
    export PATH="$bin:$PATH" GOTOOLCHAIN=local
  fi
  work=$(mktemp -d "$cache/building.XXXXXX")
  trap 'rm -rf -- "$work"' EXIT
  build_one etcd etcd go.etcd.io/etcd/server/v3
  build_one collector collector .
  build_one kube-apiserver kubernetes k8s.io/kubernetes/cmd/kube-apiserver "$stamp"
  build_one kubectl kubernetes k8s.io/kubernetes/cmd/kubectl "$stamp"
  (cd "$work" && sha256sum etcd collector kube-apiserver kubectl >SHA256SUMS && chmod 755 .)
  mv -T -- "$work" "$servers"
  intact || fail "sums of $servers do not match after the build: the disk?"
  say "ready in $servers"
fi
exec 9>&-

[[ $# -eq 0 ]] || KTEL_SERVERS="$servers" exec "$@"
echo "$servers"
