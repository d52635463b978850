#!/usr/bin/env bash
# An installed ktel as others use it: embedded, extended, moved, beside another Boost.
#
# install_test.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
source_dir=$1
build_dir=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The one thing that is the person's who runs this: a cache, and a way to a mirror.
boost_include=$(XDG_CACHE_HOME_OUTER=${XDG_CACHE_HOME:-} "$source_dir/tests/install/other_boost.sh")

# From here on nothing is: no configuration, no ledger, no cache, no cluster, no vote, no proxy.
for name in $(compgen -e); do
  case "$name" in
    KTEL_* | XDG_* | KUBE* | DO_NOT_TRACK | *_proxy | *_PROXY) unset "$name" ;;
  esac
done
export HOME=$work/home
mkdir -p "$HOME"

step() { printf -- '-- %s\n' "$*"; }
die() { printf 'FAILED: %s\n' "$*"; exit 1; }
expect() { grep -qF -- "$2" <<<"$1" || die "expected '$2' in: $1"; }
exported() { nm -D --defined-only -C "$1" | cut -d' ' -f3-; }

# What a plugin is: one exported symbol, and nothing of ktel that it needs.
check_plugin() {
  local symbols needed
  symbols=$(exported "$1")
  [ "$symbols" = ktel_plugin_v1 ] || die "$1 exports $symbols"
  needed=$(ldd "$1")
  ! grep -q ktel <<<"$needed" || die "$1 needs $needed"
}

step "install, then move the whole tree: nothing may depend on where it was installed to"
cmake --install "$build_dir" --prefix "$work/first" >/dev/null
mv "$work/first" "$work/prefix"
prefix=$work/prefix
ktel=$prefix/bin/ktel
snapshot=$prefix/share/ktel/demo/gke-kong
expect "$("$ktel" version)" "ktel 0.1.0"
expect "$("$ktel" jobs list -o name)" "identify-platform"

step "ktel::core exports the embedding API and what the command takes of app, nothing else"
library=$(find "$prefix" -name libktel_core.so)
symbols=$(exported "$library")
expect "$symbols" "ktel::Workflow::run("
foreign=$(grep -vE '^(ktel::version\(\)$|ktel::(Host|Workflow)::[a-z]|ktel::app::)' <<<"$symbols" || true)
[ -z "$foreign" ] || die "exports more: $foreign"

step "each built-in plugin exports its entry alone and needs nothing of ktel"
plugins=$(find "$prefix" -path '*/ktel/plugins/*.so')
[ "$(wc -l <<<"$plugins")" -ge 5 ] || die "few plugins: $plugins"
while read -r plugin; do check_plugin "$plugin"; done <<<"$plugins"

step "embed: find_package(ktel CONFIG), a job of its own, the same report"
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
expect "$(cat "$work/own_boost")" "own Boost 1_74"

step "a plugin and its test, in a project of their own"
cmake -S "$source_dir/tests/install/author" -B "$work/author" -DCMAKE_PREFIX_PATH="$prefix" \
  -DEXAMPLE="$source_dir/sdk/examples/cpp" >/dev/null
cmake --build "$work/author" >/dev/null
check_plugin "$work/author/example-images.so"
"$work/author/author_test" || die "the example does not pass its test"

step "plugins of third parties, built against the installed package, dropped into a directory"
mkdir -m 0755 "$work/plugins"
for language in c cpp; do
  cmake -S "$source_dir/sdk/examples/$language" -B "$work/example-$language" \
    -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
  cmake --build "$work/example-$language" >/dev/null
  for plugin in "$work/example-$language"/*.so; do
    check_plugin "$plugin"
    install -m 0644 "$plugin" "$work/plugins/"
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
