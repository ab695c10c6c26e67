// Our engine behind the Peer interface: the defaults a user gets, sizes set
// equal to the peers'.

#include <memory>
#include <string>
#include <utility>

#include "lsmkv/engine/db.h"
#include "lsmkv/engine/mutex.h"
#include "tests/bench/peers.h"
#include "tests/bench/tick_clock.h"

namespace lsmkv::bench {
namespace {

engine::WriteOptions ToWriteOptions(WriteMode mode) {
  engine::WriteOptions options;
  options.durability = mode == WriteMode::kSynced ? engine::Durability::kSync
                                                  : engine::Durability::kOs;
  return options;
}

class LsmkvReader final : public PeerReader {
 public:
  explicit LsmkvReader(const engine::DB* db) : db_(db) {}

  absl::StatusOr<Lookup> Get(std::string_view key) override {
    const absl::Status status = db_->Get(read_options_, key, &value_);
    if (status.ok()) return Lookup::kFound;
    if (absl::IsNotFound(status)) return Lookup::kMissing;
    return status;
  }
  std::string_view value() const override { return value_.view(); }

 private:
  const engine::DB* const db_;
  const engine::ReadOptions read_options_;
  engine::PinnedValue value_;
};

class LsmkvBatch final : public PeerBatch {
 public:
  explicit LsmkvBatch(engine::DB* db) : db_(db) {}

  void Put(std::string_view key, std::string_view value) override {
    batch_.Put(key, value);
  }
  absl::Status Commit(WriteMode mode) override {
    const absl::Status status =
        db_->Write(ToWriteOptions(mode), batch_).status();
    batch_.Clear();
    return status;
  }

 private:
  engine::DB* const db_;
  engine::WriteBatch batch_;
};

class LsmkvIterator final : public PeerIterator {
 public:
  explicit LsmkvIterator(std::unique_ptr<engine::Iterator> it)
      : it_(std::move(it)) {}

  bool Valid() const override { return it_->Valid(); }
  void SeekToFirst() override { it_->SeekToFirst(); }
  void SeekToLast() override { it_->SeekToLast(); }
  void Seek(std::string_view key) override { it_->Seek(key); }
  void Next() override { it_->Next(); }
  void Prev() override { it_->Prev(); }
  std::string_view key() const override { return it_->key(); }
  std::string_view value() const override { return it_->value(); }
  absl::Status status() const override { return it_->status(); }

 private:
  const std::unique_ptr<engine::Iterator> it_;
};

class LsmkvPipeline final : public PeerPipeline {
 public:
  LsmkvPipeline(engine::DB* db, int depth, Histogram* latencies)
      : db_(db), depth_(depth), latencies_(latencies) {}
  ~LsmkvPipeline() override { Drain().IgnoreError(); }  // callbacks need *this

  absl::Status Put(std::string_view key, std::string_view value,
                   WriteMode mode) override {
    const absl::Status status = WaitForAtMost(depth_ - 1, /*then_add=*/1);
    if (!status.ok()) return status;
    engine::WriteBatch batch;
    batch.Put(key, value);
    db_->WriteAsync(ToWriteOptions(mode), std::move(batch),
                    [this, start = TickClock::Now()](
                        const absl::StatusOr<uint64_t>& version) {
                      Done(version.status(), TickClock::Now() - start);
                    });
    return absl::OkStatus();
  }
  absl::Status Drain() override { return WaitForAtMost(0, /*then_add=*/0); }

 private:
  absl::Status WaitForAtMost(int in_flight, int then_add)
      ABSL_LOCKS_EXCLUDED(mu_) {
    engine::MutexLock lock(&mu_);
    while (in_flight_ > in_flight) {
      wanted_ = in_flight;
      fewer_.Wait(&mu_);
    }
    wanted_ = -1;
    if (status_.ok()) in_flight_ += then_add;
    return status_;
  }
  void Done(const absl::Status& status, uint64_t ticks)
      ABSL_LOCKS_EXCLUDED(mu_) {
    engine::MutexLock lock(&mu_);
    latencies_->Add(ticks);
    if (status_.ok()) status_ = status;
    if (--in_flight_ == wanted_) fewer_.Signal();
  }

  engine::DB* const db_;
  const int depth_;
  engine::Mutex mu_;
  engine::CondVar fewer_;
  Histogram* const latencies_ ABSL_PT_GUARDED_BY(mu_);
  int in_flight_ ABSL_GUARDED_BY(mu_) = 0;
  int wanted_ ABSL_GUARDED_BY(mu_) = -1;  // by the thread that waits
  absl::Status status_ ABSL_GUARDED_BY(mu_);
};

class LsmkvPeer final : public Peer {
 public:
  explicit LsmkvPeer(std::unique_ptr<engine::DB> db) : db_(std::move(db)) {}

  absl::Status Put(std::string_view key, std::string_view value,
                   WriteMode mode) override {
    return db_->Put(ToWriteOptions(mode), key, value).status();
  }
  absl::Status Delete(std::string_view key, WriteMode mode) override {
    return db_->Delete(ToWriteOptions(mode), key).status();
  }
  std::unique_ptr<PeerBatch> NewBatch() override {
    return std::make_unique<LsmkvBatch>(db_.get());
  }
  std::unique_ptr<PeerReader> NewReader() override {
    return std::make_unique<LsmkvReader>(db_.get());
  }
  std::unique_ptr<PeerIterator> NewIterator() override {
    return std::make_unique<LsmkvIterator>(db_->NewIterator({}));
  }
  std::unique_ptr<PeerPipeline> NewPipeline(int depth,
                                            Histogram* latencies) override {
    return std::make_unique<LsmkvPipeline>(db_.get(), depth, latencies);
  }
  absl::Status WaitIdle() override {
    const absl::Status flushed = db_->Flush();
    return flushed.ok() ? db_->WaitForIdle() : flushed;
  }
  absl::Status CompactAll() override {
    return db_->CompactRange(std::nullopt, std::nullopt);
  }
  absl::Status Close() override { return db_->Close(); }

 private:
  const std::unique_ptr<engine::DB> db_;
};

template <engine::CompactionStyle kStyle>
absl::StatusOr<std::unique_ptr<Peer>> OpenLsmkv(const PeerSettings& settings,
                                                const std::string& dir) {
  engine::Options options;
  options.log_writes = settings.write_mode != WriteMode::kNoLog;
  options.durability = engine::Durability::kOs;
  options.memtable_bytes = settings.write_buffer_bytes;
  options.memtables_max = settings.write_buffers;
  // As the defaults are to each other: a small store with small memtables has
  // the levels of a large one.
  options.level_base_bytes = 4 * settings.write_buffer_bytes;
  options.block_cache_bytes = settings.cache_bytes;
  options.block_bytes = settings.block_bytes;
  options.filter_bits_per_key = settings.filter_bits_per_key;
  options.compaction_style = kStyle;
  options.compaction_threads = settings.compaction_threads;
  options.compression = settings.compression == PeerCompression::kNone
                            ? engine::Compression::kNone
                            : engine::Compression::kLz4;
  options.compression_bottom = options.compression;
  auto db = engine::DB::Open(options, dir);
  if (!db.ok()) return db.status();
  return std::make_unique<LsmkvPeer>(*std::move(db));
}

}  // namespace

Engine LsmkvEngine() {
  return {.name = std::string(kOurs),
          .version = LSMKV_BENCH_VERSION,
          .notes =
              "defaults otherwise; one flush thread beside the compaction "
              "threads, and one that compresses large values with it",
          .open = OpenLsmkv<engine::CompactionStyle::kLeveled>,
          .can_skip_log = true};
}

Engine LsmkvTieredEngine() {
  return {.name = std::string(kOursOtherwise) + "tiered",
          .version = LSMKV_BENCH_VERSION,
          .notes = "as lsmkv, and compaction_style kTiered",
          .open = OpenLsmkv<engine::CompactionStyle::kTiered>,
          .can_skip_log = true,
          .only_if_named = true};
}

Engine LsmkvLazyEngine() {
  return {.name = std::string(kOursOtherwise) + "lazy",
          .version = LSMKV_BENCH_VERSION,
          .notes = "as lsmkv, and compaction_style kLazyLeveling",
          .open = OpenLsmkv<engine::CompactionStyle::kLazyLeveling>,
          .can_skip_log = true,
          .only_if_named = true};
}

}  // namespace lsmkv::bench
