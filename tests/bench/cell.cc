#include "tests/bench/cell.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "tests/bench/child.h"
#include "tests/bench/process_stats.h"
#include "tests/bench/run_workload.h"

namespace lsmkv::bench {
namespace {

// The block cache of a cold store holds this part of the data.
constexpr uint64_t kColdCacheDivisor = 10;
// Most that an engine's memtable needs for a record beside its key and value.
constexpr size_t kMemtableExtraBytes = 64;

absl::StatusOr<Sample> Load(const Engine& engine, const BenchOptions& options,
                            const std::string& dir) {
  absl::StatusOr<std::unique_ptr<Peer>> peer =
      engine.open(options.settings, dir);
  if (!peer.ok()) return peer.status();
  const absl::Status loaded = LoadStore(options, peer->get());
  if (!loaded.ok()) return loaded;
  const absl::Status closed = (*peer)->Close();
  if (!closed.ok()) return closed;
  return Sample{};
}

// As many records as all memtables of a store hold are put, and none of them
// flushed: that is the longest log that a store of these settings can have.
absl::Status FillLog(const Engine& engine, const BenchOptions& options,
                     const std::string& dir) {
  // One memtable for all, with room for what it needs beside keys and values;
  // not more, as an engine may reserve space for a log of that size.
  PeerSettings settings = options.settings;
  settings.write_buffer_bytes = std::clamp<size_t>(
      RecordsToRecover(options) *
          (options.key_bytes + options.value_bytes + kMemtableExtraBytes),
      1 << 20, 1 << 30);
  absl::StatusOr<std::unique_ptr<Peer>> peer = engine.open(settings, dir);
  if (!peer.ok()) return peer.status();
  const absl::Status put =
      PutRecords(options, RecordsToRecover(options), peer->get());
  // The process is killed here: nothing may be closed.
  peer->release();  // NOLINT(bugprone-unused-return-value)
  return put;
}

// Brings the store into the state that the workload needs.
absl::Status Prepare(const Engine& engine, const Workload& workload,
                     const BenchOptions& options, Store* store) {
  if (workload.needs == StoreState::kLoaded &&
      store->state == StoreState::kLoaded) {
    return absl::OkStatus();
  }
  store->state = StoreState::kOther;
  std::error_code error;
  std::filesystem::remove_all(store->dir, error);
  std::filesystem::create_directories(store->dir, error);
  if (error) return absl::InternalError(store->dir + ": " + error.message());
  absl::Status status;
  if (workload.needs == StoreState::kLoaded) {
    status = RunInChild(options.timeout_seconds, [&] {
               return Load(engine, options, store->dir);
             }).status();
  } else if (workload.needs == StoreState::kKilled) {
    status = RunInKilledChild(options.timeout_seconds, [&] {
      return FillLog(engine, options, store->dir);
    });
  }
  SyncFileSystem(store->dir);
  if (status.ok()) store->state = workload.needs;
  return status;
}

absl::StatusOr<Sample> Measure(const Engine& engine, const Workload& workload,
                               const BenchOptions& options,
                               const std::string& dir) {
  PeerSettings settings = options.settings;
  if (workload.before == Before::kCold) {
    settings.cache_bytes = options.num *
                           (options.key_bytes + options.value_bytes) /
                           kColdCacheDivisor;
    DropPageCache(dir);
  }
  const auto open = [&] { return engine.open(settings, dir); };
  if (workload.before == Before::kOpen) {
    return MeasureOpening(workload, options, open);
  }
  absl::StatusOr<std::unique_ptr<Peer>> peer = open();
  if (!peer.ok()) return peer.status();
  absl::StatusOr<Sample> sample = RunWorkload(workload, options, peer->get());
  if (!sample.ok()) return sample;
  const absl::Status closed = (*peer)->Close();
  if (!closed.ok()) return closed;
  return sample;
}

}  // namespace

absl::StatusOr<Sample> RunCell(const Engine& engine, const Workload& workload,
                               const BenchOptions& options, Store* store) {
  const absl::Status prepared = Prepare(engine, workload, options, store);
  if (!prepared.ok()) return prepared;
  store->state = StoreState::kOther;
  absl::StatusOr<Sample> sample = RunInChild(options.timeout_seconds, [&] {
    return Measure(engine, workload, options, store->dir);
  });
  if (!sample.ok()) return sample;
  sample->disk_bytes = DiskBytes(store->dir);
  store->state = workload.leaves;
  SyncFileSystem(store->dir);
  return sample;
}

}  // namespace lsmkv::bench
