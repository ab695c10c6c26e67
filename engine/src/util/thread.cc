#include "engine/src/util/thread.h"

#include <system_error>
#include <utility>

#include "engine/src/util/status.h"

#if defined(LSMKV_TEST_HOOKS)
#include "lsmkv/engine/testing/scheduler.h"
#endif

namespace lsmkv::engine {

absl::Status Thread::Start(absl::AnyInvocable<void() &&> main) {
  LSMKV_CHECK(!running());
#if defined(LSMKV_TEST_HOOKS)
  if (Scheduler* const scheduler = Scheduler::Current()) {
    ended_ = std::make_shared<std::atomic<bool>>(false);
    auto run = [scheduler, ended = ended_, main = std::move(main)]() mutable {
      std::move(main)();
      ended->store(true);
      scheduler->WakeAll(ended.get());
    };
    LSMKV_ASSIGN_OR_RETURN(main, scheduler->Adopt(std::move(run)));
  }
#endif
  // The one way in which std::thread tells it.
  try {
    thread_ = std::thread(std::move(main));
  } catch (const std::system_error& error) {
    return MakeStatus(absl::StatusCode::kResourceExhausted,
                      "cannot start a thread: ", error.what());
  }
  return absl::OkStatus();
}

void Thread::Join() {
#if defined(LSMKV_TEST_HOOKS)
  if (Scheduler* const scheduler = Scheduler::Current()) {
    while (!ended_->load()) {
      scheduler->Wait("join", ended_.get(), Scheduler::kForever);
    }
  }
#endif
  thread_.join();
}

#if defined(LSMKV_TEST_HOOKS)

void YieldThread() {
  if (Scheduler* const scheduler = Scheduler::Current()) {
    scheduler->Yield("yield");
  } else {
    std::this_thread::yield();
  }
}

void WaitWhileEqual(const std::atomic<uint32_t>& value, uint32_t old) {
  Scheduler* const scheduler = Scheduler::Current();
  if (scheduler == nullptr) {
    value.wait(old, std::memory_order_acquire);
    return;
  }
  while (value.load(std::memory_order_acquire) == old) {
    scheduler->Wait("atomic", &value, Scheduler::kForever);
  }
}

void NotifyWaiter(std::atomic<uint32_t>* value) {
  if (Scheduler* const scheduler = Scheduler::Current()) {
    scheduler->WakeAll(value);
    scheduler->Pass("notify");
  } else {
    value->notify_one();
  }
}

void SchedulePoint(const char* where) {
  if (Scheduler* const scheduler = Scheduler::Current()) scheduler->Pass(where);
}

#endif  // LSMKV_TEST_HOOKS

}  // namespace lsmkv::engine
