#!/usr/bin/env bash
# Installs the real servers that some tests start, where this is Debian (or a child of it) and root. Nothing is started: the tests start
# their own, on free ports. Never fails: a test whose server is missing is skipped and says so.
set -uo pipefail

packages=()
command -v prometheus >/dev/null && command -v promtool >/dev/null || packages+=(prometheus)
command -v victoria-metrics >/dev/null || packages+=(victoria-metrics)
# `--slow`: also what only the tests of SEXTANT_SLOW=1 start, about 70 packages.
if test "${1:-}" = --slow; then
  command -v swift-proxy-server >/dev/null && command -v memcached >/dev/null ||
    packages+=(swift swift-account swift-container swift-object swift-proxy memcached)
fi
if test "${#packages[@]}" = 0; then
  echo "services: all present"
  exit 0
fi
if test "$(id -u)" != 0 || ! command -v apt-get >/dev/null; then
  echo "services: ${packages[*]} absent, and this is not Debian with root: their tests will be skipped"
  exit 0
fi
# Debian starts a service when it is installed; a policy that says no prevents that (and is ours to remove only where we made it).
policy=/usr/sbin/policy-rc.d
if ! test -e "$policy"; then
  printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
install() { timeout 100 apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null 2>&1; }
install || { timeout 60 apt-get update -qq >/dev/null 2>&1; install; }
for program in prometheus promtool victoria-metrics; do
  command -v "$program" >/dev/null && echo "services: $program present" || echo "services: $program could not be installed: its tests will be skipped"
done
exit 0
