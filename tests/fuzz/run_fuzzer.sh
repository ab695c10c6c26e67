#!/usr/bin/env bash
# Runs one fuzzer for some seconds, from its corpus and the inputs that once
# failed.
#
#   run_fuzzer.sh FUZZER FOLDER SECONDS CORPUS REGRESSIONS [ARGUMENT]...
#
# FOLDER gets what the run finds: new/ inputs that reach something new, and the
# input of a failure. libFuzzer prints its seed; LSMKV_TEST_SEED=N runs with
# that one again. LSMKV_FUZZ_SECONDS=N is for another time.
set -euo pipefail

fuzzer=$1
folder=$2
seconds=${LSMKV_FUZZ_SECONDS:-$3}
inputs=("$4" "$5")
shift 5

rm -rf "$folder"
mkdir -p "$folder/new"
for input in "${inputs[@]}"; do
  [[ ! -d $input ]] || set -- "$@" "$input"
done
[[ -z ${LSMKV_TEST_SEED:-} ]] || set -- "-seed=$LSMKV_TEST_SEED" "$@"
# A small quarantine: memory stays far from the limit. Entropic scheduling costs
# more than it brings where threads make every run reach other things.
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:quarantine_size_mb=32
exec "$fuzzer" -max_total_time="$seconds" -entropic=0 -len_control=10 -timeout=5 -rss_limit_mb=512 \
  -malloc_limit_mb=256 -print_final_stats=1 -reload=0 -verbosity=1 \
  -artifact_prefix="$folder/" "$folder/new" "$@"
