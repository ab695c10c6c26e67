// Curves: what a put and a get cost at each number of keys.

#ifndef LSMKV_TESTS_BENCH_CURVE_H_
#define LSMKV_TESTS_BENCH_CURVE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/report.h"

namespace lsmkv::bench {

// The workloads that a curve's scenes run.
inline constexpr std::string_view kCurvePut = "fillrandom";
inline constexpr std::string_view kCurveGet = "readrandom";

// One engine at one number of keys; in microseconds per operation, medians; 0
// where it was not measured.
struct CurvePoint {
  std::string engine;
  uint64_t num = 0;
  double put = 0;
  double put_waited = 0;  // compaction debt included
  double put_cpu = 0;     // the same
  double get = 0;
  double get_cpu = 0;
};

// In the order of the scenes and engines.
std::vector<CurvePoint> CurveOf(const Report& report);

std::string CurveTable(const std::vector<CurvePoint>& points);
// The cost of a put, debt included, and of a get, over the number of keys.
std::string CurveChart(const RunInfo& info,
                       const std::vector<CurvePoint>& points);

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_CURVE_H_
