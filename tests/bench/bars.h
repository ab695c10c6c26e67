// Bars: how far ahead of its peers our engine has to be, and wants to be.

#ifndef LSMKV_TESTS_BENCH_BARS_H_
#define LSMKV_TESTS_BENCH_BARS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/metrics.h"
#include "tests/bench/results.h"

namespace lsmkv::bench {

// Of a ratio; where less is better (metrics.h) both are upper bounds.
struct Bar {
  double at_least = 1;
  double aim = 1;
};

enum class Verdict { kMissed, kReached, kAimReached };

// In words.
std::string_view Name(Verdict verdict);

// The bar of a cell. Rates that have none of their own must not be below the
// peers', and aim at the bar of the base scene; nullopt where nothing is asked.
std::optional<Bar> FindBar(std::string_view scene, std::string_view workload,
                           Metric metric);

Verdict Judge(const Bar& bar, Metric metric, double ratio);

// A ratio beside its bar.
struct Comparison {
  std::string scene;
  std::string workload;
  Metric metric = Metric::kRate;
  Ratio ratio;
  Bar bar;
  Verdict verdict = Verdict::kMissed;
};

// The scene and workload of what is compared over the whole run.
inline constexpr std::string_view kWholeRun = "all";

// Every cell that has a bar and a ratio, in the order of the cells; memory
// last.
std::vector<Comparison> Compare(const std::vector<CellResult>& cells);

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_BARS_H_
