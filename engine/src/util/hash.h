// Hash64 and Checksum32: XXH3, for filters and for checksums on disk.
// Source: https://github.com/Cyan4973/xxHash (XXH3_64bits_withSeed).

#ifndef LSMKV_ENGINE_SRC_UTIL_HASH_H_
#define LSMKV_ENGINE_SRC_UTIL_HASH_H_

#include <cstdint>
#include <memory>
#include <string_view>

namespace lsmkv::engine {

// Stable for ever: filters and files on disk depend on it.
uint64_t Hash64(std::string_view data, uint64_t seed = 0);

// The low half of Hash64. `salt` ties a checksum to where its bytes belong (a
// file's identity, an offset), so that sound bytes in a wrong place fail.
inline uint32_t Checksum32(std::string_view data, uint64_t salt) {
  return static_cast<uint32_t>(Hash64(data, salt));
}

// Hash64 of bytes that come piece by piece.
class StreamingHash64 {
 public:
  explicit StreamingHash64(uint64_t seed = 0);
  ~StreamingHash64();

  void Update(std::string_view data);
  // Of all that came so far.
  uint64_t Digest() const;

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_UTIL_HASH_H_
