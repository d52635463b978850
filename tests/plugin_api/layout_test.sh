#!/usr/bin/env bash
# The ABI's layout, as this compiler sees it, is the one that was released, and still holds every older
# one.
#
# layout_test.sh PROGRAM DIR: DIR has a baseline a minor, 1.0.txt, 1.1.txt, ... The newest is the
# layout to the letter; of an older one every member and enumerator is still there, unchanged, and a
# struct has grown at most, a frozen one not at all.
set -euo pipefail
program=$1
dir=$2
frozen='ktel_str ktel_value ktel_header ktel_call'
layout=$(mktemp)
trap 'rm -f "$layout"' EXIT
"$program" >"$layout"

mapfile -t baselines < <(find "$dir" -name '1.*.txt' | sort -V)
newest=${baselines[-1]}
if ! diff -u "$newest" "$layout"; then
  echo "plugin_api: the layout differs from $(basename "$newest"); see plugin_api/README.md for what may change"
  exit 1
fi
for older in "${baselines[@]:0:${#baselines[@]}-1}"; do
  awk -v frozen="$frozen" -v name="$(basename "$older")" '
    function broken(why) { print "plugin_api: of " name ": " $0 ": " why; failed = 1 }
    BEGIN { split(frozen, names, " "); for (i in names) is_frozen[names[i]] = 1 }
    FNR == NR { if ($1 == "struct") size[$2] = $3; else there[$0] = 1; next }
    $1 == "struct" && !($2 in size) { broken("is gone"); next }
    $1 == "struct" && size[$2] < $3 { broken("has shrunk to " size[$2]); next }
    $1 == "struct" && is_frozen[$2] && size[$2] != $3 { broken("is frozen and has grown"); next }
    $1 != "struct" && !($0 in there) { broken("is gone or changed") }
    END { exit failed }' "$layout" "$older"
done
echo "plugin_api: $(wc -l <"$newest") members, sizes and values as released"
