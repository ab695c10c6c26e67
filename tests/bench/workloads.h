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
  kKilled,  // its process was killed with records in the log only
  kOther,
};

// Which record an operation takes.
enum class Order {
  kSequential,
  kShuffled,  // each once
  kDrawn,     // uniform or Zipf, as asked
  kHot,       // uniform among a hundredth of them
  kZipf,
};

// What is done before the clock starts.
enum class Before {
  kNothing,
  kWarm,  // a walk and some reads bring the store into memory
  kCold,  // the files leave the page cache; the block cache holds a tenth
  kOpen,  // nothing: opening the store is what is measured, up to the first get
};

struct Workload {
  std::string_view name;
  std::string_view help;
  StoreState needs = StoreState::kLoaded;
  StoreState leaves = StoreState::kLoaded;
  Order order = Order::kDrawn;
  Before before = Before::kNothing;
  bool writes = false;       // the debt that it leaves is paid and measured
  bool synced = false;       // every write is, whatever was asked for
  int threads = 0;           // 0: as many as were asked for
  bool in_flight = false;    // so many writes at once, with a thread each only
                             // where the engine needs one to wait
  uint64_t ops_divisor = 1;  // does num / ops_divisor operations
  bool has_writer = false;   // another thread puts at a fixed rate meanwhile
  bool deletes = false;      // its records are gone afterwards
  bool point_reads = false;  // gets are a good part of it
  bool extra = false;        // runs only if it is named
  // One thread's part of the operations; null if opening is all there is.
  absl::Status (*run)(ThreadShare& share) = nullptr;

  bool needs_log() const { return synced || needs == StoreState::kKilled; }
  // Synced puts leave next to none: only their own cost is of interest.
  bool has_debt() const { return writes && !synced; }
};

std::span<const Workload> Workloads();

// nullptr if there is none of that name.
const Workload* FindWorkload(std::string_view name);

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_WORKLOADS_H_
