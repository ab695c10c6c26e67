// The compressed form of a record's payload (kLogFlagLz4): the payload's size
// as a varint, then an LZ4 block. Each record stands for itself.
//
// For small payloads: a log of single puts is most of what a store writes, and
// values of 100 bytes that can be halved make it a third shorter for 90 ns
// each.

#ifndef LSMKV_ENGINE_SRC_WAL_LOG_COMPRESSION_H_
#define LSMKV_ENGINE_SRC_WAL_LOG_COMPRESSION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace lsmkv::engine {

// More than any compressed payload may stand for; a larger size is damage.
inline constexpr size_t kLogRawBytesMax = 64 << 10;

// Threads: one at a time.
class LogCompressor {
 public:
  LogCompressor();
  ~LogCompressor();

  // The compressed form of `head` and `tail` joined, which lives until the next
  // call; empty where it is not worth having.
  std::string_view Compress(std::string_view head, std::string_view tail);
  // The same, empty also where that would keep a writer waiting too long.
  std::string_view CompressSmall(std::string_view head, std::string_view tail);

 private:
  struct Stream;

  // Of `n` bytes of raw_: what it takes at `block`, or 0.
  int CompressBlock(size_t n, char* block);

  const std::unique_ptr<Stream> stream_;
  std::string raw_;
  std::string compressed_;
  // Payloads that would not shrink, in a row, and how many more are left alone
  // for it.
  uint32_t failures_ = 0;
  uint32_t left_alone_ = 0;
};

// Restores a payload from bytes that are not trusted. False if they make none.
bool DecompressLogPayload(std::string_view compressed, std::string* payload);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_WAL_LOG_COMPRESSION_H_
