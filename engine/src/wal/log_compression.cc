#include "engine/src/wal/log_compression.h"

#include <algorithm>

#include <lz4.h>

#include "engine/src/util/coding.h"

namespace lsmkv::engine {
namespace {

// A shorter payload has no room for a repetition that pays.
constexpr size_t kRawBytesMin = 64;
// A longer one is compressed soon enough by the flush, and would hold up its
// writer.
constexpr size_t kSmallRawBytesMax = 4 << 10;
// Of payloads that will not shrink one in 64 is tried.
constexpr uint32_t kFailuresMax = 6;

}  // namespace

struct LogCompressor::Stream {
  LZ4_stream_t lz4;
};

LogCompressor::LogCompressor() : stream_(std::make_unique<Stream>()) {
  LZ4_initStream(&stream_->lz4, sizeof(stream_->lz4));
}

LogCompressor::~LogCompressor() = default;

std::string_view LogCompressor::CompressSmall(std::string_view head,
                                              std::string_view tail) {
  if (head.size() + tail.size() > kSmallRawBytesMax) return {};
  return Compress(head, tail);
}

std::string_view LogCompressor::Compress(std::string_view head,
                                         std::string_view tail) {
  const size_t n = head.size() + tail.size();
  if (n < kRawBytesMin || n > kLogRawBytesMax) return {};
  if (left_alone_ > 0) {
    --left_alone_;
    return {};
  }
  if (raw_.size() < n) {  // blocks are not to be expected in every log
    raw_.resize(std::max(n, kSmallRawBytesMax));
    const int block_bytes = LZ4_compressBound(static_cast<int>(raw_.size()));
    compressed_.resize(kVarint32BytesMax + static_cast<size_t>(block_bytes));
  }
  std::copy(tail.begin(), tail.end(),
            std::copy(head.begin(), head.end(), raw_.begin()));
  char* const block = EncodeVarint64(compressed_.data(), n);
  // There is room for the worst, so that it cannot fail.
  const int block_bytes = CompressBlock(n, block);
  const std::string_view compressed(
      compressed_.data(), static_cast<size_t>(block - compressed_.data()) +
                              static_cast<size_t>(std::max(block_bytes, 0)));
  // An eighth less, or it is not worth the time of whoever reads it.
  if (block_bytes <= 0 || compressed.size() > n - n / 8) {
    failures_ = std::min(failures_ + 1, kFailuresMax);
    left_alone_ = (1u << failures_) - 1;
    return {};
  }
  failures_ = 0;
  return compressed;
}

int LogCompressor::CompressBlock(size_t n, char* block) {
  const int raw_bytes = static_cast<int>(n);
  const int room = LZ4_compressBound(raw_bytes);
  if (n > kSmallRawBytesMax) {
    return LZ4_compress_fast_extState(&stream_->lz4, raw_.data(), block,
                                      raw_bytes, room, 1);
  }
  // The fast reset keeps the table of 16 KiB, which clearing would make up for
  // more than half of the time: 90 ns in place of 230. What it costs is a
  // slower search: of 16 KiB, three times as long.
  LZ4_resetStream_fast(&stream_->lz4);
  return LZ4_compress_fast_continue(&stream_->lz4, raw_.data(), block,
                                    raw_bytes, room, 1);
}

bool DecompressLogPayload(std::string_view compressed, std::string* payload) {
  Decoder decoder(compressed);
  uint64_t n = 0;
  if (!decoder.GetVarint64(&n) || n > kLogRawBytesMax) return false;
  const std::string_view block = decoder.rest();
  if (block.size() > kLogRawBytesMax) return false;
  payload->resize(static_cast<size_t>(n));
  return LZ4_decompress_safe(block.data(), payload->data(),
                             static_cast<int>(block.size()),
                             static_cast<int>(n)) == static_cast<int>(n);
}

}  // namespace lsmkv::engine
