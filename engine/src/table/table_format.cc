#include "engine/src/table/table_format.h"

#include "engine/src/util/coding.h"
#include "engine/src/util/deliberate_bug.h"
#include "engine/src/util/hash.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

// Footer: four handles of 16 bytes, file id, reserved, version; over all that
// the checksum; magic. Version, checksum and magic keep their places.
constexpr size_t kFileIdAt = 64;
constexpr size_t kVersionAt = 76;
constexpr size_t kChecksumAt = 80;
constexpr size_t kMagicAt = 88;
static_assert(kMagicAt + sizeof(kTableMagic) == kFooterBytes);

// Spreads the offset over the whole salt, so that neither alone decides.
uint64_t BlockSalt(uint64_t file_id, uint64_t offset) {
  return file_id ^ (offset * 0x9e3779b97f4a7c15ULL);
}

void PutHandle(std::string* dst, BlockHandle handle) {
  PutFixed64(dst, handle.offset);
  PutFixed64(dst, handle.bytes);
}

bool GetHandle(Decoder* in, uint64_t limit, BlockHandle* handle) {
  if (!in->GetFixed64(&handle->offset) || !in->GetFixed64(&handle->bytes)) {
    return false;
  }
  if (handle->bytes == 0) return true;
  return limit >= kBlockTrailerBytes &&
         handle->bytes <= limit - kBlockTrailerBytes &&
         handle->offset <= limit - kBlockTrailerBytes - handle->bytes;
}

}  // namespace

std::string EncodeFooter(const Footer& footer) {
  std::string out;
  PutHandle(&out, footer.filter);
  PutHandle(&out, footer.range_tombstones);
  PutHandle(&out, footer.properties);
  PutHandle(&out, footer.index);
  PutFixed64(&out, footer.file_id);
  PutFixed32(&out, 0);
  PutFixed32(&out, footer.format_version);
  PutFixed64(&out, Hash64(out));
  PutFixed64(&out, kTableMagic);
  return out;
}

absl::StatusOr<Footer> DecodeFooter(std::string_view path, uint64_t file_bytes,
                                    std::string_view bytes) {
  const uint64_t at = file_bytes - kFooterBytes;
  if (bytes.size() != kFooterBytes || file_bytes < kFooterBytes) {
    return DataLoss(path, 0, "too short for a table");
  }
  if (DecodeFixed64(bytes.data() + kMagicAt) != kTableMagic) {
    return DataLoss(path, at + kMagicAt, "not the magic of a table");
  }
  if (DecodeFixed64(bytes.data() + kChecksumAt) !=
      Hash64(bytes.substr(0, kChecksumAt))) {
    return DataLoss(path, at, "checksum of the footer is wrong");
  }
  Footer footer;
  footer.format_version = DecodeFixed32(bytes.data() + kVersionAt);
  if (footer.format_version > kTableFormatVersion) {
    return FailedPrecondition(path, ": table format ", footer.format_version,
                              " is of a later version; this one reads up to ",
                              kTableFormatVersion);
  }
  footer.file_id = DecodeFixed64(bytes.data() + kFileIdAt);
  Decoder in(bytes);
  if (!GetHandle(&in, at, &footer.filter) ||
      !GetHandle(&in, at, &footer.range_tombstones) ||
      !GetHandle(&in, at, &footer.properties) ||
      !GetHandle(&in, at, &footer.index)) {
    return DataLoss(path, at, "footer points outside of the file");
  }
  return footer;
}

std::string EncodeBlockTrailer(uint64_t file_id, uint64_t offset,
                               Compression compression,
                               std::string_view contents) {
  // The compression takes part in the checksum through the salt here, so that
  // contents need not be copied to have it behind them.
  std::string out;
  out.push_back(static_cast<char>(compression));
  const uint64_t sum = Hash64(contents, BlockSalt(file_id, offset));
  PutFixed32(&out, Checksum32(out, sum));
  return out;
}

absl::StatusOr<StoredBlock> CheckBlock(std::string_view path, uint64_t file_id,
                                       uint64_t offset,
                                       std::string_view bytes) {
  if (bytes.size() < kBlockTrailerBytes) {
    return DataLoss(path, offset, "block is cut");
  }
  const size_t n = bytes.size() - kBlockTrailerBytes;
  const std::string_view contents = bytes.substr(0, n);
  const std::string_view compression = bytes.substr(n, 1);
  const uint64_t sum = Hash64(contents, BlockSalt(file_id, offset));
  if (Checksum32(compression, sum) != DecodeFixed32(bytes.data() + n + 1) &&
      !LSMKV_BUG("block_checksum_ignored")) {
    return DataLoss(path, offset, "checksum of the block is wrong");
  }
  const auto type = static_cast<uint8_t>(compression.front());
  if (type > static_cast<uint8_t>(Compression::kZstd)) {
    return DataLoss(path, offset, "unknown compression ", type);
  }
  return StoredBlock{contents, static_cast<Compression>(type)};
}

BlockEndCheck::BlockEndCheck(uint64_t file_id, uint64_t offset)
    : hash_(BlockSalt(file_id, offset)) {}

bool BlockEndCheck::EndsWith(std::string_view trailer) const {
  return Checksum32(trailer.substr(0, 1), hash_.Digest()) ==
         DecodeFixed32(trailer.data() + 1);
}

}  // namespace lsmkv::engine
