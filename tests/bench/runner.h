// Runs scenes: every round, workload and engine of them, cell by cell.

#ifndef LSMKV_TESTS_BENCH_RUNNER_H_
#define LSMKV_TESTS_BENCH_RUNNER_H_

#include <string>
#include <vector>

#include "tests/bench/peers.h"
#include "tests/bench/results.h"
#include "tests/bench/suites.h"

namespace lsmkv::bench {

// Every engine in turn for each workload, so that what changes in the machine
// during a run meets them all alike. Tells of each cell on stderr. The stores
// are in `dir`, and are removed when the scene is done.
std::vector<CellResult> RunScene(const Scene& scene,
                                 const std::vector<Engine>& engines,
                                 const std::string& dir);

// Whether the engine takes part: a variant that nobody named does so only
// where it may help. `named`: the flags named the engines.
bool TakesPart(const Engine& engine, const Workload& workload, bool named);

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_RUNNER_H_
