#include "engine/src/table/table_counters.h"

#include <atomic>
#include <bit>

namespace lsmkv::engine::counters_internal {
namespace {

// Which cells belong to no living thread: bit i for cell i. Cell 0 never does.
// Without a lock, since a thread gives its cell back while it ends, when nobody
// can schedule it any more.
class CellPool {
 public:
  uint32_t Take() {
    uint64_t free = free_.load(std::memory_order_relaxed);
    // Acquire, and release below: the thread before has made its last count.
    while (free != 0 && !free_.compare_exchange_weak(
                            free, free & (free - 1), std::memory_order_acquire,
                            std::memory_order_relaxed)) {
    }
    if (free == 0) return kSharedCell;
    return static_cast<uint32_t>(std::countr_zero(free));
  }
  void Return(uint32_t cell) {
    if (cell == kSharedCell) return;
    free_.fetch_or(uint64_t{1} << cell, std::memory_order_release);
  }

 private:
  static_assert(kCells == 64);
  std::atomic<uint64_t> free_{~uint64_t{1}};
};

CellPool& Pool() {
  // Never destroyed: threads may end after static destruction began.
  static CellPool* const pool = new CellPool;
  return *pool;
}

struct Releaser {
  uint32_t cell = kSharedCell;
  ~Releaser() {
    // Destructors of other thread locals may still count.
    CachedCell() = kSharedCell;
    Pool().Return(cell);
  }
};

}  // namespace

uint32_t AcquireCell() {
  thread_local Releaser releaser;
  releaser.cell = Pool().Take();
  return releaser.cell;
}

}  // namespace lsmkv::engine::counters_internal
