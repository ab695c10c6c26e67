#include "engine/src/format/packed_value.h"

#include <algorithm>

#include <lz4.h>

namespace lsmkv::engine {
namespace {

constexpr size_t kRawSizeBytes = sizeof(uint32_t);
// Of values that will not shrink one in 64 is tried.
constexpr int32_t kFailuresMax = 6;

// Of LZ4's format: a block is sequences of a token, whose upper half is how
// many literals follow and whose lower half how long a match follows these. A
// half that is full goes on in bytes, up to the first that is not 255.
constexpr size_t kLiteralsInToken = 15;
constexpr size_t kMoreToCome = 255;

}  // namespace

std::string_view ValuePacker::Pack(std::string_view value,
                                   std::string* buffer) {
  if (left_alone_.load(std::memory_order_relaxed) > 0) {
    left_alone_.fetch_sub(1, std::memory_order_relaxed);
    return {};
  }
  const size_t room = value.size() - value.size() / 8;
  if (buffer->size() < kRawSizeBytes + room) {
    buffer->resize(kRawSizeBytes + room);
  }
  const int bytes = LZ4_compress_default(
      value.data(), buffer->data() + kRawSizeBytes,
      static_cast<int>(value.size()), static_cast<int>(room));
  if (bytes <= 0) {
    const int32_t failures =
        std::min(failures_.load(std::memory_order_relaxed) + 1, kFailuresMax);
    failures_.store(failures, std::memory_order_relaxed);
    left_alone_.store((1 << failures) - 1, std::memory_order_relaxed);
    return {};
  }
  // Loading first keeps the line shared between the threads that write.
  if (failures_.load(std::memory_order_relaxed) != 0) {
    failures_.store(0, std::memory_order_relaxed);
  }
  EncodeFixed32(buffer->data(), static_cast<uint32_t>(value.size()));
  return std::string_view(*buffer).substr(
      0, kRawSizeBytes + static_cast<size_t>(bytes));
}

bool Unpack(std::string_view packed, char* value) {
  const auto raw_bytes = static_cast<int>(UnpackedBytes(packed));
  packed.remove_prefix(kRawSizeBytes);
  return LZ4_decompress_safe(packed.data(), value,
                             static_cast<int>(packed.size()),
                             raw_bytes) == raw_bytes;
}

std::string_view PackedBlockAfter(std::string_view head,
                                  std::string_view packed, std::string* front) {
  packed.remove_prefix(kRawSizeBytes);
  const auto take = [&packed] {
    const auto byte = static_cast<uint8_t>(packed.front());
    packed.remove_prefix(1);
    return size_t{byte};
  };
  const size_t token = take();
  size_t literals = token >> 4;
  if (literals == kLiteralsInToken) {
    size_t more;
    do {
      more = take();
      literals += more;
    } while (more == kMoreToCome);
  }
  literals += head.size();
  const size_t in_token = std::min(literals, kLiteralsInToken);
  front->push_back(static_cast<char>(in_token << 4 | (token & 0xf)));
  if (in_token == kLiteralsInToken) {
    size_t rest = literals - in_token;
    front->append(rest / kMoreToCome, static_cast<char>(kMoreToCome));
    front->push_back(static_cast<char>(rest % kMoreToCome));
  }
  front->append(head);
  return packed;
}

}  // namespace lsmkv::engine
