// StoreOperator: a client that flushes and compacts at random, so that the
// server switches logs and replaces tables all the time.
//
// Threads: has one of its own, until the server is abandoned.

#ifndef LSMKV_TESTS_E2E_FAULT_STORE_OPERATOR_H_
#define LSMKV_TESTS_E2E_FAULT_STORE_OPERATOR_H_

#include <cstdint>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"

#include "lsmkv/engine/mutex.h"
#include "tests/e2e/fault/live_server.h"
#include "tests/support/random_seed.h"

namespace lsmkv {

class StoreOperator {
 public:
  // `server` is borrowed.
  StoreOperator(LiveServer* server, uint64_t seed)
      : server_(server), rng_(seed), thread_([this] { Run(); }) {}
  // REQUIRES: the server is abandoned.
  ~StoreOperator() { thread_.join(); }
  StoreOperator(const StoreOperator&) = delete;
  StoreOperator& operator=(const StoreOperator&) = delete;

  // The last error that no end of the server explains.
  absl::Status Failure() {
    engine::MutexLock lock(&mu_);
    return failure_;
  }

 private:
  void Run() {
    while (const auto client = server_->Connect()) {
      const absl::Status status =
          rng_.OneIn(4) ? client->Compact() : client->Flush();
      if (OutcomeOf(status) == Outcome::kWrong) {
        engine::MutexLock lock(&mu_);
        failure_ = status;
      }
      Pass(rng_.Uniform(20'000));
    }
  }

  LiveServer* const server_;
  Random rng_;
  engine::Mutex mu_;
  absl::Status failure_ ABSL_GUARDED_BY(mu_);
  std::thread thread_;  // last: uses all of the above
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_E2E_FAULT_STORE_OPERATOR_H_
