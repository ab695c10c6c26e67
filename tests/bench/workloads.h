// The workloads: what is done to a store, by how many threads, from which
// state. Every engine runs the same code here, through Peer.
//
// To add one: write its operation in workloads.cc and a row of the table.

#ifndef LSMKV_TESTS_BENCH_WORKLOADS_H_
#define LSMKV_TESTS_BENCH_WORKLOADS_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "tests/bench/bench_options.h"
#include "tests/bench/peer.h"
#include "tests/bench/sample.h"

namespace lsmkv::bench {

struct ThreadShare;  // workloads.cc

// What a workload expects of the store, and what it leaves behind.
enum class StoreState {
  kEmpty,
  kLoaded,  // has every record, in all `num` of them
  kOther,
};

// Which record an operation takes.
enum class Order { kSequential, kShuffled, kDrawn };

struct Workload {
  std::string_view name;
  std::string_view help;
  StoreState needs;  // kEmpty or kLoaded
  StoreState leaves;
  Order order;
  // True: it writes, and the debt it leaves is paid and measured.
  bool writes;
  WriteMode mode;
  int threads;           // 0: as many as were asked for
  uint64_t ops_divisor;  // does num / ops_divisor operations
  bool has_writer;       // another thread puts at a fixed rate meanwhile
  // One thread's part of the operations.
  absl::Status (*run)(ThreadShare& share);
};

std::span<const Workload> Workloads();

// nullptr if there is none of that name.
const Workload* FindWorkload(std::string_view name);

// Puts every record in random order and pays the debt. Not measured.
absl::Status LoadStore(const BenchOptions& options, Peer* peer);

// Runs `workload` on a store in the state it needs, and checks that what was
// written can be read and that what was read is right.
absl::StatusOr<Sample> RunWorkload(const Workload& workload,
                                   const BenchOptions& options, Peer* peer);

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_WORKLOADS_H_
