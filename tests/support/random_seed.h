// Random: a small fast generator for tests, the same on every platform; and
// TestSeed, which makes a random test repeatable.
//
//   Random rng(TestSeed());
//   const uint64_t n = rng.Uniform(100);
//
// TestSeed prints the seed, so that a failure can be run again with
// LSMKV_TEST_SEED=<seed>. Not for anything secret. Not thread-safe: give each
// thread its own Random.

#ifndef LSMKV_TESTS_SUPPORT_RANDOM_SEED_H_
#define LSMKV_TESTS_SUPPORT_RANDOM_SEED_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

namespace lsmkv {

// LSMKV_TEST_SEED if it is set, else a seed no run had before.
inline uint64_t TestSeed() {
  uint64_t seed = 0;
  const char* given = std::getenv("LSMKV_TEST_SEED");
  if (given != nullptr && *given != '\0') {
    seed = std::strtoull(given, nullptr, 10);
  } else {
    std::random_device device;
    seed = (uint64_t{device()} << 32) | device();
  }
  std::printf("LSMKV_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  return seed;
}

// SplitMix64. Also meets UniformRandomBitGenerator, for std::shuffle.
class Random {
 public:
  using result_type = uint64_t;

  explicit Random(uint64_t seed) : state_(seed) {}

  static constexpr uint64_t min() { return 0; }
  static constexpr uint64_t max() {
    return std::numeric_limits<uint64_t>::max();
  }
  uint64_t operator()() { return Next(); }

  uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15u;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  // In [0, n). REQUIRES: n > 0.
  uint64_t Uniform(uint64_t n) { return Next() % n; }

  // In [low, high], both included. REQUIRES: low <= high, and not the whole
  // range of uint64_t.
  uint64_t Between(uint64_t low, uint64_t high) {
    return low + Uniform(high - low + 1);
  }

  // True once in `n` calls on average. REQUIRES: n > 0.
  bool OneIn(uint64_t n) { return Uniform(n) == 0; }

  // In [0, 2^max_log), each length in bits equally likely: many small numbers
  // and some large ones. REQUIRES: max_log < 64.
  uint64_t Skewed(uint64_t max_log) {
    return Uniform(uint64_t{1} << Uniform(max_log + 1));
  }

  // `n` bytes of every value.
  std::string Bytes(size_t n) {
    std::string out(n, '\0');
    for (char& c : out) c = static_cast<char>(Next() & 0xff);
    return out;
  }

  // `n` printable letters.
  std::string Letters(size_t n) {
    std::string out(n, '\0');
    for (char& c : out) c = static_cast<char>('a' + Uniform(26));
    return out;
  }

 private:
  uint64_t state_;
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_RANDOM_SEED_H_
