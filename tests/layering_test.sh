#!/usr/bin/env bash
# The layering check fails on a wrong include, and names it.
#
# layering_test.sh SOURCE_DIR
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/core/src/json" "$work/plugins/jobs/x"

try() {  # try FILE INCLUDE SENTENCE
  printf '#include "%s"\n' "$2" >"$work/$1"
  if out=$(cmake -DROOT="$work" -P "$source_dir/cmake/check_layering.cmake" 2>&1); then
    echo "not noticed: $1 includes $2"
    exit 1
  fi
  grep -qF "$1 includes $2: $3" <<<"$(tr -s ' \n' ' ' <<<"$out")" || { echo "$out"; exit 1; }
  rm "$work/$1"
}

source_dir=$1
try core/src/json/upward.hpp cluster/table.hpp "area json includes areas below it alone"
try plugins/jobs/x/x.cpp json/path.hpp "a plugin includes the sdk and its own files"
cmake -DROOT="$work" -P "$source_dir/cmake/check_layering.cmake"
