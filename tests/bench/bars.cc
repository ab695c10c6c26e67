#include "tests/bench/bars.h"

#include <algorithm>

#include "tests/bench/peers.h"
#include "tests/bench/suites.h"

namespace lsmkv::bench {
namespace {

struct Row {
  std::string_view scene;
  std::string_view workload;
  Metric metric;
  Bar bar;
};

constexpr auto kRate = Metric::kRate;
constexpr auto kWaited = Metric::kRateWithDebt;

constexpr Row kRows[] = {
    {kBaseScene, "fillseq", kRate, {1.5, 3}},
    {kBaseScene, "fillrandom", kRate, {1.5, 3}},
    {kBaseScene, "fillbatch", kRate, {1.5, 3}},
    {kBaseScene, "overwrite", kWaited, {1.3, 2.5}},
    {kBaseScene, "fillsync", kRate, {1.0, 1.2}},
    {kBaseScene, "fillsync64", kRate, {1.5, 3}},
    {kBaseScene, "readrandom", kRate, {1.5, 3}},
    {kBaseScene, "readhot", kRate, {1.5, 3}},
    {kBaseScene, "readmissing", kRate, {1.5, 3}},
    {kBaseScene, "readcold", kRate, {1.1, 1.5}},
    {"cold", "readcold", kRate, {1.1, 1.5}},
    {kBaseScene, "readseq", kRate, {1.3, 3}},
    {kBaseScene, "readreverse", kRate, {1.3, 3}},
    {kBaseScene, "seekrandom", kRate, {1.3, 3}},
    {kBaseScene, "readwhilewriting", kRate, {1.5, 3}},
    {kBaseScene, "deleterandom", kRate, {1.3, 3}},
    {kBaseScene, "ycsba", kRate, {1.3, 2.5}},
    {kBaseScene, "ycsbb", kRate, {1.3, 2.5}},
    {kBaseScene, "ycsbc", kRate, {1.3, 2.5}},
    {kBaseScene, "ycsbd", kRate, {1.3, 2.5}},
    {kBaseScene, "ycsbe", kRate, {1.3, 2.5}},
    {kBaseScene, "ycsbf", kRate, {1.3, 2.5}},
    {"16k", "fillseq", kRate, {1.5, 3}},
    {"16k", "fillrandom", kRate, {1.5, 3}},
    {"16k", "overwrite", kWaited, {1.5, 3}},
    {kBaseScene, "reopen", kRate, {1.0, 2}},
    {kBaseScene, "recover", kRate, {1.0, 2}},
    {"2g", "reopen", kRate, {1.0, 2}},
    {"wal", "recover", kRate, {1.0, 2}},
    {kBaseScene, "overwrite", Metric::kWritten, {0.8, 0.6}},
    {kBaseScene, "overwrite", Metric::kDisk, {1.0, 0.9}},
    {kBaseScene, "overwrite", Metric::kTail, {1.0, 0.3}},
    // The base scene hardly compacts while it overwrites; this one does.
    {"large", "overwrite", Metric::kWritten, {0.8, 0.6}},
    {"large", "overwrite", Metric::kDisk, {1.0, 0.9}},
    {"large", "overwrite", Metric::kTail, {1.0, 0.3}},
    {kWholeRun, kWholeRun, Metric::kMemory, {1.0, 0.8}},
};

const Row* FindRow(std::string_view scene, std::string_view workload,
                   Metric metric) {
  for (const Row& row : kRows) {
    if (row.scene == scene && row.workload == workload &&
        row.metric == metric) {
      return &row;
    }
  }
  return nullptr;
}

std::optional<Ratio> MemoryRatio(const std::vector<CellResult>& cells) {
  const auto ours =
      static_cast<double>(PeakRssBytes(cells, std::string(kOurs)));
  const auto peers =
      static_cast<double>(PeakRssBytes(cells, std::string(kRocksdb)));
  if (ours <= 0 || peers <= 0) return std::nullopt;
  return Ratio{ours / peers, ours / peers, ours / peers};
}

void Add(std::string_view scene, std::string_view workload, Metric metric,
         const std::optional<Ratio>& ratio,
         std::vector<Comparison>* comparisons) {
  const std::optional<Bar> bar = FindBar(scene, workload, metric);
  if (!ratio.has_value() || !bar.has_value()) return;
  comparisons->push_back({std::string(scene), std::string(workload), metric,
                          *ratio, *bar, Judge(*bar, metric, ratio->median)});
}

}  // namespace

std::string_view Name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kMissed:
      return "missed";
    case Verdict::kReached:
      return "reached";
    case Verdict::kAimReached:
      return "aim reached";
  }
  return "";
}

std::optional<Bar> FindBar(std::string_view scene, std::string_view workload,
                           Metric metric) {
  if (scene == kCustomScene) scene = kBaseScene;
  const Row* const own = FindRow(scene, workload, metric);
  if (own != nullptr) return own->bar;
  if (LessIsBetter(metric)) return std::nullopt;
  const Row* const base = FindRow(kBaseScene, workload, metric);
  return Bar{1, base != nullptr ? base->bar.at_least : 1};
}

Verdict Judge(const Bar& bar, Metric metric, double ratio) {
  const auto reaches = [&](double bound) {
    return LessIsBetter(metric) ? ratio <= bound : ratio >= bound;
  };
  if (reaches(bar.aim)) return Verdict::kAimReached;
  return reaches(bar.at_least) ? Verdict::kReached : Verdict::kMissed;
}

std::vector<Comparison> Compare(const std::vector<CellResult>& cells) {
  std::vector<Comparison> comparisons;
  for (const std::string& scene : ScenesOf(cells)) {
    const std::vector<CellResult> of_scene = CellsOf(cells, scene);
    for (const std::string& workload : WorkloadsOf(of_scene)) {
      const bool has_debt = std::any_of(
          of_scene.begin(), of_scene.end(), [&](const CellResult& cell) {
            return cell.workload == workload && cell.has_debt;
          });
      for (const Metric metric :
           {Metric::kRate, Metric::kRateWithDebt, Metric::kTail,
            Metric::kWritten, Metric::kDisk}) {
        if (metric == Metric::kRateWithDebt && !has_debt) continue;
        Add(scene, workload, metric, RatioOf(of_scene, workload, metric),
            &comparisons);
      }
    }
  }
  Add(kWholeRun, kWholeRun, Metric::kMemory, MemoryRatio(cells), &comparisons);
  return comparisons;
}

}  // namespace lsmkv::bench
