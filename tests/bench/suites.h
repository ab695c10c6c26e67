// Suites: named scenes, each a set of options and the workloads to run with
// them. What is set by a scene is set for every engine.

#ifndef LSMKV_TESTS_BENCH_SUITES_H_
#define LSMKV_TESTS_BENCH_SUITES_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "tests/bench/bench_options.h"
#include "tests/bench/workloads.h"

namespace lsmkv::bench {

struct SceneSpec {
  std::string_view name;
  std::string_view help;
  std::string_view flags;      // as on the command line, apart by one space
  std::string_view workloads;  // apart by commas; empty: all but extras
  // The stores of one round are those of the next: for large ones, and
  // workloads that change nothing.
  bool keep_stores = false;
};

struct Suite {
  std::string_view name;
  std::string_view help;
  int rounds;
  std::span<const SceneSpec> scenes;
};

std::span<const Suite> Suites();
// nullptr if there is none of that name.
const Suite* FindSuite(std::string_view name);

// A scene as it is run.
struct Scene {
  std::string name;
  std::string flags;
  bool keep_stores = false;
  BenchOptions options;
  std::vector<const Workload*> workloads;
};

// The scene of a run without a suite.
inline constexpr std::string_view kCustomScene = "custom";
// The one whose bars hold for a custom scene too.
inline constexpr std::string_view kBaseScene = "base";

// The scenes that the flags ask for, in order. INVALID_ARGUMENT naming what
// does not exist.
absl::StatusOr<std::vector<Scene>> ScenesFor(const BenchOptions& options);

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_SUITES_H_
