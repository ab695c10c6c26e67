#include "engine/src/wal/log_format.h"

#include <algorithm>
#include <cstring>

#include "engine/src/util/coding.h"
#include "engine/src/util/hash.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

// Header: magic 8, version 4, kind 4, number 8, salt 8, origin 8, checksum 4,
// bytes of the stage 4.
constexpr size_t kChecksumAt = 40;
constexpr size_t kStageBytesAt = 44;

uint64_t RecordSeed(const LogIdentity& identity, uint64_t offset) {
  // Multiplied, so that neighbouring offsets give seeds far apart.
  return identity.salt ^ (offset * uint64_t{0x9e3779b97f4a7c15});
}

}  // namespace

std::string EncodeLogHeader(const LogIdentity& identity) {
  std::string header(kLogMagic);
  PutFixed32(&header, identity.stage_bytes == 0 ? 1 : kLogFormatVersion);
  PutFixed32(&header, static_cast<uint32_t>(identity.kind));
  PutFixed64(&header, identity.number);
  PutFixed64(&header, identity.salt);
  PutFixed32(&header, identity.origin.manifest_number);
  PutFixed32(&header, identity.origin.edits);
  PutFixed32(&header, Checksum32(header, identity.stage_bytes));
  PutFixed32(&header, identity.stage_bytes);
  LSMKV_DCHECK(header.size() == kLogHeaderBytes);
  return header;
}

absl::StatusOr<LogIdentity> DecodeLogHeader(std::string_view bytes,
                                            std::string_view path) {
  if (bytes.size() < kLogHeaderBytes) {
    return DataLoss(path, 0, "log header cut: ", bytes.size(), " of ",
                    kLogHeaderBytes, " bytes");
  }
  if (bytes.substr(0, kLogMagic.size()) != kLogMagic) {
    return DataLoss(path, 0, "not a log file: wrong magic");
  }
  Decoder decoder(bytes.substr(kLogMagic.size()));
  uint32_t version = 0;
  uint32_t kind = 0;
  LogIdentity identity;
  decoder.GetFixed32(&version);
  decoder.GetFixed32(&kind);
  decoder.GetFixed64(&identity.number);
  decoder.GetFixed64(&identity.salt);
  decoder.GetFixed32(&identity.origin.manifest_number);
  decoder.GetFixed32(&identity.origin.edits);
  identity.stage_bytes = DecodeFixed32(bytes.data() + kStageBytesAt);
  if (Checksum32(bytes.substr(0, kChecksumAt), identity.stage_bytes) !=
      DecodeFixed32(bytes.data() + kChecksumAt)) {
    return DataLoss(path, 0, "log header checksum mismatch");
  }
  if (version > kLogFormatVersion) {
    return FailedPrecondition(path, ": log format version ", version,
                              " is newer than ", kLogFormatVersion,
                              ", the newest this program knows");
  }
  if (identity.stage_bytes > kLogStageBytesMax ||
      identity.stage_bytes % kLogStageSlotBytes != 0 ||
      (identity.stage_bytes > 0) != (version > 1)) {
    return DataLoss(path, kStageBytesAt, "a stage of ", identity.stage_bytes,
                    " bytes in a log of version ", version);
  }
  identity.kind = static_cast<LogKind>(kind);
  return identity;
}

uint32_t LogRecordChecksum(const LogIdentity& identity, uint64_t offset,
                           std::string_view bytes) {
  return Checksum32(bytes, RecordSeed(identity, offset));
}

uint16_t LogHeaderCheck(const LogIdentity& identity, uint64_t offset,
                        std::string_view header) {
  char fields[kLogRecordHeaderBytes] = {};
  std::memcpy(fields, header.data(), sizeof(fields));
  std::memset(fields, 0, sizeof(uint32_t));
  std::memset(fields + kLogHeaderCheckAt, 0, sizeof(uint16_t));
  return static_cast<uint16_t>(
      Hash64({fields, sizeof(fields)}, RecordSeed(identity, offset)));
}

void AppendLogRecord(const LogIdentity& identity, uint64_t offset,
                     const LogRecord& record, std::string_view payload_tail,
                     std::string* dst) {
  const size_t start = dst->size();
  const size_t payload_bytes = record.payload.size() + payload_tail.size();
  // How far durability lags behind; more than fits says less, never too much.
  const uint64_t lag = std::min<uint64_t>(
      record.sequence - std::min(record.durable_upto, record.sequence),
      UINT32_MAX);
  char header[kLogRecordHeaderBytes] = {};
  EncodeFixed32(header + 4, static_cast<uint32_t>(payload_bytes));
  header[8] = static_cast<char>(record.type);
  header[9] = static_cast<char>(record.flags);
  EncodeFixed32(header + 12, static_cast<uint32_t>(lag));
  EncodeFixed64(header + 16, record.sequence);
  const uint16_t check =
      LogHeaderCheck(identity, offset, {header, sizeof(header)});
  std::memcpy(header + kLogHeaderCheckAt, &check, sizeof(check));
  dst->append(header, sizeof(header));
  dst->append(record.payload);
  dst->append(payload_tail);
  const uint32_t checksum = LogRecordChecksum(
      identity, offset, std::string_view(*dst).substr(start + 4));
  EncodeFixed32(dst->data() + start, checksum);
  dst->resize(start + LogRecordBytes(payload_bytes));
}

}  // namespace lsmkv::engine
