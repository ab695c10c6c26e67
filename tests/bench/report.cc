#include "tests/bench/report.h"

#include <cstdarg>
#include <cstdio>

#include "tests/bench/bars.h"
#include "tests/bench/curve.h"

namespace lsmkv::bench {
namespace {

constexpr double kMiB = 1 << 20;

[[gnu::format(printf, 2, 3)]] void Print(std::string* text, const char* format,
                                         ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof(line), format, arguments);
  va_end(arguments);
  text->append(line);
}

std::string RatioText(const Line& line) {
  std::string text;
  if (line.ratio.has_value()) Print(&text, "%.2f", line.ratio->median);
  return text;
}

void PrintHead(const Report& report, std::string* text) {
  Print(text, "%s, %u cores, %.1f GiB, %s\n", report.info.cpu.c_str(),
        report.info.cores,
        static_cast<double>(report.info.memory_bytes) / (kMiB * 1024),
        report.info.kernel.c_str());
  Print(text, "%s, commit %s, %s\n", report.info.date.c_str(),
        report.info.commit.c_str(), report.info.build.c_str());
  Print(text, "%s\n", report.info.command.c_str());
  for (const Engine& engine : report.engines) {
    Print(text, "%s %s: %s\n", engine.name.c_str(), engine.version.c_str(),
          engine.notes.c_str());
  }
}

void PrintRates(const std::vector<Line>& lines, std::string* text) {
  Print(text, "\n%-18s %-12s %12s %7s %9s %9s %7s\n", "workload", "engine",
        "ops/s", "spread", "us/op", "cpu us/op", "ratio");
  std::string last;
  for (const Line& line : lines) {
    if (!last.empty() && line.name != last) text->push_back('\n');
    last = line.name;
    if (line.ops_per_second.empty()) {
      Print(text, "%-18s %-12s %12s\n", line.name.c_str(), line.engine.c_str(),
            "failed");
      continue;
    }
    Print(text, "%-18s %-12s %12.0f %6.1f%% %9.3f %9.3f %7s\n",
          line.name.c_str(), line.engine.c_str(), line.median_ops_per_second,
          line.spread * 100, 1e6 / line.median_ops_per_second,
          line.cpu_micros_per_op, RatioText(line).c_str());
  }
}

void PrintLatencies(const std::vector<Line>& lines, std::string* text) {
  Print(text, "\n%-18s %-12s %9s %9s %9s %9s\n", "microseconds", "engine",
        "p50", "p99", "p99.9", "max");
  for (const Line& line : lines) {
    const Latencies& times = line.latencies;
    if (line.with_debt || times.max_seconds <= 0) continue;
    Print(text, "%-18s %-12s %9.2f %9.2f %9.2f %9.0f\n", line.name.c_str(),
          line.engine.c_str(), times.p50_seconds * 1e6, times.p99_seconds * 1e6,
          times.p999_seconds * 1e6, times.max_seconds * 1e6);
  }
}

void PrintResources(const std::vector<CellResult>& cells,
                    const std::vector<Line>& lines, std::string* text) {
  Print(text, "\n%-18s %-12s %14s %12s %12s %12s\n", "after", "engine",
        "written/put B", "disk/live B", "disk MiB", "peak MiB");
  for (const Line& line : lines) {
    if (!line.with_debt || line.ops_per_second.empty()) continue;
    Print(text, "%-18s %-12s %14.2f %12.2f %12.1f %12.1f\n", line.name.c_str(),
          line.engine.c_str(), line.written_bytes_per_user_byte,
          line.disk_bytes_per_live_byte, line.disk_bytes / kMiB,
          line.peak_rss_bytes / kMiB);
  }
  for (const std::string& engine : EnginesOf(cells)) {
    Print(text, "%-18s %-12s %14s %12s %12s %12.1f\n", "all", engine.c_str(),
          "", "", "", static_cast<double>(PeakRssBytes(cells, engine)) / kMiB);
  }
}

void PrintScene(const Report& report, const Scene& scene, std::string* text) {
  const BenchOptions& options = scene.options;
  const std::vector<CellResult> cells = CellsOf(report.cells, scene.name);
  const std::vector<Line> lines = Summarise(cells);
  Print(text, "\n=== %s", scene.name.c_str());
  if (!scene.flags.empty()) Print(text, ": %s", scene.flags.c_str());
  Print(text,
        "\n%llu records, key %zu B (%s), value %zu B, %d rounds, %d threads, "
        "durability %s; cache %.0f MiB, write buffer %.0f MiB\n",
        static_cast<unsigned long long>(options.num), options.key_bytes,
        std::string(Name(options.key_shape)).c_str(), options.value_bytes,
        options.rounds, options.threads,
        std::string(Name(options.settings.write_mode)).c_str(),
        static_cast<double>(options.settings.cache_bytes) / kMiB,
        static_cast<double>(options.settings.write_buffer_bytes) / kMiB);
  PrintRates(lines, text);
  if (report.options.latencies) PrintLatencies(lines, text);
  PrintResources(cells, lines, text);
}

void PrintBars(const Report& report, std::string* text) {
  const std::vector<Comparison> comparisons = Compare(report.cells);
  if (comparisons.empty()) return;
  Print(text, "\n%-14s %-18s %-13s %6s %13s %5s %5s  %s\n", "scene", "workload",
        "metric", "ratio", "lowest..most", "bar", "aim", "");
  int reached = 0;
  int aims = 0;
  for (const Comparison& c : comparisons) {
    Print(text, "%-14s %-18s %-13s %6.2f %6.2f..%-5.2f %5.2f %5.2f  %s\n",
          c.scene.c_str(), c.workload.c_str(),
          std::string(Name(c.metric)).c_str(), c.ratio.median, c.ratio.low,
          c.ratio.high, c.bar.at_least, c.bar.aim,
          std::string(Name(c.verdict)).c_str());
    if (c.verdict != Verdict::kMissed) ++reached;
    if (c.verdict == Verdict::kAimReached) ++aims;
  }
  Print(text, "bars: %d of %zu reached, %d of them the aim too\n", reached,
        comparisons.size(), aims);
}

void PrintPeaks(const Report& report, std::string* text) {
  Print(text, "\npeak of memory over all that was run\n");
  for (const std::string& engine : EnginesOf(report.cells)) {
    Print(text, "%-12s %12.1f MiB\n", engine.c_str(),
          static_cast<double>(PeakRssBytes(report.cells, engine)) / kMiB);
  }
}

void PrintFailures(const Report& report, std::string* text) {
  for (const CellResult& cell : report.cells) {
    if (cell.status.ok()) continue;
    *text += "FAILED " + cell.scene + " " + cell.workload + " " + cell.engine +
             " round " + std::to_string(cell.round) + ": " +
             cell.status.ToString() + "\n";
  }
}

}  // namespace

std::string TextReport(const Report& report) {
  std::string text;
  PrintHead(report, &text);
  for (const Scene& scene : report.scenes) PrintScene(report, scene, &text);
  if (!report.options.curve.empty()) text += CurveTable(CurveOf(report));
  PrintPeaks(report, &text);
  PrintBars(report, &text);
  text +=
      "\nratio: median over the rounds of lsmkv / better peer, same round; "
      "+wait: compaction debt\nincluded; of p99.9, bytes and memory: lsmkv / "
      "RocksDB, lower is better\n";
  for (const std::string& name : AbsentEngines()) {
    text += name + " was not found when this was built: not measured\n";
  }
  for (const std::string& what : report.left_out) {
    text += "left out: " + what + "\n";
  }
  PrintFailures(report, &text);
  return text;
}

}  // namespace lsmkv::bench
