// HangWatch: ends the process, saying what it was at, if one step of a test
// takes too long: a hang that names its seed.
//
// Threads: one, beside its own.

#ifndef LSMKV_TESTS_ENGINE_FAULT_ERRORS_HANG_WATCH_H_
#define LSMKV_TESTS_ENGINE_FAULT_ERRORS_HANG_WATCH_H_

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "lsmkv/engine/mutex.h"

namespace lsmkv::engine {

class HangWatch {
 public:
  explicit HangWatch(std::chrono::seconds limit)
      : limit_micros_(static_cast<uint64_t>(limit.count()) * 1'000'000),
        thread_([this] { Watch(); }) {}
  ~HangWatch() {
    {
      MutexLock lock(&mu_);
      ended_ = true;
      changed_.SignalAll();
    }
    thread_.join();
  }

  // The step before is over, and `what` begins.
  void Begin(std::string what) {
    MutexLock lock(&mu_);
    what_ = std::move(what);
    ++step_;
  }

 private:
  void Watch() {
    MutexLock lock(&mu_);
    uint64_t seen = 0;
    while (!ended_) {
      if (changed_.WaitFor(&mu_, limit_micros_)) continue;
      if (seen == step_) {
        std::fprintf(stderr, "hangs: %s\n", what_.c_str());
        std::abort();
      }
      seen = step_;
    }
  }

  const uint64_t limit_micros_;
  Mutex mu_;
  CondVar changed_;
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
  uint64_t step_ ABSL_GUARDED_BY(mu_) = 1;
  std::string what_ ABSL_GUARDED_BY(mu_);
  std::thread thread_;  // last: it uses the others
};

}  // namespace lsmkv::engine

#endif  // LSMKV_TESTS_ENGINE_FAULT_ERRORS_HANG_WATCH_H_
