#!/usr/bin/env bash
# deploy/up starts one healthy server, leaves it alone when run again, and
# ends it, and only it.
#   up_test.sh LSMKVD LSMKV
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scratch=$(mktemp -d)
mkdir "$scratch/bin"
ln -s "$1" "$scratch/bin/lsmkvd"
ln -s "$2" "$scratch/bin/lsmkv"

export LSMKV_BIN_DIR=$scratch/bin LSMKV_DATA_DIR=$scratch/store/data
export LSMKV_GRPC_LISTEN=127.0.0.1:0 LSMKV_REST_LISTEN=127.0.0.1:0
export LSMKV_METRICS_LISTEN=127.0.0.1:0 LSMKV_UP_TIMEOUT_S=60
up=$root/deploy/up
pid_file=$LSMKV_DATA_DIR.pid

finish() {
  "$up" --stop >/dev/null 2>&1 || true
  rm -rf "$scratch"
}
trap finish EXIT

fail() {
  echo "FAIL: $*" >&2
  cat "$LSMKV_DATA_DIR.log" >&2 || true
  exit 1
}

expect_output() { # expect_output TEXT COMMAND...
  local text=$1 output
  shift
  output=$("$@" 2>&1) || fail "$* exited $?: $output"
  [[ $output == *"$text"* ]] || fail "$* said: $output; not: $text"
}

expect_failure() { # expect_failure TEXT COMMAND...
  local text=$1 output
  shift
  if output=$("$@" 2>&1); then fail "$* did not fail: $output"; fi
  [[ $output == *"$text"* ]] || fail "$* said: $output; not: $text"
}

expect_output "not running" "$up" --stop
expect_failure "not running" "$up" --status
expect_failure "unknown argument" "$up" --bogus

# Somebody else's process under the recorded pid is neither taken for the
# server nor ended.
mkdir -p "$(dirname "$LSMKV_DATA_DIR")"
sleep 300 &
other=$!
echo "$other" >"$pid_file"
expect_output "not running" "$up" --stop
kill -0 "$other" || fail "--stop ended a process that is not lsmkvd"
kill "$other"

expect_output "healthy" "$up"
pid=$(<"$pid_file")
kill -0 "$pid" || fail "no process $pid"
[[ $(stat -c %a "$LSMKV_DATA_DIR") == 700 ]] || fail "the store is readable"

expect_output "already running, pid $pid" "$up"
[[ $(<"$pid_file") == "$pid" ]] || fail "a second server was started"
expect_output "healthy, pid $pid" "$up" --status

# The commands it prints are the ones that work.
how_to=$("$up" 2>/dev/null)
post=$(grep -o 'curl -X POST.*' <<<"$how_to")
get=$(grep -o 'curl http.*' <<<"$how_to")
cli=$(grep -o '/.*lsmkv --endpoint.* get .*' <<<"$how_to")
expect_output '"key":"user:1"' bash -c "$post"
expect_output '"value":"data"' bash -c "$get"
expect_output 'data' bash -c "$cli"

# Another data directory is another server; this one stays.
LSMKV_DATA_DIR=$scratch/other expect_output "not running" "$up" --stop
kill -0 "$pid" || fail "--stop ended the server of another directory"

expect_output "stopped" "$up" --stop
# (An exited process may wait for init to reap it: kill -0 would find that.)
if readlink "/proc/$pid/exe" >/dev/null; then fail "$pid still runs"; fi
[[ ! -e $pid_file ]] || fail "$pid_file is left"

# What was written is there after a restart.
expect_output "healthy" "$up"
get=$("$up" 2>/dev/null | grep -o 'curl http.*')
expect_output '"value":"data"' bash -c "$get"
"$up" --stop

# A server that cannot start is reported with its own words.
LSMKV_REST_LISTEN=nonsense expect_failure "did not start" "$up"
[[ ! -e $pid_file ]] || fail "$pid_file is left after a failed start"
echo ok
