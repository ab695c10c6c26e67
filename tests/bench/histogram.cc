#include "tests/bench/histogram.h"

#include <cmath>

namespace lsmkv::bench {

void Histogram::Merge(const Histogram& other) {
  for (size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
  max_ = std::max(max_, other.max_);
}

uint64_t Histogram::count() const {
  uint64_t count = 0;
  for (const uint64_t in_bucket : counts_) count += in_bucket;
  return count;
}

double Histogram::MiddleOf(size_t bucket) {
  if (bucket < 2 * kCuts) return static_cast<double>(bucket);
  const auto shift = static_cast<int>(bucket / kCuts - 1);
  const uint64_t first = bucket % kCuts + kCuts;
  return std::ldexp(static_cast<double>(first) + 0.5, shift);
}

double Histogram::Quantile(double fraction) const {
  const double wanted = fraction * static_cast<double>(count());
  uint64_t seen = 0;
  for (size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += counts_[bucket];
    if (seen > 0 && static_cast<double>(seen) >= wanted) {
      return std::min(MiddleOf(bucket), static_cast<double>(max_));
    }
  }
  return 0;
}

}  // namespace lsmkv::bench
