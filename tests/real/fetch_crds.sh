#!/usr/bin/env bash
# Fetches the custom resource definitions the tests in this folder load into their API server, the
# samples of the API's own objects in JSON and protobuf, and its types, as their makers publish them:
# from the Go modules that hold them, each against a sum pinned below. They land outside the tree, in
# a directory named by this script. Later runs check the sums and fetch nothing.
#
#   fetch_crds.sh              the directory is the last line on stdout
#   fetch_crds.sh COMMAND...   runs the command with the directory in KTEL_CRDS
#
# The cache is where build_servers.sh has it. The first run takes seconds and 100 MB, and needs go
# and a Go module proxy; any go will do.
#
# Without go: exit 77 (skipped), or exit 1 in CI, so that CI never mistakes a skip for a pass.
set -euo pipefail

# module@version, its sum, the folder or file in it, and what that is called here.
pins() {
  cat <<'PINS'
sigs.k8s.io/gateway-api@v1.4.1 h1:NPxFutNkKNa8UfLd2CMlEuhIPMQgDQ6DXNKG9sHbJU8= config/crd/standard gateway-api-v1.4.1-standard
sigs.k8s.io/gateway-api@v1.4.1 h1:NPxFutNkKNa8UfLd2CMlEuhIPMQgDQ6DXNKG9sHbJU8= config/crd/experimental gateway-api-v1.4.1-experimental
sigs.k8s.io/gateway-api@v1.5.1 h1:RqVRIlkhLhUO8wOHKTLnTJA6o/1un4po4/6M1nRzdd0= config/crd/standard gateway-api-v1.5.1-standard
sigs.k8s.io/gateway-api@v1.5.1 h1:RqVRIlkhLhUO8wOHKTLnTJA6o/1un4po4/6M1nRzdd0= config/crd/experimental gateway-api-v1.5.1-experimental
sigs.k8s.io/gateway-api@v1.6.3 h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc= config/crd/standard gateway-api-v1.6.3-standard
sigs.k8s.io/gateway-api@v1.6.3 h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc= config/crd/experimental gateway-api-v1.6.3-experimental
github.com/kong/kubernetes-configuration@v1.4.0 h1:4uzZ23mXt4zg+PyQLwNBLY/xj5HaqzlEwwf8EfvK36M= config/crd/ingress-controller kong-ingress-controller
github.com/kong/kubernetes-configuration@v1.4.0 h1:4uzZ23mXt4zg+PyQLwNBLY/xj5HaqzlEwwf8EfvK36M= config/crd/gateway-operator kong-operator
knative.dev/serving@v0.42.2 h1:yKieg3MeNvpVz+4JJPbvmpee3v3LK3zO5h5HJBtzaNk= config/core/300-resources knative-serving
knative.dev/networking@v0.0.0-20240716111826-bab7f2a3e556 h1:9OTyJkrjiFh/burZiti3WucGv8Qtt91VJTnXfO5dC2g= config/ingress.yaml knative-ingress
istio.io/api@v1.31.4 h1:AcnncYrlDj1PJkym7h88Gggkef4MAra8QpGaXRMsr+E= kubernetes/customresourcedefinitions.gen.yaml istio
k8s.io/api@v0.36.0 h1:SgqDhZzHdOtMk40xVSvCXkP9ME0H05hPM3p9AB1kL80= testdata/HEAD samples-HEAD
k8s.io/api@v0.36.0 h1:SgqDhZzHdOtMk40xVSvCXkP9ME0H05hPM3p9AB1kL80= testdata/v1.33.0 samples-v1.33.0
k8s.io/api@v0.36.0 h1:SgqDhZzHdOtMk40xVSvCXkP9ME0H05hPM3p9AB1kL80= testdata/v1.34.0 samples-v1.34.0
k8s.io/api@v0.36.0 h1:SgqDhZzHdOtMk40xVSvCXkP9ME0H05hPM3p9AB1kL80= testdata/v1.35.0 samples-v1.35.0
k8s.io/apiextensions-apiserver@v0.36.0 h1:Wt7E8J+VBCbj4FjiBfDTK/neXDDjyJVJc7xfuOHImZ0= pkg/apis/testdata/HEAD samples-crd
k8s.io/api@v0.36.0 h1:SgqDhZzHdOtMk40xVSvCXkP9ME0H05hPM3p9AB1kL80= core/v1/types.go types-core
k8s.io/api@v0.36.0 h1:SgqDhZzHdOtMk40xVSvCXkP9ME0H05hPM3p9AB1kL80= apps/v1/types.go types-apps
k8s.io/api@v0.36.0 h1:SgqDhZzHdOtMk40xVSvCXkP9ME0H05hPM3p9AB1kL80= batch/v1/types.go types-batch
k8s.io/api@v0.36.0 h1:SgqDhZzHdOtMk40xVSvCXkP9ME0H05hPM3p9AB1kL80= discovery/v1/types.go types-discovery
k8s.io/api@v0.36.0 h1:SgqDhZzHdOtMk40xVSvCXkP9ME0H05hPM3p9AB1kL80= networking/v1/types.go types-networking
k8s.io/api@v0.36.0 h1:SgqDhZzHdOtMk40xVSvCXkP9ME0H05hPM3p9AB1kL80= storage/v1/types.go types-storage
k8s.io/api@v0.36.0 h1:SgqDhZzHdOtMk40xVSvCXkP9ME0H05hPM3p9AB1kL80= autoscaling/v2/types.go types-autoscaling
k8s.io/apimachinery@v0.36.0 h1:jZyPzhd5Z+3h9vJLt0z9XdzW9VzNzWAUw+P1xZ9PXtQ= pkg/apis/meta/v1/types.go types-meta
k8s.io/apiextensions-apiserver@v0.36.0 h1:Wt7E8J+VBCbj4FjiBfDTK/neXDDjyJVJc7xfuOHImZ0= pkg/apis/apiextensions/v1/types.go types-apiextensions
PINS
}

self=$(readlink -f "${BASH_SOURCE[0]}")
say() { echo "fetch_crds: $*" >&2; }
fail() { say "$*"; exit 1; }

if ! command -v go >/dev/null; then
  echo "skipped: tests with definitions and samples of others, there is no go: ./dev test installs it, or see https://go.dev/doc/install" >&2
  [[ "${CI:-}" == @(1|true) ]] && exit 1
  exit 77
fi

home=${KTEL_CACHE_DIR:-${XDG_CACHE_HOME:+$XDG_CACHE_HOME/ktel}}
home=${home:-${HOME:+$HOME/.cache/ktel}}
[[ -n "$home" ]] || fail "nowhere to keep the definitions: set HOME, XDG_CACHE_HOME or KTEL_CACHE_DIR"
[[ -n "${HOME:-}" ]] || export GOPATH="$home/go" GOCACHE="$home/go/build" # go's own defaults lie there
cache=$home/crds
crds=$cache/$(sha256sum -- "$self" | cut -c1-16)

intact() { (cd "$crds" 2>/dev/null && sha256sum --check --status --strict SHA256SUMS 2>/dev/null); }

# download MODULE@VERSION SUM: prints its directory.
download() {
  local got
  got=$(cd "$work/module" && GOFLAGS=-mod=mod GOWORK=off GOTOOLCHAIN=local go mod download -json "$1") ||
    fail "cannot get $1: $(grep -o '"Error": .*' <<<"$got" || echo 'is there a way to the Go module proxy?')"
  [[ "$got" == *"\"Sum\": \"$2\""* ]] ||
    fail "$1 is not the one that is pinned here, it has another sum: who answers for $(go env GOPROXY)?"
  sed -n 's/^\t"Dir": "\(.*\)",\?$/\1/p' <<<"$got"
}

mkdir -p "$cache"
exec 9>"$cache/lock" # of two runs at once, one fetches and the other waits
flock 9

if intact; then
  say "using $crds"
else
  rm -rf -- "$crds" "$cache"/fetching.* # of runs that were killed: who holds the lock is alone
  work=$(mktemp -d "$cache/fetching.XXXXXX")
  trap 'rm -rf -- "$work"' EXIT
  mkdir "$work/module" "$work/crds"
  printf 'module fetch\n\ngo 1.19\n' >"$work/module/go.mod"
  while read -r module sum path name; do
    say "getting $name"
    dir=$(download "$module" "$sum")
    mkdir "$work/crds/$name"
    case $name in
      samples-*) cp -- "$dir/$path"/*.json "$dir/$path"/*.pb "$work/crds/$name/" ;;
      *) cp -- $([[ -d "$dir/$path" ]] && echo "$dir/$path"/*.yaml || echo "$dir/$path") "$work/crds/$name/" ;;
    esac
  done < <(pins)
  (cd "$work/crds" && chmod 644 -- */* && sha256sum -- */* >SHA256SUMS)
  mv -T -- "$work/crds" "$crds"
  intact || fail "sums of $crds do not match after fetching: the disk?"
  say "ready in $crds"
fi
exec 9>&-

[[ $# -eq 0 ]] || KTEL_CRDS="$crds" exec "$@"
echo "$crds"
