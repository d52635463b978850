#!/usr/bin/env bash
# What authors copy compiles: the SDK's examples, and every plugin printed in the documents, with every
# compiler and standard they may have. And what they may get wrong does not.
#
# authors_code_test.sh SOURCE_DIR
set -euo pipefail
source_dir=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
flags=(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Werror -fsyntax-only
       "-I$source_dir/plugin_api/include" "-I$source_dir/sdk/include")
compiled=0

try() {  # try COMPILER STANDARD FILE
  "$1" "-std=$2" "${flags[@]}" "$3" || { echo "fails: $1 -std=$2 $(basename "$3")"; exit 1; }
  compiled=$((compiled + 1))
}

# cut FILE: its fenced blocks that are whole plugins, as FILE.1.cpp, FILE.2.c, ... in $dir.
cut_plugins() {
  awk -v to="$dir/$(tr '/' '_' <<<"${1#"$source_dir"/}")" '
    /^```(c|cpp)$/ { language = substr($0, 4); text = ""; next }
    /^```$/ { if (language != "" && text ~ /KTEL_PLUGIN\(/) printf "%s", text >(to "." ++n "." language)
              language = ""; next }
    language != "" { text = text $0 "\n" }' "$1"
}
for document in README.md sdk/README.md docs/plugin_guide.md; do
  cut_plugins "$source_dir/$document"
done
for document in README.md sdk_README.md; do
  compgen -G "$dir/$document.*" >/dev/null || { echo "$document prints no plugin any more"; exit 1; }
done
cp "$source_dir"/sdk/examples/c/*.c "$source_dir"/sdk/examples/cpp/*.cpp "$dir"

for file in "$dir"/*.c; do
  for standard in c11 c17 c2x; do
    for cc in gcc clang-14; do try "$cc" "$standard" "$file"; done
  done
done
for file in "$dir"/*.cpp; do
  for standard in c++20 c++2b; do
    for cxx in g++ clang++-14; do try "$cxx" "$standard" "$file"; done
  done
done

# refuse SENTENCE: the code on stdin does not compile, and the compiler says why.
refuse() {
  cat >"$dir/wrong.txt"
  for cxx in g++ clang++-14; do
    if "$cxx" -x c++ -std=c++20 "${flags[@]}" "$dir/wrong.txt" 2>"$dir/errors"; then
      echo "$cxx compiles what it must not: $1"
      exit 1
    fi
    grep -qF -- "$1" "$dir/errors" || { cat "$dir/errors"; exit 1; }
  done
}
refuse "the callback of each() returns nothing, or false when it has seen enough" <<'SOURCE'
#include <ktel/sdk/job.hpp>
void collect(ktel::sdk::Run& run) {
  run.each(0, [](ktel::sdk::Row) { return 1; });
}
SOURCE
refuse "a plugin needs a summary" <<'SOURCE'
#include <ktel/sdk/job.hpp>
KTEL_PLUGIN(.id = "io.acme.x", .version = "1.0.0");
static_assert(ktel::sdk::check(ktel_descriptor));
SOURCE
echo "plugin_api: $compiled combinations of what authors copy compile"
