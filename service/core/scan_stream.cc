#include "service/core/scan_stream.h"

#include <optional>
#include <utility>

#include "service/core/validation.h"

namespace lsmkv::service {
namespace {

// What one page may examine where a filter lets few keys through.
constexpr uint64_t kKeysExaminedMax = 100'000;
constexpr uint64_t kBytesExaminedMax = 64 << 20;
// How often a long walk asks whether it is still wanted.
constexpr uint64_t kKeysPerCheck = 256;
constexpr uint64_t kBytesPerCheck = 1 << 20;

bool Matches(std::string_view key, std::string_view contains) {
  return contains.empty() || key.find(contains) != std::string_view::npos;
}

uint64_t RecordBytes(const Cursor& cursor, bool keys_only) {
  return cursor.key().size() + (keys_only ? 0 : cursor.value().size());
}

Record ReadRecord(const Cursor& cursor, bool keys_only) {
  return Record{std::string(cursor.key()),
                keys_only ? std::string() : std::string(cursor.value()),
                cursor.version()};
}

// Counts what a walk has examined and says when to look at the context.
class Work {
 public:
  absl::Status Add(const CallContext& context, uint64_t bytes) {
    ++keys_;
    bytes_ += bytes;
    if (keys_ < next_keys_ && bytes_ < next_bytes_) return absl::OkStatus();
    next_keys_ = keys_ + kKeysPerCheck;
    next_bytes_ = bytes_ + kBytesPerCheck;
    return context.Check();
  }
  bool TooMuch() const {
    return keys_ >= kKeysExaminedMax || bytes_ >= kBytesExaminedMax;
  }

 private:
  uint64_t keys_ = 0;
  uint64_t bytes_ = 0;
  uint64_t next_keys_ = kKeysPerCheck;
  uint64_t next_bytes_ = kBytesPerCheck;
};

class ScanStreamImpl : public ScanStream {
 public:
  ScanStreamImpl(Store* store, const KeyRange& range,
                 const ScanRequest& request, uint64_t chunk_bytes)
      : snapshot_(store->GetSnapshot()),
        key_contains_(request.key_contains),
        keys_only_(request.keys_only),
        limited_(request.limit != 0),
        remaining_(request.limit),
        chunk_bytes_(chunk_bytes) {
    if (IsEmptyRange(range)) return;
    ScanOptions options;
    options.range = range;
    options.reverse = request.reverse;
    options.fill_cache = false;
    options.snapshot = snapshot_.get();
    options.keys_only = keys_only_;
    cursor_ = store->Scan(options);
  }

  absl::StatusOr<std::optional<std::vector<Record>>> Next(
      const CallContext& context) override {
    absl::Status status = context.Check();
    if (!status.ok()) return status;
    std::vector<Record> chunk;
    uint64_t bytes = 0;
    Work work;
    while (cursor_ && cursor_->Valid() && !(limited_ && remaining_ == 0)) {
      status = work.Add(context, RecordBytes(*cursor_, keys_only_));
      if (!status.ok()) return status;
      if (Matches(cursor_->key(), key_contains_)) {
        const uint64_t record_bytes = RecordBytes(*cursor_, keys_only_);
        if (!chunk.empty() && bytes + record_bytes > chunk_bytes_) break;
        chunk.push_back(ReadRecord(*cursor_, keys_only_));
        bytes += record_bytes;
        // Nothing behind the last record asked for is looked at.
        if (limited_ && --remaining_ == 0) break;
      }
      cursor_->Next();
    }
    if (!chunk.empty()) return {std::move(chunk)};
    // An error shows only once what came before it has been handed out.
    if (cursor_ && !(limited_ && remaining_ == 0) && !cursor_->Valid() &&
        !cursor_->status().ok()) {
      return cursor_->status();
    }
    return {std::nullopt};
  }

  uint64_t snapshot_version() const override { return snapshot_->version(); }

 private:
  const std::unique_ptr<StoreSnapshot> snapshot_;
  std::unique_ptr<Cursor> cursor_;  // goes before the snapshot
  const std::string key_contains_;
  const bool keys_only_;
  const bool limited_;
  uint64_t remaining_;
  const uint64_t chunk_bytes_;
};

}  // namespace

absl::StatusOr<PageResult> ReadPage(const CallContext& context, Cursor* cursor,
                                    const PageRequest& request) {
  PageResult page;
  uint64_t bytes = 0;
  Work work;
  while (cursor->Valid()) {
    if (page.records.size() >= request.records_max ||
        bytes >= request.bytes_max || work.TooMuch()) {
      return page;
    }
    const uint64_t record_bytes = RecordBytes(*cursor, request.keys_only);
    absl::Status status = work.Add(context, record_bytes);
    if (!status.ok()) return status;
    if (Matches(cursor->key(), request.key_contains)) {
      page.records.push_back(ReadRecord(*cursor, request.keys_only));
      bytes += record_bytes;
    }
    page.last_key = cursor->key();
    cursor->Next();
  }
  if (!cursor->status().ok()) return cursor->status();
  page.at_end = true;
  return page;
}

std::unique_ptr<ScanStream> NewScanStream(Store* store, const KeyRange& range,
                                          const ScanRequest& request,
                                          uint64_t chunk_bytes) {
  return std::make_unique<ScanStreamImpl>(store, range, request, chunk_bytes);
}

}  // namespace lsmkv::service
