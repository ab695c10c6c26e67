#include "engine/src/db/wal_set.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/src/format/file_names.h"
#include "engine/src/util/deliberate_bug.h"
#include "engine/src/util/status.h"
#include "engine/src/util/thread.h"

namespace lsmkv::engine {

WalSet::WalSet(Env* env, std::string dir, const Config& config,
               SequenceNumber last_sequence)
    : env_(env),
      dir_(std::move(dir)),
      config_(config),
      appended_sequence_(last_sequence),
      durable_sequence_(last_sequence) {}

absl::StatusOr<std::shared_ptr<WalWriter>> WalSet::Create(uint64_t number,
                                                          LogOrigin origin) {
  auto log = TryCreate(number, origin);
  if (absl::IsResourceExhausted(log.status())) {
    env_->RemoveFile(WalPath(dir_, number)).IgnoreError();
  }
  return log;
}

absl::StatusOr<std::shared_ptr<WalWriter>> WalSet::TryCreate(uint64_t number,
                                                             LogOrigin origin) {
  LSMKV_ASSIGN_OR_RETURN(std::shared_ptr<WalWriter> log,
                         CreateFile(number, origin));
  if (!LSMKV_BUG("directory_of_log_not_synced")) {
    LSMKV_RETURN_IF_ERROR(env_->SyncDir(dir_));
  }
  return log;
}

absl::StatusOr<std::unique_ptr<WalWriter>> WalSet::CreateFile(
    uint64_t number, LogOrigin origin) {
  const std::string path = WalPath(dir_, number);
  if (std::optional<Spare> spare = TakeSpare()) {
    auto log = WalWriter::CreateOver(std::move(spare->file), spare->path, env_,
                                     path, number, config_.writer, origin);
    if (log.ok()) return log;
    // Whatever it was, a new file need not have it.
    env_->RemoveFile(spare->path).IgnoreError();
  }
  return WalWriter::Create(env_, path, number, config_.writer, origin);
}

std::optional<WalSet::Spare> WalSet::TakeSpare() {
  MutexLock lock(&mu_);
  return std::exchange(spare_, std::nullopt);
}

void WalSet::DropSpare() {
  if (const std::optional<Spare> spare = TakeSpare()) {
    env_->RemoveFile(spare->path).IgnoreError();
  }
}

void WalSet::SetNext(std::shared_ptr<WalWriter> next) {
  MutexLock lock(&mu_);
  next_ = std::move(next);
}

bool WalSet::has_next() const {
  MutexLock lock(&mu_);
  return next_ != nullptr;
}

absl::Status WalSet::Append(const WriteGroup& group, SequenceNumber first,
                            bool sync_follows) {
  std::shared_ptr<WalWriter> log;
  SequenceNumber durable;
  {
    MutexLock lock(&mu_);
    log = current_;
    durable = durable_sequence_;
  }
  SequenceNumber next = first;
  group_.clear();
  for (const PendingWrite* write : group) {
    if (write->count == 0) continue;
    group_.push_back({next, write->count, write->operations, write->packed});
    next += write->count;
  }
  LSMKV_RETURN_IF_ERROR(log->Append(group_, durable, sync_follows));
  LSMKV_SCHEDULE_POINT("wal: appended");
  appended_sequence_.store(next - 1, std::memory_order_release);
  wants_drain_.store(log->wants_drain(), std::memory_order_relaxed);
  return absl::OkStatus();
}

absl::Status WalSet::Drain() {
  std::shared_ptr<WalWriter> log;
  {
    MutexLock lock(&mu_);
    log = current_;
  }
  return log != nullptr ? log->Drain() : absl::OkStatus();
}

absl::Status WalSet::Sync() {
  MutexLock sync_lock(&sync_mu_);
  // Before the logs are looked up: what it counts is in one of them.
  const SequenceNumber appended =
      appended_sequence_.load(std::memory_order_acquire);
  std::vector<std::shared_ptr<WalWriter>> logs;
  {
    MutexLock lock(&mu_);
    if (durable_sequence_ >= appended) return absl::OkStatus();
    for (const OlderLog& older : older_) {
      if (older.synced || LSMKV_BUG("older_log_not_synced")) continue;
      logs.push_back(older.log);
    }
    logs.push_back(current_);
  }
  // Oldest first: no log is durable before the one it follows.
  for (const auto& log : logs) LSMKV_RETURN_IF_ERROR(log->Sync());
  MutexLock lock(&mu_);
  // The last of them was current, and may have grown since.
  for (OlderLog& older : older_) {
    if (std::find(logs.begin(), logs.end() - 1, older.log) != logs.end() - 1) {
      older.synced = true;
    }
  }
  durable_sequence_ = std::max(durable_sequence_, appended);
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> WalSet::Rotate() {
  std::shared_ptr<WalWriter> old;
  SequenceNumber durable;
  {
    MutexLock lock(&mu_);
    old = current_;
    durable = durable_sequence_;
  }
  const bool seal = config_.append && old != nullptr && !old->failed();
  if (seal) LSMKV_RETURN_IF_ERROR(old->Seal(appended_sequence_, durable));
  MutexLock lock(&mu_);
  if (old != nullptr) older_.push_back({std::move(old), seal});
  current_ = std::exchange(next_, nullptr);
  return current_->number();
}

bool WalSet::current_failed() const {
  MutexLock lock(&mu_);
  return current_ != nullptr && current_->failed();
}

absl::StatusOr<std::vector<WalFacts>> WalSet::Close() {
  LSMKV_RETURN_IF_ERROR(Sync());
  std::vector<std::shared_ptr<WalWriter>> logs;
  std::shared_ptr<WalWriter> current;
  SequenceNumber durable;
  // A log that failed may end in a refused write that is whole. What follows it
  // must not say where the writes end.
  bool sealable = config_.append;
  {
    MutexLock lock(&mu_);
    for (const OlderLog& older : older_) {
      logs.push_back(older.log);
      sealable = sealable && !older.log->failed();
    }
    logs.push_back(current_);
    logs.push_back(next_);
    current = current_;
    durable = durable_sequence_;
  }
  if (current != nullptr && !current->failed() && sealable) {
    LSMKV_RETURN_IF_ERROR(current->Seal(appended_sequence_, durable));
  }
  std::vector<WalFacts> closed;
  for (const auto& log : logs) {
    if (log == nullptr) continue;
    // It is not whole, and recovery ends there.
    if (log->failed()) break;
    // Of an older log the seal may not be durable yet.
    LSMKV_RETURN_IF_ERROR(log->Sync());
    LSMKV_RETURN_IF_ERROR(log->Close());
    closed.push_back({log->number(), log->salt(), log->bytes()});
  }
  return closed;
}

bool WalSet::Release(uint64_t number, SequenceNumber flushed_sequence) {
  OlderLog released;  // closed without the lock
  {
    MutexLock lock(&mu_);
    durable_sequence_ = std::max(durable_sequence_, flushed_sequence);
    if (older_.empty() || older_.front().log->number() != number) return false;
    released = std::move(older_.front());
    released_bytes_ += released.log->written_bytes();
    older_.pop_front();
    if (spare_) return false;
  }
  // One that was hardly written to has little to give.
  if (!config_.reuse || !released.sealed ||
      released.log->written_bytes() < config_.writer.preallocate_bytes / 16) {
    return false;
  }
  std::unique_ptr<WritableFile> file = released.log->Retire();
  if (file == nullptr) return false;
  MutexLock lock(&mu_);
  spare_ = {released.log->path(), std::move(file)};
  return true;
}

std::vector<WalSet::Extent> WalSet::extents() const {
  MutexLock lock(&mu_);
  std::vector<Extent> extents;
  for (const OlderLog& older : older_) {
    extents.push_back({older.log->number(), older.log->salt(),
                       older.log->bytes(),
                       older.sealed && !older.log->failed()});
  }
  for (const auto& log : {current_, next_}) {
    if (log == nullptr) continue;
    extents.push_back({log->number(), log->salt(), log->bytes(), false});
  }
  return extents;
}

uint64_t WalSet::written_bytes() const {
  MutexLock lock(&mu_);
  uint64_t bytes = released_bytes_;
  for (const OlderLog& older : older_) bytes += older.log->written_bytes();
  return bytes + (current_ != nullptr ? current_->written_bytes() : 0);
}

uint64_t WalSet::live_files() const {
  MutexLock lock(&mu_);
  return older_.size() + (current_ != nullptr ? 1 : 0);
}

uint64_t WalSet::live_bytes() const {
  MutexLock lock(&mu_);
  uint64_t bytes = current_ != nullptr ? current_->bytes() : 0;
  for (const OlderLog& older : older_) bytes += older.log->bytes();
  return bytes;
}

}  // namespace lsmkv::engine
