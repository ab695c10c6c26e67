// The format of append-only logs: write-ahead logs and MANIFESTs.
// engine/FORMAT.md, "Logs", gives the bytes; this header gives the names.
//
// A record tells a torn tail from damage: besides its own sequence it carries
// the highest sequence that was known durable when it was written. If a record
// is bad and a later good one says that the bad one was durable, acknowledged
// data is damaged; otherwise the bad record was never acknowledged as durable
// and everything from it on is cut.

#ifndef LSMKV_ENGINE_SRC_WAL_LOG_FORMAT_H_
#define LSMKV_ENGINE_SRC_WAL_LOG_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace lsmkv::engine {

// 2: the log has a stage; else 1.
inline constexpr uint32_t kLogFormatVersion = 2;

enum class LogKind : uint32_t { kWal = 1, kManifest = 2 };

// Frozen: on disk.
enum class LogRecordType : uint8_t {
  kBatch = 1,  // WAL: a batch; the sequence is that of its first operation
  kSeal = 2,   // the last record of a log that was closed in order
  kEdit = 3,   // MANIFEST: a version edit; sequences count the edits
};

// What the MANIFEST held when a write-ahead log was made: a MANIFEST that holds
// less when it is read has lost its end. 0: the log does not say.
struct LogOrigin {
  uint32_t manifest_number = 0;  // the low half of it
  uint32_t edits = 0;            // durable ones
};

// What ties a log's records to the log.
struct LogIdentity {
  LogKind kind = LogKind::kWal;
  uint64_t number = 0;
  uint64_t salt = 0;  // random; seeds every checksum of the file
  LogOrigin origin = {};
  // Of the log's stage, a multiple of kLogStageSlotBytes; 0: it has none.
  uint32_t stage_bytes = 0;
};

inline constexpr std::string_view kLogMagic = "lsmkvlog";
inline constexpr size_t kLogHeaderBytes = 48;
inline constexpr size_t kLogSaltAt = 24;  // within the header
inline constexpr size_t kLogRecordHeaderBytes = 24;
inline constexpr size_t kLogHeaderCheckAt = 10;  // within a record's header
inline constexpr size_t kLogAlignBytes = 8;
// Where the stage begins, and the size of each of its slots.
inline constexpr uint64_t kLogStageAt = 4 << 10;
inline constexpr uint32_t kLogStageSlotBytes = 16 << 10;
// More than any stage has; a larger one is damage.
inline constexpr uint32_t kLogStageBytesMax = 256 * kLogStageSlotBytes;
// More than any batch may have; a longer length is damage.
inline constexpr uint64_t kLogPayloadBytesMax = uint64_t{2} << 30;

// The payload is compressed: see log_compression.h. Frozen: on disk.
inline constexpr uint8_t kLogFlagLz4 = 1;

struct LogRecord {
  LogRecordType type = LogRecordType::kBatch;
  uint8_t flags = 0;  // as written; a payload that was read is no longer so
  uint64_t sequence = 0;
  uint64_t durable_upto = 0;
  std::string_view payload;
  uint64_t file_bytes = 0;  // what it takes in the file; set when it is read
};

// Where the records of the log itself begin.
inline uint64_t LogRecordsAt(const LogIdentity& identity) {
  return identity.stage_bytes == 0 ? kLogHeaderBytes
                                   : kLogStageAt + identity.stage_bytes;
}

// The file header for `identity`.
std::string EncodeLogHeader(const LogIdentity& identity);
// DATA_LOSS, or FAILED_PRECONDITION for a version newer than ours. `path`
// names the file in errors.
absl::StatusOr<LogIdentity> DecodeLogHeader(std::string_view bytes,
                                            std::string_view path);

// Appends `record`, which will stand at `offset` of its file, padded to
// kLogAlignBytes. The payload may come in two parts that are joined.
void AppendLogRecord(const LogIdentity& identity, uint64_t offset,
                     const LogRecord& record, std::string_view payload_tail,
                     std::string* dst);

// The header's own check, so that a search for records need not hash whatever
// length garbage names: of `header`, kLogRecordHeaderBytes, without the
// checksum and the check themselves, tied to the file and the place.
uint16_t LogHeaderCheck(const LogIdentity& identity, uint64_t offset,
                        std::string_view header);

// What a record takes in the file.
inline uint64_t LogRecordBytes(uint64_t payload_bytes) {
  const uint64_t bytes = kLogRecordHeaderBytes + payload_bytes;
  return (bytes + kLogAlignBytes - 1) & ~uint64_t{kLogAlignBytes - 1};
}

// The checksum of a record: over `bytes` from behind the checksum field to the
// end of the payload, tied to the file and the place.
uint32_t LogRecordChecksum(const LogIdentity& identity, uint64_t offset,
                           std::string_view bytes);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_WAL_LOG_FORMAT_H_
