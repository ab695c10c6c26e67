// The operations of the workloads: what one thread does with its share. Each
// ends with the first error, or with one of its own where the store gives a
// wrong answer.

#ifndef LSMKV_TESTS_BENCH_OPERATIONS_H_
#define LSMKV_TESTS_BENCH_OPERATIONS_H_

#include "absl/status/status.h"

#include "tests/bench/share.h"

namespace lsmkv::bench {

absl::Status Fill(ThreadShare& share);
// With as many puts in flight as the workload has threads, by one thread where
// the engine can, else by this one of as many.
absl::Status FillInFlight(ThreadShare& share);
absl::Status FillBatches(ThreadShare& share);
absl::Status Overwrite(ThreadShare& share);
absl::Status DeleteAll(ThreadShare& share);

absl::Status ReadRandom(ThreadShare& share);
absl::Status ReadMissing(ThreadShare& share);
// Over the whole store, whatever the share.
absl::Status ReadForward(ThreadShare& share);
absl::Status ReadBackward(ThreadShare& share);
absl::Status SeekRandom(ThreadShare& share);

// YCSB; C is ReadRandom.
absl::Status YcsbA(ThreadShare& share);
absl::Status YcsbB(ThreadShare& share);
absl::Status YcsbD(ThreadShare& share);
absl::Status YcsbE(ThreadShare& share);
absl::Status YcsbF(ThreadShare& share);

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_OPERATIONS_H_
