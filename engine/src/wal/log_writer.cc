#include "engine/src/wal/log_writer.h"

#include <utility>

#include "engine/src/format/packed_value.h"
#include "engine/src/util/coding.h"
#include "engine/src/util/deliberate_bug.h"
#include "engine/src/util/random.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {

LogWriter::LogWriter(std::string path, std::unique_ptr<WritableFile> file,
                     const LogIdentity& identity)
    : path_(std::move(path)), file_(std::move(file)), identity_(identity) {}

absl::StatusOr<std::unique_ptr<LogWriter>> LogWriter::Create(
    Env* env, const std::string& path, LogKind kind, uint64_t number,
    uint64_t preallocate_bytes, LogOrigin origin, uint32_t stage_bytes) {
  LSMKV_ASSIGN_OR_RETURN(std::unique_ptr<WritableFile> file,
                         env->NewWritableFile(path));
  if (preallocate_bytes > 0) {
    absl::Status reserved = file->Preallocate(preallocate_bytes + stage_bytes);
    if (!absl::IsResourceExhausted(reserved)) LSMKV_RETURN_IF_ERROR(reserved);
  }
  const LogIdentity identity{kind, number, RandomFileId(env), origin,
                             stage_bytes};
  std::unique_ptr<LogWriter> writer(
      new LogWriter(path, std::move(file), identity));
  writer->buffer_ = EncodeLogHeader(identity);
  LSMKV_RETURN_IF_ERROR(writer->Flush());
  LSMKV_RETURN_IF_ERROR(writer->AppendStage());
  return writer;
}

absl::StatusOr<std::unique_ptr<LogWriter>> LogWriter::CreateOver(
    std::unique_ptr<WritableFile> file, const std::string& old_path, Env* env,
    const std::string& path, uint64_t number, LogOrigin origin,
    uint32_t stage_bytes) {
  const LogIdentity identity{LogKind::kWal, number, RandomFileId(env), origin,
                             stage_bytes};
  std::unique_ptr<LogWriter> writer(
      new LogWriter(path, std::move(file), identity));
  LSMKV_RETURN_IF_ERROR(writer->file_->StartAnew(path));
  writer->buffer_ = EncodeLogHeader(identity);
  LSMKV_RETURN_IF_ERROR(writer->FlushDurably());
  LSMKV_RETURN_IF_ERROR(writer->AppendStage());
  LSMKV_RETURN_IF_ERROR(env->RenameFile(old_path, path));
  return writer;
}

absl::Status LogWriter::AppendStage() {
  if (identity_.stage_bytes == 0) return absl::OkStatus();
  const uint64_t zeros = LogRecordsAt(identity_) - bytes();
  LSMKV_RETURN_IF_ERROR(file_->AppendZeros(zeros));
  bytes_.fetch_add(zeros, std::memory_order_relaxed);
  return absl::OkStatus();
}

void LogWriter::Add(const LogRecord& record, std::string_view payload_tail) {
  std::string_view compressed;
  if (compressor_ != nullptr && record.type == LogRecordType::kBatch) {
    compressed = compressor_->CompressSmall(record.payload, payload_tail);
  }
  AddEncoded(record, payload_tail, compressed);
}

void LogWriter::AddBlock(const LogRecord& record,
                         std::string_view payload_tail) {
  std::string_view compressed;
  if (compressor_ != nullptr) {
    compressed = compressor_->Compress(record.payload, payload_tail);
  }
  AddEncoded(record, payload_tail, compressed);
}

void LogWriter::AddPacked(const LogRecord& record, std::string_view operations,
                          std::string_view packed) {
  const size_t raw_bytes = record.payload.size() + operations.size();
  if (compressor_ == nullptr || raw_bytes > kLogRawBytesMax) {
    Add(record, operations);
    return;
  }
  operations.remove_suffix(UnpackedBytes(packed));
  packed_head_.assign(record.payload);
  packed_head_.append(operations);
  packed_front_.clear();
  PutVarint64(&packed_front_, raw_bytes);
  const std::string_view rest =
      PackedBlockAfter(packed_head_, packed, &packed_front_);
  LogRecord shorter = record;
  shorter.flags = kLogFlagLz4;
  shorter.payload = packed_front_;
  AppendLogRecord(identity_, bytes() + buffer_.size(), shorter, rest, &buffer_);
}

void LogWriter::AddEncoded(const LogRecord& record,
                           std::string_view payload_tail,
                           std::string_view compressed) {
  const uint64_t offset = bytes() + buffer_.size();
  if (compressed.empty()) {
    AppendLogRecord(identity_, offset, record, payload_tail, &buffer_);
    return;
  }
  LogRecord shorter = record;
  shorter.flags = kLogFlagLz4;
  shorter.payload = compressed;
  AppendLogRecord(identity_, offset, shorter, {}, &buffer_);
}

absl::Status LogWriter::WriteStaged(uint64_t offset, std::string_view record) {
  // An append that fails meanwhile is no reason to refuse it: the stage does
  // not lie behind what was torn.
  absl::Status status = file_->Overwrite(offset, record);
  if (!status.ok()) failed_.store(true, std::memory_order_release);
  return status;
}

absl::Status LogWriter::Flush() {
  LSMKV_RETURN_IF_ERROR(CheckAppendable());
  return Appended(file_->Append(buffer_));
}

absl::Status LogWriter::FlushUnsynced() {
  LSMKV_RETURN_IF_ERROR(CheckAppendable());
  return Appended(file_->AppendUnsynced(buffer_));
}

absl::Status LogWriter::FlushDurably() {
  if (LSMKV_BUG("header_of_reused_log_not_synced")) return Flush();
  LSMKV_RETURN_IF_ERROR(CheckAppendable());
  return Appended(file_->AppendDurably(buffer_));
}

absl::Status LogWriter::CheckAppendable() const {
  if (failed() && !LSMKV_BUG("record_follows_torn_one")) {
    return FailedPrecondition(path_, ": the log failed before");
  }
  return absl::OkStatus();
}

absl::Status LogWriter::Appended(absl::Status status) {
  if (!status.ok()) {
    failed_.store(true, std::memory_order_release);
    return status;
  }
  bytes_.fetch_add(buffer_.size(), std::memory_order_relaxed);
  buffer_.clear();
  return absl::OkStatus();
}

absl::Status LogWriter::Sync() {
  if (sync_failed_.load(std::memory_order_acquire)) {
    return FailedPrecondition(path_, ": the log failed before");
  }
  absl::Status status = NeverRetried(file_->Sync());
  if (!status.ok() && LSMKV_BUG("failed_sync_retried")) status = file_->Sync();
  // After a failed sync the system may have dropped the data and call the next
  // sync a success: never ask again.
  if (!status.ok()) {
    sync_failed_.store(true, std::memory_order_release);
    failed_.store(true, std::memory_order_release);
  }
  return status;
}

absl::Status LogWriter::Seal(uint64_t last_sequence, uint64_t durable_upto) {
  std::string payload;
  PutFixed64(&payload, bytes());
  PutFixed64(&payload, last_sequence);
  LogRecord record;
  record.type = LogRecordType::kSeal;
  record.sequence = last_sequence;
  record.durable_upto = durable_upto;
  record.payload = payload;
  Add(record);
  return Flush();
}

void LogWriter::DiscardStage() {
  file_->Discard(kLogStageAt, identity_.stage_bytes);
}

absl::Status LogWriter::Close() { return file_->Close(); }

}  // namespace lsmkv::engine
