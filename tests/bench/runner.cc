#include "tests/bench/runner.h"

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "tests/bench/cell.h"

namespace lsmkv::bench {

bool TakesPart(const Engine& engine, const Workload& workload, bool named) {
  return named || !engine.is_variant || workload.point_reads;
}

std::vector<CellResult> RunScene(const Scene& scene,
                                 const std::vector<Engine>& engines,
                                 const std::string& dir) {
  const BenchOptions& options = scene.options;
  std::vector<CellResult> cells;
  std::vector<Store> stores;
  for (const Engine& engine : engines) {
    stores.push_back({dir + "/" + engine.name, StoreState::kOther});
  }
  for (int round = 1; round <= options.rounds; ++round) {
    for (Store& store : stores) {
      if (!scene.keep_stores) store.state = StoreState::kOther;
    }
    for (const Workload* workload : scene.workloads) {
      for (size_t i = 0; i < engines.size(); ++i) {
        const Engine& engine = engines[i];
        if (!TakesPart(engine, *workload, !options.engines.empty())) continue;
        std::fprintf(stderr, "%s round %d/%d %s %s\n", scene.name.c_str(),
                     round, options.rounds, std::string(workload->name).c_str(),
                     engine.name.c_str());
        const absl::StatusOr<Sample> sample =
            RunCell(engine, *workload, options, &stores[i]);
        cells.push_back({scene.name, std::string(workload->name), engine.name,
                         round, workload->has_debt(), sample.status(),
                         sample.ok() ? *sample : Sample{}});
        if (!sample.ok()) {
          std::fprintf(stderr, "  %s\n", sample.status().ToString().c_str());
        }
      }
    }
  }
  for (const Store& store : stores) {
    std::error_code ignored;  // the whole directory is removed in the end
    std::filesystem::remove_all(store.dir, ignored);
  }
  return cells;
}

}  // namespace lsmkv::bench
