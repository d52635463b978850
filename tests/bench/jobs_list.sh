#!/usr/bin/env bash
# How long `ktel jobs list` takes over 20 plugins, with and without its cache.
#
# jobs_list.sh BUILD_DIR. Each figure is one whole process: wall seconds, CPU seconds, peak memory. Run it
# on a machine that does nothing else; compare only what one run printed.
set -euo pipefail
build_dir=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$(dirname "$0")/plugins.sh" "$work/plugins"

timed() {  # timed WHAT COMMAND...
  local what=$1
  shift
  /usr/bin/time -f "$what: %e s wall, %U s user, %S s system, %M KiB" "$@" >/dev/null
}

export XDG_CACHE_HOME=$work/cache
list=("$build_dir/bin/ktel" jobs list --plugin-dir "$work/plugins")
[ "$("${list[@]}" -o name | grep -c acme-job)" = 20 ]
rm -rf "$work/cache"
for round in 1 2 3 4 5; do
  rm -rf "$work/cache"
  timed "uncached, round $round" "${list[@]}"
done
for round in 1 2 3 4 5; do timed "cached, round $round" "${list[@]}"; done
