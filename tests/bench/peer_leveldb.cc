// LevelDB behind the Peer interface.
//
// It has one background thread and two write buffers whatever is asked, and
// compresses with Snappy only.

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "leveldb/cache.h"
#include "leveldb/db.h"
#include "leveldb/filter_policy.h"
#include "leveldb/options.h"
#include "leveldb/write_batch.h"

#include "tests/bench/peers.h"

namespace lsmkv::bench {
namespace {

// LevelDB's own thresholds, which no call tells: a level past them wants a
// compaction. The last level never does.
constexpr uint64_t kL0FilesTrigger = 4;
constexpr double kL1BytesMax = 10.0 * (1 << 20);
constexpr double kLevelMultiplier = 10;
constexpr int kLastLevel = 6;

leveldb::Slice ToSlice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

std::string_view ToView(const leveldb::Slice& slice) {
  return {slice.data(), slice.size()};
}

absl::Status ToStatus(const leveldb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::InternalError("leveldb: " + status.ToString());
}

leveldb::WriteOptions ToWriteOptions(WriteMode mode) {
  leveldb::WriteOptions options;
  options.sync = mode == WriteMode::kSynced;
  return options;
}

// Whether a level described by the "leveldb.sstables" property, a line
// `--- level N ---` and a line ` number:bytes[range]` for each of its tables,
// is past its threshold.
bool WantsCompaction(std::string_view tables) {
  int level = -1;
  uint64_t files = 0;
  double bytes = 0;
  double bytes_max = 0;
  while (!tables.empty()) {
    const size_t end = tables.find('\n');
    const std::string_view line = tables.substr(0, end);
    tables.remove_prefix(end == std::string_view::npos ? tables.size()
                                                       : end + 1);
    if (line.substr(0, 3) == "---") {
      ++level;
      files = 0;
      bytes = 0;
      bytes_max = level <= 1 ? kL1BytesMax : bytes_max * kLevelMultiplier;
      continue;
    }
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    ++files;
    bytes +=
        std::strtod(std::string(line.substr(colon + 1, 20)).c_str(), nullptr);
    if (level == 0 && files >= kL0FilesTrigger) return true;
    if (level > 0 && level < kLastLevel && bytes >= bytes_max) return true;
  }
  return false;
}

class LeveldbReader final : public PeerReader {
 public:
  explicit LeveldbReader(leveldb::DB* db) : db_(db) {
    read_options_.verify_checksums = true;
  }

  absl::StatusOr<Lookup> Get(std::string_view key) override {
    const leveldb::Status status =
        db_->Get(read_options_, ToSlice(key), &value_);
    if (status.ok()) return Lookup::kFound;
    if (status.IsNotFound()) return Lookup::kMissing;
    return ToStatus(status);
  }
  std::string_view value() const override { return value_; }

 private:
  leveldb::DB* const db_;
  leveldb::ReadOptions read_options_;
  std::string value_;
};

class LeveldbBatch final : public PeerBatch {
 public:
  explicit LeveldbBatch(leveldb::DB* db) : db_(db) {}

  void Put(std::string_view key, std::string_view value) override {
    batch_.Put(ToSlice(key), ToSlice(value));
  }
  absl::Status Commit(WriteMode mode) override {
    const leveldb::Status status = db_->Write(ToWriteOptions(mode), &batch_);
    batch_.Clear();
    return ToStatus(status);
  }

 private:
  leveldb::DB* const db_;
  leveldb::WriteBatch batch_;
};

class LeveldbIterator final : public PeerIterator {
 public:
  explicit LeveldbIterator(leveldb::Iterator* it) : it_(it) {}

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
  const std::unique_ptr<leveldb::Iterator> it_;
};

// What leveldb::Options borrows; must outlive the DB.
struct Borrowed {
  std::unique_ptr<leveldb::Cache> cache;
  std::unique_ptr<const leveldb::FilterPolicy> filter;
};

class LeveldbPeer final : public Peer {
 public:
  LeveldbPeer(Borrowed borrowed, leveldb::DB* db)
      : borrowed_(std::move(borrowed)), db_(db) {}

  absl::Status Put(std::string_view key, std::string_view value,
                   WriteMode mode) override {
    return ToStatus(
        db_->Put(ToWriteOptions(mode), ToSlice(key), ToSlice(value)));
  }
  absl::Status Delete(std::string_view key, WriteMode mode) override {
    return ToStatus(db_->Delete(ToWriteOptions(mode), ToSlice(key)));
  }
  std::unique_ptr<PeerBatch> NewBatch() override {
    return std::make_unique<LeveldbBatch>(db_.get());
  }
  std::unique_ptr<PeerReader> NewReader() override {
    return std::make_unique<LeveldbReader>(db_.get());
  }
  std::unique_ptr<PeerIterator> NewIterator() override {
    leveldb::ReadOptions options;
    options.verify_checksums = true;
    return std::make_unique<LeveldbIterator>(db_->NewIterator(options));
  }

  absl::Status WaitIdle() override {
    // No call flushes the memtable, but compacting a range does so first; this
    // one lies behind every key, so that it does nothing more.
    const std::string behind(64, '\xff');
    const leveldb::Slice begin(behind);
    const leveldb::Slice end(begin);
    db_->CompactRange(&begin, &end);
    for (;;) {
      std::string tables;
      if (!db_->GetProperty("leveldb.sstables", &tables)) {
        return absl::InternalError("leveldb: no property leveldb.sstables");
      }
      if (!WantsCompaction(tables)) return absl::OkStatus();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  absl::Status CompactAll() override {
    db_->CompactRange(nullptr, nullptr);
    return WaitIdle();
  }
  absl::Status Close() override {
    db_.reset();
    return absl::OkStatus();
  }

 private:
  const Borrowed borrowed_;
  std::unique_ptr<leveldb::DB> db_;
};

absl::StatusOr<std::unique_ptr<Peer>> OpenLeveldb(const PeerSettings& settings,
                                                  const std::string& dir) {
  Borrowed borrowed;
  borrowed.cache.reset(leveldb::NewLRUCache(settings.cache_bytes));
  borrowed.filter.reset(
      leveldb::NewBloomFilterPolicy(settings.filter_bits_per_key));
  leveldb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = settings.write_buffer_bytes;
  options.max_open_files = 10000;
  options.block_size = settings.block_bytes;
  options.block_cache = borrowed.cache.get();
  options.filter_policy = borrowed.filter.get();
  options.compression = settings.compression == PeerCompression::kNone
                            ? leveldb::kNoCompression
                            : leveldb::kSnappyCompression;
  leveldb::DB* db = nullptr;
  const leveldb::Status status = leveldb::DB::Open(options, dir, &db);
  if (!status.ok()) return ToStatus(status);
  return std::make_unique<LeveldbPeer>(std::move(borrowed), db);
}

}  // namespace

Engine LeveldbEngine() {
  return {.name = "leveldb",
          .version = std::to_string(leveldb::kMajorVersion) + "." +
                     std::to_string(leveldb::kMinorVersion),
          .notes =
              "Snappy; two write buffers and one background thread "
              "whatever is asked; max_open_files 10000, tables of 2 MiB, "
              "the first 1000 mapped into memory; cannot do without a log",
          .open = OpenLeveldb};
}

}  // namespace lsmkv::bench
