// HistoryClient: a client that does random things to a few keys, and records
// each call and what became of it.
//
// Threads: Run in one thread, the rest before and after it.

#ifndef LSMKV_TESTS_E2E_FAULT_HISTORY_CLIENT_H_
#define LSMKV_TESTS_E2E_FAULT_HISTORY_CLIENT_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "lsmkv/client/client.h"
#include "tests/e2e/fault/live_server.h"
#include "tests/support/history.h"
#include "tests/support/random_seed.h"

namespace lsmkv {

// What the clients of one history share.
struct HistoryTask {
  LiveServer* server = nullptr;
  std::string prefix;             // of all keys, and of nothing else
  std::vector<std::string> keys;  // in order
  Recorder recorder;
  std::atomic<int64_t> calls_left{0};
  std::atomic<uint64_t> unknown{0};  // calls so far
};

class HistoryClient {
 public:
  HistoryClient(int id, uint64_t seed, HistoryTask* task)
      : id_(id), rng_(seed), task_(task) {}

  // Until no calls are left.
  void Run();
  // Reads every key, and records it.
  void ReadAll(const client::Client& client);

  // The first error that no fault of the server explains.
  const absl::Status& failure() const { return failure_; }

 private:
  using Call = absl::Status (HistoryClient::*)(const client::Client&,
                                               HistoryOp*);

  // What to do next, reads and writes each in half of the cases.
  Call Choose();
  // Makes one call; true if it counts.
  bool Do(const client::Client& client, Call call);

  absl::Status Get(const client::Client& client, HistoryOp* op);
  absl::Status BatchGet(const client::Client& client, HistoryOp* op);
  absl::Status ScanPages(const client::Client& client, HistoryOp* op);
  absl::Status ScanStream(const client::Client& client, HistoryOp* op);
  absl::Status Put(const client::Client& client, HistoryOp* op);
  absl::Status Delete(const client::Client& client, HistoryOp* op);
  absl::Status DeleteRange(const client::Client& client, HistoryOp* op);
  absl::Status Batch(const client::Client& client, HistoryOp* op);

  client::ScanOptions ScanAll();
  // One cell for every key: what is not among `records` is absent.
  void FillFromScan(const std::vector<client::Record>& records, HistoryOp* op);
  const std::string& AnyKey();
  std::vector<std::string> SomeKeys();
  std::string NewValue();

  const int id_;
  Random rng_;
  HistoryTask* const task_;
  uint64_t values_ = 0;
  absl::Status failure_;
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_E2E_FAULT_HISTORY_CLIENT_H_
