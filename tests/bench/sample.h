// Sample: what was measured of one engine in one workload and one round.
//
// It crosses from the measured process to the one that reports as plain
// bytes, so it must stay trivially copyable.

#ifndef LSMKV_TESTS_BENCH_SAMPLE_H_
#define LSMKV_TESTS_BENCH_SAMPLE_H_

#include <cstdint>
#include <type_traits>

namespace lsmkv::bench {

// What a stretch of work cost the process, background threads included.
struct Cost {
  double seconds = 0;
  double cpu_seconds = 0;
  uint64_t written_bytes = 0;  // handed to the file system
};

// How long the operations took, one by one. All 0 where a workload does not
// time them so.
struct Latencies {
  double p50_seconds = 0;
  double p99_seconds = 0;
  double p999_seconds = 0;
  double max_seconds = 0;
};

struct Sample {
  uint64_t ops = 0;
  Cost work;  // the operations
  Latencies latencies;
  Cost debt;  // after them, until no flush or compaction is wanted
  uint64_t user_bytes = 0;      // keys and values put
  uint64_t background_ops = 0;  // by the writer of readwhilewriting
  // Of the measured process, preparation included.
  uint64_t peak_rss_bytes = 0;
  // Of the store, after it was closed.
  uint64_t disk_bytes = 0;
  // Keys and values that it then held; 0 where the workload leaves it open.
  uint64_t live_bytes = 0;
};
static_assert(std::is_trivially_copyable_v<Sample>);

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_SAMPLE_H_
