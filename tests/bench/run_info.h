// What a result is worth nothing without: where, when, from what and how.

#ifndef LSMKV_TESTS_BENCH_RUN_INFO_H_
#define LSMKV_TESTS_BENCH_RUN_INFO_H_

#include <cstdint>
#include <string>

namespace lsmkv::bench {

struct RunInfo {
  std::string date;     // UTC, ISO 8601
  std::string commit;   // "unknown" outside a git checkout
  std::string command;  // as it was called
  std::string build;    // compiler and build type
  std::string cpu;
  unsigned cores = 0;
  uint64_t memory_bytes = 0;
  std::string kernel;
};

RunInfo CollectRunInfo(int argc, const char* const* argv);

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_RUN_INFO_H_
