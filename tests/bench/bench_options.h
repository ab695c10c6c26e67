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
  int rounds = 0;  // 0: as many as the suite has
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

  std::string suite;                // empty: one scene, by the flags
  std::vector<std::string> scenes;  // of the suite; empty: all
  std::vector<uint64_t> curve;      // numbers of records; empty: no curve
  uint64_t scale_percent = 100;     // of the records of a suite's scenes
  uint64_t cache_percent = 0;       // of the data; 0: settings.cache_bytes
  std::string dir;                  // for the stores; empty: $TMPDIR, else /tmp
  bool latencies = false;           // the table shows them
  std::string json;                 // file to write; empty: none
  std::string svg;                  // picture to write; empty: none
  uint64_t timeout_seconds = 1800;  // for one engine in one workload
  bool list = false;
  bool help = false;
};

// `base` with what the words of a command line, without the program's name,
// set anew. INVALID_ARGUMENT naming the flag that is wrong.
absl::StatusOr<BenchOptions> ParseFlags(const std::vector<std::string>& words,
                                        BenchOptions base);

// Sets the cache's size where it was given as a part of the data.
void ScaleCache(BenchOptions* options);

// What stands between the separators; nothing in an empty text.
std::vector<std::string> Split(std::string_view text, char separator);

// As --keys has it.
std::string_view Name(KeyShape shape);

// As --durability has it.
std::string_view Name(WriteMode mode);

// One line per flag, with its default.
std::string FlagHelp();

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_BENCH_OPTIONS_H_
