// MemStore: a Store in a std::map, for tests of what stands above a Store.
//
// It keeps every version, so snapshots are exact. Writes complete inside
// Write() unless HoldWrites() was called. Safe for concurrent use.

#ifndef LSMKV_TESTS_SUPPORT_MEM_STORE_H_
#define LSMKV_TESTS_SUPPORT_MEM_STORE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "lsmkv/engine/mutex.h"
#include "service/core/store.h"
#include "service/core/types.h"

namespace lsmkv::testing {

class MemStore : public service::Store {
 public:
  absl::StatusOr<service::Value> Get(
      std::string_view key, const service::StoreSnapshot* snapshot) override {
    engine::MutexLock lock(&mu_);
    if (!read_error_.ok()) return read_error_;
    const uint64_t at = snapshot ? snapshot->version() : last_version_;
    auto value = GetLocked(std::string(key), at);
    if (!value) return absl::NotFoundError("");
    return *std::move(value);
  }

  void Write(service::WriteRequest request, service::WriteDone done) override {
    {
      engine::MutexLock lock(&mu_);
      last_durability_ = request.durability;
      if (hold_writes_) {
        held_.emplace_back(std::move(request), std::move(done));
        return;
      }
    }
    Finish(request, std::move(done));
  }

  std::unique_ptr<service::Cursor> Scan(
      const service::ScanOptions& options) override {
    uint64_t at = 0;
    {
      engine::MutexLock lock(&mu_);
      at = options.snapshot ? options.snapshot->version() : last_version_;
    }
    // The cursor takes the lock itself.
    return std::make_unique<MemCursor>(this, options.range, options.reverse,
                                       at);
  }

  std::unique_ptr<service::StoreSnapshot> GetSnapshot() override {
    engine::MutexLock lock(&mu_);
    ++open_snapshots_;
    return std::make_unique<MemSnapshot>(this, last_version_);
  }

  absl::Status Flush() override {
    engine::MutexLock lock(&mu_);
    ++stats_.flushes;
    return health_;
  }
  absl::Status Compact(const service::KeyRange& range) override {
    engine::MutexLock lock(&mu_);
    ++stats_.compactions;
    last_compact_ = range;
    return health_;
  }
  // What SetVerify says; nothing is damaged, and nothing is there, without it.
  absl::StatusOr<engine::VerifyProgress> Verify(
      const engine::VerifyOptions& options, service::VerifyFindingFn on_finding,
      service::VerifyProgressFn on_progress) override {
    VerifyScript script;
    {
      engine::MutexLock lock(&mu_);
      ++verifies_;
      script = verify_;
    }
    if (!script) return engine::VerifyProgress();
    return script(options, on_finding, on_progress);
  }
  engine::Stats GetStats() override {
    engine::MutexLock lock(&mu_);
    engine::Stats stats = stats_;
    stats.memtable_records = data_.size();
    stats.last_version = last_version_;
    stats.open_snapshots = open_snapshots_;
    if (!health_.ok()) stats.background_error = std::string(health_.message());
    return stats;
  }
  absl::Status Health() override {
    engine::MutexLock lock(&mu_);
    return health_;
  }
  absl::Status Close() override { return absl::OkStatus(); }

  // Health() and every write return `error` from now on.
  void FailWrites(const absl::Status& error) {
    engine::MutexLock lock(&mu_);
    health_ = error;
  }
  // Every Get fails, and every cursor stops, with `error` from now on.
  void FailReads(const absl::Status& error) {
    engine::MutexLock lock(&mu_);
    read_error_ = error;
  }
  // Writes stay in flight until ReleaseWrites().
  void HoldWrites() {
    engine::MutexLock lock(&mu_);
    hold_writes_ = true;
  }
  void ReleaseWrites() {
    std::vector<std::pair<service::WriteRequest, service::WriteDone>> held;
    {
      engine::MutexLock lock(&mu_);
      hold_writes_ = false;
      held.swap(held_);
    }
    for (auto& [request, done] : held) Finish(request, std::move(done));
  }
  // What Verify() does from now on.
  using VerifyScript = std::function<absl::StatusOr<engine::VerifyProgress>(
      const engine::VerifyOptions& options, service::VerifyFindingFn on_finding,
      service::VerifyProgressFn on_progress)>;
  void SetVerify(VerifyScript script) {
    engine::MutexLock lock(&mu_);
    verify_ = std::move(script);
  }
  // A Verify() that finds `places`, offsets of one file, and one that runs
  // until it is cancelled.
  static VerifyScript Finds(std::vector<uint64_t> places);
  static VerifyScript RunsUntilCancelled();
  int verifies() {
    engine::MutexLock lock(&mu_);
    return verifies_;
  }
  // What GetStats() starts from.
  void SetStats(const engine::Stats& stats) {
    engine::MutexLock lock(&mu_);
    stats_ = stats;
  }
  service::Durability last_durability() {
    engine::MutexLock lock(&mu_);
    return last_durability_;
  }
  service::KeyRange last_compact() {
    engine::MutexLock lock(&mu_);
    return last_compact_;
  }
  uint64_t open_snapshots() {
    engine::MutexLock lock(&mu_);
    return open_snapshots_;
  }

 private:
  using Versions = std::map<uint64_t, std::optional<std::string>>;

  class MemSnapshot : public service::StoreSnapshot {
   public:
    MemSnapshot(MemStore* store, uint64_t version)
        : store_(store), version_(version) {}
    ~MemSnapshot() override {
      engine::MutexLock lock(&store_->mu_);
      --store_->open_snapshots_;
    }
    uint64_t version() const override { return version_; }

   private:
    MemStore* const store_;
    const uint64_t version_;
  };

  class MemCursor : public service::Cursor {
   public:
    MemCursor(MemStore* store, service::KeyRange range, bool reverse,
              uint64_t at)
        : store_(store), range_(std::move(range)), reverse_(reverse), at_(at) {
      Find(std::nullopt);
    }
    bool Valid() const override { return record_.has_value(); }
    void Next() override { Find(record_->key); }
    std::string_view key() const override { return record_->key; }
    std::string_view value() const override { return record_->value; }
    uint64_t version() const override { return record_->version; }
    absl::Status status() const override { return status_; }

   private:
    void Find(const std::optional<std::string>& after) {
      engine::MutexLock lock(&store_->mu_);
      status_ = store_->read_error_;
      record_ = status_.ok() ? store_->FindLocked(range_, reverse_, at_, after)
                             : std::nullopt;
    }

    MemStore* const store_;
    const service::KeyRange range_;
    const bool reverse_;
    const uint64_t at_;
    std::optional<service::Record> record_;
    absl::Status status_;
  };

  void Finish(const service::WriteRequest& request, service::WriteDone done) {
    absl::StatusOr<uint64_t> result = Apply(request);
    std::move(done)(std::move(result));
  }

  absl::StatusOr<uint64_t> Apply(const service::WriteRequest& request) {
    engine::MutexLock lock(&mu_);
    if (!health_.ok()) return health_;
    for (const service::Operation& op : request.operations) {
      const uint64_t version = ++last_version_;
      if (op.kind == service::Operation::Kind::kPut) {
        data_[op.key][version] = op.value;
      } else if (op.kind == service::Operation::Kind::kDelete) {
        data_[op.key][version] = std::nullopt;
      } else {
        for (auto it = data_.lower_bound(op.key);
             it != data_.end() && (op.value.empty() || it->first < op.value);
             ++it) {
          it->second[version] = std::nullopt;
        }
      }
    }
    return last_version_;
  }

  std::optional<service::Value> GetLocked(const std::string& key, uint64_t at)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    auto it = data_.find(key);
    if (it == data_.end()) return std::nullopt;
    auto version = it->second.upper_bound(at);
    if (version == it->second.begin()) return std::nullopt;
    --version;
    if (!version->second) return std::nullopt;
    return service::Value{*version->second, version->first};
  }

  // The record nearest to `after`, or the first one, in scan direction.
  std::optional<service::Record> FindLocked(
      const service::KeyRange& range, bool reverse, uint64_t at,
      const std::optional<std::string>& after)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    std::optional<service::Record> found;
    for (const auto& [key, versions] : data_) {
      if (key < range.start) continue;
      if (!range.end.empty() && key >= range.end) break;
      if (after && (reverse ? key >= *after : key <= *after)) continue;
      auto value = GetLocked(key, at);
      if (!value) continue;
      found = service::Record{key, value->data, value->version};
      if (!reverse) break;
    }
    return found;
  }

  engine::Mutex mu_;
  std::map<std::string, Versions> data_ ABSL_GUARDED_BY(mu_);
  uint64_t last_version_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t open_snapshots_ ABSL_GUARDED_BY(mu_) = 0;
  engine::Stats stats_ ABSL_GUARDED_BY(mu_);
  absl::Status health_ ABSL_GUARDED_BY(mu_);
  absl::Status read_error_ ABSL_GUARDED_BY(mu_);
  bool hold_writes_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::pair<service::WriteRequest, service::WriteDone>> held_
      ABSL_GUARDED_BY(mu_);
  service::Durability last_durability_ ABSL_GUARDED_BY(mu_) =
      service::Durability::kDefault;
  service::KeyRange last_compact_ ABSL_GUARDED_BY(mu_);
  VerifyScript verify_ ABSL_GUARDED_BY(mu_);
  int verifies_ ABSL_GUARDED_BY(mu_) = 0;
};

inline MemStore::VerifyScript MemStore::Finds(std::vector<uint64_t> places) {
  return [places = std::move(places)](const engine::VerifyOptions&,
                                      service::VerifyFindingFn on_finding,
                                      service::VerifyProgressFn on_progress) {
    engine::VerifyProgress progress;
    progress.files_total = 1;
    progress.bytes_total = 1000;
    for (const uint64_t offset : places) {
      ++progress.findings;
      on_finding({"/store/1.sst", offset, "a", "b",
                  absl::DataLossError("/store/1.sst: offset " +
                                      std::to_string(offset) + ": damaged")});
    }
    on_progress(progress);
    progress.files = 1;
    progress.bytes = 1000;
    return absl::StatusOr<engine::VerifyProgress>(progress);
  };
}

inline MemStore::VerifyScript MemStore::RunsUntilCancelled() {
  return [](const engine::VerifyOptions& options, service::VerifyFindingFn,
            service::VerifyProgressFn on_progress)
             -> absl::StatusOr<engine::VerifyProgress> {
    engine::VerifyProgress progress;
    progress.bytes_total = 1000;
    while (!options.cancelled->load()) {
      on_progress(progress);
      std::this_thread::yield();
    }
    return absl::CancelledError("cancelled");
  };
}

}  // namespace lsmkv::testing

#endif  // LSMKV_TESTS_SUPPORT_MEM_STORE_H_
