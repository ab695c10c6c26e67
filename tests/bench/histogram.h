// Histogram: how often which number came, in buckets no wider than 1/64 of the
// numbers in them. Of fixed size: counting allocates nothing.
//
// Threads: one object per thread; Merge them when all are done.

#ifndef LSMKV_TESTS_BENCH_HISTOGRAM_H_
#define LSMKV_TESTS_BENCH_HISTOGRAM_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace lsmkv::bench {

class Histogram {
 public:
  void Add(uint64_t number) {
    ++counts_[BucketOf(number)];
    max_ = std::max(max_, number);
  }
  void Merge(const Histogram& other);

  uint64_t count() const;
  uint64_t max() const { return max_; }
  // The number that `fraction` of all numbers do not exceed, 1 % off at most;
  // 0 if there are none. REQUIRES: 0 < fraction <= 1.
  double Quantile(double fraction) const;

 private:
  // Each power of two is cut into so many buckets; numbers below have one each.
  static constexpr uint32_t kCutBits = 6;
  static constexpr uint64_t kCuts = uint64_t{1} << kCutBits;
  static constexpr size_t kBuckets = (64 - kCutBits + 1) * kCuts;

  static size_t BucketOf(uint64_t number) {
    if (number < kCuts) return number;
    const auto shift =
        static_cast<uint32_t>(std::bit_width(number)) - 1 - kCutBits;
    return (shift * kCuts) + (number >> shift);
  }
  static double MiddleOf(size_t bucket);

  std::array<uint64_t, kBuckets> counts_ = {};
  uint64_t max_ = 0;
};

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_HISTOGRAM_H_
