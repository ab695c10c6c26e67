// TableCounters: how often table reads met the cache and the filters.
//
// Every thread counts in a cache line of its own, so that counting costs about
// a nanosecond and never makes two cores share a line. Sums are exact once the
// counting threads are quiet.

#ifndef LSMKV_ENGINE_SRC_TABLE_TABLE_COUNTERS_H_
#define LSMKV_ENGINE_SRC_TABLE_TABLE_COUNTERS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace lsmkv::engine {

namespace counters_internal {
inline constexpr uint32_t kCells = 64;
// Cell 0 is for threads that found no cell of their own free.
inline constexpr uint32_t kSharedCell = 0;
inline constexpr uint32_t kNoCell = UINT32_MAX;
// Gives the calling thread a cell until it ends.
uint32_t AcquireCell();
inline uint32_t& CachedCell() {
  thread_local uint32_t cell = kNoCell;
  return cell;
}
}  // namespace counters_internal

class TableCounters {
 public:
  enum Kind : uint8_t {
    kCacheHits,
    kCacheMisses,
    kFilterNegatives,
    kFilterFalsePositives,
    kFiltersDamaged,
    kKinds,
  };

  void Add(Kind kind) {
    uint32_t& cell = counters_internal::CachedCell();
    if (cell == counters_internal::kNoCell) [[unlikely]] {
      cell = counters_internal::AcquireCell();
    }
    std::atomic<uint64_t>& value = cells_[cell].values[kind];
    if (cell == counters_internal::kSharedCell) [[unlikely]] {
      value.fetch_add(1, std::memory_order_relaxed);
    } else {
      // No other thread writes this cell, so that no locked add is needed.
      value.store(value.load(std::memory_order_relaxed) + 1,
                  std::memory_order_relaxed);
    }
  }

  // Block reads that found the block in the cache, or had to read the file.
  uint64_t cache_hits() const { return Sum(kCacheHits); }
  uint64_t cache_misses() const { return Sum(kCacheMisses); }
  // Lookups that a filter answered, and those it let through for nothing.
  uint64_t filter_negatives() const { return Sum(kFilterNegatives); }
  uint64_t filter_false_positives() const { return Sum(kFilterFalsePositives); }
  // Tables opened whose filter was damaged and is not used.
  uint64_t filters_damaged() const { return Sum(kFiltersDamaged); }

 private:
  struct alignas(64) Cell {
    std::array<std::atomic<uint64_t>, kKinds> values{};
  };

  uint64_t Sum(Kind kind) const {
    uint64_t sum = 0;
    for (const Cell& cell : cells_) {
      sum += cell.values[kind].load(std::memory_order_relaxed);
    }
    return sum;
  }

  std::array<Cell, counters_internal::kCells> cells_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_TABLE_COUNTERS_H_
