// Mutex, MutexLock and CondVar: std::mutex with the attributes that let clang's
// -Wthread-safety check which lock guards which field.
//
// absl::Mutex is not used: some distributions build it with its deadlock
// detector always on, which costs time in every process, and
// ThreadSanitizer does not understand it from outside.

#ifndef LSMKV_ENGINE_MUTEX_H_
#define LSMKV_ENGINE_MUTEX_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "absl/base/thread_annotations.h"

#if defined(LSMKV_TEST_HOOKS)
#include "lsmkv/engine/testing/scheduled_mutex.h"
#endif

namespace lsmkv::engine {

#if !defined(LSMKV_TEST_HOOKS)

class ABSL_LOCKABLE Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mu_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mu_.unlock(); }
  bool TryLock() ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    return mu_.try_lock();
  }
  // Tells the analysis, where it cannot see it, that the lock is held.
  void AssertHeld() const ABSL_ASSERT_EXCLUSIVE_LOCK() {}

 private:
  friend class CondVar;
  std::mutex mu_;
};

// Waits for a change of what a Mutex guards. As with std::condition_variable,
// a wait may end without a signal: wait in a loop over the condition.
class CondVar {
 public:
  // REQUIRES: *mu is held; it is held again on return.
  void Wait(Mutex* mu) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    std::unique_lock<std::mutex> lock(mu->mu_, std::adopt_lock);
    cv_.wait(lock);
    lock.release();
  }
  // The same for at most `micros`; false if the time ran out.
  bool WaitFor(Mutex* mu, uint64_t micros) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    std::unique_lock<std::mutex> lock(mu->mu_, std::adopt_lock);
    const auto result = cv_.wait_for(lock, std::chrono::microseconds(micros));
    lock.release();
    return result == std::cv_status::no_timeout;
  }
  void Signal() { cv_.notify_one(); }
  void SignalAll() { cv_.notify_all(); }

 private:
  std::condition_variable cv_;
};

#endif  // the test hooks have their own of both

// Holds a Mutex for a scope.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex* mu) ABSL_EXCLUSIVE_LOCK_FUNCTION(mu) : mu_(mu) {
    mu_->Lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mu_->Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex* const mu_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_MUTEX_H_
