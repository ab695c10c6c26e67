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

#include "tests/bench/bars.h"
#include "tests/bench/bench_options.h"
#include "tests/bench/curve.h"
#include "tests/bench/peers.h"
#include "tests/bench/ratio_chart.h"
#include "tests/bench/report.h"
#include "tests/bench/run_info.h"
#include "tests/bench/runner.h"
#include "tests/bench/suites.h"
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
  for (const Suite& suite : Suites()) {
    std::printf("suite %s: %s\n", std::string(suite.name).c_str(),
                std::string(suite.help).c_str());
    for (const SceneSpec& scene : suite.scenes) {
      std::printf("  %-18s%s\n", std::string(scene.name).c_str(),
                  std::string(scene.help).c_str());
    }
  }
  std::printf("engines\n");
  for (const Engine& engine : BuiltEngines()) {
    std::printf("  %-18s%s\n", engine.name.c_str(), engine.version.c_str());
  }
  for (const std::string& name : AbsentEngines()) {
    std::printf("  %-18snot found when this was built\n", name.c_str());
  }
}

bool SelectEngines(const BenchOptions& options, std::vector<Engine>* selected) {
  const std::vector<std::string>& names = options.engines;
  std::vector<Engine> built = BuiltEngines();
  for (const Engine& engine : built) {
    const bool wanted = !engine.is_variant || !options.suite.empty();
    if (names.empty() && wanted && !engine.only_if_named) {
      selected->push_back(engine);
    }
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
void DropWhatNeedsALog(Report* report) {
  if (report->options.settings.write_mode != WriteMode::kNoLog) return;
  std::erase_if(report->engines, [report](const Engine& engine) {
    if (engine.can_skip_log) return false;
    report->left_out.push_back(engine.name + ", which cannot skip its log");
    return true;
  });
  for (Scene& scene : report->scenes) {
    std::erase_if(scene.workloads, [&](const Workload* workload) {
      if (!workload->needs_log()) return false;
      report->left_out.push_back(scene.name + " " +
                                 std::string(workload->name) + ", of the log");
      return true;
    });
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

std::string Picture(const Report& report) {
  return report.options.curve.empty()
             ? RatioChart(report.info, Compare(report.cells))
             : CurveChart(report.info, CurveOf(report));
}

// False if a file that was asked for cannot be written.
bool WriteFiles(const Report& report) {
  const BenchOptions& options = report.options;
  return (options.json.empty() ||
          WriteFile(options.json, JsonReport(report))) &&
         (options.svg.empty() || WriteFile(options.svg, Picture(report)));
}

// False as soon as the results cannot be written. They are after every scene:
// a run takes hours, and what ends it early must not take them all.
bool RunAll(const std::string& dir, Report* report) {
  for (const Scene& scene : report->scenes) {
    for (CellResult& cell : RunScene(scene, report->engines, dir)) {
      report->cells.push_back(std::move(cell));
    }
    if (!WriteFiles(*report)) return false;
  }
  return true;
}

int Misused(const absl::Status& status) {
  std::fprintf(stderr, "lsmkv_bench: %s\n",
               std::string(status.message()).c_str());
  return kExitUsage;
}

int Main(int argc, char** argv) {
  absl::StatusOr<BenchOptions> options =
      ParseFlags({argv + 1, argv + argc}, {});
  if (!options.ok()) return Misused(options.status());
  if (options->help) {
    std::printf("usage: lsmkv_bench [flags]\n%s", FlagHelp().c_str());
    return 0;
  }
  if (options->list) {
    PrintLists();
    return 0;
  }
  absl::StatusOr<std::vector<Scene>> scenes = ScenesFor(*options);
  if (!scenes.ok()) return Misused(scenes.status());
  Report report;
  report.scenes = *std::move(scenes);
  report.options = *std::move(options);
  if (!SelectEngines(report.options, &report.engines)) return kExitUsage;
  DropWhatNeedsALog(&report);
  report.info = CollectRunInfo(argc, argv);
  const ScratchDir dir(report.options.dir);
  if (!dir.ok()) return kExitFailed;
  const bool written = RunAll(dir.path(), &report);
  std::printf("%s", TextReport(report).c_str());
  const bool all_ok =
      std::all_of(report.cells.begin(), report.cells.end(),
                  [](const CellResult& cell) { return cell.status.ok(); });
  return all_ok && written ? 0 : kExitFailed;
}

}  // namespace
}  // namespace lsmkv::bench

int main(int argc, char** argv) { return lsmkv::bench::Main(argc, argv); }
