#include "service/observability/engine_metrics.h"

#include <string>

#include "service/observability/metric_families.h"

namespace lsmkv::service {
namespace {

using engine::Stats;

double Seconds(uint64_t micros) { return static_cast<double>(micros) / 1e6; }

void AddMemory(const Stats& stats, FamilyList* out) {
  out->Gauge("lsmkv_engine_memtables", "Memtables held.")
      .Value(uint64_t{1}, {{"state", "active"}})
      .Value(stats.immutable_memtables, {{"state", "immutable"}});
  out->Gauge("lsmkv_engine_memtable_bytes", "Memory of the memtables.")
      .Value(stats.memtable_bytes, {{"state", "active"}})
      .Value(stats.immutable_memtable_bytes, {{"state", "immutable"}});
  out->Gauge("lsmkv_engine_memtable_records", "Entries of the active memtable.")
      .Value(stats.memtable_records);
  out->Gauge("lsmkv_engine_memtable_limit_bytes",
             "Size at which a memtable is flushed.")
      .Value(stats.memtable_limit_bytes);
  out->Gauge("lsmkv_engine_block_cache_bytes", "Memory of the block cache.")
      .Value(stats.block_cache_bytes);
  out->Gauge("lsmkv_engine_block_cache_capacity_bytes",
             "Most that the block cache may hold.")
      .Value(stats.block_cache_capacity_bytes);
  out->Gauge("lsmkv_engine_table_index_bytes",
             "Memory of table indexes and filters.")
      .Value(stats.table_index_bytes);
}

void AddLevels(const Stats& stats, FamilyList* out) {
  const auto each = [&](auto field) {
    for (size_t level = 0; level < stats.levels.size(); ++level) {
      out->Value(stats.levels[level].*field,
                 {{"level", std::to_string(level)}});
    }
  };
  out->Gauge("lsmkv_engine_level_files", "Tables of a level.");
  each(&engine::LevelStats::files);
  out->Gauge("lsmkv_engine_level_bytes", "Size of a level.");
  each(&engine::LevelStats::bytes);
  out->Gauge("lsmkv_engine_level_records",
             "Entries of a level, older versions and tombstones included.");
  each(&engine::LevelStats::records);
  out->Gauge("lsmkv_engine_level_compaction_score",
             "Above 1 a level wants compaction.");
  each(&engine::LevelStats::score);
  out->Counter("lsmkv_engine_compaction_bytes_total",
               "Bytes moved by compactions into a level.");
  for (size_t level = 0; level < stats.levels.size(); ++level) {
    const std::string name = std::to_string(level);
    out->Value(stats.levels[level].compaction_read_bytes,
               {{"level", name}, {"direction", "read"}});
    out->Value(stats.levels[level].compaction_written_bytes,
               {{"level", name}, {"direction", "write"}});
  }
}

void AddValues(const Stats& stats, FamilyList* out) {
  out->Gauge("lsmkv_engine_value_files", "Files of separated values.")
      .Value(stats.value_files);
  out->Gauge("lsmkv_engine_value_bytes", "Size of the value files.")
      .Value(stats.value_bytes - stats.value_dead_bytes, {{"state", "live"}})
      .Value(stats.value_dead_bytes, {{"state", "dead"}});
}

void AddLog(const Stats& stats, FamilyList* out) {
  out->Gauge("lsmkv_engine_wal_files", "Live log files.")
      .Value(stats.wal_files);
  out->Gauge("lsmkv_engine_wal_size_bytes", "Size of the live log files.")
      .Value(stats.wal_bytes);
  out->Counter("lsmkv_engine_wal_written_bytes_total", "Bytes logged.")
      .Value(stats.wal_written_bytes);
  out->Counter("lsmkv_engine_wal_syncs_total", "Syncs of the log.")
      .Value(stats.wal_syncs);
  out->Histogram("lsmkv_engine_wal_fsync_duration_seconds",
                 "Time of a sync of the log.")
      .Value(stats.wal_sync_seconds);
  out->Counter("lsmkv_engine_writes_total", "Batches committed.")
      .Value(stats.writes);
  out->Counter("lsmkv_engine_commit_groups_total",
               "Groups of batches committed together.")
      .Value(stats.commit_groups);
  out->Histogram("lsmkv_engine_group_commit_size",
                 "Batches committed together.")
      .Value(stats.group_commit_writes);
  out->Gauge("lsmkv_engine_recovered_records",
             "Records read from logs when the store was opened.")
      .Value(stats.recovered_records);
  out->Gauge("lsmkv_engine_recovery_cut_bytes",
             "Bytes of an unsynced log tail cut off when it was opened.")
      .Value(stats.recovery_cut_bytes);
}

void AddUpkeep(const Stats& stats, FamilyList* out) {
  out->Counter("lsmkv_engine_flushes_total", "Memtables written to tables.")
      .Value(stats.flushes);
  out->Counter("lsmkv_engine_flush_written_bytes_total",
               "Bytes written by flushes.")
      .Value(stats.flush_written_bytes);
  out->Histogram("lsmkv_engine_flush_duration_seconds", "Time of a flush.")
      .Value(stats.flush_seconds);
  out->Counter("lsmkv_engine_compactions_total", "Compactions done.")
      .Value(stats.compactions);
  out->Gauge("lsmkv_engine_compactions_running", "Compactions under way.")
      .Value(stats.compactions_running);
  out->Gauge("lsmkv_engine_compaction_pending_bytes",
             "Estimate of what is left to compact.")
      .Value(stats.compaction_pending_bytes);
  out->Histogram("lsmkv_engine_compaction_duration_seconds",
                 "Time of a compaction.")
      .Value(stats.compaction_seconds);
  out->Counter("lsmkv_engine_write_stalls_total",
               "Writes held back because upkeep was behind.")
      .Value(stats.write_delays, {{"kind", "delay"}})
      .Value(stats.write_stops, {{"kind", "stop"}});
  out->Counter("lsmkv_engine_write_stall_seconds_total",
               "Time for which writes were held back.")
      .Value(Seconds(stats.write_delay_micros), {{"kind", "delay"}})
      .Value(Seconds(stats.write_stop_micros), {{"kind", "stop"}});
}

void AddReads(const Stats& stats, FamilyList* out) {
  out->Counter("lsmkv_engine_block_cache_requests_total",
               "Look-ups in the block cache.")
      .Value(stats.block_cache_hits, {{"result", "hit"}})
      .Value(stats.block_cache_misses, {{"result", "miss"}});
  out->Counter("lsmkv_engine_bloom_checks_total",
               "Table filters that ruled a key out, or should have.")
      .Value(stats.filter_negatives, {{"result", "negative"}})
      .Value(stats.filter_false_positives, {{"result", "false_positive"}});
  out->Gauge("lsmkv_engine_snapshots_open", "Snapshots held.")
      .Value(stats.open_snapshots);
  out->Gauge("lsmkv_engine_iterators_open", "Iterators held.")
      .Value(stats.open_iterators);
  out->Gauge("lsmkv_engine_last_version", "Version of the last write.")
      .Value(stats.last_version);
  out->Gauge("lsmkv_engine_read_only",
             "1 where an error in the background has stopped writes.")
      .Value(uint64_t{stats.background_error.empty() ? 0u : 1u});
}

}  // namespace

std::vector<prometheus::MetricFamily> EngineFamilies(
    const engine::Stats& stats) {
  FamilyList out;
  AddMemory(stats, &out);
  AddLevels(stats, &out);
  AddValues(stats, &out);
  AddLog(stats, &out);
  AddUpkeep(stats, &out);
  AddReads(stats, &out);
  return out.Take();
}

}  // namespace lsmkv::service
