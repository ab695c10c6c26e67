#!/usr/bin/env bash
# The files of deploy/ hold together, and pass their own tools where those are
# installed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
failures=0

fail() {
  echo "FAIL: $*" >&2
  failures=$((failures + 1))
}

# The unit gives up all it can: below 2.0 is "OK" for systemd.
unit=deploy/systemd/lsmkvd.service
if command -v systemd-analyze >/dev/null; then
  systemd-analyze security --offline=yes --threshold=20 --no-pager "$unit" \
    >/dev/null || fail "$unit is less confined than it could be"
  complaints=$(systemd-analyze verify "$PWD/$unit" 2>&1 |
    grep 'lsmkvd\.service' | grep -v 'not executable' || true)
  [[ -z $complaints ]] || fail "$complaints"
fi
for setting in DynamicUser=yes StateDirectoryMode=0700 ProtectSystem=strict \
  NoNewPrivileges=yes CapabilityBoundingSet= UMask=0077 LimitCORE=0; do
  grep -qxF "$setting" "$unit" || fail "$unit lacks $setting"
done

if command -v promtool >/dev/null; then
  promtool check config deploy/prometheus.yml || fail "prometheus.yml"
fi

# Both stages of the image take their packages from the one list, and the
# server in it is nobody.
image=deploy/Dockerfile
for line in 'RUN deploy/install-deps build' 'RUN /tmp/install-deps runtime' \
  'USER 65532:65532' 'ENTRYPOINT ["lsmkvd"]'; do
  grep -qF "$line" "$image" || fail "$image lacks: $line"
done
if grep -q 'apt-get' "$image"; then fail "$image names packages itself"; fi

# Every port of the contract is in the image, compose.yaml and prometheus.yml.
for port in 50051 8080 9464; do
  grep -q "$port" "$image" || fail "$image lacks port $port"
  grep -q "127.0.0.1:$port:$port" deploy/compose.yaml ||
    fail "compose.yaml lacks port $port, or opens it to the world"
done
grep -q ':9464' deploy/prometheus.yml || fail "prometheus.yml lacks port 9464"

# The list of packages: a known role, a name, a reason, no name twice.
deploy/install-deps --list runtime >/dev/null || fail "no runtime list"
names=$(deploy/install-deps --list test)
[[ -z $(sort <<<"$names" | uniq -d) ]] || fail "install-deps: a name twice"
if deploy/install-deps --list nonsense 2>/dev/null; then
  fail "install-deps takes an unknown role"
fi

((failures == 0)) || exit 1
echo ok
