// Thread, and the other ways in which threads wait for each other without a
// Mutex. Everything in the engine that starts, yields to or waits for a thread
// goes through here or lsmkv/engine/mutex.h, so that the engine built with
// LSMKV_TEST_HOOKS can be run by a scheduler.

#ifndef LSMKV_ENGINE_SRC_UTIL_THREAD_H_
#define LSMKV_ENGINE_SRC_UTIL_THREAD_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"

namespace lsmkv::engine {

// A thread that is started and joined by its owner.
class Thread {
 public:
  Thread() = default;
  Thread(Thread&&) = default;
  // REQUIRES: it is not running.
  Thread& operator=(Thread&&) = default;

  // Runs `main` on a new thread. RESOURCE_EXHAUSTED if there is none to be had.
  // REQUIRES: it is not running.
  absl::Status Start(absl::AnyInvocable<void() &&> main);
  bool running() const { return thread_.joinable(); }
  // Waits for the end of `main`. REQUIRES: running().
  void Join();

 private:
  std::thread thread_;
#if defined(LSMKV_TEST_HOOKS)
  std::shared_ptr<std::atomic<bool>> ended_;
#endif
};

#if defined(LSMKV_TEST_HOOKS)
void YieldThread();
void WaitWhileEqual(const std::atomic<uint32_t>& value, uint32_t old);
void NotifyWaiter(std::atomic<uint32_t>* value);
void SchedulePoint(const char* where);
// Marks a place between two steps that other threads may come between, for a
// scheduler that only knows of locks otherwise.
#define LSMKV_SCHEDULE_POINT(where) (::lsmkv::engine::SchedulePoint(where))
#else
#define LSMKV_SCHEDULE_POINT(where) static_cast<void>(0)

// Lets others run.
inline void YieldThread() { std::this_thread::yield(); }
// Waits until `value` is not `old`. Acquire.
inline void WaitWhileEqual(const std::atomic<uint32_t>& value, uint32_t old) {
  value.wait(old, std::memory_order_acquire);
}
// Wakes a thread that waits for `value`, which may be gone already.
inline void NotifyWaiter(std::atomic<uint32_t>* value) { value->notify_one(); }
#endif

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_UTIL_THREAD_H_
