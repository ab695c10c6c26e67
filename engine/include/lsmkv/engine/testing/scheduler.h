// Scheduler: what takes over the threads of an engine built with
// LSMKV_TEST_HOOKS, so that a test decides who runs when. Not installed;
// nothing deployed includes it.
//
// A thread that has a scheduler asks it wherever it would otherwise ask the
// operating system: to wait, to wake others, to start a thread; and tells it
// where another thread might come in between. Threads without one run as ever.
// Locks, condition variables, joins and waits on atomics are built of this:
// scheduled_mutex.h and engine/src/util/thread.h.

#ifndef LSMKV_ENGINE_TESTING_SCHEDULER_H_
#define LSMKV_ENGINE_TESTING_SCHEDULER_H_

#include <cstdint>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"

namespace lsmkv::engine {

// Its methods are called by the threads that it schedules, of which one runs
// at a time: between two calls nothing else happens.
class Scheduler {
 public:
  using ThreadMain = absl::AnyInvocable<void() &&>;
  static constexpr uint64_t kForever = UINT64_MAX;

  virtual ~Scheduler() = default;

  // The calling thread's; null for most.
  static Scheduler*& Current() {
    constinit thread_local Scheduler* current = nullptr;
    return current;
  }

  // Others may go on here. `where` lives for ever.
  virtual void Pass(const char* where) = 0;
  // The same, and the calling thread can do nothing before one of them does.
  virtual void Yield(const char* where) = 0;
  // Waits for a Wake with the same `what`, which is compared, never followed;
  // false if `micros` of the scheduler's clock pass first. Wakes are not kept
  // for who comes late.
  virtual bool Wait(const char* where, const void* what, uint64_t micros) = 0;
  virtual void WakeOne(const void* what) = 0;
  virtual void WakeAll(const void* what) = 0;
  // What a new thread has to run in place of `main`; or fails as the system
  // does that has no thread left.
  virtual absl::StatusOr<ThreadMain> Adopt(ThreadMain main) = 0;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_TESTING_SCHEDULER_H_
