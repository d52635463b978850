#!/usr/bin/env bash
# What layout_test.sh lets pass and what it refuses, on layouts made up; and what layout.cmake does not
# read past.
set -euo pipefail
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

layout='struct ktel_str 16
  ktel_str.ptr 0 8
struct ktel_job 24
  ktel_job.name 0 8
  ktel_job.run 8 8
  ktel_job.user 16 8
KTEL_OK 0
KTEL_NEW 7'

# verdict OLDER LINE [LINE2]: how 1.0.txt fares that is the layout of 1.10.txt, edited with sed.
verdict() {
  local out
  mkdir -p "$work/abi"
  printf '%s\n' "$layout" >"$work/abi/1.10.txt"
  sed "$1" "$work/abi/1.10.txt" >"$work/abi/1.9.txt"
  printf '#!/bin/sh\ncat %s\n' "$work/now" >"$work/program"
  chmod +x "$work/program"
  sed "${2:-}" "$work/abi/1.10.txt" >"$work/now"
  out=$("$here/layout_test.sh" "$work/program" "$work/abi") && echo "passes" || echo "$out"
}
expect() { grep -qF -- "$2" <<<"$1" || { echo "expected '$2': $1"; exit 1; }; }

expect "$(verdict '')" "passes"
expect "$(verdict '/user/d; s/ktel_job 24/ktel_job 16/; /NEW/d')" "passes"
expect "$(verdict 's/ktel_job 24/ktel_job 32/')" "of 1.9.txt: struct ktel_job 32: has shrunk to 24"
expect "$(verdict 's/ktel_str 16/ktel_str 8/')" "struct ktel_str 8: is frozen and has grown"
expect "$(verdict 's/run 8 8/run 16 8/')" "ktel_job.run 16 8: is gone or changed"
expect "$(verdict 's/KTEL_NEW 7/KTEL_NEW 6/')" "KTEL_NEW 6: is gone or changed"
expect "$(verdict '$a KTEL_LOST 9')" "KTEL_LOST 9: is gone or changed"
expect "$(verdict '$a struct ktel_lost 8')" "struct ktel_lost 8: is gone"
expect "$(verdict '' '/user/d')" "the layout differs from 1.10.txt"
expect "$(verdict '' '$a KTEL_NEWER 8')" "the layout differs from 1.10.txt"

# read_headers TEXT: what layout.cmake makes of it.
read_headers() {
  printf '%s\n' "$1" >"$work/x.h"
  cmake -DHEADERS="$work/x.h" -DOUT="$work/x.inc" -P "$here/layout.cmake" 2>&1 && cat "$work/x.inc"
}
good=$(read_headers 'typedef struct ktel_v2 { const char* a KTEL_0; ktel_status (*f)(int a, int b) KTEL_NOEXCEPT;
uint8_t id[16]; } ktel_v2;
enum { KTEL_A, KTEL_B = 1 << 3, };')
expect "$good" 'STRUCT(ktel_v2);
MEMBER(ktel_v2, a);
MEMBER(ktel_v2, f);
MEMBER(ktel_v2, id);
VALUE(KTEL_A);
VALUE(KTEL_B);'
expect "$(read_headers 'typedef struct ktel_x { uint32_t a, b; } ktel_x;')" "one plain member at a time"
expect "$(read_headers 'struct ktel_x { int a; };')" "1 structs and enums are there, 0 are understood"
expect "$(read_headers 'typedef union ktel_x { int a; } ktel_x;')" "0 are understood"
expect "$(read_headers 'enum kind { KTEL_A };')" "0 are understood"
expect "$(read_headers 'enum { OTHER = 1 };')" "no enumerator that is understood"
echo "plugin_api: what breaks a released layout is noticed"
