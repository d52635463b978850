#!/usr/bin/env bash
# Each header alone and all together, with every compiler and standard an author may have.
#
# header_matrix_test.sh INCLUDE_DIR. Also: a run() that may throw must not compile in C++17.
set -euo pipefail
include=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
flags=(-Wall -Wextra -Wpedantic -Wpadded -Werror -fsyntax-only "-I$include")
compiled=0

try() {  # try COMPILER LANGUAGE STANDARD FILE
  "$1" -x "$2" "-std=$3" "${flags[@]}" "$4" || { echo "fails: $1 -std=$3 $(basename "$4")"; exit 1; }
  compiled=$((compiled + 1))
}

for header in "$include"/ktel/abi/*.h; do
  echo "#include <ktel/abi/$(basename "$header")>" | tee "$dir/$(basename "$header").txt" >>"$dir/all.txt"
done
for file in "$dir"/*.txt; do
  echo "extern int at_least_one_declaration;" >>"$file"
  for standard in c11 c17 c2x; do
    for cc in gcc clang-14; do try "$cc" c "$standard" "$file"; done
  done
  for standard in c++11 c++14 c++17 c++20 c++2b; do
    for cxx in g++ clang++-14; do try "$cxx" c++ "$standard" "$file"; done
  done
done

cat >"$dir/throws.txt" <<'SOURCE'
#include <ktel/abi/plugin.h>
static ktel_status run(ktel_call*, void*, const ktel_job*) { throw 1; }
const ktel_executor executor = run;
SOURCE
for cxx in g++ clang++-14; do
  if "$cxx" -x c++ -std=c++17 "-I$include" -fsyntax-only "$dir/throws.txt" 2>"$dir/errors"; then
    echo "$cxx compiles a run() that may throw"
    exit 1
  fi
  grep -q noexcept "$dir/errors" || { cat "$dir/errors"; exit 1; }
done
echo "plugin_api: $compiled combinations compile, a run() that may throw does not"
