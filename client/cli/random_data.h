// Random keys and values for batch and bench.

#ifndef LSMKV_CLIENT_CLI_RANDOM_DATA_H_
#define LSMKV_CLIENT_CLI_RANDOM_DATA_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace lsmkv::cli {

// One thread at a time; the same seed gives the same data.
class RandomData {
 public:
  explicit RandomData(uint64_t seed) : engine_(seed) {}

  uint64_t Number() { return engine_(); }

  // `prefix` and 16 hexadecimal digits.
  std::string Key(const std::string& prefix);

  // Letters and digits, which compress about as little as base64 does.
  std::string Value(size_t size_bytes);

 private:
  std::mt19937_64 engine_;
};

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_RANDOM_DATA_H_
