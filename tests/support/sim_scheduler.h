// SimScheduler: runs threads one at a time, in an order that its seed decides,
// on a clock of its own.
//
//   SimScheduler scheduler(seed);
//   scheduler.Run([&] { ... open a DB on a ScheduledEnv, start Threads ... });
//
// Every place where a thread waits, wakes others, takes or leaves a lock,
// starts or joins a thread or reaches for the disk is one where another may go
// on. The clock moves a little with each, and when nobody can run jumps to the
// first moment at which somebody can. If there is none, all wait for each
// other: that is printed, and the process ends.
//
// The threads are real ones, so that thread_local and sanitizers are what they
// always are. Only what goes through lsmkv/engine/mutex.h and
// engine/src/util/thread.h is scheduled; anything else must not wait.
//
// Threads: all but Run is for the threads inside Run, and afterwards.

#ifndef LSMKV_TESTS_SUPPORT_SIM_SCHEDULER_H_
#define LSMKV_TESTS_SUPPORT_SIM_SCHEDULER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "lsmkv/engine/testing/scheduler.h"
#include "tests/support/event_log.h"
#include "tests/support/random_seed.h"

namespace lsmkv {

class SimScheduler : public engine::Scheduler {
 public:
  explicit SimScheduler(uint64_t seed);
  ~SimScheduler() override;

  // Runs `main` on a thread of its own, and returns when that has ended and
  // all the threads started inside have.
  void Run(ThreadMain main);

  // No other thread goes on while it lives, unless this one has to wait.
  class Hold {
   public:
    explicit Hold(SimScheduler* scheduler) : scheduler_(scheduler) {
      ++scheduler_->holds_;
    }
    ~Hold() { --scheduler_->holds_; }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    SimScheduler* const scheduler_;
  };

  uint64_t NowMicros() const { return now_micros_; }
  // Moves the clock without letting others run.
  void AdvanceMicros(uint64_t micros) { now_micros_ += micros; }
  void SleepMicros(uint64_t micros);

  // One in `n` threads fails to start; 0: none.
  void FailThreadStarts(uint64_t n) { fail_starts_one_in_ = n; }
  bool fails_thread_starts() const { return fail_starts_one_in_ > 0; }

  // For whoever needs chance within the run.
  Random* rng() { return &rng_; }

  void Note(const char* what, std::string_view detail = {});
  const EventLog& log() const { return log_; }
  // How the order is chosen, and how many threads there were.
  std::string Describe() const;

  // --- Scheduler ---
  void Pass(const char* where) override;
  void Yield(const char* where) override;
  bool Wait(const char* where, const void* what, uint64_t micros) override;
  void WakeOne(const void* what) override;
  void WakeAll(const void* what) override;
  absl::StatusOr<ThreadMain> Adopt(ThreadMain main) override;

 private:
  struct SimThread;

  void WakeExpired();
  void WakeByChance();
  static void MakeRunnable(SimThread* thread, bool woken);
  // Who goes on. Moves the clock if nobody can run now.
  SimThread* Choose();
  SimThread* Pick(const std::vector<SimThread*>& runnable);
  // Lets `next` go on, and waits in the calling thread until it may again.
  void SwitchTo(SimThread* next);
  void End(SimThread* thread);
  [[noreturn]] void Die(const char* why) const;

  Random rng_;
  EventLog log_;
  uint64_t now_micros_ = 1'000'000;
  int holds_ = 0;
  uint64_t fail_starts_one_in_ = 0;
  // True: the runnable thread of the highest priority runs, and priorities
  // change now and then. False: at times any runnable thread does.
  bool by_priority_;
  uint64_t change_one_in_;

  std::vector<std::unique_ptr<SimThread>> threads_;
  SimThread* running_ = nullptr;
  uint64_t next_deadline_ = kForever;  // not later than the first one
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_SIM_SCHEDULER_H_
