#include "engine/src/table/table_counters.h"

#include <bit>

#include "lsmkv/engine/mutex.h"

namespace lsmkv::engine::counters_internal {
namespace {

// Which cells belong to a living thread: bit i for cell i. Cell 0 never does.
class CellPool {
 public:
  uint32_t Take() ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(&mu_);
    if (free_ == 0) return kSharedCell;
    const int cell = std::countr_zero(free_);
    free_ &= free_ - 1;
    return static_cast<uint32_t>(cell);
  }
  void Return(uint32_t cell) ABSL_LOCKS_EXCLUDED(mu_) {
    if (cell == kSharedCell) return;
    MutexLock lock(&mu_);
    free_ |= uint64_t{1} << cell;
  }

 private:
  static_assert(kCells == 64);
  Mutex mu_;
  uint64_t free_ ABSL_GUARDED_BY(mu_) = ~uint64_t{1};
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
