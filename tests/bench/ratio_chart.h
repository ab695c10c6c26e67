// A picture of ratios: one bar for each, from 1 to the ratio, on a log axis,
// with marks where it is to be and wants to be.

#ifndef LSMKV_TESTS_BENCH_RATIO_CHART_H_
#define LSMKV_TESTS_BENCH_RATIO_CHART_H_

#include <string>
#include <vector>

#include "tests/bench/bars.h"
#include "tests/bench/run_info.h"

namespace lsmkv::bench {

std::string RatioChart(const RunInfo& info,
                       const std::vector<Comparison>& comparisons);

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_RATIO_CHART_H_
