// The read path of DbImpl: point reads, iterators, snapshots, statistics.

#include <algorithm>
#include <utility>

#include "engine/src/db/db_impl.h"
#include "engine/src/format/packed_value.h"
#include "engine/src/iter/merging_iterator.h"
#include "engine/src/table/value_sink.h"
#include "engine/src/util/epoch.h"
#include "engine/src/util/hash.h"
#include "engine/src/util/status.h"
#include "engine/src/util/thread.h"
#include "engine/src/version/value_scan.h"

namespace lsmkv::engine {
namespace {

// What a memtable says of a key.
enum class MemAnswer { kUnknown, kFound, kDeleted };

MemAnswer Ask(const MemTable& memtable, std::string_view key,
              SequenceNumber snapshot, ValueSink* sink) {
  const SequenceNumber covering =
      memtable.range_tombstones().Covering(key, snapshot);
  const MemTable::Hit hit = memtable.Get(key, snapshot);
  if (!hit.found) {
    return covering == 0 ? MemAnswer::kUnknown : MemAnswer::kDeleted;
  }
  const SequenceNumber sequence = TrailerSequence(hit.trailer);
  if (covering > sequence || !IsPut(hit.trailer)) return MemAnswer::kDeleted;
  if (TrailerType(hit.trailer) == ValueType::kPutPacked) {
    LSMKV_CHECK(Unpack(hit.value, sink->SetRoom(UnpackedBytes(hit.value))));
  } else {
    sink->SetCopy(hit.value);
  }
  sink->SetVersion(sequence);
  return MemAnswer::kFound;
}

absl::Status ToStatus(MemAnswer answer) {
  return answer == MemAnswer::kFound ? absl::OkStatus() : NotFound();
}

void AddTombstoneSets(const MemTable& memtable,
                      std::vector<const RangeTombstones*>* out) {
  const RangeTombstoneSet::State* state = memtable.range_tombstones().state();
  if (state == nullptr) return;
  for (const RangeTombstoneSet::Run& run : *state)
    out->push_back(run.cut.get());
}

}  // namespace

absl::Status DbImpl::Get(const ReadOptions& options, std::string_view key,
                         PinnedValue* value) const {
  if (key.empty()) return InvalidArgument("the key is empty");
  const EpochGuard guard;
  // The state first, then the sequence: a state taken later might have
  // dropped what the sequence may see.
  const ReadState* state = read_state_.load(std::memory_order_acquire);
  LSMKV_SCHEDULE_POINT("get: has the state");
  const SequenceNumber snapshot =
      options.snapshot != nullptr
          ? options.snapshot->version()
          : visible_sequence_.load(std::memory_order_acquire);
  ValueSink sink(value);
  LSMKV_SCHEDULE_POINT("get: has the sequence");
  MemAnswer answer = Ask(*state->memtable, key, snapshot, &sink);
  if (answer != MemAnswer::kUnknown) return ToStatus(answer);
  for (const auto& memtable : state->immutables) {
    answer = Ask(*memtable, key, snapshot, &sink);
    if (answer != MemAnswer::kUnknown) return ToStatus(answer);
  }
  const PointLookup lookup{key, Hash64(key), snapshot, options.fill_cache};
  SequenceNumber covering = 0;
  PointResult result;
  LSMKV_RETURN_IF_ERROR(state->version->Get(lookup, &covering, &result, &sink));
  if (covering < result.sequence) {
    if (result.state == PointResult::State::kPut) return absl::OkStatus();
    if (result.state == PointResult::State::kPutRef) {
      LSMKV_ASSIGN_OR_RETURN(LoadedValue loaded,
                             state->version->LoadValue(
                                 result.ref, key, result.sequence,
                                 options.fill_cache ? ValueReader::Keep::kHot
                                                    : ValueReader::Keep::kNo));
      sink.SetPinned(loaded.value, loaded.block.release());
      sink.SetVersion(result.sequence);
      return absl::OkStatus();
    }
  }
  value->Reset();
  return NotFound();
}

std::unique_ptr<DbIterator> DbImpl::NewIterator(
    const ReadOptions& options) const {
  const ReadState* state;
  DbIterator::Config config;
  {
    const EpochGuard guard;
    state = read_state_.load(std::memory_order_acquire);
    LSMKV_SCHEDULE_POINT("iterator: has the state");
    state->Ref();
    config.snapshot = options.snapshot != nullptr
                          ? options.snapshot->version()
                          : visible_sequence_.load(std::memory_order_acquire);
  }
  config.lower_bound = std::string(options.lower_bound);
  config.upper_bound = std::string(options.upper_bound);
  counters_.open_iterators.fetch_add(1, std::memory_order_relaxed);
  config.release = [this, state]() {
    counters_.open_iterators.fetch_sub(1, std::memory_order_relaxed);
    if (!state->Unref()) return;
    // It was the last to hold on to old tables: they may go now.
    garbage_wanted_.store(true);
    MutexLock lock(&mu_);
    work_wanted_.SignalAll();
  };
  config.keys_only = options.keys_only;
  if (!options.keys_only) {
    config.load_value =
        [scan = ValueScan(state->version.get(), options.fill_cache)](
            const ValueRef& ref, std::string_view user_key,
            SequenceNumber sequence) mutable {
          return scan.Load(ref, user_key, sequence);
        };
  }
  std::vector<std::unique_ptr<InternalIterator>> children;
  children.push_back(state->memtable->NewIterator());
  AddTombstoneSets(*state->memtable, &config.tombstones);
  for (const auto& memtable : state->immutables) {
    children.push_back(memtable->NewIterator());
    AddTombstoneSets(*memtable, &config.tombstones);
  }
  state->version->AddIterators(options.fill_cache, &children);
  state->version->AddRangeTombstones(&config.tombstones);
  return std::make_unique<DbIterator>(NewMergingIterator(std::move(children)),
                                      std::move(config));
}

std::unique_ptr<Snapshot> DbImpl::GetSnapshot() const {
  return snapshots_.Open(visible_sequence_);
}

void DbImpl::AddDiskStats(const Version& version, Stats* stats) const {
  const LevelTargets targets = ComputeLevelTargets(version, options_);
  for (int n = 0; n < kLevels; ++n) {
    const auto i = static_cast<size_t>(n);
    LevelStats level;
    level.files = version.level(n).size();
    level.bytes = version.level_bytes(n);
    level.score = LevelScore(version, options_, targets, n);
    level.compaction_read_bytes = counters_.compaction_read_bytes[i].load();
    level.compaction_written_bytes =
        counters_.compaction_written_bytes[i].load();
    for (const FilePtr& file : version.level(n)) {
      level.records += file->records;
      stats->table_index_bytes += file->reader->memory_bytes();
    }
    stats->levels.push_back(level);
  }
  for (const auto& [number, use] : version.values()) {
    ++stats->value_files;
    stats->value_bytes += use.file->file_bytes;
    stats->value_dead_bytes += use.dead_bytes();
    stats->table_index_bytes += use.file->reader->memory_bytes();
  }
}

Stats DbImpl::GetStats() const {
  Stats stats;
  std::shared_ptr<const Version> version;
  {
    MutexLock lock(&mu_);
    version = version_;
    stats.memtable_records = memtable_->records();
    stats.memtable_bytes = memtable_->bytes();
    stats.immutable_memtables = immutables_.size();
    for (const auto& memtable : immutables_) {
      stats.immutable_memtable_bytes += memtable->bytes();
      stats.memtable_records += memtable->records();
    }
    stats.compactions_running = static_cast<uint64_t>(compactions_running_);
    stats.recovered_records = recovered_records_;
    stats.recovery_cut_bytes = recovery_cut_bytes_;
    if (!background_error_.ok()) {
      stats.background_error = background_error_.ToString();
    }
    if (!compaction_error_.ok()) {
      stats.compaction_error = compaction_error_.ToString();
    }
  }
  stats.memtable_limit_bytes = options_.memtable_bytes;
  stats.block_cache_bytes = held_.cache->used_bytes();
  stats.block_cache_capacity_bytes = held_.cache->capacity_bytes();
  AddDiskStats(*version, &stats);
  stats.compaction_pending_bytes = PendingCompactionBytes(*version, options_);
  stats.wal_files = wals_->live_files();
  stats.wal_bytes = wals_->live_bytes();
  stats.wal_written_bytes = wals_->written_bytes();
  stats.last_version = visible_sequence_.load();
  stats.writes = counters_.writes.load();
  stats.commit_groups = counters_.commit_groups.load();
  stats.wal_syncs = counters_.wal_syncs.load();
  stats.flushes = counters_.flushes.load();
  stats.flush_written_bytes = counters_.flush_written_bytes.load();
  stats.compactions = counters_.compactions.load();
  stats.block_cache_hits = table_counters_.cache_hits();
  stats.block_cache_misses = table_counters_.cache_misses();
  stats.filter_negatives = table_counters_.filter_negatives();
  stats.filter_false_positives = table_counters_.filter_false_positives();
  stats.write_delays = counters_.write_delays.load();
  stats.write_delay_micros = counters_.write_delay_micros.load();
  stats.write_stops = counters_.write_stops.load();
  stats.write_stop_micros = counters_.write_stop_micros.load();
  stats.open_snapshots = snapshots_.count();
  stats.open_iterators = counters_.open_iterators.load();
  stats.wal_sync_seconds = counters_.wal_sync_seconds.Snapshot();
  stats.group_commit_writes = counters_.group_commit_writes.Snapshot();
  stats.flush_seconds = counters_.flush_seconds.Snapshot();
  stats.compaction_seconds = counters_.compaction_seconds.Snapshot();
  return stats;
}

}  // namespace lsmkv::engine
