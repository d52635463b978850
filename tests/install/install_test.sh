#!/usr/bin/env bash
# An installed ktel as others use it: embedded, extended, moved, beside another Boost.
#
# install_test.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
source_dir=$1
build_dir=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Nothing of the person who runs this: no ledger, no cache, no cluster, no proxy.
export HOME=$work/home XDG_STATE_HOME=$work/state XDG_CACHE_HOME_OUTER=${XDG_CACHE_HOME:-}
unset KUBECONFIG DO_NOT_TRACK KTEL_TELEMETRY
mkdir -p "$HOME"

step() { printf -- '-- %s\n' "$*"; }
die() { printf 'FAILED: %s\n' "$*"; exit 1; }
expect() { grep -qF -- "$2" <<<"$1" || die "expected '$2' in: $1"; }

step "install, then move the whole tree: nothing may depend on where it was installed to"
cmake --install "$build_dir" --prefix "$work/first" >/dev/null
mv "$work/first" "$work/prefix"
prefix=$work/prefix
ktel=$prefix/bin/ktel
snapshot=$prefix/share/ktel/demo/gke-kong
expect "$("$ktel" version)" "ktel 0.1.0"
expect "$("$ktel" jobs list -o name)" "identify-platform"

step "ktel::core exports its own namespace alone"
library=$(find "$prefix" -name 'libktel_core.so' | head -n 1)
foreign=$(nm -D --defined-only -C "$library" | grep -vE ' (A|[VTWRBDu]) (ktel::|typeinfo( name)? for ktel::|vtable for ktel::|VTT for ktel::|guard variable for ktel::|construction vtable for|(.* )?ktel::)' | head -n 5 || true)
[ -z "$foreign" ] || die "exports more: $foreign"
! nm -D --defined-only -C "$library" | grep -q ' boost::' || die "exports boost::"

step "embed: find_package(ktel CONFIG), a job of its own, the same report"
boost_include=$("$source_dir/tests/install/other_boost.sh")
cmake -S "$source_dir/tests/install/embed" -B "$work/embed" -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_BUILD_TYPE=Debug -DOWN_BOOST_INCLUDE="$boost_include" >/dev/null
cmake --build "$work/embed" >/dev/null
embedded=$("$work/embed/embed" "$snapshot")
expect "$embedded" '"acme-service":{"replicas_count":3}'
plain=$("$ktel" workflows run --jobs all --snapshot "$snapshot" --dry-run 2>/dev/null)
[ "${embedded/'"acme-service":{"replicas_count":3},'/}" = "$plain" ] ||
  die "the embedded report differs: $embedded / $plain"
beside=$("$work/embed/embed_beside_boost" "$snapshot" 2>"$work/own_boost")
[ "$beside" = "$embedded" ] || die "beside another Boost the report differs: $beside"
cat "$work/own_boost"

step "plugins of third parties, built against the installed package, dropped into a directory"
mkdir -m 0755 "$work/plugins"
for language in c cpp; do
  cmake -S "$source_dir/sdk/examples/$language" -B "$work/example-$language" \
    -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
  cmake --build "$work/example-$language" >/dev/null
  for plugin in "$work/example-$language"/*.so; do
    [ "$(nm -D --defined-only "$plugin" | wc -l)" = 1 ] || die "$plugin exports more than one symbol"
    cp "$plugin" "$work/plugins/"
  done
done
listed=$("$ktel" plugins list --plugin-dir "$work/plugins")
expect "$listed" "io.example.shape"
expect "$listed" "io.example.images"
ran=$("$ktel" workflows run --jobs example-shape,example-images --plugin-dir "$work/plugins" \
  --snapshot "$snapshot" --dry-run -o json)
expect "$ran" '"example-images":{"containers_count":'
expect "$ran" '"example-shape":{"nodes_by_arch":{"amd64":'
printf '%s\n' "$ran"
