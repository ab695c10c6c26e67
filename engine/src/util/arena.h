// Arena: memory that is handed out piece by piece and freed all at once.
//
// Threads: Allocate may be called from many threads; it takes a lock only when
// a block is used up. Memory lives as long as the arena.

#ifndef LSMKV_ENGINE_SRC_UTIL_ARENA_H_
#define LSMKV_ENGINE_SRC_UTIL_ARENA_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "lsmkv/engine/mutex.h"

namespace lsmkv::engine {

class Arena {
 public:
  // Takes memory from the system in blocks of `block_bytes`, at most 2 MiB.
  explicit Arena(size_t block_bytes);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // `bytes` of uninitialised memory, aligned for pointers; if all pieces have
  // whole cache lines, each begins with one. Never null.
  char* Allocate(size_t bytes) {
    bytes = (bytes + kAlign - 1) & ~(kAlign - 1);
    // A large piece gets a block of its own, so that the rest of the current
    // one is not given up for it.
    if (bytes > block_bytes_ / 4) [[unlikely]] {
      return AllocateLarge(bytes);
    }
    Block* block = current_.load(std::memory_order_acquire);
    const size_t at = block->used.fetch_add(bytes, std::memory_order_relaxed);
    if (at + bytes <= block->bytes) [[likely]] {
      return block->data() + at;
    }
    return AllocateSlow(bytes);
  }

  // Memory that is new to the process the system has to clear first: of a block
  // of 2 MiB, 0.2 ms, and some ms where the machine is a virtual one that has
  // not had it either. One such block is kept ready, and may be prepared where
  // no writer waits. Any thread.
  static bool WantsReadyBlock();  // it was taken
  static void PrepareReadyBlock();

  // What the arena has taken from the system.
  size_t allocated_bytes() const {
    return allocated_bytes_.load(std::memory_order_relaxed);
  }
  // What has been handed out of it, about.
  size_t used_bytes() const;

 private:
  static constexpr size_t kAlign = alignof(void*);
  static constexpr size_t kBlockAlign = 64;  // a cache line

  struct alignas(kBlockAlign) Block {
    size_t bytes;
    std::atomic<size_t> used{0};
    char* data() { return reinterpret_cast<char*>(this + 1); }
  };

  char* AllocateLarge(size_t bytes) ABSL_LOCKS_EXCLUDED(mu_);
  char* AllocateSlow(size_t bytes) ABSL_LOCKS_EXCLUDED(mu_);
  Block* NewBlock(size_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const size_t block_bytes_;
  std::atomic<Block*> current_{nullptr};
  std::atomic<size_t> allocated_bytes_{0};
  Mutex mu_;
  std::vector<Block*> blocks_ ABSL_GUARDED_BY(mu_);
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_UTIL_ARENA_H_
