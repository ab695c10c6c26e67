// Mutex and CondVar of an engine built with LSMKV_TEST_HOOKS: they ask the
// calling thread's Scheduler, if it has one. Included by lsmkv/engine/mutex.h,
// which describes both; not installed.

#ifndef LSMKV_ENGINE_TESTING_SCHEDULED_MUTEX_H_
#define LSMKV_ENGINE_TESTING_SCHEDULED_MUTEX_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "absl/base/thread_annotations.h"

#include "lsmkv/engine/testing/scheduler.h"

namespace lsmkv::engine {

// With a scheduler the std::mutex is still taken, but never waited for:
// sanitizers see it, and a thread that none schedules may share it.
class ABSL_LOCKABLE Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    Scheduler* const scheduler = Scheduler::Current();
    if (scheduler == nullptr) {
      mu_.lock();
      return;
    }
    scheduler->Pass("lock");
    while (!mu_.try_lock()) {
      scheduler->Wait("lock", this, Scheduler::kForever);
    }
  }
  void Unlock() ABSL_UNLOCK_FUNCTION() {
    mu_.unlock();
    Scheduler* const scheduler = Scheduler::Current();
    if (scheduler == nullptr) return;
    scheduler->WakeAll(this);
    scheduler->Pass("unlock");
  }
  bool TryLock() ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    Scheduler* const scheduler = Scheduler::Current();
    if (scheduler != nullptr) scheduler->Pass("try lock");
    return mu_.try_lock();
  }
  void AssertHeld() const ABSL_ASSERT_EXCLUSIVE_LOCK() {}

 private:
  friend class CondVar;
  std::mutex mu_;
};

class CondVar {
 public:
  void Wait(Mutex* mu) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    if (Scheduler* const scheduler = Scheduler::Current()) {
      ScheduledWait(scheduler, mu, Scheduler::kForever);
      return;
    }
    std::unique_lock<std::mutex> lock(mu->mu_, std::adopt_lock);
    cv_.wait(lock);
    lock.release();
  }
  bool WaitFor(Mutex* mu, uint64_t micros) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    if (Scheduler* const scheduler = Scheduler::Current()) {
      return ScheduledWait(scheduler, mu, micros);
    }
    std::unique_lock<std::mutex> lock(mu->mu_, std::adopt_lock);
    const auto result = cv_.wait_for(lock, std::chrono::microseconds(micros));
    lock.release();
    return result == std::cv_status::no_timeout;
  }
  void Signal() {
    if (Scheduler* const scheduler = Scheduler::Current()) {
      scheduler->WakeOne(this);
    }
    cv_.notify_one();
  }
  void SignalAll() {
    if (Scheduler* const scheduler = Scheduler::Current()) {
      scheduler->WakeAll(this);
    }
    cv_.notify_all();
  }

 private:
  bool ScheduledWait(Scheduler* scheduler, Mutex* mu, uint64_t micros) {
    // Who wakes without the lock may do so now, in vain.
    scheduler->Pass("about to wait");
    // Nothing happens between unlocking and waiting.
    mu->mu_.unlock();
    scheduler->WakeAll(mu);
    const bool woken = scheduler->Wait("condition", this, micros);
    while (!mu->mu_.try_lock()) {
      scheduler->Wait("lock", mu, Scheduler::kForever);
    }
    return woken;
  }

  std::condition_variable cv_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_TESTING_SCHEDULED_MUTEX_H_
