#!/usr/bin/env bash
# The layering check fails on a wrong include, one for each rule, and names it.
#
# layering_test.sh SOURCE_DIR
set -euo pipefail
source_dir=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

check() { cmake -DROOT="$work" -P "$source_dir/cmake/check_layering.cmake" 2>&1 | tr -s ' \n' ' '; }

try() {  # try FILE LINE SENTENCE: LINE in FILE is refused with SENTENCE
  mkdir -p "$work/$(dirname "$1")"
  printf '%s\n' "$2" >"$work/$1"
  if out=$(check); then
    echo "not noticed: $2 in $1"
    exit 1
  fi
  grep -qF "$3" <<<"$out" || { echo "$out"; exit 1; }
  rm -r "${work:?}/${1%%/*}"
}

api="plugin_api includes C standard headers and itself"
try plugin_api/include/ktel/abi/x.h '#include <ktel/result.hpp>' "x.h includes ktel/result.hpp: $api"
try sdk/include/ktel/sdk/x.hpp '#include <ktel/host.hpp>' "sdk includes plugin_api and itself"
try sdk/testing/src/x.cpp '#include "json/path.hpp"' "sdk includes plugin_api and itself"
try plugins/jobs/x/x.cpp '#include "json/path.hpp"' "a plugin includes the sdk and its own files"
try plugins/jobs/x/x.c '#include <ktel/host.hpp>' "a plugin includes the sdk and its own files"
try plugins/backends/splunk/x.cpp '#include <openssl/ssl.h>' \
  "a plugin includes the sdk and its own files"
try plugins/backends/kong_tls/x.cpp '#include <librdkafka/rdkafka.h>' \
  "a plugin includes the sdk and its own files"
try core/include/ktel/x.hpp '#include <boost/asio.hpp>' "public headers include std and each other"
try core/src/json/x.hpp '#include "cluster/table.hpp"' \
  "core/src/json/x.hpp includes cluster/table.hpp: area json includes areas below it alone"
try core/src/app/x.cpp '#include <ktel/sdk/run.hpp>' "area app includes areas below it alone"
try core/src/base/x.c '#include "json/path.hpp"' "area base includes areas below it alone"
try core/src/extra/x.cpp '#include <vector>' "core/src/extra is no area"
try core/child/x.cpp '#include "commands/jobs.hpp"' "ktel-child includes core"
try ktel/x.cpp '#include "plugin/catalog.hpp"' \
  "the command includes core's public headers and core/src/app"

# However it is spelled.
try core/include/ktel/x.hpp '#include<boost/asio.hpp>' "includes boost/asio.hpp"
try core/src/json/x.hpp '  #  include  "app/host.hpp"  // why not' "includes app/host.hpp"

mkdir -p "$work/core/src/json" "$work/plugins/jobs/x" "$work/plugins/backends/kong_tls"
printf '#include "base/file.hpp"\n#include <fmt/format.h>\n' >"$work/core/src/json/x.hpp"
printf '#include <ktel/sdk/job.hpp>\n#include "signals.hpp"\n' >"$work/plugins/jobs/x/x.cpp"
printf '#include <ktel/sdk/backend.hpp>\n#include <openssl/ssl.h>\n' >"$work/plugins/backends/kong_tls/x.cpp"
check >/dev/null || { echo "refuses what is allowed"; exit 1; }
