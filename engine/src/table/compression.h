// Compression of blocks. Compressed contents are the raw size, fixed 32 bit,
// then what the algorithm made.

#ifndef LSMKV_ENGINE_SRC_TABLE_COMPRESSION_H_
#define LSMKV_ENGINE_SRC_TABLE_COMPRESSION_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "lsmkv/engine/options.h"

namespace lsmkv::engine {

// No block is larger than this before compression.
inline constexpr size_t kRawBlockBytesMax = size_t{2} << 30;

// Compresses one block after another with the same working memory.
// Threads: one at a time.
class BlockCompressor {
 public:
  explicit BlockCompressor(Compression compression);
  ~BlockCompressor();
  BlockCompressor(const BlockCompressor&) = delete;
  BlockCompressor& operator=(const BlockCompressor&) = delete;

  // Puts what to store for `raw` in *stored, a view of `raw` or of the front of
  // *buffer, which is overwritten and never shrinks, and returns how it is
  // stored: kNone if compression would save less than an eighth.
  Compression Compress(std::string_view raw, std::string* buffer,
                       std::string_view* stored);

 private:
  struct ZstdContext;
  // How much of the buffer the compressed contents take; 0 if there are none.
  static size_t CompressLz4(std::string_view raw, std::string* buffer);
  size_t CompressZstd(std::string_view raw, std::string* buffer) const;

  const Compression compression_;
  std::unique_ptr<ZstdContext> zstd_;
};

// How large the contents of a block become; false if that cannot be true, so
// that a damaged size never makes us allocate much.
bool RawBlockBytes(Compression compression, std::string_view contents,
                   size_t* raw_bytes);

// Writes the raw contents, exactly `raw_bytes` of them as RawBlockBytes said;
// false if `contents` are damaged.
bool DecompressBlock(Compression compression, std::string_view contents,
                     char* raw, size_t raw_bytes);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_COMPRESSION_H_
