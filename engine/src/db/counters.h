// Counters: what a store counts while it works, for Stats. Not per read.

#ifndef LSMKV_ENGINE_SRC_DB_COUNTERS_H_
#define LSMKV_ENGINE_SRC_DB_COUNTERS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "engine/src/version/version_edit.h"
#include "lsmkv/engine/stats.h"

namespace lsmkv::engine {

// A histogram that many threads add to. Relaxed: the numbers of one snapshot
// need not be of the same instant.
template <size_t kBuckets>
class Histogram {
 public:
  explicit Histogram(const std::array<double, kBuckets>& bounds)
      : bounds_(bounds) {}

  void Add(double value) {
    size_t i = 0;
    while (i < kBuckets && value > bounds_[i]) ++i;
    counts_[i].fetch_add(1, std::memory_order_relaxed);
    double sum = sum_.load(std::memory_order_relaxed);
    while (!sum_.compare_exchange_weak(sum, sum + value,
                                       std::memory_order_relaxed)) {
    }
  }
  HistogramSnapshot<kBuckets> Snapshot() const {
    HistogramSnapshot<kBuckets> out;
    out.bounds = bounds_;
    for (size_t i = 0; i < counts_.size(); ++i) {
      out.counts[i] = counts_[i].load(std::memory_order_relaxed);
    }
    out.sum = sum_.load(std::memory_order_relaxed);
    return out;
  }

 private:
  const std::array<double, kBuckets> bounds_;
  std::array<std::atomic<uint64_t>, kBuckets + 1> counts_{};
  std::atomic<double> sum_{0};
};

inline constexpr std::array<double, 14> kSyncSecondsBounds = {
    .00005, .0001, .0002, .0005, .001, .002, .005,
    .01,    .02,   .05,   .1,    .2,   .5,   1};
inline constexpr std::array<double, 14> kJobSecondsBounds = {
    .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120};
inline constexpr std::array<double, 10> kGroupBounds = {1,  2,  4,   8,   16,
                                                        32, 64, 128, 256, 512};

struct Counters {
  std::atomic<uint64_t> writes{0};
  std::atomic<uint64_t> commit_groups{0};
  std::atomic<uint64_t> wal_syncs{0};
  std::atomic<uint64_t> flushes{0};
  std::atomic<uint64_t> flush_written_bytes{0};
  std::atomic<uint64_t> compactions{0};
  std::atomic<uint64_t> write_delays{0};
  std::atomic<uint64_t> write_delay_micros{0};
  std::atomic<uint64_t> write_stops{0};
  std::atomic<uint64_t> write_stop_micros{0};
  std::atomic<uint64_t> open_iterators{0};
  std::array<std::atomic<uint64_t>, kLevels> compaction_read_bytes{};
  std::array<std::atomic<uint64_t>, kLevels> compaction_written_bytes{};
  Histogram<14> wal_sync_seconds{kSyncSecondsBounds};
  Histogram<10> group_commit_writes{kGroupBounds};
  Histogram<14> flush_seconds{kJobSecondsBounds};
  Histogram<14> compaction_seconds{kJobSecondsBounds};
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_DB_COUNTERS_H_
