// RocksDB behind the Peer interface, tuned as its own documentation tells a
// user to: its defaults alone would be an easy opponent.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "rocksdb/cache.h"
#include "rocksdb/db.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/options.h"
#include "rocksdb/table.h"
#include "rocksdb/version.h"
#include "rocksdb/write_batch.h"

#include "tests/bench/peers.h"

namespace lsmkv::bench {
namespace {

rocksdb::Slice ToSlice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

std::string_view ToView(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

absl::Status ToStatus(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::InternalError("rocksdb: " + status.ToString());
}

rocksdb::WriteOptions ToWriteOptions(WriteMode mode) {
  rocksdb::WriteOptions options;
  options.sync = mode == WriteMode::kSynced;
  options.disableWAL = mode == WriteMode::kNoLog;
  return options;
}

class RocksdbReader final : public PeerReader {
 public:
  explicit RocksdbReader(rocksdb::DB* db) : db_(db) {
    read_options_.verify_checksums = true;
  }

  absl::StatusOr<Lookup> Get(std::string_view key) override {
    value_.Reset();
    const rocksdb::Status status = db_->Get(
        read_options_, db_->DefaultColumnFamily(), ToSlice(key), &value_);
    if (status.ok()) return Lookup::kFound;
    if (status.IsNotFound()) return Lookup::kMissing;
    return ToStatus(status);
  }
  std::string_view value() const override { return ToView(value_); }

 private:
  rocksdb::DB* const db_;
  rocksdb::ReadOptions read_options_;
  rocksdb::PinnableSlice value_;
};

class RocksdbBatch final : public PeerBatch {
 public:
  explicit RocksdbBatch(rocksdb::DB* db) : db_(db) {}

  void Put(std::string_view key, std::string_view value) override {
    if (put_.ok()) put_ = batch_.Put(ToSlice(key), ToSlice(value));
  }
  absl::Status Commit(WriteMode mode) override {
    if (!put_.ok()) return ToStatus(put_);
    const rocksdb::Status status = db_->Write(ToWriteOptions(mode), &batch_);
    batch_.Clear();
    return ToStatus(status);
  }

 private:
  rocksdb::DB* const db_;
  rocksdb::WriteBatch batch_;
  rocksdb::Status put_;
};

class RocksdbIterator final : public PeerIterator {
 public:
  explicit RocksdbIterator(rocksdb::Iterator* it) : it_(it) {}

  bool Valid() const override { return it_->Valid(); }
  void SeekToFirst() override { it_->SeekToFirst(); }
  void SeekToLast() override { it_->SeekToLast(); }
  void Seek(std::string_view key) override { it_->Seek(ToSlice(key)); }
  void Next() override { it_->Next(); }
  void Prev() override { it_->Prev(); }
  std::string_view key() const override { return ToView(it_->key()); }
  std::string_view value() const override { return ToView(it_->value()); }
  absl::Status status() const override { return ToStatus(it_->status()); }

 private:
  const std::unique_ptr<rocksdb::Iterator> it_;
};

class RocksdbPeer final : public Peer {
 public:
  explicit RocksdbPeer(rocksdb::DB* db) : db_(db) {}

  absl::Status Put(std::string_view key, std::string_view value,
                   WriteMode mode) override {
    return ToStatus(
        db_->Put(ToWriteOptions(mode), ToSlice(key), ToSlice(value)));
  }
  absl::Status Delete(std::string_view key, WriteMode mode) override {
    return ToStatus(db_->Delete(ToWriteOptions(mode), ToSlice(key)));
  }
  std::unique_ptr<PeerBatch> NewBatch() override {
    return std::make_unique<RocksdbBatch>(db_.get());
  }
  std::unique_ptr<PeerReader> NewReader() override {
    return std::make_unique<RocksdbReader>(db_.get());
  }
  std::unique_ptr<PeerIterator> NewIterator() override {
    rocksdb::ReadOptions options;
    options.verify_checksums = true;
    return std::make_unique<RocksdbIterator>(db_->NewIterator(options));
  }

  absl::Status WaitIdle() override {
    const absl::Status flushed = ToStatus(db_->Flush({}));
    if (!flushed.ok()) return flushed;
    while (IsBusy()) {  // this version has no call that waits
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return absl::OkStatus();
  }
  absl::Status CompactAll() override {
    const absl::Status status =
        ToStatus(db_->CompactRange({}, nullptr, nullptr));
    return status.ok() ? WaitIdle() : status;
  }
  absl::Status Close() override { return ToStatus(db_->Close()); }

 private:
  bool IsBusy() {
    for (const std::string& property :
         {rocksdb::DB::Properties::kMemTableFlushPending,
          rocksdb::DB::Properties::kNumRunningFlushes,
          rocksdb::DB::Properties::kCompactionPending,
          rocksdb::DB::Properties::kNumRunningCompactions}) {
      uint64_t value = 0;
      if (db_->GetIntProperty(property, &value) && value != 0) return true;
    }
    return false;
  }

  const std::unique_ptr<rocksdb::DB> db_;
};

rocksdb::BlockBasedTableOptions TableOptions(const PeerSettings& settings) {
  rocksdb::BlockBasedTableOptions table;
  table.block_size = settings.block_bytes;
  table.filter_policy.reset(
      rocksdb::NewBloomFilterPolicy(settings.filter_bits_per_key));
  if (settings.cache_bytes > 0) {
    table.block_cache = rocksdb::NewLRUCache(settings.cache_bytes);
  } else {
    table.no_block_cache = true;
  }
  return table;
}

rocksdb::Options OptionsFor(const PeerSettings& settings) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = settings.write_buffer_bytes;
  options.max_write_buffer_number = settings.write_buffers;
  // As the defaults are to each other.
  options.max_bytes_for_level_base = 4 * settings.write_buffer_bytes;
  options.max_background_jobs = 1 + settings.compaction_threads;
  options.level_compaction_dynamic_level_bytes = true;
  options.max_open_files = -1;
  options.bytes_per_sync = 1 << 20;
  options.compaction_readahead_size = 2 << 20;
  options.compression = settings.compression == PeerCompression::kNone
                            ? rocksdb::kNoCompression
                            : rocksdb::kLZ4Compression;
  return options;
}

absl::StatusOr<std::unique_ptr<Peer>> Open(
    rocksdb::Options options, const rocksdb::BlockBasedTableOptions& table,
    const std::string& dir) {
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, dir, &db);
  if (!status.ok()) return ToStatus(status);
  return std::make_unique<RocksdbPeer>(db);
}

absl::StatusOr<std::unique_ptr<Peer>> OpenRocksdb(const PeerSettings& settings,
                                                  const std::string& dir) {
  return Open(OptionsFor(settings), TableOptions(settings), dir);
}

// What RocksDB offers for point reads: an index of hashes in every block, and
// a filter over the whole keys of the memtable.
absl::StatusOr<std::unique_ptr<Peer>> OpenRocksdbHash(
    const PeerSettings& settings, const std::string& dir) {
  rocksdb::Options options = OptionsFor(settings);
  options.memtable_prefix_bloom_size_ratio = 0.02;
  options.memtable_whole_key_filtering = true;
  rocksdb::BlockBasedTableOptions table = TableOptions(settings);
  table.data_block_index_type =
      rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
  return Open(std::move(options), table, dir);
}

constexpr char kNotes[] =
    "level_compaction_dynamic_level_bytes, bytes_per_sync 1 MiB, "
    "compaction_readahead_size 2 MiB, max_open_files -1, LRU cache, "
    "one flush job beside the compaction jobs";

}  // namespace

Engine RocksdbEngine() {
  return {.name = std::string(kRocksdb),
          .version = rocksdb::GetRocksVersionAsString(),
          .notes = kNotes,
          .open = OpenRocksdb,
          .can_skip_log = true};
}

Engine RocksdbHashEngine() {
  return {.name = std::string(kRocksdb) + "-hash",
          .version = rocksdb::GetRocksVersionAsString(),
          .notes =
              "as rocksdb, and kDataBlockBinaryAndHash, "
              "memtable_prefix_bloom_size_ratio 0.02, "
              "memtable_whole_key_filtering",
          .open = OpenRocksdbHash,
          .can_skip_log = true,
          .is_variant = true};
}

}  // namespace lsmkv::bench
