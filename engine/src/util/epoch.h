// Epoch-based reclamation: readers announce that they are reading, with one
// store and no lock; what writers unlink is freed once every reader that could
// still see it is done.
//
//   reader:  EpochGuard guard;  p = pointer.load(acquire);  ... use *p ...
//   writer:  old = pointer.exchange(next);  Epochs::Retire([old] { delete old;
//   });
//
// A guard must be short: it holds back all reclamation in the process. Guards
// nest. Safe from any thread.
// Source: K. Fraser, "Practical lock-freedom", 2004, section 5.2.3.

#ifndef LSMKV_ENGINE_SRC_UTIL_EPOCH_H_
#define LSMKV_ENGINE_SRC_UTIL_EPOCH_H_

#include <atomic>
#include <cstdint>

#include "absl/functional/any_invocable.h"

namespace lsmkv::engine {

namespace epoch_internal {
// What one thread announces. Records are never freed, only handed on.
struct alignas(64) ThreadRecord {
  // 0: not reading; else the epoch in which the read began.
  std::atomic<uint64_t> epoch{0};
  uint32_t depth = 0;  // of nested guards; used by the owning thread only
  std::atomic<bool> in_use{false};
  ThreadRecord* next = nullptr;
};
extern std::atomic<uint64_t> global_epoch;
ThreadRecord* AcquireRecord();
inline ThreadRecord*& CachedRecord() {
  thread_local ThreadRecord* record = nullptr;
  return record;
}
}  // namespace epoch_internal

class EpochGuard {
 public:
  EpochGuard() {
    auto*& cached = epoch_internal::CachedRecord();
    if (cached == nullptr) [[unlikely]] {
      cached = epoch_internal::AcquireRecord();
    }
    record_ = cached;
    if (record_->depth++ == 0) {
      record_->epoch.store(
          epoch_internal::global_epoch.load(std::memory_order_relaxed),
          std::memory_order_relaxed);
      // A writer that does not see this store has its unlinking seen by every
      // load after it: pairs with the fence of Epochs::Retire.
      std::atomic_thread_fence(std::memory_order_seq_cst);
    }
  }
  ~EpochGuard() {
    if (--record_->depth == 0) {
      record_->epoch.store(0, std::memory_order_release);
    }
  }
  EpochGuard(const EpochGuard&) = delete;
  EpochGuard& operator=(const EpochGuard&) = delete;

 private:
  epoch_internal::ThreadRecord* record_;
};

class Epochs {
 public:
  // Runs `free` once every guard that exists now is gone: at once, or inside a
  // later Retire or Drain, on whatever thread calls it. What it frees must
  // have been unlinked before.
  static void Retire(absl::AnyInvocable<void() &&> free);
  // Frees what can be freed. True if nothing is left waiting for readers.
  static bool Collect();
  // Waits until all that was retired before the call is freed, by whatever
  // thread.
  // REQUIRES: the calling thread holds no guard.
  static void Drain();
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_UTIL_EPOCH_H_
