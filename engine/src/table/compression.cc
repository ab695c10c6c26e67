#include "engine/src/table/compression.h"

#include <zstd.h>

#include <algorithm>

#include <lz4.h>

#include "engine/src/util/coding.h"

namespace lsmkv::engine {
namespace {

constexpr size_t kRawSizeBytes = sizeof(uint32_t);
constexpr int kZstdLevel = 3;
// LZ4 cannot grow its input by more than this factor.
constexpr size_t kLz4RatioMax = 255;
// A Zstandard frame is blocks of at most the first size, each of which takes
// at least the second: its header and one byte.
constexpr size_t kZstdBlockBytesMax = 128 << 10;
constexpr size_t kZstdBlockBytesMin = 4;

struct FreeZstdDecoder {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

bool DecompressZstd(std::string_view in, char* raw, size_t raw_bytes) {
  // One per thread: making one costs more than a block does.
  thread_local std::unique_ptr<ZSTD_DCtx, FreeZstdDecoder> context(
      ZSTD_createDCtx());
  if (context == nullptr) return false;
  return ZSTD_decompressDCtx(context.get(), raw, raw_bytes, in.data(),
                             in.size()) == raw_bytes;
}

// Makes room for so many bytes of what an algorithm makes. A buffer that grew
// stays as it is: to shrink and grow it for each block would clear it each
// time.
void Reserve(size_t bound, std::string* buffer) {
  if (buffer->size() < kRawSizeBytes + bound) {
    buffer->resize(kRawSizeBytes + bound);
  }
}

}  // namespace

struct BlockCompressor::ZstdContext {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZstdContext() = default;
  ~ZstdContext() { ZSTD_freeCCtx(context); }
  ZstdContext(const ZstdContext&) = delete;
  ZstdContext& operator=(const ZstdContext&) = delete;
};

BlockCompressor::BlockCompressor(Compression compression)
    : compression_(compression) {
  if (compression == Compression::kZstd) {
    zstd_ = std::make_unique<ZstdContext>();
  }
}

BlockCompressor::~BlockCompressor() = default;

size_t BlockCompressor::CompressLz4(std::string_view raw, std::string* buffer) {
  if (raw.size() > LZ4_MAX_INPUT_SIZE) return 0;
  const int bound = LZ4_compressBound(static_cast<int>(raw.size()));
  Reserve(static_cast<size_t>(bound), buffer);
  const int n = LZ4_compress_default(raw.data(), buffer->data() + kRawSizeBytes,
                                     static_cast<int>(raw.size()), bound);
  return n <= 0 ? 0 : kRawSizeBytes + static_cast<size_t>(n);
}

size_t BlockCompressor::CompressZstd(std::string_view raw,
                                     std::string* buffer) const {
  if (zstd_->context == nullptr) return 0;
  const size_t bound = ZSTD_compressBound(raw.size());
  Reserve(bound, buffer);
  const size_t n =
      ZSTD_compressCCtx(zstd_->context, buffer->data() + kRawSizeBytes, bound,
                        raw.data(), raw.size(), kZstdLevel);
  return ZSTD_isError(n) != 0 ? 0 : kRawSizeBytes + n;
}

Compression BlockCompressor::Compress(std::string_view raw, std::string* buffer,
                                      std::string_view* stored) {
  size_t bytes = 0;
  if (raw.size() <= kRawBlockBytesMax) {
    if (compression_ == Compression::kLz4) bytes = CompressLz4(raw, buffer);
    if (compression_ == Compression::kZstd) bytes = CompressZstd(raw, buffer);
  }
  if (bytes == 0 || bytes > raw.size() - raw.size() / 8) {
    *stored = raw;
    return Compression::kNone;
  }
  EncodeFixed32(buffer->data(), static_cast<uint32_t>(raw.size()));
  *stored = std::string_view(*buffer).substr(0, bytes);
  return compression_;
}

bool RawBlockBytes(Compression compression, std::string_view contents,
                   size_t* raw_bytes) {
  if (compression == Compression::kNone) {
    *raw_bytes = contents.size();
    return *raw_bytes <= kRawBlockBytesMax;
  }
  if (contents.size() <= kRawSizeBytes) return false;
  *raw_bytes = DecodeFixed32(contents.data());
  contents.remove_prefix(kRawSizeBytes);
  if (*raw_bytes > kRawBlockBytesMax) return false;
  if (compression == Compression::kLz4) {
    return *raw_bytes / kLz4RatioMax <= contents.size();
  }
  if (*raw_bytes / kZstdBlockBytesMax > contents.size() / kZstdBlockBytesMin) {
    return false;
  }
  // The frame says its size too.
  return ZSTD_getFrameContentSize(contents.data(), contents.size()) ==
         *raw_bytes;
}

bool DecompressBlock(Compression compression, std::string_view contents,
                     char* raw, size_t raw_bytes) {
  switch (compression) {
    case Compression::kNone:
      std::copy(contents.begin(), contents.end(), raw);
      return true;
    case Compression::kLz4: {
      contents.remove_prefix(kRawSizeBytes);
      const int n = LZ4_decompress_safe(contents.data(), raw,
                                        static_cast<int>(contents.size()),
                                        static_cast<int>(raw_bytes));
      return n >= 0 && static_cast<size_t>(n) == raw_bytes;
    }
    case Compression::kZstd:
      contents.remove_prefix(kRawSizeBytes);
      return DecompressZstd(contents, raw, raw_bytes);
  }
  return false;
}

}  // namespace lsmkv::engine
