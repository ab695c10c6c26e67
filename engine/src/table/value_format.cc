#include "engine/src/table/value_format.h"

#include "engine/src/util/coding.h"
#include "engine/src/util/hash.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

// Footer: the index' handle, values, file id, reserved, version; over all that
// the checksum; magic. As in tables, the last three keep their places from the
// end of the file.
constexpr size_t kReservedBytes = 12;
constexpr size_t kVersionAt = 44;
constexpr size_t kChecksumAt = 48;
constexpr size_t kMagicAt = 56;
static_assert(kMagicAt + sizeof(kValueMagic) == kValueFooterBytes);

}  // namespace

void EncodeValueRecord(const ValueRecord& record, std::string* out) {
  out->clear();
  PutLengthPrefixed(out, record.user_key);
  PutFixed64(out, record.sequence);
  out->append(record.value);
}

bool ParseValueRecord(std::string_view bytes, ValueRecord* record) {
  Decoder in(bytes);
  if (!in.GetLengthPrefixed(&record->user_key) ||
      !in.GetFixed64(&record->sequence) || record->user_key.empty() ||
      record->sequence > kSequenceMax) {
    return false;
  }
  record->value = in.rest();
  return true;
}

std::string EncodeValueFooter(const ValueFooter& footer) {
  std::string out;
  PutFixed64(&out, footer.index.offset);
  PutFixed64(&out, footer.index.bytes);
  PutFixed64(&out, footer.values);
  PutFixed64(&out, footer.file_id);
  out.append(kReservedBytes, '\0');
  PutFixed32(&out, footer.format_version);
  PutFixed64(&out, Hash64(out));
  PutFixed64(&out, kValueMagic);
  return out;
}

absl::StatusOr<ValueFooter> DecodeValueFooter(std::string_view path,
                                              uint64_t file_bytes,
                                              std::string_view bytes) {
  if (bytes.size() != kValueFooterBytes || file_bytes < kValueFooterBytes) {
    return DataLoss(path, 0, "too short for a value file");
  }
  const uint64_t at = file_bytes - kValueFooterBytes;
  if (DecodeFixed64(bytes.data() + kMagicAt) != kValueMagic) {
    return DataLoss(path, at + kMagicAt, "not the magic of a value file");
  }
  if (DecodeFixed64(bytes.data() + kChecksumAt) !=
      Hash64(bytes.substr(0, kChecksumAt))) {
    return DataLoss(path, at, "checksum of the footer is wrong");
  }
  ValueFooter footer;
  footer.format_version = DecodeFixed32(bytes.data() + kVersionAt);
  if (footer.format_version > kValueFormatVersion) {
    return FailedPrecondition(
        path, ": value file format ", footer.format_version,
        " is of a later version; this one reads up to ", kValueFormatVersion);
  }
  Decoder in(bytes);
  in.GetFixed64(&footer.index.offset);
  in.GetFixed64(&footer.index.bytes);
  in.GetFixed64(&footer.values);
  in.GetFixed64(&footer.file_id);
  if (at < kBlockTrailerBytes || footer.index.bytes > at - kBlockTrailerBytes ||
      footer.index.offset != at - kBlockTrailerBytes - footer.index.bytes) {
    return DataLoss(path, at, "footer points outside of the file");
  }
  return footer;
}

std::string EncodeValueIndex(const std::vector<uint64_t>& block_bytes) {
  std::string out;
  for (const uint64_t bytes : block_bytes) PutVarint64(&out, bytes);
  return out;
}

bool ParseValueIndex(std::string_view bytes, uint64_t values, uint64_t end,
                     std::vector<uint64_t>* offsets) {
  // A size takes at least a byte: what is damaged never makes us reserve much.
  if (values > bytes.size()) return false;
  offsets->clear();
  offsets->reserve(values + 1);
  Decoder in(bytes);
  uint64_t offset = 0;
  for (uint64_t i = 0; i < values; ++i) {
    uint64_t size;
    if (!in.GetVarint64(&size) || size <= kBlockTrailerBytes ||
        size > end - offset) {
      return false;
    }
    offsets->push_back(offset);
    offset += size;
  }
  offsets->push_back(offset);
  return in.empty() && offset == end;
}

}  // namespace lsmkv::engine
