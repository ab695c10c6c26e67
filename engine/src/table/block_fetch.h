// Reading blocks of a table file: read, check, decompress, parse.

#ifndef LSMKV_ENGINE_SRC_TABLE_BLOCK_FETCH_H_
#define LSMKV_ENGINE_SRC_TABLE_BLOCK_FETCH_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "engine/src/table/data_block.h"
#include "engine/src/table/meta_block.h"
#include "engine/src/table/table_format.h"
#include "lsmkv/engine/env.h"

namespace lsmkv::engine {

struct TableFile {
  std::unique_ptr<RandomAccessFile> file;
  std::string path;
  uint64_t file_id = 0;
  uint64_t file_bytes = 0;
};

// Exactly `n` bytes at `offset`, in `scratch` or elsewhere in memory; DATA_LOSS
// where the file ends before.
absl::StatusOr<std::string_view> ReadExactly(const TableFile& file,
                                             uint64_t offset, size_t n,
                                             char* scratch);

// The raw contents of a block that is not a data block, from `bytes`, block and
// trailer, that were read at `offset`.
absl::StatusOr<MetaBlock> DecodeMetaBlock(const TableFile& file,
                                          uint64_t offset,
                                          std::string_view bytes);
// The same from the file.
absl::StatusOr<MetaBlock> ReadMetaBlock(const TableFile& file,
                                        BlockHandle handle);

// A block of which only the frame is known: checked and uncompressed.
absl::StatusOr<BlockRef> ReadBlock(const TableFile& file, BlockHandle handle);
// The same from `bytes`, block and trailer, that were read at `offset` before.
absl::StatusOr<BlockRef> DecodeBlock(const TableFile& file, uint64_t offset,
                                     std::string_view bytes);

// OK if the file has the size it should have; else `*at` is where it differs.
absl::Status CheckFileSize(const TableFile& file, uint64_t* at);

absl::StatusOr<BlockRef> ReadDataBlock(const TableFile& file,
                                       BlockHandle handle);
// The same from `bytes`, block and trailer, that were read at `offset` before.
absl::StatusOr<BlockRef> DecodeDataBlock(const TableFile& file, uint64_t offset,
                                         std::string_view bytes);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_BLOCK_FETCH_H_
