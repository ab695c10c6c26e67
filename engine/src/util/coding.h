// Encoding of integers and strings in every on-disk structure: little-endian
// fixed width, LEB128 varints, and strings with a varint length before them.
//
// A Decoder reads bytes that are not trusted: every Get returns false rather
// than read past the end, and leaves the input where it was.

#ifndef LSMKV_ENGINE_SRC_UTIL_CODING_H_
#define LSMKV_ENGINE_SRC_UTIL_CODING_H_

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace lsmkv::engine {

static_assert(std::endian::native == std::endian::little,
              "fixed-width integers are stored as they are in memory");

inline constexpr size_t kVarint32BytesMax = 5;
inline constexpr size_t kVarint64BytesMax = 10;

inline void EncodeFixed32(char* dst, uint32_t value) {
  std::memcpy(dst, &value, sizeof(value));
}
inline void EncodeFixed64(char* dst, uint64_t value) {
  std::memcpy(dst, &value, sizeof(value));
}
inline uint32_t DecodeFixed32(const char* src) {
  uint32_t value;
  std::memcpy(&value, src, sizeof(value));
  return value;
}
inline uint64_t DecodeFixed64(const char* src) {
  uint64_t value;
  std::memcpy(&value, src, sizeof(value));
  return value;
}

// Writes at most kVarint64BytesMax bytes; returns the end of what it wrote.
inline char* EncodeVarint64(char* dst, uint64_t value) {
  while (value >= 0x80) {
    *dst++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *dst++ = static_cast<char>(value);
  return dst;
}

inline void PutFixed32(std::string* dst, uint32_t value) {
  char buf[sizeof(value)];
  EncodeFixed32(buf, value);
  dst->append(buf, sizeof(buf));
}
inline void PutFixed64(std::string* dst, uint64_t value) {
  char buf[sizeof(value)];
  EncodeFixed64(buf, value);
  dst->append(buf, sizeof(buf));
}
inline void PutVarint64(std::string* dst, uint64_t value) {
  char buf[kVarint64BytesMax];
  dst->append(buf, static_cast<size_t>(EncodeVarint64(buf, value) - buf));
}
inline void PutVarint32(std::string* dst, uint32_t value) {
  PutVarint64(dst, value);
}
inline void PutLengthPrefixed(std::string* dst, std::string_view value) {
  PutVarint64(dst, value.size());
  dst->append(value);
}

// Reads a varint from [src, limit); null if it is cut or longer than 64 bits.
inline const char* DecodeVarint64(const char* src, const char* limit,
                                  uint64_t* value) {
  uint64_t result = 0;
  for (int shift = 0; shift <= 63 && src < limit; shift += 7) {
    const uint64_t byte = static_cast<unsigned char>(*src++);
    if (shift == 63 && byte > 1) return nullptr;
    result |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      *value = result;
      return src;
    }
  }
  return nullptr;
}
inline const char* DecodeVarint32(const char* src, const char* limit,
                                  uint32_t* value) {
  uint64_t wide;
  const char* end = DecodeVarint64(src, limit, &wide);
  if (end == nullptr || wide > UINT32_MAX) return nullptr;
  *value = static_cast<uint32_t>(wide);
  return end;
}

class Decoder {
 public:
  explicit Decoder(std::string_view input) : input_(input) {}

  bool empty() const { return input_.empty(); }
  std::string_view rest() const { return input_; }

  bool GetByte(uint8_t* value) {
    if (input_.empty()) return false;
    *value = static_cast<uint8_t>(input_.front());
    input_.remove_prefix(1);
    return true;
  }
  bool GetFixed32(uint32_t* value) {
    if (input_.size() < sizeof(*value)) return false;
    *value = DecodeFixed32(input_.data());
    input_.remove_prefix(sizeof(*value));
    return true;
  }
  bool GetFixed64(uint64_t* value) {
    if (input_.size() < sizeof(*value)) return false;
    *value = DecodeFixed64(input_.data());
    input_.remove_prefix(sizeof(*value));
    return true;
  }
  bool GetVarint64(uint64_t* value) {
    const char* end =
        DecodeVarint64(input_.data(), input_.data() + input_.size(), value);
    if (end == nullptr) return false;
    input_.remove_prefix(static_cast<size_t>(end - input_.data()));
    return true;
  }
  bool GetVarint32(uint32_t* value) {
    const char* end =
        DecodeVarint32(input_.data(), input_.data() + input_.size(), value);
    if (end == nullptr) return false;
    input_.remove_prefix(static_cast<size_t>(end - input_.data()));
    return true;
  }
  bool GetBytes(size_t n, std::string_view* value) {
    if (input_.size() < n) return false;
    *value = input_.substr(0, n);
    input_.remove_prefix(n);
    return true;
  }
  bool GetLengthPrefixed(std::string_view* value) {
    Decoder copy = *this;
    uint64_t n;
    if (!copy.GetVarint64(&n) || n > copy.input_.size()) return false;
    copy.GetBytes(static_cast<size_t>(n), value);
    *this = copy;
    return true;
  }

 private:
  std::string_view input_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_UTIL_CODING_H_
