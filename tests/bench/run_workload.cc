#include "tests/bench/run_workload.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <latch>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "tests/bench/operations.h"
#include "tests/bench/paced_writer.h"
#include "tests/bench/process_stats.h"
#include "tests/bench/share.h"

namespace lsmkv::bench {
namespace {

constexpr uint64_t kCheckedOps = 1000;

std::vector<ThreadShare> SplitOps(const Data& data, Peer* peer) {
  const Workload& workload = data.workload;
  const uint64_t ops =
      std::max<uint64_t>(data.options.num / workload.ops_divisor, 1);
  int wanted = workload.threads > 0 ? workload.threads : data.options.threads;
  if (workload.in_flight) {
    Histogram ignored;
    if (peer->NewPipeline(wanted, &ignored) != nullptr) wanted = 1;
  }
  const uint64_t threads =
      std::min<uint64_t>(static_cast<uint64_t>(wanted), ops);
  std::vector<ThreadShare> shares;
  for (uint64_t i = 0; i < threads; ++i) {
    const uint64_t first = ops * i / threads;
    shares.emplace_back(&data, peer, static_cast<int>(i), first,
                        ops * (i + 1) / threads - first);
  }
  return shares;
}

// Runs all shares at once, and returns what they cost or an error of one.
absl::StatusOr<Cost> RunShares(std::vector<ThreadShare>* shares) {
  std::vector<absl::Status> statuses(shares->size());
  std::vector<std::thread> threads;
  std::latch ready(static_cast<std::ptrdiff_t>(shares->size()));
  std::latch go(1);
  for (size_t i = 0; i < shares->size(); ++i) {
    threads.emplace_back([&, i] {
      ready.count_down();
      go.wait();
      ThreadShare& share = (*shares)[i];
      statuses[i] = share.data->workload.run(share);
    });
  }
  ready.wait();
  CostMeter meter;
  go.count_down();
  for (std::thread& thread : threads) thread.join();
  const Cost cost = meter.Lap();
  for (const absl::Status& status : statuses) {
    if (!status.ok()) return status;
  }
  return cost;
}

// Brings what a reader touches into memory: files, indexes, cache.
absl::Status WarmUp(const Data& data, Peer* peer) {
  ThreadShare walk(&data, peer, 0, 0, 0);
  const absl::Status status = ReadForward(walk);
  if (!status.ok()) return status;
  ThreadShare reads(&data, peer, -2, 0, data.options.num / 10);
  return ReadRandom(reads);
}

// Reads some of what the first share wrote or deleted.
absl::Status CheckWrites(const Data& data, const ThreadShare& written) {
  ThreadShare share(&data, written.peer, written.thread, written.first,
                    std::min(written.count, kCheckedOps));
  const std::unique_ptr<PeerReader> reader = share.peer->NewReader();
  const bool deleted = data.workload.deletes;
  RecordStream records(share);
  for (uint64_t i = 0; i < share.count; ++i) {
    const uint64_t record = records.Next();
    const absl::Status status =
        deleted ? ReadAbsent(share.keys.Present(record), reader.get())
                : ReadPresent(share, reader.get(), record);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

Latencies LatenciesOf(const std::vector<ThreadShare>& shares,
                      const TickScale& scale) {
  Histogram all;
  for (const ThreadShare& share : shares) all.Merge(*share.latencies);
  Latencies latencies;
  if (all.count() == 0) return latencies;
  const double tick = scale.SecondsPerTick();
  latencies.p50_seconds = all.Quantile(0.5) * tick;
  latencies.p99_seconds = all.Quantile(0.99) * tick;
  latencies.p999_seconds = all.Quantile(0.999) * tick;
  latencies.max_seconds = static_cast<double>(all.max()) * tick;
  return latencies;
}

}  // namespace

absl::Status PutRecords(const BenchOptions& options, uint64_t count,
                        Peer* peer) {
  const Data data(*FindWorkload("fillrandom"), options);
  ThreadShare share(&data, peer, 0, 0, count);
  return Fill(share);
}

absl::Status LoadStore(const BenchOptions& options, Peer* peer) {
  BenchOptions loading = options;
  if (loading.settings.write_mode == WriteMode::kSynced) {
    loading.settings.write_mode = WriteMode::kSurvivesKill;  // and in time
  }
  const absl::Status status = PutRecords(loading, loading.num, peer);
  return status.ok() ? peer->WaitIdle() : status;
}

uint64_t RecordsToRecover(const BenchOptions& options) {
  const PeerSettings& settings = options.settings;
  const uint64_t bytes = settings.write_buffer_bytes *
                         static_cast<uint64_t>(settings.write_buffers);
  return std::clamp<uint64_t>(bytes / (options.key_bytes + options.value_bytes),
                              1, options.num);
}

absl::StatusOr<Sample> MeasureOpening(
    const Workload& workload, const BenchOptions& options,
    const std::function<absl::StatusOr<std::unique_ptr<Peer>>()>& open) {
  // The values alone take longer to make than a store takes to open.
  const Data data(*FindWorkload("fillrandom"), options);
  const uint64_t records = workload.needs == StoreState::kKilled
                               ? RecordsToRecover(options)
                               : options.num;
  CostMeter meter;
  const absl::StatusOr<std::unique_ptr<Peer>> peer = open();
  if (!peer.ok()) return peer.status();
  ThreadShare share(&data, peer->get(), 0, 0, records);
  const absl::Status got = ReadPresent(share, (*peer)->NewReader().get(),
                                       data.permutation.At(records - 1));
  if (!got.ok()) return got;
  Sample sample;
  sample.work = meter.Lap();
  sample.ops = 1;
  const absl::Status checked = CheckWrites(data, share);
  if (!checked.ok()) return checked;
  const absl::Status closed = (*peer)->Close();
  if (!closed.ok()) return closed;
  return sample;
}

absl::StatusOr<Sample> RunWorkload(const Workload& workload,
                                   const BenchOptions& options, Peer* peer) {
  const Data data(workload, options);
  if (!workload.writes && options.compact_before_reads) {
    const absl::Status compacted = peer->CompactAll();
    if (!compacted.ok()) return compacted;
  }
  if (workload.before == Before::kWarm) {
    const absl::Status warm = WarmUp(data, peer);
    if (!warm.ok()) return warm;
  }

  Sample sample;
  std::vector<ThreadShare> shares = SplitOps(data, peer);
  const TickScale scale;
  std::optional<PacedWriter> writer;
  if (workload.has_writer) writer.emplace(&data, peer);
  const absl::StatusOr<Cost> work = RunShares(&shares);
  if (writer.has_value()) {
    const absl::StatusOr<uint64_t> puts = writer->Stop();
    if (!puts.ok()) return puts.status();
    sample.background_ops = *puts;
  }
  if (!work.ok()) return work.status();
  sample.work = *work;
  sample.latencies = LatenciesOf(shares, scale);
  uint64_t puts = 0;
  for (const ThreadShare& share : shares) {
    sample.ops += share.ops;
    puts += share.puts;
  }
  sample.user_bytes = puts * (options.key_bytes + options.value_bytes);
  if (workload.leaves == StoreState::kLoaded) {
    sample.live_bytes = options.num * (options.key_bytes + options.value_bytes);
  }
  if (!workload.writes) return sample;

  CostMeter meter;
  const absl::Status idle = peer->WaitIdle();
  if (!idle.ok()) return idle;
  sample.debt = meter.Lap();
  const absl::Status checked = CheckWrites(data, shares.front());
  if (!checked.ok()) return checked;
  return sample;
}

}  // namespace lsmkv::bench
