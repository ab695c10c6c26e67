#include "client/cli/random_data.h"

#include <string_view>

#include "client/cli/escape.h"

namespace lsmkv::cli {

std::string RandomData::Key(const std::string& prefix) {
  std::string key = prefix;
  const uint64_t number = engine_();
  for (int shift = 56; shift >= 0; shift -= 8) {
    AppendHexByte(static_cast<unsigned char>((number >> shift) & 0xff), &key);
  }
  return key;
}

std::string RandomData::Value(size_t size_bytes) {
  constexpr std::string_view kAlphabet =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
  std::string value(size_bytes, '\0');
  uint64_t bits = 0;
  for (size_t i = 0; i < size_bytes; ++i) {
    if (i % 10 == 0) bits = engine_();
    value[i] = kAlphabet[bits & 63];
    bits >>= 6;
  }
  return value;
}

}  // namespace lsmkv::cli
