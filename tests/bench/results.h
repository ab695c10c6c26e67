// From samples to numbers: medians over the rounds, their spread, and the
// ratios of our engine to its peers.

#ifndef LSMKV_TESTS_BENCH_RESULTS_H_
#define LSMKV_TESTS_BENCH_RESULTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "tests/bench/metrics.h"
#include "tests/bench/sample.h"

namespace lsmkv::bench {

// One cell as it was run.
struct CellResult {
  std::string scene;
  std::string workload;
  std::string engine;
  int round = 0;
  bool has_debt = false;  // what it left to do was measured too
  absl::Status status;
  Sample sample;  // only if status is OK
};

// Of our number divided by the peer's in the same round: the median over the
// rounds, the lowest and the highest.
struct Ratio {
  double median = 0;
  double low = 0;
  double high = 0;
};

// A line of the table. A workload that leaves debt has two: its operations
// alone, and, as "<workload>+wait", with the debt that they left.
struct Line {
  std::string name;
  std::string workload;
  std::string engine;
  bool with_debt = false;
  std::vector<double> ops_per_second;  // one per round that succeeded
  double median_ops_per_second = 0;    // 0: no round succeeded
  double spread = 0;                   // (highest - lowest) / median
  double cpu_micros_per_op = 0;        // medians, from here on
  Latencies latencies;
  double written_bytes_per_user_byte = 0;  // 0: not known
  double disk_bytes_per_live_byte = 0;     // 0: not known
  double peak_rss_bytes = 0;
  double disk_bytes = 0;
  // Of our engine only: its rate, and of the better peer's in each round.
  std::optional<Ratio> ratio;
};

double Median(std::vector<double> values);

// Of the cells of one scene, in the order in which workloads and engines first
// occur.
std::vector<Line> Summarise(const std::vector<CellResult>& cells);

// Our engine's `metric` in a workload divided by that of the best peer, or by
// RocksDB's (see LessIsBetter), in the cells of one scene. nullopt if either is
// not known.
std::optional<Ratio> RatioOf(const std::vector<CellResult>& cells,
                             const std::string& workload, Metric metric);

// The most memory that any cell of an engine took.
uint64_t PeakRssBytes(const std::vector<CellResult>& cells,
                      const std::string& engine);

// What occurs, in order.
std::vector<std::string> ScenesOf(const std::vector<CellResult>& cells);
std::vector<std::string> EnginesOf(const std::vector<CellResult>& cells);
std::vector<std::string> WorkloadsOf(const std::vector<CellResult>& cells);

std::vector<CellResult> CellsOf(const std::vector<CellResult>& cells,
                                const std::string& scene);

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_RESULTS_H_
