// KeyPrefix: the start of a key as an integer, for cheap comparisons.

#ifndef LSMKV_ENGINE_SRC_UTIL_KEY_PREFIX_H_
#define LSMKV_ENGINE_SRC_UTIL_KEY_PREFIX_H_

#include <cstdint>
#include <cstring>
#include <string_view>

namespace lsmkv::engine {

// The first eight bytes of a key, zero padded, as an integer that orders as
// the bytes do. Equal prefixes say nothing about the keys.
inline uint64_t KeyPrefix(std::string_view key) {
  uint64_t prefix = 0;
  if (key.size() >= sizeof(prefix)) {
    std::memcpy(&prefix, key.data(), sizeof(prefix));
  } else if (!key.empty()) {
    std::memcpy(&prefix, key.data(), key.size());
  }
  return __builtin_bswap64(prefix);
}

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_UTIL_KEY_PREFIX_H_
