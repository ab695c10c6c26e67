// Runs a piece of work in a process of its own, and brings its answer back.

#ifndef LSMKV_TESTS_BENCH_CHILD_H_
#define LSMKV_TESTS_BENCH_CHILD_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

#include "tests/bench/sample.h"

namespace lsmkv::bench {

// The sample has the peak of the process's memory. INTERNAL if the process
// died, DEADLINE_EXCEEDED if it was too slow and was killed, else what `work`
// said.
// REQUIRES: no other thread runs in this process.
absl::StatusOr<Sample> RunInChild(
    uint64_t timeout_seconds, absl::FunctionRef<absl::StatusOr<Sample>()> work);

// Runs `work` in a process that is killed (SIGKILL) as soon as it is done.
absl::Status RunInKilledChild(uint64_t timeout_seconds,
                              absl::FunctionRef<absl::Status()> work);

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_CHILD_H_
