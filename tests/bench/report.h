// The results of a run, for people and for programs.

#ifndef LSMKV_TESTS_BENCH_REPORT_H_
#define LSMKV_TESTS_BENCH_REPORT_H_

#include <string>
#include <vector>

#include "tests/bench/bench_options.h"
#include "tests/bench/peers.h"
#include "tests/bench/results.h"
#include "tests/bench/run_info.h"
#include "tests/bench/suites.h"

namespace lsmkv::bench {

struct Report {
  RunInfo info;
  BenchOptions options;         // as the flags have them
  std::vector<Scene> scenes;    // with the options of each
  std::vector<Engine> engines;  // those that were measured
  std::vector<CellResult> cells;
  std::vector<std::string> left_out;  // what was asked for and why it is not
};

// Of each scene a table of rates and ratios, and one of bytes written, disk and
// memory; then every ratio beside its bar, and what failed.
std::string TextReport(const Report& report);

// Everything, each round on its own: tests/bench/README.md has the fields.
std::string JsonReport(const Report& report);

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_REPORT_H_
