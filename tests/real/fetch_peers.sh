#!/usr/bin/env bash
# Gets the receivers that reports are sent to beside a HEC server, syslog-ng and rsyslog, from the
# packages Debian 12 makes of them. They are unpacked, not installed: each drives the other out of a
# machine, and neither a developer's own. They land outside the tree, in a directory named by this
# script. Later runs check the sums and fetch nothing.
#
#   fetch_peers.sh              the directory is the last line on stdout
#   fetch_peers.sh COMMAND...   runs the command with the directory in KTEL_PEERS
#
# The cache is where build_servers.sh has it. The first run takes seconds and 8 MB, and needs a Debian
# mirror; no root.
#
# Where that is not to be had: exit 77 (skipped), or exit 1 in CI, so that CI never mistakes a skip
# for a pass.
set -euo pipefail
packages=(
  rsyslog rsyslog-openssl libestr0 libfastjson4 liblognorm5
  syslog-ng-core libglib2.0-0 libivykis0 libjson-c5 libnet1 libnsl2 libpcre3 libtirpc3 libwrap0
)

self=$(readlink -f "${BASH_SOURCE[0]}")
say() { echo "fetch_peers: $*" >&2; }
fail() { say "$*"; exit 1; }
missing() {
  echo "skipped: tests with receivers of others, $*" >&2
  [[ "${CI:-}" == @(1|true) ]] && exit 1
  exit 77
}

command -v apt-get >/dev/null && grep -qs '^VERSION_ID="12"' /etc/os-release ||
  missing "their packages are Debian 12's, which this is not"

home=${KTEL_CACHE_DIR:-${XDG_CACHE_HOME:+$XDG_CACHE_HOME/ktel}}
home=${home:-${HOME:+$HOME/.cache/ktel}}
[[ -n "$home" ]] || fail "nowhere to keep the receivers: set HOME, XDG_CACHE_HOME or KTEL_CACHE_DIR"
cache=$home/peers
peers=$cache/$(sha256sum -- "$self" | cut -c1-16)

intact() { (cd "$peers" 2>/dev/null && sha256sum --check --status --strict SHA256SUMS 2>/dev/null); }

# Into the current directory. apt checks the packages against the mirror's signed lists; where there
# are none, as in a fresh container, it gets its own here.
download() {
  local apt=(apt-get -qq -o APT::Sandbox::User=root) # as who runs this, whoever that is
  "${apt[@]}" download "${packages[@]}" &>/dev/null && return
  mkdir -p apt/lists/partial apt/cache/archives/partial
  apt+=(-o Dir::State::lists="$PWD/apt/lists" -o Dir::Cache="$PWD/apt/cache")
  "${apt[@]}" update >&2 && "${apt[@]}" download "${packages[@]}" >&2
}

mkdir -p "$cache"
exec 9>"$cache/lock" # of two runs at once, one fetches and the other waits
flock 9

if intact; then
  say "using $peers"
else
  rm -rf -- "$peers" "$cache"/fetching.* # of runs that were killed: who holds the lock is alone
  work=$(mktemp -d "$cache/fetching.XXXXXX")
  trap 'rm -rf -- "$work"' EXIT
  (cd "$work" && download) || missing "is there a way to a Debian 12 mirror?"
  mkdir "$work/peers"
  for package in "$work"/*.deb; do dpkg -x "$package" "$work/peers"; done
  (cd "$work/peers" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum >SHA256SUMS)
  mv -T -- "$work/peers" "$peers"
  intact || fail "sums of $peers do not match after fetching: the disk?"
  say "ready in $peers"
fi
exec 9>&-

[[ $# -eq 0 ]] || KTEL_PEERS="$peers" exec "$@"
echo "$peers"
