#include "service/rest/stats_json.h"

#include <cstdint>
#include <string_view>
#include <utility>

#include "service/rest/json.h"
#include "service/rest/text.h"

namespace lsmkv::service {
namespace {

uint64_t Kb(uint64_t bytes) { return bytes / 1024 + (bytes % 1024 != 0); }

void AppendLevels(const engine::Stats& stats, JsonWriter* json) {
  json->Key("levels").BeginArray();
  for (size_t level = 0; level < stats.levels.size(); ++level) {
    const engine::LevelStats& of_level = stats.levels[level];
    json->BeginObject().Key("level").Number(level);
    json->Key("sst_files").Number(of_level.files);
    json->Key("sst_records").Number(of_level.records);
    json->Key("sst_kb").Number(Kb(of_level.bytes)).EndObject();
  }
  json->EndArray();
}

}  // namespace

std::string StatsJson(const engine::Stats& stats) {
  engine::LevelStats tables;
  for (const engine::LevelStats& level : stats.levels) {
    tables.files += level.files;
    tables.bytes += level.bytes;
    tables.records += level.records;
  }
  const std::pair<std::string_view, uint64_t> numbers[] = {
      {"mem_records", stats.memtable_records},
      {"mem_kb", Kb(stats.memtable_bytes + stats.immutable_memtable_bytes)},
      {"sst_files", tables.files},
      {"sst_records", tables.records},
      {"sst_kb", Kb(tables.bytes)},
      {"wal_kb", Kb(stats.wal_bytes)},
      // Entries: older versions and deletions count until they are compacted.
      {"total_records", stats.memtable_records + tables.records},
      {"memtable_max_size", stats.memtable_limit_bytes},
      {"immutable_memtables", stats.immutable_memtables},
      {"wal_files", stats.wal_files},
      {"last_version", stats.last_version},
      {"open_snapshots", stats.open_snapshots},
      {"flushes", stats.flushes},
      {"compactions", stats.compactions},
      {"compactions_running", stats.compactions_running},
      {"compaction_pending_kb", Kb(stats.compaction_pending_bytes)},
      {"block_cache_kb", Kb(stats.block_cache_bytes)},
      {"block_cache_capacity_kb", Kb(stats.block_cache_capacity_bytes)},
      {"block_cache_hits", stats.block_cache_hits},
      {"block_cache_misses", stats.block_cache_misses},
      {"filter_negatives", stats.filter_negatives},
      {"filter_false_positives", stats.filter_false_positives},
      {"write_delays", stats.write_delays},
      {"write_stops", stats.write_stops},
  };
  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  for (const auto& [name, number] : numbers) json.Key(name).Number(number);
  AppendLevels(stats, &json);
  json.Key("background_error")
      .String(IsUtf8(stats.background_error) ? stats.background_error
                                             : "not text");
  json.EndObject();
  return body;
}

}  // namespace lsmkv::service
