// lsmkv_bench: our engine and its peers on the same workloads, in one run.
// tests/bench/README.md says what is measured and how it is kept fair.
//
// Exit codes: 0 all was measured, 1 some of it failed, 2 wrong flags.

#include <stdlib.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "tests/bench/bench_options.h"
#include "tests/bench/cell.h"
#include "tests/bench/peers.h"
#include "tests/bench/report.h"
#include "tests/bench/run_info.h"
#include "tests/bench/workloads.h"

namespace lsmkv::bench {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

// A directory for all stores of this run, removed at its end.
class ScratchDir {
 public:
  explicit ScratchDir(std::string parent) {
    if (parent.empty()) {
      const char* const tmp = std::getenv("TMPDIR");
      parent = tmp != nullptr && *tmp != '\0' ? tmp : "/tmp";
    }
    path_ = parent + "/lsmkv_bench.XXXXXX";
    ok_ = ::mkdtemp(path_.data()) != nullptr;
    if (!ok_) std::perror(path_.c_str());
  }
  ~ScratchDir() {
    std::error_code ignored;  // what is left is in nobody's way
    if (ok_) std::filesystem::remove_all(path_, ignored);
  }
  ScratchDir(const ScratchDir&) = delete;
  ScratchDir& operator=(const ScratchDir&) = delete;

  bool ok() const { return ok_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool ok_ = false;
};

void PrintLists() {
  std::printf("workloads\n");
  for (const Workload& workload : Workloads()) {
    std::printf("  %-18s%s%s\n", std::string(workload.name).c_str(),
                std::string(workload.help).c_str(),
                workload.extra ? " (only if named)" : "");
  }
  std::printf("engines\n");
  for (const Engine& engine : BuiltEngines()) {
    std::printf("  %-18s%s\n", engine.name.c_str(), engine.version.c_str());
  }
  for (const std::string& name : AbsentEngines()) {
    std::printf("  %-18snot found when this was built\n", name.c_str());
  }
}

bool SelectWorkloads(const std::vector<std::string>& names,
                     std::vector<const Workload*>* selected) {
  if (names.empty()) {
    for (const Workload& workload : Workloads()) {
      if (!workload.extra) selected->push_back(&workload);
    }
  }
  for (const std::string& name : names) {
    selected->push_back(FindWorkload(name));
    if (selected->back() != nullptr) continue;
    std::fprintf(stderr, "lsmkv_bench: no workload \"%s\" (see --list)\n",
                 name.c_str());
    return false;
  }
  return true;
}

bool SelectEngines(const std::vector<std::string>& names,
                   std::vector<Engine>* selected) {
  std::vector<Engine> built = BuiltEngines();
  for (const Engine& engine : built) {
    if (names.empty() && !engine.is_variant) selected->push_back(engine);
  }
  for (const std::string& name : names) {
    const auto found =
        std::find_if(built.begin(), built.end(),
                     [&](const Engine& engine) { return engine.name == name; });
    if (found == built.end()) {
      std::fprintf(stderr, "lsmkv_bench: no engine \"%s\" (see --list)\n",
                   name.c_str());
      return false;
    }
    selected->push_back(*found);
  }
  return true;
}

// Leaves out what cannot be done without a log.
void DropWhatNeedsALog(std::vector<const Workload*>* workloads,
                       Report* report) {
  if (report->options.settings.write_mode != WriteMode::kNoLog) return;
  std::erase_if(report->engines, [report](const Engine& engine) {
    if (engine.can_skip_log) return false;
    report->left_out.push_back(engine.name + ", which cannot skip its log");
    return true;
  });
  std::erase_if(*workloads, [report](const Workload* workload) {
    if (!workload->needs_log()) return false;
    report->left_out.push_back(std::string(workload->name) + ", of the log");
    return true;
  });
}

// Every engine in turn for each workload, so that what changes in the machine
// during a run meets them all alike.
void RunAll(const std::vector<const Workload*>& workloads,
            const std::string& dir, Report* report) {
  const BenchOptions& options = report->options;
  for (int round = 1; round <= options.rounds; ++round) {
    std::vector<Store> stores;
    for (const Engine& engine : report->engines) {
      stores.push_back({dir + "/" + engine.name, StoreState::kOther});
    }
    for (const Workload* workload : workloads) {
      for (size_t i = 0; i < stores.size(); ++i) {
        const Engine& engine = report->engines[i];
        std::fprintf(stderr, "round %d/%d %s %s\n", round, options.rounds,
                     std::string(workload->name).c_str(), engine.name.c_str());
        const absl::StatusOr<Sample> sample =
            RunCell(engine, *workload, options, &stores[i]);
        report->cells.push_back({std::string(workload->name), engine.name,
                                 round, workload->has_debt(), sample.status(),
                                 sample.ok() ? *sample : Sample{}});
        if (!sample.ok()) {
          std::fprintf(stderr, "  %s\n", sample.status().ToString().c_str());
        }
      }
    }
  }
}

bool WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return true;
  std::fprintf(stderr, "lsmkv_bench: cannot write %s\n", path.c_str());
  return false;
}

int Main(int argc, char** argv) {
  absl::StatusOr<BenchOptions> options = ParseFlags(argc, argv);
  if (!options.ok()) {
    std::fprintf(stderr, "lsmkv_bench: %s\n",
                 std::string(options.status().message()).c_str());
    return kExitUsage;
  }
  if (options->help) {
    std::printf("usage: lsmkv_bench [flags]\n%s", FlagHelp().c_str());
    return 0;
  }
  if (options->list) {
    PrintLists();
    return 0;
  }
  Report report;
  std::vector<const Workload*> workloads;
  if (!SelectWorkloads(options->workloads, &workloads) ||
      !SelectEngines(options->engines, &report.engines)) {
    return kExitUsage;
  }
  report.options = *std::move(options);
  DropWhatNeedsALog(&workloads, &report);
  report.info = CollectRunInfo(argc, argv);
  const ScratchDir dir(report.options.dir);
  if (!dir.ok()) return kExitFailed;
  RunAll(workloads, dir.path(), &report);
  std::printf("%s", TextReport(report).c_str());
  if (!report.options.json.empty() &&
      !WriteFile(report.options.json, JsonReport(report))) {
    return kExitFailed;
  }
  const bool all_ok =
      std::all_of(report.cells.begin(), report.cells.end(),
                  [](const CellResult& cell) { return cell.status.ok(); });
  return all_ok ? 0 : kExitFailed;
}

}  // namespace
}  // namespace lsmkv::bench

int main(int argc, char** argv) { return lsmkv::bench::Main(argc, argv); }
