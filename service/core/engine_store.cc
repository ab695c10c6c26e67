#include "service/core/engine_store.h"

#include <optional>
#include <utility>

#include "lsmkv/engine/iterator.h"
#include "lsmkv/engine/write_batch.h"
#include "service/core/error.h"

namespace lsmkv::service {
namespace {

absl::Status WithReason(const absl::Status& status, const char* reason) {
  const absl::string_view message = status.message();
  return MakeError(status.code(), reason, {message.data(), message.size()});
}

// Names what a program can act on; everything else has its code's reason.
absl::Status Explain(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kResourceExhausted:
      return WithReason(status, "DISK_FULL");
    case absl::StatusCode::kFailedPrecondition:
      return WithReason(status, "WRITES_STOPPED");
    default:
      return status;
  }
}

std::optional<engine::Durability> ToEngine(Durability durability) {
  switch (durability) {
    case Durability::kSync:
      return engine::Durability::kSync;
    case Durability::kInterval:
      return engine::Durability::kInterval;
    case Durability::kOs:
      return engine::Durability::kOs;
    case Durability::kDefault:
      break;
  }
  return std::nullopt;
}

class EngineSnapshot : public StoreSnapshot {
 public:
  explicit EngineSnapshot(std::unique_ptr<engine::Snapshot> snapshot)
      : snapshot_(std::move(snapshot)) {}
  uint64_t version() const override { return snapshot_->version(); }
  const engine::Snapshot* get() const { return snapshot_.get(); }

 private:
  const std::unique_ptr<engine::Snapshot> snapshot_;
};

const engine::Snapshot* ToEngine(const StoreSnapshot* snapshot) {
  if (snapshot == nullptr) return nullptr;
  // Snapshots come from this store's GetSnapshot and nowhere else.
  return static_cast<const EngineSnapshot*>(snapshot)->get();
}

class EngineCursor : public Cursor {
 public:
  EngineCursor(std::unique_ptr<engine::Iterator> iterator, bool reverse)
      : iterator_(std::move(iterator)), reverse_(reverse) {
    if (reverse_) {
      iterator_->SeekToLast();
    } else {
      iterator_->SeekToFirst();
    }
  }
  bool Valid() const override { return iterator_->Valid(); }
  void Next() override {
    if (reverse_) {
      iterator_->Prev();
    } else {
      iterator_->Next();
    }
  }
  std::string_view key() const override { return iterator_->key(); }
  std::string_view value() const override { return iterator_->value(); }
  uint64_t version() const override { return iterator_->version(); }
  absl::Status status() const override { return iterator_->status(); }

 private:
  const std::unique_ptr<engine::Iterator> iterator_;
  const bool reverse_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<EngineStore>> EngineStore::Open(
    const engine::Options& options, const std::string& data_dir) {
  engine::Options with_room = options;
  with_room.key_bytes_max = options.key_bytes_max + 1;
  absl::StatusOr<std::unique_ptr<engine::DB>> db =
      engine::DB::Open(with_room, data_dir);
  if (!db.ok()) return db.status();
  return std::unique_ptr<EngineStore>(
      new EngineStore(*std::move(db), options.key_bytes_max));
}

EngineStore::EngineStore(std::unique_ptr<engine::DB> db, size_t key_bytes_max)
    : db_(std::move(db)), after_all_keys_(key_bytes_max + 1, '\xFF') {}

EngineStore::~EngineStore() = default;

absl::StatusOr<Value> EngineStore::Get(std::string_view key,
                                       const StoreSnapshot* snapshot) {
  engine::ReadOptions options;
  options.snapshot = ToEngine(snapshot);
  engine::PinnedValue value;
  absl::Status status = db_->Get(options, key, &value);
  if (!status.ok()) return status;
  return Value{std::string(value.view()), value.version()};
}

void EngineStore::Write(WriteRequest request, WriteDone done) {
  engine::WriteBatch batch;
  for (const Operation& op : request.operations) {
    switch (op.kind) {
      case Operation::Kind::kPut:
        batch.Put(op.key, op.value);
        break;
      case Operation::Kind::kDelete:
        batch.Delete(op.key);
        break;
      case Operation::Kind::kDeleteRange:
        // The engine's bounds are keys, and keys are not empty.
        batch.DeleteRange(op.key.empty() ? std::string_view("\0", 1) : op.key,
                          op.value.empty() ? after_all_keys_ : op.value);
        break;
    }
  }
  engine::WriteOptions options;
  options.durability = ToEngine(request.durability);
  db_->WriteAsync(
      options, std::move(batch),
      [done = std::move(done)](absl::StatusOr<uint64_t> version) mutable {
        if (!version.ok()) version = Explain(version.status());
        std::move(done)(std::move(version));
      });
}

std::unique_ptr<Cursor> EngineStore::Scan(const ScanOptions& options) {
  engine::ReadOptions read;
  read.snapshot = ToEngine(options.snapshot);
  read.lower_bound = options.range.start;
  read.upper_bound = options.range.end;
  read.fill_cache = options.fill_cache;
  read.keys_only = options.keys_only;
  return std::make_unique<EngineCursor>(db_->NewIterator(read),
                                        options.reverse);
}

std::unique_ptr<StoreSnapshot> EngineStore::GetSnapshot() {
  return std::make_unique<EngineSnapshot>(db_->GetSnapshot());
}

absl::Status EngineStore::Flush() { return Explain(db_->Flush()); }

void EngineStore::CancelCompactions() { db_->CancelCompactRange(); }

absl::Status EngineStore::Compact(const KeyRange& range) {
  // The engine includes both bounds: one key more does no harm.
  std::optional<std::string_view> begin;
  std::optional<std::string_view> end;
  if (!range.start.empty()) begin = range.start;
  if (!range.end.empty()) end = range.end;
  return Explain(db_->CompactRange(begin, end));
}

absl::StatusOr<engine::VerifyProgress> EngineStore::Verify(
    const engine::VerifyOptions& options, VerifyFindingFn on_finding,
    VerifyProgressFn on_progress) {
  return db_->Verify(options, on_finding, on_progress);
}

engine::Stats EngineStore::GetStats() { return db_->GetStats(); }

absl::Status EngineStore::Health() { return db_->background_error(); }

absl::Status EngineStore::Close() { return db_->Close(); }

}  // namespace lsmkv::service
