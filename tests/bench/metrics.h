// Metrics: the numbers by which engines are compared, and how each is got
// from what was measured.

#ifndef LSMKV_TESTS_BENCH_METRICS_H_
#define LSMKV_TESTS_BENCH_METRICS_H_

#include <optional>
#include <string_view>

#include "tests/bench/sample.h"

namespace lsmkv::bench {

enum class Metric {
  kRate,          // operations per second, debt left out
  kRateWithDebt,  // the same, debt included
  kTail,          // 99.9th percentile of an operation's time, in seconds
  kWritten,       // bytes written, debt included, per byte put
  kDisk,          // bytes on disk per live byte
  kMemory,        // peak of resident memory, in bytes
};

// As it is called in the reports.
std::string_view Name(Metric metric);

// Rates: more is better, and the peers' best counts. All else: less is better,
// and it is RocksDB that counts.
bool LessIsBetter(Metric metric);

// nullopt where the workload has no such number.
std::optional<double> ValueOf(Metric metric, const Sample& sample);

double CpuMicrosPerOp(const Sample& sample, bool with_debt);

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_METRICS_H_
