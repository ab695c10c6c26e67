// Random: a small fast generator for file identities.
// Source: splitmix64, S. Vigna, https://prng.di.unimi.it/splitmix64.c (public
// domain); written anew.

#ifndef LSMKV_ENGINE_SRC_UTIL_RANDOM_H_
#define LSMKV_ENGINE_SRC_UTIL_RANDOM_H_

#include <cstdint>

namespace lsmkv::engine {

class Env;

// One thread at a time.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  uint64_t state_;
};

// A number no other file has, but by a chance of 1 in 2^64; never 0.
uint64_t RandomFileId(Env* env);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_UTIL_RANDOM_H_
