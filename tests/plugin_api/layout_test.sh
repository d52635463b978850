#!/usr/bin/env bash
# The ABI's layout, as this compiler sees it, is the one that was released.
#
# layout_test.sh PROGRAM BASELINE. A line that is new at the end of a struct goes into the baseline of
# the next minor; any other difference breaks plugins that are out there.
set -euo pipefail
if ! diff -u "$2" <("$1"); then
  echo "plugin_api: the layout differs from $(basename "$2"); see plugin_api/README.md for what may change"
  exit 1
fi
echo "plugin_api: $(wc -l <"$2") members, sizes and values as released"
