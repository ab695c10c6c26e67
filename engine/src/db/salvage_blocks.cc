#include "engine/src/db/salvage_blocks.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "lsmkv/engine/options.h"

namespace lsmkv::engine {
namespace {

// The largest block that is searched for: the work grows with the square.
constexpr uint64_t kSearchBytesMax = 1 << 20;
// Most blocks are far smaller, so this much is read first.
constexpr uint64_t kFirstWindowBytes = 64 << 10;

// The size, without its trailer, of the block at the start of `window`, which
// was read at `offset`; 0 if no size from `from` on fits.
uint64_t FittingSize(const TableFile& file, uint64_t offset,
                     std::string_view window, uint64_t from) {
  for (uint64_t n = from; n + kBlockTrailerBytes <= window.size(); ++n) {
    // The byte that names the compression rules out most sizes.
    if (static_cast<uint8_t>(window[static_cast<size_t>(n)]) >
        static_cast<uint8_t>(Compression::kZstd)) {
      continue;
    }
    const std::string_view framed =
        window.substr(0, static_cast<size_t>(n + kBlockTrailerBytes));
    if (CheckBlock(file.path, file.file_id, offset, framed).ok()) return n;
  }
  return 0;
}

uint64_t SizeOfBlockAt(const TableFile& file, uint64_t offset, uint64_t end,
                       std::string* scratch) {
  uint64_t from = 1;
  for (const uint64_t window_bytes : {kFirstWindowBytes, kSearchBytesMax}) {
    const auto n =
        static_cast<size_t>(std::min<uint64_t>(window_bytes, end - offset));
    scratch->resize(n);
    const auto window = file.file->Read(offset, n, scratch->data());
    if (!window.ok()) return 0;
    const uint64_t size = FittingSize(file, offset, *window, from);
    if (size != 0 || n < window_bytes) return size;
    from = n - kBlockTrailerBytes + 1;
  }
  return 0;
}

}  // namespace

FoundBlocks FindBlocks(const TableFile& file, uint64_t end) {
  FoundBlocks found;
  std::string scratch;
  while (found.stopped_at < end) {
    const BlockHandle handle{
        found.stopped_at, SizeOfBlockAt(file, found.stopped_at, end, &scratch)};
    if (handle.bytes == 0) return found;
    const bool is_data =
        found.others.empty() && ReadDataBlock(file, handle).ok();
    (is_data ? found.data : found.others).push_back(handle);
    if (!is_data) found.complete = true;
    found.stopped_at += handle.bytes + kBlockTrailerBytes;
  }
  found.complete = true;
  return found;
}

}  // namespace lsmkv::engine
