// The workloads: what is done to a store, by how many threads, from which
// state. Every engine runs the same code here, through Peer.
//
// To add one: write its operation (operations.h) and a row of the table in
// workloads.cc.

#ifndef LSMKV_TESTS_BENCH_WORKLOADS_H_
#define LSMKV_TESTS_BENCH_WORKLOADS_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/status.h"

#include "tests/bench/peer.h"

namespace lsmkv::bench {

struct ThreadShare;  // share.h

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

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_WORKLOADS_H_
