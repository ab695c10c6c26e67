#include "tests/bench/workloads.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/bench/generators.h"
#include "tests/bench/process_stats.h"

namespace lsmkv::bench {

// What the threads of a workload have in common.
struct Data {
  Data(const Workload& w, const BenchOptions& o)
      : workload(w),
        options(o),
        values(o.value_bytes, o.seed),
        permutation(o.num, o.seed) {
    if (w.order == Order::kDrawn && o.skew == Skew::kZipf) zipf.emplace(o.num);
  }

  const Workload& workload;
  const BenchOptions& options;
  const Values values;
  const Permutation permutation;
  std::optional<Zipf> zipf;
};

// One thread's part; aligned, so that no two threads count in one cache line.
struct alignas(64) ThreadShare {
  ThreadShare(const Data* shared, Peer* store, int thread_number,
              uint64_t first_op, uint64_t op_count)
      : data(shared),
        peer(store),
        thread(thread_number),
        first(first_op),
        count(op_count),
        keys(shared->options.key_shape, shared->options.key_bytes) {}

  const Data* data;
  Peer* peer;
  int thread;
  uint64_t first;  // operations before this thread's
  uint64_t count;
  Keys keys;
  uint64_t ops = 0;  // done
};

namespace {

constexpr uint64_t kBatchRecords = 100;
constexpr uint64_t kSeekNexts = 10;
constexpr uint64_t kCheckedOps = 1000;
constexpr uint64_t kLoadSalt = 0;
constexpr uint64_t kOverwriteSalt = 1;

// The records that a share's operations take, in order.
class RecordStream {
 public:
  explicit RecordStream(const ThreadShare& share)
      : data_(*share.data),
        order_(data_.workload.order),
        next_(share.first),
        random_(Seed(share)) {}

  uint64_t Next() {
    switch (order_) {
      case Order::kSequential:
        return next_++;
      case Order::kShuffled:
        return data_.permutation.At(next_++);
      case Order::kDrawn:
        if (data_.zipf.has_value()) {
          // The popular records lie all over the store.
          return data_.permutation.At(data_.zipf->Rank(random_.Fraction()));
        }
        return random_.Below(data_.options.num);
    }
    return 0;
  }

 private:
  // Another one for each workload, or reads would follow the writes before
  // them, and for each thread.
  static uint64_t Seed(const ThreadShare& share) {
    uint64_t seed = share.data->options.seed;
    for (const char c : share.data->workload.name) {
      seed = Mix64(seed + static_cast<unsigned char>(c) + 1);
    }
    return seed + static_cast<uint64_t>(share.thread);
  }

  const Data& data_;
  const Order order_;
  uint64_t next_;
  Random random_;
};

absl::Status Wrong(std::string_view key, std::string_view what) {
  return absl::DataLossError("key \"" + std::string(key) +
                             "\": " + std::string(what));
}

// A record kept in the store must be found, with a value of its own.
absl::Status ReadPresent(ThreadShare& share, PeerReader* reader,
                         uint64_t record) {
  const std::string_view key = share.keys.Present(record);
  const absl::StatusOr<Lookup> found = reader->Get(key);
  if (!found.ok()) return found.status();
  if (*found == Lookup::kMissing) return Wrong(key, "was put, is not found");
  if (!share.data->values.BelongsTo(record, reader->value())) {
    return Wrong(key, "has the value of another record");
  }
  return absl::OkStatus();
}

absl::Status ReadAbsent(std::string_view key, PeerReader* reader) {
  const absl::StatusOr<Lookup> found = reader->Get(key);
  if (!found.ok()) return found.status();
  if (*found == Lookup::kFound) return Wrong(key, "is found, must be absent");
  return absl::OkStatus();
}

absl::Status PutAll(ThreadShare& share, uint64_t salt) {
  const WriteMode mode = share.data->workload.mode;
  RecordStream records(share);
  std::string value;
  for (; share.ops < share.count; ++share.ops) {
    const uint64_t record = records.Next();
    share.data->values.Make(record, salt, &value);
    const absl::Status status =
        share.peer->Put(share.keys.Present(record), value, mode);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Fill(ThreadShare& share) { return PutAll(share, kLoadSalt); }

absl::Status Overwrite(ThreadShare& share) {
  return PutAll(share, kOverwriteSalt);
}

absl::Status FillBatches(ThreadShare& share) {
  const std::unique_ptr<PeerBatch> batch = share.peer->NewBatch();
  RecordStream records(share);
  std::string value;
  while (share.ops < share.count) {
    const uint64_t size = std::min(kBatchRecords, share.count - share.ops);
    for (uint64_t i = 0; i < size; ++i) {
      const uint64_t record = records.Next();
      share.data->values.Make(record, kLoadSalt, &value);
      batch->Put(share.keys.Present(record), value);
    }
    const absl::Status status = batch->Commit(share.data->workload.mode);
    if (!status.ok()) return status;
    share.ops += size;
  }
  return absl::OkStatus();
}

absl::Status DeleteAll(ThreadShare& share) {
  RecordStream records(share);
  for (; share.ops < share.count; ++share.ops) {
    const absl::Status status =
        share.peer->Delete(share.keys.Present(records.Next()));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status ReadRandom(ThreadShare& share) {
  const std::unique_ptr<PeerReader> reader = share.peer->NewReader();
  RecordStream records(share);
  for (; share.ops < share.count; ++share.ops) {
    const absl::Status status =
        ReadPresent(share, reader.get(), records.Next());
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status ReadMissing(ThreadShare& share) {
  const std::unique_ptr<PeerReader> reader = share.peer->NewReader();
  RecordStream records(share);
  for (; share.ops < share.count; ++share.ops) {
    const absl::Status status =
        ReadAbsent(share.keys.Absent(records.Next()), reader.get());
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// Walks over the whole store, whatever the share.
absl::Status Walk(ThreadShare& share, bool forward) {
  const uint64_t num = share.data->options.num;
  const std::unique_ptr<PeerIterator> it = share.peer->NewIterator();
  uint64_t value_bytes = 0;
  for (forward ? it->SeekToFirst() : it->SeekToLast(); it->Valid();
       forward ? it->Next() : it->Prev()) {
    value_bytes += it->value().size();
    ++share.ops;
  }
  if (!it->status().ok()) return it->status();
  if (share.ops != num ||
      value_bytes != num * share.data->options.value_bytes) {
    return absl::DataLossError("a walk met " + std::to_string(share.ops) +
                               " records with " + std::to_string(value_bytes) +
                               " bytes of values, there are " +
                               std::to_string(num));
  }
  return absl::OkStatus();
}

absl::Status ReadForward(ThreadShare& share) { return Walk(share, true); }
absl::Status ReadBackward(ThreadShare& share) { return Walk(share, false); }

absl::Status SeekRandom(ThreadShare& share) {
  const std::unique_ptr<PeerIterator> it = share.peer->NewIterator();
  RecordStream records(share);
  for (; share.ops < share.count; ++share.ops) {
    const uint64_t record = records.Next();
    const std::string_view key = share.keys.Present(record);
    it->Seek(key);
    if (!it->Valid() || it->key() != key) {
      return it->status().ok() ? Wrong(key, "a seek does not stop there")
                               : it->status();
    }
    if (!share.data->values.BelongsTo(record, it->value())) {
      return Wrong(key, "has the value of another record");
    }
    for (uint64_t i = 0; i < kSeekNexts && it->Valid(); ++i) it->Next();
  }
  return it->status();
}

constexpr auto kKill = WriteMode::kSurvivesKill;
constexpr auto kSync = WriteMode::kSynced;
constexpr auto kEmpty = StoreState::kEmpty;
constexpr auto kLoaded = StoreState::kLoaded;
constexpr auto kOther = StoreState::kOther;

// name, help, needs, leaves, order, writes, mode, threads, ops_divisor,
// has_writer, run
constexpr Workload kWorkloads[] = {
    {"fillseq", "put every record in key order", kEmpty, kOther,
     Order::kSequential, true, kKill, 0, 1, false, Fill},
    {"fillbatch", "the same, 100 records in a batch", kEmpty, kOther,
     Order::kSequential, true, kKill, 0, 1, false, FillBatches},
    {"fillsync", "num/100 puts in random order, each synced", kEmpty, kOther,
     Order::kShuffled, true, kSync, 1, 100, false, Fill},
    {"fillsync16", "the same by 16 threads", kEmpty, kOther, Order::kShuffled,
     true, kSync, 16, 100, false, Fill},
    {"fillrandom", "put every record once in random order", kEmpty, kLoaded,
     Order::kShuffled, true, kKill, 0, 1, false, Fill},
    {"overwrite", "num puts of records drawn at random", kLoaded, kLoaded,
     Order::kDrawn, true, kKill, 0, 1, false, Overwrite},
    {"readrandom", "num gets of records drawn at random, cache warm", kLoaded,
     kLoaded, Order::kDrawn, false, kKill, 0, 1, false, ReadRandom},
    {"readmissing", "num gets of keys that are absent", kLoaded, kLoaded,
     Order::kDrawn, false, kKill, 0, 1, false, ReadMissing},
    {"readseq", "walk over all records forwards", kLoaded, kLoaded,
     Order::kSequential, false, kKill, 0, 1, false, ReadForward},
    {"readreverse", "walk over all records backwards", kLoaded, kLoaded,
     Order::kSequential, false, kKill, 0, 1, false, ReadBackward},
    {"seekrandom", "num/10 seeks to random records, 10 nexts each", kLoaded,
     kLoaded, Order::kDrawn, false, kKill, 0, 10, false, SeekRandom},
    {"readwhilewriting", "readrandom beside one writer at --writer-rate",
     kLoaded, kLoaded, Order::kDrawn, false, kKill, 0, 1, true, ReadRandom},
    {"deleterandom", "num deletions of records drawn at random", kLoaded,
     kOther, Order::kDrawn, true, kKill, 0, 1, false, DeleteAll},
};

// Puts records at a fixed rate, the same for every engine, until it is
// stopped: a faster writer must not take the CPU from its own readers.
class PacedWriter {
 public:
  PacedWriter(const Data* data, Peer* peer)
      : share_(data, peer, -1, 0, 0),
        records_(share_),
        thread_([this] { Run(); }) {}

  // The writer's first error, or how many puts it made.
  absl::StatusOr<uint64_t> Stop() {
    stop_.store(true, std::memory_order_relaxed);
    thread_.join();
    if (!status_.ok()) return status_;
    return share_.ops;
  }

 private:
  void Run() {
    using std::chrono::steady_clock;
    const std::chrono::duration<double> interval(
        1 / static_cast<double>(share_.data->options.writer_rate));
    const steady_clock::time_point start = steady_clock::now();
    std::string value;
    while (!stop_.load(std::memory_order_relaxed)) {
      const std::chrono::duration<double> now = steady_clock::now() - start;
      if (static_cast<double>(share_.ops) * interval > now) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        continue;
      }
      const uint64_t record = records_.Next();
      share_.data->values.Make(record, kOverwriteSalt, &value);
      status_ = share_.peer->Put(share_.keys.Present(record), value, kKill);
      if (!status_.ok()) return;
      ++share_.ops;
    }
  }

  ThreadShare share_;
  RecordStream records_;
  absl::Status status_;
  std::atomic<bool> stop_{false};
  std::thread thread_;  // last: runs as soon as it is made
};

std::vector<ThreadShare> SplitOps(const Data& data, Peer* peer) {
  const Workload& workload = data.workload;
  const uint64_t ops =
      std::max<uint64_t>(data.options.num / workload.ops_divisor, 1);
  const int wanted =
      workload.threads > 0 ? workload.threads : data.options.threads;
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
  const absl::Status status = Walk(walk, true);
  if (!status.ok()) return status;
  ThreadShare reads(&data, peer, -2, 0, data.options.num / 10);
  return ReadRandom(reads);
}

// Reads some of what the first share wrote or deleted.
absl::Status CheckWrites(const Data& data, const ThreadShare& written) {
  ThreadShare share(&data, written.peer, written.thread, written.first,
                    std::min(written.count, kCheckedOps));
  const std::unique_ptr<PeerReader> reader = share.peer->NewReader();
  const bool deleted = data.workload.run == DeleteAll;
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

}  // namespace

std::span<const Workload> Workloads() { return kWorkloads; }

const Workload* FindWorkload(std::string_view name) {
  for (const Workload& workload : kWorkloads) {
    if (workload.name == name) return &workload;
  }
  return nullptr;
}

absl::Status LoadStore(const BenchOptions& options, Peer* peer) {
  const Data data(*FindWorkload("fillrandom"), options);
  ThreadShare share(&data, peer, 0, 0, options.num);
  const absl::Status status = Fill(share);
  return status.ok() ? peer->WaitIdle() : status;
}

absl::StatusOr<Sample> RunWorkload(const Workload& workload,
                                   const BenchOptions& options, Peer* peer) {
  const Data data(workload, options);
  if (!workload.writes) {
    if (options.compact_before_reads) {
      const absl::Status compacted = peer->CompactAll();
      if (!compacted.ok()) return compacted;
    }
    const absl::Status warm = WarmUp(data, peer);
    if (!warm.ok()) return warm;
  }

  Sample sample;
  std::vector<ThreadShare> shares = SplitOps(data, peer);
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
  for (const ThreadShare& share : shares) sample.ops += share.ops;
  if (!workload.writes) return sample;

  CostMeter meter;
  const absl::Status idle = peer->WaitIdle();
  if (!idle.ok()) return idle;
  sample.debt = meter.Lap();
  if (workload.run != DeleteAll) {
    sample.user_bytes = sample.ops * (options.key_bytes + options.value_bytes);
  }
  const absl::Status checked = CheckWrites(data, shares.front());
  if (!checked.ok()) return checked;
  return sample;
}

}  // namespace lsmkv::bench
