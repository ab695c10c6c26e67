#include "engine/src/wal/log_writer.h"

#include <utility>

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
    uint64_t preallocate_bytes, LogOrigin origin) {
  LSMKV_ASSIGN_OR_RETURN(std::unique_ptr<WritableFile> file,
                         env->NewWritableFile(path));
  if (preallocate_bytes > 0) {
    absl::Status reserved = file->Preallocate(preallocate_bytes);
    if (!absl::IsResourceExhausted(reserved)) LSMKV_RETURN_IF_ERROR(reserved);
  }
  const LogIdentity identity{kind, number, RandomFileId(env), origin};
  std::unique_ptr<LogWriter> writer(
      new LogWriter(path, std::move(file), identity));
  writer->buffer_ = EncodeLogHeader(identity);
  LSMKV_RETURN_IF_ERROR(writer->Flush());
  return writer;
}

void LogWriter::Add(const LogRecord& record, std::string_view payload_tail) {
  if (compressor_ != nullptr && record.type == LogRecordType::kBatch) {
    const std::string_view compressed =
        compressor_->Compress(record.payload, payload_tail);
    if (!compressed.empty()) {
      LogRecord shorter = record;
      shorter.flags = kLogFlagLz4;
      shorter.payload = compressed;
      AppendLogRecord(identity_, bytes() + buffer_.size(), shorter, {},
                      &buffer_);
      return;
    }
  }
  AppendLogRecord(identity_, bytes() + buffer_.size(), record, payload_tail,
                  &buffer_);
}

absl::Status LogWriter::Flush() {
  LSMKV_RETURN_IF_ERROR(CheckAppendable());
  return Appended(file_->Append(buffer_));
}

absl::Status LogWriter::FlushUnsynced() {
  LSMKV_RETURN_IF_ERROR(CheckAppendable());
  return Appended(file_->AppendUnsynced(buffer_));
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

absl::Status LogWriter::Close() { return file_->Close(); }

}  // namespace lsmkv::engine
