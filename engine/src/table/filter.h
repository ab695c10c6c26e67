// A Bloom filter whose bits for one key lie in one cache line, so that a test
// costs at most one miss.
// Source: F. Putze et al., "Cache-, Hash- and Space-Efficient Bloom Filters",
// 2007.

#ifndef LSMKV_ENGINE_SRC_TABLE_FILTER_H_
#define LSMKV_ENGINE_SRC_TABLE_FILTER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/src/table/meta_block.h"

namespace lsmkv::engine {

namespace filter_internal {
struct alignas(64) Line {
  std::array<uint64_t, 8> words{};
};
inline constexpr uint32_t kLineBits = 512;
inline constexpr int kProbesMax = 16;

inline uint32_t LineOf(uint64_t hash, uint32_t lines) {
  return static_cast<uint32_t>(((hash >> 32) * lines) >> 32);
}
// A sequence of bit numbers below kLineBits for one key.
class Probes {
 public:
  explicit Probes(uint64_t hash) : state_(static_cast<uint32_t>(hash)) {}
  uint32_t Next() {
    state_ *= 0x9e3779b9U;
    return state_ >> 23;
  }

 private:
  uint32_t state_;
};
}  // namespace filter_internal

// The filter block's contents for keys with these hashes (Hash64 of the user
// keys). About 1 % of absent keys pass with 10 bits per key.
std::string BuildFilter(const std::vector<uint64_t>& hashes, int bits_per_key);

// Immutable once parsed; safe to read from any thread.
class Filter {
 public:
  // Takes over the block. False if it is damaged.
  bool Parse(MetaBlock block);

  bool empty() const { return lines_ == 0; }
  size_t memory_bytes() const { return lines_ * sizeof(filter_internal::Line); }
  // Starts to fetch what MayContain will read.
  void Prefetch(uint64_t hash) const {
    if (!empty()) __builtin_prefetch(LineFor(hash));
  }
  // False only if no key with this hash was added.
  // REQUIRES: !empty().
  bool MayContain(uint64_t hash) const {
    const filter_internal::Line* line = LineFor(hash);
    filter_internal::Probes probes(hash);
    uint64_t all = 1;
    // Without a branch per probe: one wrong prediction costs more than all.
    for (int i = 0; i < probes_; ++i) {
      const uint32_t bit = probes.Next();
      all &= line->words[bit >> 6] >> (bit & 63);
    }
    return (all & 1) != 0;
  }

 private:
  const filter_internal::Line* LineFor(uint64_t hash) const {
    return reinterpret_cast<const filter_internal::Line*>(
               block_.contents().data()) +
           filter_internal::LineOf(hash, lines_);
  }

  MetaBlock block_;  // begins with the lines
  uint32_t lines_ = 0;
  int probes_ = 0;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_FILTER_H_
