// HistoryRun: one history of several clients against one LiveServer, with
// whatever is done to the server in the middle of it.

#ifndef LSMKV_TESTS_E2E_FAULT_HISTORY_RUN_H_
#define LSMKV_TESTS_E2E_FAULT_HISTORY_RUN_H_

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"

#include "tests/e2e/fault/history_client.h"
#include "tests/e2e/fault/live_server.h"
#include "tests/support/history.h"
#include "tests/support/random_seed.h"

namespace lsmkv {

class HistoryRun {
 public:
  static constexpr int kClients = 8;
  static constexpr int kKeys = 5;

  // The clients begin at once. `server` is borrowed; `number` names the
  // history among all that the store ever saw.
  HistoryRun(LiveServer* server, uint64_t number, uint64_t calls, Random* rng);
  // REQUIRES: Finish was called, or the server is abandoned.
  ~HistoryRun();

  // Waits for that many recorded operations, or for the end of the clients.
  void WaitForOperations(uint64_t count);
  // Waits for that many calls that ended without a known outcome.
  void WaitForUnknown(uint64_t count);
  uint64_t unknown() const { return task_.unknown; }

  // Waits for the clients, reads everything once more, and checks.
  // REQUIRES: the server serves.
  absl::Status Finish();
  // How many operations Finish looked at.
  uint64_t operations() const { return operations_; }

 private:
  HistoryTask task_;
  std::vector<std::unique_ptr<HistoryClient>> clients_;
  std::vector<std::thread> threads_;
  std::atomic<int> running_{0};
  uint64_t operations_ = 0;
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_E2E_FAULT_HISTORY_RUN_H_
