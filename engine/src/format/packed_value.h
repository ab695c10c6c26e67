// A packed value: the value of a put, compressed by who writes it, where the
// flush thread has enough to do (DbImpl::WritersShouldPack). The log record,
// the memtable and the value file all take it as it is: it costs half of the
// memory and of the log, and its flush compresses nothing.
//
// What a log record and a value file hold begins before the value, with sizes
// and the key. As an LZ4 block may begin with any bytes, uncompressed, they are
// put in front of the block that there is
// (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md).
//
// Its bytes are the size of the value, fixed 32 bit, and an LZ4 block: what a
// compressed block of a file holds too. They never come from a file: what is
// read from one is unpacked where it is read.

#ifndef LSMKV_ENGINE_SRC_FORMAT_PACKED_VALUE_H_
#define LSMKV_ENGINE_SRC_FORMAT_PACKED_VALUE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/src/util/coding.h"

namespace lsmkv::engine {

// A larger value is compressed by its flush alone: no log record may stand for
// more (log_compression.h).
inline constexpr size_t kPackedRawBytesMax = 60 << 10;

// Threads: any.
class ValuePacker {
 public:
  // Packs values of `bytes_min` and more; none if that is 0.
  explicit ValuePacker(size_t bytes_min) : bytes_min_(bytes_min) {}

  // Whether a value of that size may be packed.
  bool Takes(size_t value_bytes) const {
    return bytes_min_ > 0 && value_bytes >= bytes_min_ &&
           value_bytes <= kPackedRawBytesMax;
  }
  // The packed form of `value`, at the front of *buffer, which never shrinks;
  // empty if it would save less than an eighth, or is not likely to save more.
  // REQUIRES: Takes(value.size()).
  std::string_view Pack(std::string_view value, std::string* buffer);

 private:
  const size_t bytes_min_;
  // Values that would not shrink, in a row, and how many more are left alone
  // for it. Two threads may both count one: no harm is done.
  std::atomic<int32_t> failures_{0};
  std::atomic<int32_t> left_alone_{0};
};

inline size_t UnpackedBytes(std::string_view packed) {
  return DecodeFixed32(packed.data());
}
// Writes the value, UnpackedBytes of them. False if `packed` is nothing that
// Pack has made.
bool Unpack(std::string_view packed, char* value);

// The LZ4 block of `head` and the value joined is what this appends to *front,
// then what it returns, a part of `packed`.
std::string_view PackedBlockAfter(std::string_view head,
                                  std::string_view packed, std::string* front);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_FORMAT_PACKED_VALUE_H_
