#include "engine/src/wal/wal_writer.h"

#include <optional>
#include <utility>

#include "engine/src/util/coding.h"
#include "engine/src/util/deliberate_bug.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

// What is larger has repetitions enough of its own, and would soon be moved.
constexpr size_t kStagedBytesMax = 4 << 10;

// `count` and the operations are the payload of a record.
class BatchRecord {
 public:
  BatchRecord(const LogBatch& batch, uint64_t durable_upto) {
    const char* end = EncodeVarint64(count_, batch.count);
    record_.sequence = batch.sequence;
    record_.durable_upto = durable_upto;
    record_.payload = {count_, static_cast<size_t>(end - count_)};
  }
  BatchRecord(const BatchRecord&) = delete;
  BatchRecord& operator=(const BatchRecord&) = delete;

  const LogRecord& get() const { return record_; }

 private:
  char count_[kVarint64BytesMax];
  LogRecord record_;
};

}  // namespace

WalWriter::WalWriter(std::unique_ptr<LogWriter> log, const Config& config)
    : log_(std::move(log)) {
  if (config.compress) log_->Compress();
  if (config.stage_bytes == 0) return;
  MutexLock lock(&stage_mu_);
  stage_ = std::make_unique<LogStage>(config.stage_bytes);
  staging_ = true;
}

absl::StatusOr<std::unique_ptr<WalWriter>> WalWriter::Create(
    Env* env, const std::string& path, uint64_t number, const Config& config,
    LogOrigin origin) {
  LSMKV_ASSIGN_OR_RETURN(
      std::unique_ptr<LogWriter> log,
      LogWriter::Create(env, path, LogKind::kWal, number,
                        config.preallocate_bytes, origin, config.stage_bytes));
  LSMKV_RETURN_IF_ERROR(log->Sync());
  return std::unique_ptr<WalWriter>(new WalWriter(std::move(log), config));
}

absl::StatusOr<std::unique_ptr<WalWriter>> WalWriter::CreateOver(
    std::unique_ptr<WritableFile> file, const std::string& old_path, Env* env,
    const std::string& path, uint64_t number, const Config& config,
    LogOrigin origin) {
  LSMKV_ASSIGN_OR_RETURN(
      std::unique_ptr<LogWriter> log,
      LogWriter::CreateOver(std::move(file), old_path, env, path, number,
                            origin, config.stage_bytes));
  return std::unique_ptr<WalWriter>(new WalWriter(std::move(log), config));
}

absl::Status WalWriter::Append(absl::Span<const LogBatch> group,
                               uint64_t durable_upto, bool sync_follows) {
  while (!sync_follows && !group.empty()) {
    absl::Status status;
    const Staged staged = StageBatch(group.front(), durable_upto, &status);
    LSMKV_RETURN_IF_ERROR(status);
    if (staged == Staged::kNever) break;
    if (staged == Staged::kYes) group.remove_prefix(1);
    // The drain lags behind: the writer takes a hand in it.
    if (staged == Staged::kNoSlot) LSMKV_RETURN_IF_ERROR(DrainOne());
  }
  if (group.empty()) return absl::OkStatus();
  return AppendDirectly(group, durable_upto, sync_follows);
}

WalWriter::Staged WalWriter::StageBatch(const LogBatch& batch,
                                        uint64_t durable_upto,
                                        absl::Status* status) {
  // A log that failed says why where it is appended to.
  if (batch.operations.size() > kStagedBytesMax || log_->failed()) {
    return Staged::kNever;
  }
  const BatchRecord record(batch, durable_upto);
  const uint64_t file_bytes =
      LogRecordBytes(record.get().payload.size() + batch.operations.size());
  MutexLock lock(&stage_mu_);
  if (!staging_) return Staged::kNever;
  const std::optional<uint64_t> offset = stage_->Place(file_bytes);
  if (!offset) return Staged::kNoSlot;
  encoded_.clear();
  AppendLogRecord(log_->identity(), *offset, record.get(), batch.operations,
                  &encoded_);
  *status = log_->WriteStaged(*offset, encoded_);
  if (!status->ok()) return Staged::kNever;
  stage_->Put(batch, durable_upto, file_bytes);
  wants_drain_.store(stage_->has_full_slot(), std::memory_order_relaxed);
  return Staged::kYes;
}

absl::Status WalWriter::AppendDirectly(absl::Span<const LogBatch> group,
                                       uint64_t durable_upto,
                                       bool sync_follows) {
  MutexLock lock(&log_mu_);
  LSMKV_RETURN_IF_ERROR(DrainAllLocked());
  for (const LogBatch& batch : group) {
    const BatchRecord record(batch, durable_upto);
    if (batch.packed.empty()) {
      log_->Add(record.get(), batch.operations);
    } else {
      log_->AddPacked(record.get(), batch.operations, batch.packed);
    }
  }
  log_status_ = sync_follows ? log_->Flush() : log_->FlushUnsynced();
  return log_status_;
}

absl::Status WalWriter::Drain() {
  // A lock for each: a writer that finds no slot needs but one.
  while (wants_drain()) LSMKV_RETURN_IF_ERROR(DrainOne());
  return absl::OkStatus();
}

absl::Status WalWriter::DrainOne() {
  MutexLock lock(&log_mu_);
  return DrainOldestLocked(/*open_too=*/false).status();
}

absl::Status WalWriter::DrainAllLocked() {
  bool drained = true;
  while (drained) {
    LSMKV_ASSIGN_OR_RETURN(drained, DrainOldestLocked(/*open_too=*/true));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> WalWriter::DrainOldestLocked(bool open_too) {
  // What is staged in a log that failed stays there, and is found there.
  LSMKV_RETURN_IF_ERROR(log_status_);
  std::optional<LogStage::Block> block;
  {
    MutexLock lock(&stage_mu_);
    if (stage_ != nullptr) block = stage_->Oldest(open_too);
  }
  if (!block) return false;
  log_->AddBlock(BatchRecord(block->batch, block->durable_upto).get(),
                 block->batch.operations);
  log_status_ = log_->FlushUnsynced();
  LSMKV_RETURN_IF_ERROR(log_status_);
  MutexLock lock(&stage_mu_);
  stage_->Free();
  wants_drain_.store(stage_->has_full_slot(), std::memory_order_relaxed);
  return true;
}

absl::Status WalWriter::Sync() {
  {
    MutexLock lock(&log_mu_);
    if (retired_) return absl::OkStatus();  // all of it is in tables
    synced_ = true;
    {
      MutexLock stage_lock(&stage_mu_);
      staging_ = false;
    }
    // Where it cannot be moved, the stage is never written to again, and the
    // sync makes it durable as it is.
    DrainAllLocked().IgnoreError();
  }
  return log_->Sync();
}

absl::Status WalWriter::Seal(uint64_t last_sequence, uint64_t durable_upto) {
  MutexLock lock(&log_mu_);
  LSMKV_RETURN_IF_ERROR(DrainAllLocked());
  log_status_ = log_->Seal(last_sequence, durable_upto);
  return log_status_;
}

absl::Status WalWriter::Close() {
  MutexLock lock(&log_mu_);
  if (DrainAllLocked().ok()) log_->DiscardStage();
  return log_->Close();
}

std::unique_ptr<WritableFile> WalWriter::Retire() {
  MutexLock lock(&log_mu_);
  if (synced_ || log_->failed()) return nullptr;
  retired_ = true;
  return log_->TakeFile();
}

}  // namespace lsmkv::engine
