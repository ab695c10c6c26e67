#include "tests/bench/results.h"

#include <algorithm>
#include <map>
#include <utility>

#include "tests/bench/peers.h"

namespace lsmkv::bench {
namespace {

void AddOnce(const std::string& name, std::vector<std::string>* names) {
  if (std::find(names->begin(), names->end(), name) == names->end()) {
    names->push_back(name);
  }
}

double OpsPerSecond(const Sample& sample, bool with_debt) {
  const double seconds =
      sample.work.seconds + (with_debt ? sample.debt.seconds : 0);
  return seconds > 0 ? static_cast<double>(sample.ops) / seconds : 0;
}

double CpuMicrosPerOp(const Sample& sample, bool with_debt) {
  const double seconds =
      sample.work.cpu_seconds + (with_debt ? sample.debt.cpu_seconds : 0);
  return sample.ops > 0 ? seconds * 1e6 / static_cast<double>(sample.ops) : 0;
}

double WrittenPerUserByte(const Sample& sample, bool with_debt) {
  const uint64_t written =
      sample.work.written_bytes + (with_debt ? sample.debt.written_bytes : 0);
  return sample.user_bytes > 0 ? static_cast<double>(written) /
                                     static_cast<double>(sample.user_bytes)
                               : 0;
}

class Summary {
 public:
  explicit Summary(const std::vector<CellResult>& cells) : cells_(cells) {}

  Line LineOf(const CellResult& first, bool with_debt) const {
    Line line;
    line.name = first.workload + (with_debt ? "+wait" : "");
    line.workload = first.workload;
    line.engine = first.engine;
    line.with_debt = with_debt;
    std::vector<double> cpu, written, rss, disk;
    for (const CellResult& cell : cells_) {
      if (!IsOf(cell, line.workload) || cell.engine != line.engine) continue;
      const Sample& sample = cell.sample;
      line.ops_per_second.push_back(OpsPerSecond(sample, with_debt));
      cpu.push_back(CpuMicrosPerOp(sample, with_debt));
      written.push_back(WrittenPerUserByte(sample, with_debt));
      rss.push_back(static_cast<double>(sample.peak_rss_bytes));
      disk.push_back(static_cast<double>(sample.disk_bytes));
    }
    if (line.ops_per_second.empty()) return line;
    const auto [low, high] = std::minmax_element(line.ops_per_second.begin(),
                                                 line.ops_per_second.end());
    line.median_ops_per_second = Median(line.ops_per_second);
    line.spread = (*high - *low) / line.median_ops_per_second;
    line.cpu_micros_per_op = Median(cpu);
    line.written_bytes_per_user_byte = Median(written);
    line.peak_rss_bytes = Median(rss);
    line.disk_bytes = Median(disk);
    if (line.engine == kOurs) line.ratio = Ratio(line.workload, with_debt);
    return line;
  }

 private:
  static bool IsOf(const CellResult& cell, const std::string& workload) {
    return cell.workload == workload && cell.status.ok();
  }

  std::optional<double> Ratio(const std::string& workload,
                              bool with_debt) const {
    std::map<int, double> ours;
    std::map<int, double> best_peer;
    for (const CellResult& cell : cells_) {
      if (!IsOf(cell, workload)) continue;
      const double rate = OpsPerSecond(cell.sample, with_debt);
      if (cell.engine == kOurs) {
        ours[cell.round] = rate;
      } else {
        best_peer[cell.round] = std::max(best_peer[cell.round], rate);
      }
    }
    std::vector<double> ratios;
    for (const auto& [round, rate] : ours) {
      const auto peer = best_peer.find(round);
      if (peer != best_peer.end() && peer->second > 0) {
        ratios.push_back(rate / peer->second);
      }
    }
    if (ratios.empty()) return std::nullopt;
    return Median(std::move(ratios));
  }

  const std::vector<CellResult>& cells_;
};

}  // namespace

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return (values[middle - 1] + values[middle]) / 2;
}

std::vector<std::string> EnginesOf(const std::vector<CellResult>& cells) {
  std::vector<std::string> engines;
  for (const CellResult& cell : cells) AddOnce(cell.engine, &engines);
  return engines;
}

std::vector<Line> Summarise(const std::vector<CellResult>& cells) {
  const Summary summary(cells);
  std::vector<std::string> workloads;
  for (const CellResult& cell : cells) AddOnce(cell.workload, &workloads);
  std::vector<Line> lines;
  for (const std::string& workload : workloads) {
    for (const bool with_debt : {false, true}) {
      for (const std::string& engine : EnginesOf(cells)) {
        const auto first = std::find_if(
            cells.begin(), cells.end(), [&](const CellResult& cell) {
              return cell.workload == workload && cell.engine == engine;
            });
        if (first == cells.end() || (with_debt && !first->has_debt)) continue;
        lines.push_back(summary.LineOf(*first, with_debt));
      }
    }
  }
  return lines;
}

uint64_t PeakRssBytes(const std::vector<CellResult>& cells,
                      const std::string& engine) {
  uint64_t peak = 0;
  for (const CellResult& cell : cells) {
    if (cell.engine == engine && cell.status.ok()) {
      peak = std::max(peak, cell.sample.peak_rss_bytes);
    }
  }
  return peak;
}

}  // namespace lsmkv::bench
