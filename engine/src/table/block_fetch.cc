#include "engine/src/table/block_fetch.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/src/table/compression.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

// Blocks up to this size are read into the stack.
constexpr size_t kStackReadBytes = 16 << 10;

// Memory to read `bytes` into, without asking the heap for usual sizes.
class ReadBuffer {
 public:
  explicit ReadBuffer(size_t bytes) {
    if (bytes > sizeof(stack_)) heap_.reset(new char[bytes]);
  }
  char* data() { return heap_ != nullptr ? heap_.get() : stack_; }

 private:
  char stack_[kStackReadBytes];
  std::unique_ptr<char[]> heap_;
};

absl::StatusOr<BlockRef> Parsed(const TableFile& file, uint64_t offset,
                                absl::StatusOr<BlockRef> block) {
  if (block.ok() && !(*block)->Parse()) {
    return DataLoss(file.path, offset, "malformed data block");
  }
  return block;
}

absl::StatusOr<MetaBlock> DecompressMetaBlock(const TableFile& file,
                                              uint64_t offset,
                                              const StoredBlock& stored) {
  size_t raw_bytes;
  if (!RawBlockBytes(stored.compression, stored.contents, &raw_bytes)) {
    return DataLoss(file.path, offset, "impossible block size");
  }
  MetaBlock raw(raw_bytes);
  if (!DecompressBlock(stored.compression, stored.contents, raw.data(),
                       raw_bytes)) {
    return DataLoss(file.path, offset, "block does not decompress");
  }
  return raw;
}

}  // namespace

absl::StatusOr<std::string_view> ReadExactly(const TableFile& file,
                                             uint64_t offset, size_t n,
                                             char* scratch) {
  LSMKV_ASSIGN_OR_RETURN(const std::string_view bytes,
                         file.file->Read(offset, n, scratch));
  if (bytes.size() != n) {
    return DataLoss(file.path, offset, "the file ends early: read ",
                    bytes.size(), " of ", n, " bytes");
  }
  return bytes;
}

absl::StatusOr<MetaBlock> DecodeMetaBlock(const TableFile& file,
                                          uint64_t offset,
                                          std::string_view bytes) {
  LSMKV_ASSIGN_OR_RETURN(const StoredBlock stored,
                         CheckBlock(file.path, file.file_id, offset, bytes));
  return DecompressMetaBlock(file, offset, stored);
}

absl::StatusOr<MetaBlock> ReadMetaBlock(const TableFile& file,
                                        BlockHandle handle) {
  const auto n = static_cast<size_t>(handle.bytes + kBlockTrailerBytes);
  MetaBlock read(n);
  LSMKV_ASSIGN_OR_RETURN(const std::string_view bytes,
                         ReadExactly(file, handle.offset, n, read.data()));
  LSMKV_ASSIGN_OR_RETURN(
      const StoredBlock stored,
      CheckBlock(file.path, file.file_id, handle.offset, bytes));
  // A filter is large and never compressed: it stays where it was read to.
  if (stored.compression == Compression::kNone &&
      stored.contents.data() == read.data()) {
    read.Truncate(stored.contents.size());
    return read;
  }
  return DecompressMetaBlock(file, handle.offset, stored);
}

absl::StatusOr<BlockRef> DecodeBlock(const TableFile& file, uint64_t offset,
                                     std::string_view bytes) {
  LSMKV_ASSIGN_OR_RETURN(const StoredBlock stored,
                         CheckBlock(file.path, file.file_id, offset, bytes));
  size_t raw_bytes;
  if (!RawBlockBytes(stored.compression, stored.contents, &raw_bytes)) {
    return DataLoss(file.path, offset, "impossible block size");
  }
  BlockRef block(DataBlock::New(raw_bytes));
  if (!DecompressBlock(stored.compression, stored.contents, block->contents(),
                       raw_bytes)) {
    return DataLoss(file.path, offset, "block does not decompress");
  }
  return block;
}

absl::StatusOr<BlockRef> DecodeDataBlock(const TableFile& file, uint64_t offset,
                                         std::string_view bytes) {
  return Parsed(file, offset, DecodeBlock(file, offset, bytes));
}

absl::StatusOr<BlockRef> ReadBlock(const TableFile& file, BlockHandle handle) {
  const auto n = static_cast<size_t>(handle.bytes + kBlockTrailerBytes);
  ReadBuffer buffer(n);
  LSMKV_ASSIGN_OR_RETURN(const std::string_view bytes,
                         ReadExactly(file, handle.offset, n, buffer.data()));
  return DecodeBlock(file, handle.offset, bytes);
}

absl::StatusOr<BlockRef> ReadDataBlock(const TableFile& file,
                                       BlockHandle handle) {
  return Parsed(file, handle.offset, ReadBlock(file, handle));
}

absl::Status CheckFileSize(const TableFile& file, uint64_t* at) {
  *at = 0;
  LSMKV_ASSIGN_OR_RETURN(const uint64_t size, file.file->Size());
  if (size == file.file_bytes) return absl::OkStatus();
  *at = std::min(size, file.file_bytes);
  return DataLoss(file.path, *at, "the file has ", size, " bytes, not ",
                  file.file_bytes);
}

}  // namespace lsmkv::engine
