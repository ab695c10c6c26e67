// What a run of the benchmark was asked for.

#ifndef LSMKV_TESTS_BENCH_BENCH_OPTIONS_H_
#define LSMKV_TESTS_BENCH_BENCH_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "tests/bench/generators.h"
#include "tests/bench/peer.h"

namespace lsmkv::bench {

enum class Skew { kUniform, kZipf };

struct BenchOptions {
  // Empty: all there are.
  std::vector<std::string> engines;
  std::vector<std::string> workloads;

  uint64_t num = 1'000'000;  // records in the store
  size_t key_bytes = kKeyBytesMin;
  size_t value_bytes = 100;
  int rounds = 3;
  int threads = 1;
  KeyShape key_shape = KeyShape::kDecimal;
  Skew skew = Skew::kUniform;  // of overwrites, deletions and reads
  bool compact_before_reads = false;
  uint64_t writer_rate = 20'000;  // puts per second of readwhilewriting
  uint64_t seed = 1;
  PeerSettings settings = {.cache_bytes = 256 << 20,
                           .write_buffer_bytes = 64 << 20,
                           .write_buffers = 3,
                           .compaction_threads = 1,
                           .write_mode = WriteMode::kSurvivesKill,
                           .filter_bits_per_key = 10,
                           .block_bytes = 4 << 10,
                           .compression = PeerCompression::kFast};

  std::string dir;                  // for the stores; empty: $TMPDIR, else /tmp
  bool latencies = false;           // the table shows them
  std::string json;                 // file to write; empty: none
  uint64_t timeout_seconds = 1800;  // for one engine in one workload
  bool list = false;
  bool help = false;
};

// INVALID_ARGUMENT naming the flag that is wrong.
absl::StatusOr<BenchOptions> ParseFlags(int argc, const char* const* argv);

// As --durability has it.
std::string_view Name(WriteMode mode);

// One line per flag, with its default.
std::string FlagHelp();

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_BENCH_OPTIONS_H_
