#!/usr/bin/env bash
# Makes 20 plugins of a job each, for benchmarks of what is paid for each plugin.
#
# plugins.sh DIR: makes the directory, too.
set -euo pipefail
source_dir=$(cd "$(dirname "$0")/../.." && pwd)
dir=$1
mkdir -m 0755 "$dir"
for i in $(seq -w 20); do
  cc -std=c11 -D_GNU_SOURCE -fPIC -shared -fvisibility=hidden -I"$source_dir/plugin_api/include" \
    -DENTRY=ktel_plugin_v1 -DPLUGIN_ID="\"io.acme.p$i\"" -DJOB_NAME="\"acme-job-$i\"" -DSCHEME="\"acme-$i\"" \
    "-Wl,-z,defs,--version-script=$source_dir/sdk/cmake/plugin.map" \
    "$source_dir/tests/support/bad_plugins/bad_plugin.c" -o "$dir/p$i.so"
done
