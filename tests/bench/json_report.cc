#include "tests/bench/bars.h"
#include "tests/bench/json_writer.h"
#include "tests/bench/report.h"

namespace lsmkv::bench {
namespace {

// Grows when a field changes its meaning or goes; new fields may come.
constexpr uint64_t kFormatVersion = 2;

void WriteInfo(const RunInfo& info, JsonWriter* json) {
  json->Integer("format_version", kFormatVersion);
  json->String("date", info.date);
  json->String("commit", info.commit);
  json->String("command", info.command);
  json->String("build", info.build);
  json->OpenObject("machine");
  json->String("cpu", info.cpu);
  json->Integer("cores", info.cores);
  json->Integer("memory_bytes", info.memory_bytes);
  json->String("kernel", info.kernel);
  json->CloseObject();
}

void WriteOptions(const BenchOptions& options, JsonWriter* json) {
  const PeerSettings& settings = options.settings;
  json->Integer("num", options.num);
  json->Integer("key_bytes", options.key_bytes);
  json->Integer("value_bytes", options.value_bytes);
  json->Integer("rounds", static_cast<uint64_t>(options.rounds));
  json->Integer("threads", static_cast<uint64_t>(options.threads));
  json->Integer("seed", options.seed);
  json->String("keys", Name(options.key_shape));
  json->String("skew", options.skew == Skew::kZipf ? "zipf" : "uniform");
  json->Bool("compact_before_reads", options.compact_before_reads);
  json->Integer("writer_rate", options.writer_rate);
  json->Integer("cache_bytes", settings.cache_bytes);
  json->Integer("write_buffer_bytes", settings.write_buffer_bytes);
  json->Integer("write_buffers", static_cast<uint64_t>(settings.write_buffers));
  json->Integer("compaction_threads",
                static_cast<uint64_t>(settings.compaction_threads));
  json->Integer("filter_bits_per_key",
                static_cast<uint64_t>(settings.filter_bits_per_key));
  json->Integer("block_bytes", settings.block_bytes);
  json->String("durability", Name(settings.write_mode));
  json->String("compression", settings.compression == PeerCompression::kNone
                                  ? "none"
                                  : "fast");
}

void WriteScenes(const Report& report, JsonWriter* json) {
  json->OpenArray("scenes");
  for (const Scene& scene : report.scenes) {
    json->OpenObject();
    json->String("name", scene.name);
    json->String("flags", scene.flags);
    json->OpenObject("options");
    WriteOptions(scene.options, json);
    json->CloseObject();
    json->CloseObject();
  }
  json->CloseArray();
}

void WriteEngines(const Report& report, JsonWriter* json) {
  json->OpenArray("engines");
  for (const Engine& engine : report.engines) {
    json->OpenObject();
    json->String("name", engine.name);
    json->String("version", engine.version);
    json->String("notes", engine.notes);
    json->Integer("peak_rss_bytes", PeakRssBytes(report.cells, engine.name));
    json->CloseObject();
  }
  json->CloseArray();
}

void WriteLatencies(const Latencies& latencies, JsonWriter* json) {
  if (latencies.max_seconds <= 0) return;
  json->OpenObject("latency_seconds");
  json->Number("p50", latencies.p50_seconds);
  json->Number("p99", latencies.p99_seconds);
  json->Number("p99.9", latencies.p999_seconds);
  json->Number("max", latencies.max_seconds);
  json->CloseObject();
}

void WriteRatio(std::string_view key, const std::optional<Ratio>& ratio,
                JsonWriter* json) {
  if (!ratio.has_value()) return;
  json->OpenObject(key);
  json->Number("median", ratio->median);
  json->Number("low", ratio->low);
  json->Number("high", ratio->high);
  json->CloseObject();
}

void WriteLines(const std::string& scene, const std::vector<Line>& lines,
                JsonWriter* json) {
  for (const Line& line : lines) {
    json->OpenObject();
    json->String("scene", scene);
    json->String("name", line.name);
    json->String("workload", line.workload);
    json->String("engine", line.engine);
    json->Bool("with_debt", line.with_debt);
    json->Integer("rounds", line.ops_per_second.size());
    if (!line.ops_per_second.empty()) {
      json->Number("ops_per_second", line.median_ops_per_second);
      json->Number("micros_per_op", 1e6 / line.median_ops_per_second);
      json->Number("spread", line.spread);
      json->Number("cpu_micros_per_op", line.cpu_micros_per_op);
      WriteLatencies(line.latencies, json);
      json->Number("written_bytes_per_user_byte",
                   line.written_bytes_per_user_byte);
      json->Number("disk_bytes_per_live_byte", line.disk_bytes_per_live_byte);
      json->Number("disk_bytes", line.disk_bytes);
      json->Number("peak_rss_bytes", line.peak_rss_bytes);
    }
    WriteRatio("ratio_to_better_peer", line.ratio, json);
    json->CloseObject();
  }
}

void WriteComparisons(const Report& report, JsonWriter* json) {
  json->OpenArray("bars");
  for (const Comparison& comparison : Compare(report.cells)) {
    json->OpenObject();
    json->String("scene", comparison.scene);
    json->String("workload", comparison.workload);
    json->String("metric", Name(comparison.metric));
    json->Bool("less_is_better", LessIsBetter(comparison.metric));
    WriteRatio("ratio", comparison.ratio, json);
    json->Number("bar", comparison.bar.at_least);
    json->Number("aim", comparison.bar.aim);
    json->String("verdict", Name(comparison.verdict));
    json->CloseObject();
  }
  json->CloseArray();
}

void WriteCost(std::string_view key, const Cost& cost, JsonWriter* json) {
  json->OpenObject(key);
  json->Number("seconds", cost.seconds);
  json->Number("cpu_seconds", cost.cpu_seconds);
  json->Integer("written_bytes", cost.written_bytes);
  json->CloseObject();
}

void WriteCells(const Report& report, JsonWriter* json) {
  json->OpenArray("cells");
  for (const CellResult& cell : report.cells) {
    json->OpenObject();
    json->String("scene", cell.scene);
    json->String("workload", cell.workload);
    json->String("engine", cell.engine);
    json->Integer("round", static_cast<uint64_t>(cell.round));
    if (cell.status.ok()) {
      json->Integer("ops", cell.sample.ops);
      WriteCost("work", cell.sample.work, json);
      WriteLatencies(cell.sample.latencies, json);
      if (cell.has_debt) WriteCost("debt", cell.sample.debt, json);
      json->Integer("user_bytes", cell.sample.user_bytes);
      json->Integer("background_ops", cell.sample.background_ops);
      json->Integer("peak_rss_bytes", cell.sample.peak_rss_bytes);
      json->Integer("disk_bytes", cell.sample.disk_bytes);
      json->Integer("live_bytes", cell.sample.live_bytes);
    } else {
      json->String("error", cell.status.ToString());
    }
    json->CloseObject();
  }
  json->CloseArray();
}

}  // namespace

std::string JsonReport(const Report& report) {
  JsonWriter json;
  json.OpenObject();
  WriteInfo(report.info, &json);
  WriteScenes(report, &json);
  WriteEngines(report, &json);
  json.OpenArray("results");
  for (const std::string& scene : ScenesOf(report.cells)) {
    WriteLines(scene, Summarise(CellsOf(report.cells, scene)), &json);
  }
  json.CloseArray();
  WriteComparisons(report, &json);
  WriteCells(report, &json);
  json.CloseObject();
  return json.Take();
}

}  // namespace lsmkv::bench
