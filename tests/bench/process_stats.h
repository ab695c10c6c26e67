// What the system counts for this process and what lies in a directory.

#ifndef LSMKV_TESTS_BENCH_PROCESS_STATS_H_
#define LSMKV_TESTS_BENCH_PROCESS_STATS_H_

#include <cstdint>
#include <string>

#include "tests/bench/sample.h"

namespace lsmkv::bench {

// Measures what this process spends from its construction, or the last Lap.
class CostMeter {
 public:
  CostMeter() : start_(Now()) {}
  // The cost since then; starts anew.
  Cost Lap();

 private:
  // Totals since some fixed moment.
  static Cost Now();

  Cost start_;
};

// What the files under `dir` take on the device; 0 if it is absent.
uint64_t DiskBytes(const std::string& dir);

// Makes the system forget the contents of the files under `dir` that it keeps
// in memory. Pages that were not written to the device yet, or that a process
// has mapped, stay.
void DropPageCache(const std::string& dir);

// Writes what the system holds back of the file system with `dir` to the
// device, so that one engine's writes are not paid by the next.
void SyncFileSystem(const std::string& dir);

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_PROCESS_STATS_H_
