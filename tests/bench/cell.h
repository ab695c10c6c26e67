// A cell: one engine, one workload, one round, in a process of its own.
//
// A process per cell gives each engine its own heap and caches, a peak of
// memory that is its own, and lets the others go on where one crashes or
// hangs. What brings a store into the state that a workload needs is done in
// another process before. The store stays in its directory from one cell to
// the next.

#ifndef LSMKV_TESTS_BENCH_CELL_H_
#define LSMKV_TESTS_BENCH_CELL_H_

#include <string>

#include "absl/status/statusor.h"

#include "tests/bench/bench_options.h"
#include "tests/bench/peers.h"
#include "tests/bench/sample.h"
#include "tests/bench/workloads.h"

namespace lsmkv::bench {

// An engine's store between cells.
struct Store {
  std::string dir;
  StoreState state = StoreState::kOther;
};

// Brings the store into the state that the workload needs, and measures.
// Afterwards store->state is what the workload leaves, or kOther if it failed.
// INTERNAL if the process died, DEADLINE_EXCEEDED if it was too slow and was
// killed, else what the engine said.
// REQUIRES: no other thread runs in this process.
absl::StatusOr<Sample> RunCell(const Engine& engine, const Workload& workload,
                               const BenchOptions& options, Store* store);

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_CELL_H_
