#include "engine/src/db/salvage_blocks.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "engine/src/table/filter.h"
#include "engine/src/table/index.h"
#include "engine/src/table/properties.h"
#include "engine/src/table/value_format.h"
#include "lsmkv/engine/options.h"

namespace lsmkv::engine {
namespace {

// Most blocks are far smaller than this.
constexpr uint64_t kWindowBytes = 64 << 10;

enum class BlockKind { kData, kOther, kNone };

// A checksum of 32 bits fits one wrong end in 2^32: in a large block of zeros
// that is within reach, so the contents must make sense, too.
BlockKind KindOf(const TableFile& file, BlockHandle handle) {
  if (ReadDataBlock(file, handle).ok()) return BlockKind::kData;
  auto block = ReadMetaBlock(file, handle);
  if (!block.ok()) return BlockKind::kNone;
  const std::string_view contents = block->contents();
  std::vector<RangeTombstone> tombstones;
  if (TableProperties().Parse(contents) ||
      ParseRangeTombstones(contents, &tombstones) ||
      TableIndex().Parse(MetaBlock(contents)) ||
      Filter().Parse(*std::move(block))) {
    return BlockKind::kOther;
  }
  return BlockKind::kNone;
}

BlockKind KindOfValue(const TableFile& file, BlockHandle handle) {
  const auto block = ReadBlock(file, handle);
  ValueRecord record;
  return block.ok() && ParseValueRecord(block->get()->bytes(), &record)
             ? BlockKind::kData
             : BlockKind::kNone;
}

// Finds the block at `offset`, which ends at `end` or before. One pass over its
// bytes, so that it may be of any size. Without one its size is 0.
BlockHandle FindBlockAt(const TableFile& file, uint64_t offset, uint64_t end,
                        BlockKind (*kind_of)(const TableFile&, BlockHandle),
                        std::string* scratch, BlockKind* kind) {
  BlockEndCheck check(file.file_id, offset);
  uint64_t at = offset;
  while (at < end) {
    const auto n =
        static_cast<size_t>(std::min<uint64_t>(kWindowBytes, end - at));
    scratch->resize(n);
    const auto window = file.file->Read(at, n, scratch->data());
    if (!window.ok() || window->size() < kBlockTrailerBytes) break;
    size_t told = 0;  // so many bytes of the window
    const size_t size = window->size() - kBlockTrailerBytes + 1;
    for (size_t i = at == offset ? 1 : 0; i < size; ++i) {
      // The byte that names the compression rules out most ends.
      if (static_cast<uint8_t>((*window)[i]) >
          static_cast<uint8_t>(Compression::kZstd)) {
        continue;
      }
      check.Update(window->substr(told, i - told));
      told = i;
      if (!check.EndsWith(window->substr(i, kBlockTrailerBytes))) continue;
      const BlockHandle handle{offset, at + i - offset};
      *kind = kind_of(file, handle);
      if (*kind != BlockKind::kNone) return handle;
    }
    check.Update(window->substr(told, size - told));
    at += size;
  }
  return {offset, 0};
}

}  // namespace

FoundBlocks FindBlocks(const TableFile& file, uint64_t end) {
  FoundBlocks found;
  std::string scratch;
  while (found.stopped_at < end) {
    BlockKind kind = BlockKind::kNone;
    const BlockHandle handle =
        FindBlockAt(file, found.stopped_at, end, KindOf, &scratch, &kind);
    if (handle.bytes == 0) return found;
    const bool is_data = found.others.empty() && kind == BlockKind::kData;
    (is_data ? found.data : found.others).push_back(handle);
    if (!is_data) found.complete = true;
    found.stopped_at += handle.bytes + kBlockTrailerBytes;
  }
  found.complete = true;
  return found;
}

std::vector<BlockHandle> FindValueBlocks(const TableFile& file, uint64_t end) {
  std::vector<BlockHandle> found;
  std::string scratch;
  uint64_t at = 0;
  while (at < end) {
    BlockKind kind = BlockKind::kNone;
    const BlockHandle handle =
        FindBlockAt(file, at, end, KindOfValue, &scratch, &kind);
    if (handle.bytes == 0) break;
    found.push_back(handle);
    at += handle.bytes + kBlockTrailerBytes;
  }
  return found;
}

}  // namespace lsmkv::engine
