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

// The median of `value` over the samples.
template <typename Value>
double MedianOf(const std::vector<const Sample*>& samples, Value value) {
  std::vector<double> values;
  for (const Sample* sample : samples) values.push_back(value(*sample));
  return Median(std::move(values));
}

Latencies MedianLatencies(const std::vector<const Sample*>& samples) {
  const auto median = [&samples](double Latencies::*field) {
    return MedianOf(samples,
                    [field](const Sample& s) { return s.latencies.*field; });
  };
  return {median(&Latencies::p50_seconds), median(&Latencies::p99_seconds),
          median(&Latencies::p999_seconds), median(&Latencies::max_seconds)};
}

Line LineOf(const std::vector<CellResult>& cells, const CellResult& first,
            bool with_debt) {
  const Metric rate = with_debt ? Metric::kRateWithDebt : Metric::kRate;
  Line line;
  line.name = first.workload + (with_debt ? "+wait" : "");
  line.workload = first.workload;
  line.engine = first.engine;
  line.with_debt = with_debt;
  std::vector<const Sample*> samples;
  for (const CellResult& cell : cells) {
    if (!cell.status.ok() || cell.workload != line.workload ||
        cell.engine != line.engine) {
      continue;
    }
    samples.push_back(&cell.sample);
    line.ops_per_second.push_back(ValueOf(rate, cell.sample).value_or(0));
  }
  if (samples.empty()) return line;
  const auto [low, high] = std::minmax_element(line.ops_per_second.begin(),
                                               line.ops_per_second.end());
  const auto median_of = [&samples](Metric metric) {
    return MedianOf(samples, [metric](const Sample& sample) {
      return ValueOf(metric, sample).value_or(0);
    });
  };
  line.median_ops_per_second = Median(line.ops_per_second);
  line.spread = (*high - *low) / line.median_ops_per_second;
  line.cpu_micros_per_op = MedianOf(samples, [&](const Sample& sample) {
    return CpuMicrosPerOp(sample, with_debt);
  });
  line.latencies = MedianLatencies(samples);
  line.written_bytes_per_user_byte = median_of(Metric::kWritten);
  line.disk_bytes_per_live_byte = median_of(Metric::kDisk);
  line.peak_rss_bytes = median_of(Metric::kMemory);
  line.disk_bytes = MedianOf(samples, [](const Sample& sample) {
    return static_cast<double>(sample.disk_bytes);
  });
  if (line.engine == kOurs) line.ratio = RatioOf(cells, line.workload, rate);
  return line;
}

}  // namespace

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return (values[middle - 1] + values[middle]) / 2;
}

std::vector<std::string> ScenesOf(const std::vector<CellResult>& cells) {
  std::vector<std::string> scenes;
  for (const CellResult& cell : cells) AddOnce(cell.scene, &scenes);
  return scenes;
}

std::vector<CellResult> CellsOf(const std::vector<CellResult>& cells,
                                const std::string& scene) {
  std::vector<CellResult> of_scene;
  for (const CellResult& cell : cells) {
    if (cell.scene == scene) of_scene.push_back(cell);
  }
  return of_scene;
}

std::vector<std::string> EnginesOf(const std::vector<CellResult>& cells) {
  std::vector<std::string> engines;
  for (const CellResult& cell : cells) AddOnce(cell.engine, &engines);
  return engines;
}

std::vector<std::string> WorkloadsOf(const std::vector<CellResult>& cells) {
  std::vector<std::string> workloads;
  for (const CellResult& cell : cells) AddOnce(cell.workload, &workloads);
  return workloads;
}

std::vector<Line> Summarise(const std::vector<CellResult>& cells) {
  std::vector<Line> lines;
  for (const std::string& workload : WorkloadsOf(cells)) {
    for (const bool with_debt : {false, true}) {
      for (const std::string& engine : EnginesOf(cells)) {
        const auto first = std::find_if(
            cells.begin(), cells.end(), [&](const CellResult& cell) {
              return cell.workload == workload && cell.engine == engine;
            });
        if (first == cells.end() || (with_debt && !first->has_debt)) continue;
        lines.push_back(LineOf(cells, *first, with_debt));
      }
    }
  }
  return lines;
}

std::optional<Ratio> RatioOf(const std::vector<CellResult>& cells,
                             const std::string& workload, Metric metric) {
  std::map<int, double> ours;
  std::map<int, double> peers;
  for (const CellResult& cell : cells) {
    if (!cell.status.ok() || cell.workload != workload) continue;
    const double value = ValueOf(metric, cell.sample).value_or(0);
    if (cell.engine == kOurs) {
      ours[cell.round] = value;
    } else if (cell.engine.rfind(kOursOtherwise, 0) != 0 &&
               (!LessIsBetter(metric) || cell.engine == kRocksdb)) {
      peers[cell.round] = std::max(peers[cell.round], value);
    }
  }
  std::vector<double> ratios;
  for (const auto& [round, value] : ours) {
    const auto peer = peers.find(round);
    if (value > 0 && peer != peers.end() && peer->second > 0) {
      ratios.push_back(value / peer->second);
    }
  }
  if (ratios.empty()) return std::nullopt;
  const auto [low, high] = std::minmax_element(ratios.begin(), ratios.end());
  return Ratio{Median(ratios), *low, *high};
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
