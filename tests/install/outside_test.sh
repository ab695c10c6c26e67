#!/usr/bin/env bash
# Installs the build into an empty prefix, then builds and runs the two
# examples as somebody else would: outside this tree, by find_package.
#   outside_test.sh CMAKE BUILD_DIR CXX
set -euo pipefail

cmake=$1 build_dir=$2 cxx=$3
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scratch=$(mktemp -d)
prefix=$scratch/prefix
server=

finish() {
  if [[ -n $server ]]; then
    kill "$server" || true
    wait "$server" || true
  fi
  rm -rf "$scratch"
}
trap finish EXIT

fail() {
  echo "FAIL: $*" >&2
  exit 1
}

# quietly COMMAND...: its output only if it fails.
quietly() {
  local log=$scratch/log
  "$@" >"$log" 2>&1 || { cat "$log" >&2; fail "$*"; }
}

# outside NAME: builds a copy of client/examples/NAME against the prefix.
outside() {
  cp -r "$root/client/examples/$1" "$scratch/$1"
  quietly "$cmake" -S "$scratch/$1" -B "$scratch/$1/build" -G Ninja \
    -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_BUILD_TYPE=Debug "${@:2}"
  quietly "$cmake" --build "$scratch/$1/build"
}

# run_example NAME ARGUMENT: it ends with the third record it wrote.
run_example() {
  local output
  output=$("$scratch/$1/build/$1" "$2" 2>&1) ||
    fail "$1 exited $?: $output"
  [[ $output == *"$1:3 = yet more data" ]] || fail "$1 said: $output"
}

quietly "$cmake" --install "$build_dir" --prefix "$prefix"
for file in bin/lsmkvd bin/lsmkv lib/liblsmkv_engine.a lib/liblsmkv_client.a \
  include/lsmkv/engine/db.h include/lsmkv/client/client.h; do
  found=$(find "$prefix" -path "*/${file##*/}" | head -n 1)
  [[ -n $found ]] || fail "$file is not installed"
done

# The engine by itself: gRPC and protobuf may be missing altogether.
outside embedded -DCMAKE_DISABLE_FIND_PACKAGE_gRPC=ON \
  -DCMAKE_DISABLE_FIND_PACKAGE_Protobuf=ON
run_example embedded "$scratch/store"

outside quickstart
mkfifo "$scratch/ready"
"$prefix/bin/lsmkvd" --data-dir "$scratch/data" --grpc-listen 127.0.0.1:0 \
  --rest-listen 127.0.0.1:0 --metrics-listen 127.0.0.1:0 \
  >"$scratch/ready" 2>"$scratch/server.log" &
server=$!
read -r -t 60 line <"$scratch/ready" ||
  { cat "$scratch/server.log" >&2; fail "lsmkvd is not ready"; }
endpoint=$(sed -n 's/.*\bgrpc=\([^ ]*\).*/\1/p' <<<"$line")
run_example quickstart "$endpoint"

# A package of another major version is not taken.
mkdir "$scratch/newer"
cat >"$scratch/newer/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(newer LANGUAGES CXX)
find_package(lsmkv 99 CONFIG REQUIRED COMPONENTS engine)
CMAKE
if "$cmake" -S "$scratch/newer" -B "$scratch/newer/build" \
  -DCMAKE_PREFIX_PATH="$prefix" >/dev/null 2>&1; then
  fail "version 99 was found"
fi
echo ok
