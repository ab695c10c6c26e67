#include "tests/support/sim_scheduler.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <utility>

#include <linux/futex.h>

#include "engine/src/util/status.h"

namespace lsmkv {
namespace {

// More than any run needs: who gets there goes round in circles.
constexpr uint64_t kEventsMax = 3'000'000;
// A thread that waits is woken for nothing this seldom, as the system may.
constexpr uint64_t kWakeByChanceOneIn = 3000;
constexpr uint64_t kYieldMicrosMax = 50;
// A thread is stopped where it stands this seldom, for so long at most.
constexpr uint64_t kStopOneIn = 400;
constexpr uint64_t kStopMicrosLog2 = 15;

// A gate that one thread waits at and another opens. Not a std::atomic's
// wait, which spins first: every thread but one is waiting here.
class Gate {
 public:
  void Open() {
    open_.store(1, std::memory_order_release);
    Futex(FUTEX_WAKE_PRIVATE, 1);
  }
  // Leaves the gate closed behind.
  void Await() {
    while (open_.exchange(0, std::memory_order_acquire) == 0) {
      Futex(FUTEX_WAIT_PRIVATE, 0);
    }
  }

 private:
  void Futex(int operation, uint32_t value) {
    ::syscall(SYS_futex, &open_, operation, value, nullptr, nullptr, 0);
  }
  std::atomic<uint32_t> open_{0};
};

}  // namespace

struct SimScheduler::SimThread {
  uint32_t id = 0;
  uint64_t priority = 0;
  bool ended = false;
  // Of a thread that waits.
  bool runnable = true;
  bool woken = false;
  const char* where = "start";
  const void* what = nullptr;
  uint64_t deadline = kForever;
  Gate gate;
};

SimScheduler::SimScheduler(uint64_t seed)
    : rng_(seed), by_priority_(rng_.OneIn(2)) {
  static constexpr uint64_t kWalk[] = {1, 3, 10, 40};
  static constexpr uint64_t kPriority[] = {10, 50, 200, 1000};
  change_one_in_ = (by_priority_ ? kPriority : kWalk)[rng_.Uniform(4)];
}

SimScheduler::~SimScheduler() = default;

std::string SimScheduler::Describe() const {
  return engine::Concat(by_priority_ ? "priorities" : "random walk",
                        " changed at one in ", change_one_in_, " places, ",
                        threads_.size(), " threads, ", log_.size(), " events");
}

void SimScheduler::Run(ThreadMain main) {
  absl::StatusOr<ThreadMain> adopted = Adopt(std::move(main));
  LSMKV_CHECK(adopted.ok());
  std::thread first(*std::move(adopted));
  running_ = threads_.front().get();
  running_->gate.Open();
  first.join();
  for (const auto& thread : threads_) LSMKV_CHECK(thread->ended);
}

absl::StatusOr<engine::Scheduler::ThreadMain> SimScheduler::Adopt(
    ThreadMain main) {
  if (fail_starts_one_in_ > 0 && rng_.OneIn(fail_starts_one_in_)) {
    Note("no thread to start");
    return absl::ResourceExhaustedError("cannot start a thread: simulated");
  }
  threads_.push_back(std::make_unique<SimThread>());
  SimThread* const thread = threads_.back().get();
  thread->id = static_cast<uint32_t>(threads_.size() - 1);
  thread->priority = rng_.Next();
  return [this, thread, main = std::move(main)]() mutable {
    thread->gate.Await();
    Current() = this;
    std::move(main)();
    Current() = nullptr;
    End(thread);
  };
}

void SimScheduler::End(SimThread* thread) {
  Note("end");
  thread->ended = true;
  thread->runnable = false;
  const bool last = std::all_of(threads_.begin(), threads_.end(),
                                [](const auto& other) { return other->ended; });
  if (last) return;
  running_ = Choose();
  running_->gate.Open();
}

void SimScheduler::Note(const char* what, std::string_view detail) {
  log_.Add(now_micros_, running_ == nullptr ? 0 : running_->id, what, detail);
}

void SimScheduler::SleepMicros(uint64_t micros) {
  // Nobody wakes it but the clock, and chance.
  const uint64_t end = now_micros_ + micros;
  while (now_micros_ < end) Wait("sleep", running_, end - now_micros_);
}

void SimScheduler::Pass(const char* where) {
  ++now_micros_;
  Note(where);
  if (holds_ > 0) return;
  if (log_.size() > kEventsMax) Die("no end in sight");
  if (rng_.OneIn(kWakeByChanceOneIn)) WakeByChance();
  if (rng_.OneIn(kStopOneIn)) {
    SleepMicros(rng_.Skewed(kStopMicrosLog2));
    return;
  }
  const bool change = rng_.OneIn(change_one_in_);
  if (by_priority_) {
    if (change) running_->priority = rng_.Next();
  } else if (!change) {
    return;
  }
  SwitchTo(Choose());
}

void SimScheduler::Yield(const char* where) {
  Wait(where, running_, 1 + rng_.Uniform(kYieldMicrosMax));
}

bool SimScheduler::Wait(const char* where, const void* what, uint64_t micros) {
  SimThread* const self = running_;
  self->where = where;
  self->what = what;
  self->runnable = false;
  self->woken = false;
  self->deadline =
      micros < kForever - now_micros_ ? now_micros_ + micros : kForever;
  next_deadline_ = std::min(next_deadline_, self->deadline);
  Note(where, "waits");
  const int holds = std::exchange(holds_, 0);
  SwitchTo(Choose());
  holds_ = holds;
  return self->woken;
}

void SimScheduler::MakeRunnable(SimThread* thread, bool woken) {
  thread->runnable = true;
  thread->woken = woken;
  thread->what = nullptr;
  thread->deadline = kForever;
}

void SimScheduler::WakeOne(const void* what) {
  std::vector<SimThread*> waiting;
  for (const auto& thread : threads_) {
    if (!thread->ended && !thread->runnable && thread->what == what) {
      waiting.push_back(thread.get());
    }
  }
  if (waiting.empty()) return;
  MakeRunnable(waiting[rng_.Uniform(waiting.size())], true);
}

void SimScheduler::WakeAll(const void* what) {
  for (const auto& thread : threads_) {
    if (!thread->ended && !thread->runnable && thread->what == what) {
      MakeRunnable(thread.get(), true);
    }
  }
}

void SimScheduler::WakeByChance() {
  SimThread* const thread = threads_[rng_.Uniform(threads_.size())].get();
  if (!thread->ended && !thread->runnable) MakeRunnable(thread, true);
}

void SimScheduler::WakeExpired() {
  if (now_micros_ < next_deadline_) return;
  next_deadline_ = kForever;
  for (const auto& thread : threads_) {
    if (thread->ended || thread->runnable) continue;
    if (thread->deadline <= now_micros_) {
      MakeRunnable(thread.get(), false);
    } else {
      next_deadline_ = std::min(next_deadline_, thread->deadline);
    }
  }
}

SimScheduler::SimThread* SimScheduler::Choose() {
  while (true) {
    WakeExpired();
    std::vector<SimThread*> runnable;
    for (const auto& thread : threads_) {
      if (thread->runnable) runnable.push_back(thread.get());
    }
    if (!runnable.empty()) return Pick(runnable);
    if (next_deadline_ == kForever) Die("all wait for each other");
    now_micros_ = std::max(now_micros_, next_deadline_);
  }
}

SimScheduler::SimThread* SimScheduler::Pick(
    const std::vector<SimThread*>& runnable) {
  if (!by_priority_) return runnable[rng_.Uniform(runnable.size())];
  return *std::max_element(runnable.begin(), runnable.end(),
                           [](const SimThread* a, const SimThread* b) {
                             return a->priority < b->priority;
                           });
}

void SimScheduler::SwitchTo(SimThread* next) {
  SimThread* const self = running_;
  if (next == self) return;
  running_ = next;
  Note("goes on");
  next->gate.Open();
  self->gate.Await();
}

void SimScheduler::Die(const char* why) const {
  std::fprintf(stderr, "%ssimulation: %s\n", log_.Tail(40).c_str(), why);
  for (const auto& thread : threads_) {
    if (thread->ended) continue;
    std::fprintf(stderr, "  thread %u %s: %s %p\n", thread->id,
                 thread->runnable ? "can run" : "waits", thread->where,
                 thread->what);
  }
  std::abort();
}

}  // namespace lsmkv
