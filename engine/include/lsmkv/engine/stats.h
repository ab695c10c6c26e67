// Stats: what a store holds and what it has done, as plain numbers.
//
// Counters grow from the DB's opening. Taking Stats costs a few microseconds
// and blocks no reader or writer.

#ifndef LSMKV_ENGINE_STATS_H_
#define LSMKV_ENGINE_STATS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lsmkv::engine {

// A histogram with fixed bounds; bucket i counts values <= kBounds[i], the
// last bucket those above every bound. Not cumulative.
template <size_t kBuckets>
struct HistogramSnapshot {
  std::array<double, kBuckets> bounds{};
  std::array<uint64_t, kBuckets + 1> counts{};
  double sum = 0;
};

struct LevelStats {
  uint64_t files = 0;
  uint64_t bytes = 0;
  uint64_t records = 0;  // entries in the tables, tombstones included
  double score = 0;      // above 1: wants compaction
  uint64_t compaction_read_bytes = 0;     // read by compactions into it
  uint64_t compaction_written_bytes = 0;  // written by them
};

struct Stats {
  // Memory.
  uint64_t memtable_records = 0;
  uint64_t memtable_bytes = 0;
  uint64_t memtable_limit_bytes = 0;
  uint64_t immutable_memtables = 0;
  uint64_t immutable_memtable_bytes = 0;
  uint64_t block_cache_bytes = 0;
  uint64_t block_cache_capacity_bytes = 0;
  uint64_t table_index_bytes = 0;  // indexes and filters, held in memory

  // Disk.
  std::vector<LevelStats> levels;
  uint64_t value_files = 0;
  uint64_t value_bytes = 0;  // in them
  uint64_t value_dead_bytes =
      0;  // of those, known to be overwritten or deleted
  uint64_t wal_files = 0;
  uint64_t wal_bytes = 0;  // in the live logs

  // Work done.
  uint64_t last_version = 0;
  uint64_t writes = 0;         // batches committed
  uint64_t commit_groups = 0;  // groups that carried them
  uint64_t wal_written_bytes = 0;
  uint64_t wal_syncs = 0;
  uint64_t flushes = 0;
  uint64_t flush_written_bytes = 0;
  uint64_t compactions = 0;
  uint64_t compactions_running = 0;
  uint64_t compaction_pending_bytes = 0;  // estimate of the debt
  uint64_t block_cache_hits = 0;
  uint64_t block_cache_misses = 0;
  uint64_t filter_negatives = 0;        // reads a filter saved
  uint64_t filter_false_positives = 0;  // reads it should have saved
  uint64_t write_delays = 0;
  uint64_t write_delay_micros = 0;
  uint64_t write_stops = 0;
  uint64_t write_stop_micros = 0;
  uint64_t open_snapshots = 0;
  uint64_t open_iterators = 0;

  HistogramSnapshot<14> wal_sync_seconds;
  HistogramSnapshot<10> group_commit_writes;
  HistogramSnapshot<14> flush_seconds;
  HistogramSnapshot<14> compaction_seconds;

  // Recovery at the last opening.
  uint64_t recovered_records = 0;
  uint64_t recovery_cut_bytes = 0;  // of an unsynced log tail, cut off

  // Empty, or the background error that has stopped writes.
  std::string background_error;
  // Empty, or why compactions fail for want of room. Writes go on while they
  // need none.
  std::string compaction_error;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_STATS_H_
