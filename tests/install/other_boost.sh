#!/usr/bin/env bash
# Prints an include directory with Debian 12's default Boost, 1.74: its headers lie where those of the
# 1.81 ktel is built with do, so they are unpacked from their package into the user's cache.
set -euo pipefail
cache=${KTEL_CACHE_DIR:-${XDG_CACHE_HOME_OUTER:-$(getent passwd "$(id -u)" | cut -d: -f6)/.cache}/ktel}/boost-1.74
version=$cache/usr/include/boost/version.hpp
if ! grep -qs '"1_74"' "$version"; then
  mkdir -p "$cache"
  cd "$cache"
  apt-get download -qq libboost1.74-dev >&2
  dpkg -x libboost1.74-dev_*.deb .
  rm -f libboost1.74-dev_*.deb
  grep -q '"1_74"' "$version"
fi
printf '%s\n' "$cache/usr/include"
