// What the threads of one workload work with: the data in common, and each
// thread's share of the operations, its generators and its counters.

#ifndef LSMKV_TESTS_BENCH_SHARE_H_
#define LSMKV_TESTS_BENCH_SHARE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/status.h"

#include "tests/bench/bench_options.h"
#include "tests/bench/generators.h"
#include "tests/bench/histogram.h"
#include "tests/bench/peer.h"
#include "tests/bench/tick_clock.h"
#include "tests/bench/workloads.h"

namespace lsmkv::bench {

// Which of a record's values: of the load, of what overwrites it.
inline constexpr uint64_t kLoadSalt = 0;
inline constexpr uint64_t kOverwriteSalt = 1;

// Immutable.
struct Data {
  Data(const Workload& w, const BenchOptions& o);

  const Workload& workload;
  const BenchOptions& options;
  const WriteMode mode;
  const Values values;
  const Permutation permutation;
  std::optional<Zipf> zipf;  // where records are drawn with skew
};

// One thread's part; aligned, so that no two threads count in one cache line.
struct alignas(64) ThreadShare {
  ThreadShare(const Data* shared, Peer* store, int thread_number,
              uint64_t first_op, uint64_t op_count);

  const Data* data;
  Peer* peer;
  int thread;
  uint64_t first;  // operations before this thread's
  uint64_t count;
  Keys keys;
  uint64_t ops = 0;                      // done
  uint64_t puts = 0;                     // of them, or in them
  std::unique_ptr<Histogram> latencies;  // in ticks
};

// Takes the time of one operation after the other, with one reading of the
// clock for each: what generates the keys and values is part of them.
class OpTimer {
 public:
  explicit OpTimer(ThreadShare* share)
      : latencies_(*share->latencies), last_(TickClock::Now()) {}
  // An operation is done, and the next begins.
  void Done() {
    const uint64_t now = TickClock::Now();
    latencies_.Add(now - last_);
    last_ = now;
  }

 private:
  Histogram& latencies_;
  uint64_t last_;
};

// The records that a share's operations take, in order.
class RecordStream {
 public:
  explicit RecordStream(const ThreadShare& share);
  uint64_t Next();

 private:
  const Data& data_;
  const Order order_;
  const uint64_t hot_;  // so many records are
  uint64_t next_;
  Random random_;
};

// A random number generator of the share's own: another one for each workload,
// or reads would follow the writes before them, and for each thread.
Random RandomOf(const ThreadShare& share);

// DATA_LOSS about a key.
absl::Status Wrong(std::string_view key, std::string_view what);

// A record kept in the store must be found, with a value of its own.
absl::Status ReadPresent(ThreadShare& share, PeerReader* reader,
                         uint64_t record);
absl::Status ReadAbsent(std::string_view key, PeerReader* reader);

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_SHARE_H_
