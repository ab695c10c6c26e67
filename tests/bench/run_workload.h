// Runs one workload on one open store and measures it.

#ifndef LSMKV_TESTS_BENCH_RUN_WORKLOAD_H_
#define LSMKV_TESTS_BENCH_RUN_WORKLOAD_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "tests/bench/bench_options.h"
#include "tests/bench/peer.h"
#include "tests/bench/sample.h"
#include "tests/bench/workloads.h"

namespace lsmkv::bench {

// Puts every record in random order and pays the debt. Not measured.
absl::Status LoadStore(const BenchOptions& options, Peer* peer);

// Puts the first `count` records of the same order.
absl::Status PutRecords(const BenchOptions& options, uint64_t count,
                        Peer* peer);

// How many records are put before the process is killed that leaves a log to
// be recovered: what all memtables hold, and no more than `num`.
uint64_t RecordsToRecover(const BenchOptions& options);

// For a workload that measures opening: how long `open` takes and a get behind
// it. Then checks some more, and closes the store.
absl::StatusOr<Sample> MeasureOpening(
    const Workload& workload, const BenchOptions& options,
    const std::function<absl::StatusOr<std::unique_ptr<Peer>>()>& open);

// Runs `workload` on a store in the state it needs, and checks that what was
// written can be read and that what was read is right.
absl::StatusOr<Sample> RunWorkload(const Workload& workload,
                                   const BenchOptions& options, Peer* peer);

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_RUN_WORKLOAD_H_
