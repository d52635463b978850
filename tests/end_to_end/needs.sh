#!/usr/bin/env bash
# Runs a test that needs more of the machine than every process has.
#
#   needs.sh NEED COMMAND...    NEED is strace, another_user, a_disk or jsonschema
#
# Where it cannot be had: exit 77 (skipped) with the reason, or exit 1 in CI, so that CI never mistakes
# a skip for a pass.
set -euo pipefail
need=$1
shift

missing() {
  echo "skipped: $*" >&2
  [[ "${CI:-}" == @(1|true) ]] && exit 1
  exit 77
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case "$need" in
  strace)
    strace -qq -o "$work/trace" true 2>"$work/why" ||
      missing "tests that look at system calls, strace cannot run here: $(tail -n 1 "$work/why")"
    ;;
  another_user) # root may read and write everything: it has to be able to become nobody
    chmod 0755 "$work"
    cp "$(type -P true)" "$work/true"
    [[ $EUID -ne 0 ]] || setpriv --reuid=65534 --regid=65534 --clear-groups "$work/true" 2>"$work/why" ||
      missing "tests that may not do what root may, nobody cannot run here: $(tail -n 1 "$work/why")"
    ;;
  a_disk) # a small file system of its own, which the test and its children alone see
    for unshare in "unshare --mount" "unshare --user --map-root-user --mount"; do
      $unshare mount -t tmpfs none "$work" 2>/dev/null && export KTEL_UNSHARE=$unshare && break
    done
    [[ -n "${KTEL_UNSHARE:-}" ]] || missing "tests on a full disk, no file system can be mounted here"
    ;;
  jsonschema)
    python3 -c 'from jsonschema import Draft202012Validator' 2>"$work/why" ||
      missing "the schema against a validator of others, install python3-jsonschema: $(tail -n 1 "$work/why")"
    ;;
esac
rm -rf "$work"
exec "$@"
