#include "engine/src/wal/log_reader.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "engine/src/util/coding.h"
#include "engine/src/util/deliberate_bug.h"
#include "engine/src/util/status.h"
#include "engine/src/wal/log_compression.h"

namespace lsmkv::engine {
namespace {

// Of a log that is closed little is read besides its header; in one that is
// recovered the reads become larger and larger.
constexpr size_t kWindowBytesMin = 4 << 10;
constexpr size_t kWindowBytesMax = 1 << 20;
// Of a run of zeros so many are looked at at once.
constexpr size_t kZerosBytes = 64 << 10;
constexpr size_t kSealPayloadBytes = 16;
constexpr uint64_t kPageBytes = 4 << 10;
// The space behind the records may be reserved and not written to. Through the
// page cache the system would find and clear a page for each of it: a quarter
// of the time of recovering 190 MB of values of 4 KiB.
constexpr uint64_t kOnceBytes = 256 << 10;

// Compares the bytes with themselves moved by one: at the speed of memory,
// where a search byte by byte took 0.77 s for 576 MiB of reserved space, 0.02.
bool AllZero(std::string_view bytes) {
  return bytes.empty() ||
         (bytes[0] == '\0' &&
          std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

// How many bytes at the start are zero, in whole words.
size_t LeadingZeros(std::string_view bytes) {
  constexpr size_t kStep = 4096;
  size_t n = 0;
  while (n + kStep <= bytes.size() && AllZero(bytes.substr(n, kStep))) {
    n += kStep;
  }
  while (n + kLogAlignBytes <= bytes.size() &&
         DecodeFixed64(bytes.data() + n) == 0) {
    n += kLogAlignBytes;
  }
  return n;
}

}  // namespace

absl::StatusOr<std::unique_ptr<LogReader>> LogReader::Open(
    Env* env, const std::string& path, LogKind kind, uint64_t number) {
  LSMKV_ASSIGN_OR_RETURN(std::unique_ptr<RandomAccessFile> file,
                         env->NewRandomAccessFile(path));
  return Open(std::move(file), UINT64_MAX, path, kind, number);
}

absl::StatusOr<std::unique_ptr<LogReader>> LogReader::Open(
    std::unique_ptr<RandomAccessFile> file, uint64_t bytes_max,
    const std::string& path, LogKind kind, uint64_t number) {
  LSMKV_ASSIGN_OR_RETURN(uint64_t file_bytes, file->Size());
  file_bytes = std::min(file_bytes, bytes_max);
  std::unique_ptr<LogReader> reader(
      new LogReader(path, std::move(file), file_bytes));
  LSMKV_ASSIGN_OR_RETURN(std::string_view header,
                         reader->Fetch(0, kLogHeaderBytes));
  LSMKV_ASSIGN_OR_RETURN(reader->identity_, DecodeLogHeader(header, path));
  if (reader->identity_.kind != kind || reader->identity_.number != number) {
    return DataLoss(path, 0, "the header belongs to another file: kind ",
                    static_cast<uint32_t>(reader->identity_.kind), ", number ",
                    reader->identity_.number);
  }
  reader->offset_ = LogRecordsAt(reader->identity_);
  // The stage was durable, with its zeros, before the log was used.
  if (reader->offset_ > file_bytes) {
    return DataLoss(path, file_bytes, "the log is cut within its stage, ",
                    reader->identity_.stage_bytes, " bytes from offset ",
                    kLogStageAt);
  }
  return reader;
}

absl::StatusOr<std::unique_ptr<LogReader>> LogReader::OpenDamaged(
    Env* env, const std::string& path, LogKind kind, uint64_t number,
    uint64_t salt) {
  auto sound = Open(env, path, kind, number);
  if (!absl::IsDataLoss(sound.status())) return sound;
  LSMKV_ASSIGN_OR_RETURN(std::unique_ptr<RandomAccessFile> file,
                         env->NewRandomAccessFile(path));
  LSMKV_ASSIGN_OR_RETURN(const uint64_t file_bytes, file->Size());
  std::unique_ptr<LogReader> reader(
      new LogReader(path, std::move(file), file_bytes));
  LSMKV_ASSIGN_OR_RETURN(const std::string_view header,
                         reader->Fetch(0, kLogHeaderBytes));
  if (header.size() < kLogHeaderBytes) return sound.status();
  if (salt == 0) salt = DecodeFixed64(header.data() + kLogSaltAt);
  reader->identity_ = {kind, number, salt, {}, 0};
  reader->offset_ = kLogHeaderBytes;
  // A log that was never written to has nothing to prove.
  LSMKV_ASSIGN_OR_RETURN(bool proven, reader->OnlyZerosFrom(kLogHeaderBytes));
  LogRecord record;
  if (!proven) {
    LSMKV_ASSIGN_OR_RETURN(proven, reader->ReadAt(kLogHeaderBytes, &record));
  }
  if (!proven) {
    LSMKV_ASSIGN_OR_RETURN(proven, reader->FindStage());
  }
  if (!proven) {
    LSMKV_ASSIGN_OR_RETURN(proven, reader->SkipBad());
    reader->offset_ = kLogHeaderBytes;
  }
  if (!proven) return sound.status();
  return reader;
}

absl::StatusOr<bool> LogReader::FindStage() {
  // From the largest down, since slots begin with records, too.
  for (uint32_t bytes = kLogStageBytesMax; bytes > 0;
       bytes -= kLogStageSlotBytes) {
    identity_.stage_bytes = bytes;
    offset_ = LogRecordsAt(identity_);
    LogRecord record;
    LSMKV_ASSIGN_OR_RETURN(const bool found, ReadAt(offset_, &record));
    if (found) return true;
  }
  // Or all that there is may be staged.
  identity_.stage_bytes = kLogStageBytesMax;
  offset_ = file_bytes_;
  LSMKV_ASSIGN_OR_RETURN(const std::optional<uint64_t> staged, NextStaged(0));
  if (staged) return true;
  identity_.stage_bytes = 0;
  offset_ = kLogHeaderBytes;
  return false;
}

absl::StatusOr<std::string_view> LogReader::Fetch(uint64_t offset, size_t n) {
  if (offset >= file_bytes_) return std::string_view();
  n = static_cast<size_t>(std::min<uint64_t>(n, file_bytes_ - offset));
  if (offset < window_offset_ || offset + n > window_offset_ + window_.size()) {
    const bool goes_on =
        offset >= window_offset_ && offset <= window_offset_ + window_.size();
    window_bytes_ = std::clamp(goes_on ? 2 * window_bytes_ : 0, kWindowBytesMin,
                               kWindowBytesMax);
    const size_t want = static_cast<size_t>(
        std::min<uint64_t>(std::max(n, window_bytes_), file_bytes_ - offset));
    window_ = {};
    if (scratch_.size() < want) scratch_.resize(want);
    LSMKV_ASSIGN_OR_RETURN(window_, file_->Read(offset, want, scratch_.data()));
    window_offset_ = offset;
    if (window_.size() < n) {
      return DataLoss(path_, offset, "the file became shorter while read");
    }
  }
  return window_.substr(static_cast<size_t>(offset - window_offset_), n);
}

absl::StatusOr<bool> LogReader::ReadAt(uint64_t offset, LogRecord* record) {
  if (offset + kLogRecordHeaderBytes > file_bytes_) return false;
  LSMKV_ASSIGN_OR_RETURN(std::string_view header,
                         Fetch(offset, kLogRecordHeaderBytes));
  // No record has type 0; reserved space is full of it.
  if (header[8] == 0) return false;
  uint16_t check;
  std::memcpy(&check, header.data() + kLogHeaderCheckAt, sizeof(check));
  const uint64_t payload_bytes = DecodeFixed32(header.data() + 4);
  if (LogHeaderCheck(identity_, offset, header) != check ||
      payload_bytes > kLogPayloadBytesMax ||
      payload_bytes > file_bytes_ - offset - kLogRecordHeaderBytes) {
    return false;
  }
  // The padding may be cut off with the rest of the file.
  LSMKV_ASSIGN_OR_RETURN(
      const std::string_view padded,
      Fetch(offset, static_cast<size_t>(LogRecordBytes(payload_bytes))));
  const size_t n = kLogRecordHeaderBytes + static_cast<size_t>(payload_bytes);
  const std::string_view bytes = padded.substr(0, n);
  if (LogRecordChecksum(identity_, offset, bytes.substr(4)) !=
          DecodeFixed32(bytes.data()) &&
      !LSMKV_BUG("log_checksum_ignored")) {
    return false;
  }
  if (!AllZero(padded.substr(n))) {
    return false;
  }
  const auto type = static_cast<uint8_t>(bytes[8]);
  const auto flags = static_cast<uint8_t>(bytes[9]);
  if (type < static_cast<uint8_t>(LogRecordType::kBatch) ||
      type > static_cast<uint8_t>(LogRecordType::kEdit) ||
      flags > kLogFlagLz4) {
    return FailedPrecondition(path_, ": offset ", offset, ": record type ",
                              type, " with flags ", flags,
                              " belongs to a newer format");
  }
  record->type = static_cast<LogRecordType>(type);
  record->flags = flags;
  record->file_bytes = LogRecordBytes(payload_bytes);
  record->sequence = DecodeFixed64(bytes.data() + 16);
  const uint64_t lag = DecodeFixed32(bytes.data() + 12);
  record->durable_upto =
      lag == UINT32_MAX ? 0
                        : record->sequence - std::min(lag, record->sequence);
  record->payload = bytes.substr(kLogRecordHeaderBytes);
  if (flags == kLogFlagLz4) {
    if (!DecompressLogPayload(record->payload, &raw_payload_)) return false;
    record->payload = raw_payload_;
  }
  return true;
}

absl::StatusOr<bool> LogReader::OnlyZerosFrom(uint64_t offset) {
  while (offset % kPageBytes != 0 && offset < file_bytes_) {
    LSMKV_ASSIGN_OR_RETURN(
        const std::string_view bytes,
        Fetch(offset, static_cast<size_t>(kPageBytes - offset % kPageBytes)));
    if (!AllZero(bytes)) return false;
    offset += bytes.size();
  }
  if (offset >= file_bytes_) return true;
  struct alignas(kPageBytes) Buffer {
    char bytes[kOnceBytes];
  };
  const auto buffer = std::make_unique_for_overwrite<Buffer>();
  while (offset < file_bytes_) {
    const auto n =
        static_cast<size_t>(std::min(kOnceBytes, file_bytes_ - offset));
    LSMKV_ASSIGN_OR_RETURN(const std::string_view bytes,
                           file_->ReadOnce(offset, n, buffer->bytes));
    if (bytes.size() != n) {
      return DataLoss(path_, offset, "the file became shorter while read");
    }
    if (!AllZero(bytes)) return false;
    offset += n;
  }
  return true;
}

absl::StatusOr<uint64_t> LogReader::SkipZeros(uint64_t from, uint64_t end) {
  uint64_t at = from;
  end = std::min(end, file_bytes_);
  for (size_t want = kLogAlignBytes; at < end; want = kZerosBytes) {
    LSMKV_ASSIGN_OR_RETURN(
        const std::string_view bytes,
        Fetch(at, static_cast<size_t>(std::min<uint64_t>(want, end - at))));
    const size_t zeros = LeadingZeros(bytes);
    at += zeros;
    if (zeros == bytes.size()) continue;
    // The word before may begin a record: its type is in the second one.
    return std::max(from, at - std::min<uint64_t>(at, kLogAlignBytes));
  }
  return at;
}

absl::Status LogReader::IndexStage() {
  if (std::exchange(stage_indexed_, true)) return absl::OkStatus();
  const uint64_t end = LogRecordsAt(identity_);
  for (uint64_t slot = kLogStageAt; slot < end; slot += kLogStageSlotBytes) {
    // Behind the records of a slot are those that it held before, and that were
    // moved on: of no use, but no harm either. What is behind damage counts.
    uint64_t at = slot;
    while (at < slot + kLogStageSlotBytes) {
      LogRecord record;
      LSMKV_ASSIGN_OR_RETURN(const bool found, ReadAt(at, &record));
      if (!found || record.type != LogRecordType::kBatch) {
        LSMKV_ASSIGN_OR_RETURN(
            at, SkipZeros(at + kLogAlignBytes, slot + kLogStageSlotBytes));
        continue;
      }
      staged_[record.sequence] = at;
      staged_durable_ = std::max(staged_durable_, record.durable_upto);
      at += record.file_bytes;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> LogReader::ReadStaged(uint64_t sequence,
                                           LogRecord* record) {
  LSMKV_RETURN_IF_ERROR(IndexStage());
  const auto it = staged_.find(sequence);
  if (it == staged_.end()) return false;
  return ReadAt(it->second, record);
}

absl::StatusOr<std::optional<uint64_t>> LogReader::NextStaged(
    uint64_t sequence) {
  LSMKV_RETURN_IF_ERROR(IndexStage());
  const auto it = staged_.lower_bound(sequence);
  if (it == staged_.end()) return std::nullopt;
  return it->first;
}

absl::StatusOr<uint64_t> LogReader::StagedDurable() {
  LSMKV_RETURN_IF_ERROR(IndexStage());
  return staged_durable_;
}

absl::StatusOr<LogReader::Outcome> LogReader::Read(LogRecord* record) {
  LSMKV_ASSIGN_OR_RETURN(const bool found, ReadAt(offset_, record));
  if (!found) {
    LSMKV_ASSIGN_OR_RETURN(const bool zeros, OnlyZerosFrom(offset_));
    return zeros ? Outcome::kEnd : Outcome::kBad;
  }
  if (record->type == LogRecordType::kSeal) {
    if (record->payload.size() != kSealPayloadBytes ||
        DecodeFixed64(record->payload.data()) != offset_ ||
        DecodeFixed64(record->payload.data() + 8) != record->sequence) {
      return Outcome::kBad;
    }
    offset_ += record->file_bytes;
    return Outcome::kSealed;
  }
  offset_ += record->file_bytes;
  return Outcome::kRecord;
}

absl::StatusOr<bool> LogReader::SkipBad() {
  LogRecord record;
  for (uint64_t at = offset_ + kLogAlignBytes;
       at + kLogRecordHeaderBytes <= file_bytes_; at += kLogAlignBytes) {
    LSMKV_ASSIGN_OR_RETURN(at, SkipZeros(at, file_bytes_));
    LSMKV_ASSIGN_OR_RETURN(const bool found, ReadAt(at, &record));
    if (!found) continue;
    offset_ = at;
    return true;
  }
  return false;
}

absl::StatusOr<uint64_t> LogReader::DurableBehind() {
  uint64_t durable = 0;
  LogRecord record;
  uint64_t at = offset_ + kLogAlignBytes;
  while (at + kLogRecordHeaderBytes <= file_bytes_) {
    LSMKV_ASSIGN_OR_RETURN(const bool found, ReadAt(at, &record));
    if (found) {
      durable = std::max(durable, record.durable_upto);
      at += record.file_bytes;
    } else {
      LSMKV_ASSIGN_OR_RETURN(at, SkipZeros(at + kLogAlignBytes, file_bytes_));
    }
  }
  return durable;
}

absl::StatusOr<uint64_t> LogReader::TailBytes() {
  uint64_t last = offset_;
  for (uint64_t at = offset_; at < file_bytes_;) {
    LSMKV_ASSIGN_OR_RETURN(std::string_view bytes, Fetch(at, kWindowBytesMax));
    if (!AllZero(bytes)) last = at + bytes.find_last_not_of('\0') + 1;
    at += bytes.size();
  }
  return last - offset_;
}

}  // namespace lsmkv::engine
