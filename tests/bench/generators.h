// The keys, values and orders that every engine is given: pure functions of
// the seed, so that all see the same bytes in every round.
//
// A store holds the records 0..n-1. Record i has the key number 2i; the odd
// numbers are the keys that are never there, spread among those that are.
//
// Threads: one object per thread, but for Permutation, Zipf and Values, which
// are immutable.

#ifndef LSMKV_TESTS_BENCH_GENERATORS_H_
#define LSMKV_TESTS_BENCH_GENERATORS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lsmkv::bench {

// A bijection that scatters its argument over all 64-bit numbers.
uint64_t Mix64(uint64_t x);

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next();
  // In [0, n). REQUIRES: n > 0.
  uint64_t Below(uint64_t n);
  // In [0, 1).
  double Fraction();

 private:
  uint64_t state_;
};

enum class KeyShape {
  kDecimal,  // the number in decimal, zeros in front: in order of the number
  kHashed,   // "user", then hex of the scattered number: in no order
  kBinary,   // random bytes
  kSkewed,   // a word, then letters and digits in no order; half of all keys
             // have one word, a quarter the next, and so on
};

// Room that a key of any shape needs, in bytes.
inline constexpr size_t kKeyBytesMin = 16;

class Keys {
 public:
  // REQUIRES: key_bytes >= kKeyBytesMin.
  Keys(KeyShape shape, size_t key_bytes);
  // The key of record `i`, and a key that is not there. The views live until
  // the next call. REQUIRES: i < 10^14.
  std::string_view Present(uint64_t i) { return Encode(2 * i); }
  std::string_view Absent(uint64_t i) { return Encode(2 * i + 1); }

 private:
  std::string_view Encode(uint64_t number);
  void EncodeDecimal(uint64_t number);
  void EncodeHashed(uint64_t number);
  void EncodeBinary(uint64_t number);
  void EncodeSkewed(uint64_t number);

  const KeyShape shape_;
  std::string buffer_;
};

// Values that a fast compressor shrinks to about half. The first bytes of a
// value tell the record it belongs to; the rest depends on the record and the
// salt, so that an overwrite changes the value.
class Values {
 public:
  Values(size_t value_bytes, uint64_t seed);

  // Writes the value into *value, whose buffer is used again.
  void Make(uint64_t i, uint64_t salt, std::string* value) const;
  // Whether `value` is one of record `i`.
  bool BelongsTo(uint64_t i, std::string_view value) const;

 private:
  const size_t value_bytes_;
  std::string pool_;  // whole values, back to back
};

// 0..n-1, each once, in random order; takes no memory.
class Permutation {
 public:
  // REQUIRES: n > 0.
  Permutation(uint64_t n, uint64_t seed);
  // REQUIRES: i < n.
  uint64_t At(uint64_t i) const;

 private:
  uint64_t Scatter(uint64_t x) const;

  const uint64_t n_;
  const uint64_t seed_;
  uint32_t half_bits_ = 1;  // the domain has 2 * half_bits_ bits
};

// Ranks in [0, n), rank r with a probability in proportion to 1 / (r+1)^0.99,
// the skew of YCSB. The formula is that of Gray et al., "Quickly Generating
// Billion-Record Synthetic Databases" (1994).
class Zipf {
 public:
  explicit Zipf(uint64_t n);  // takes O(n) time
  // The rank that a fraction in [0, 1) falls to.
  uint64_t Rank(double fraction) const;

 private:
  const uint64_t n_;
  double zeta_ = 0;
  double alpha_ = 0;
  double eta_ = 0;
};

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_GENERATORS_H_
