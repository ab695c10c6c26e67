#include "tests/e2e/fault/history_run.h"

#include <cstdio>

#include "absl/strings/str_cat.h"

#include "tests/support/linearizability.h"
#include "tests/support/version_order.h"

namespace lsmkv {
namespace {

constexpr uint64_t kPollMicros = 200;

}  // namespace

HistoryRun::HistoryRun(LiveServer* server, uint64_t number, uint64_t calls,
                       Random* rng) {
  task_.server = server;
  task_.prefix = absl::StrCat("history", number, "/");
  for (int i = 0; i < kKeys; ++i) {
    task_.keys.push_back(
        absl::StrCat(task_.prefix, std::string(1, static_cast<char>('a' + i))));
  }
  task_.calls_left = static_cast<int64_t>(calls);
  running_ = kClients;
  for (int i = 0; i < kClients; ++i) {
    clients_.push_back(std::make_unique<HistoryClient>(i, rng->Next(), &task_));
    threads_.emplace_back([this, client = clients_.back().get()] {
      client->Run();
      --running_;
    });
  }
}

HistoryRun::~HistoryRun() {
  for (std::thread& thread : threads_) thread.join();
}

void HistoryRun::WaitForOperations(uint64_t count) {
  while (running_ > 0 && task_.recorder.size() < count) Pass(kPollMicros);
}

void HistoryRun::WaitForUnknown(uint64_t count) {
  while (running_ > 0 && task_.unknown < count) Pass(kPollMicros);
}

absl::Status HistoryRun::Finish() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  for (const auto& client : clients_) {
    if (!client->failure().ok()) return client->failure();
  }
  HistoryClient reader(kClients, 0, &task_);
  reader.ReadAll(task_.server->direct());
  if (!reader.failure().ok()) return reader.failure();
  const History history = task_.recorder.Take();
  operations_ = history.size();
  absl::Status status = CheckLinearizable(history);
  if (status.ok()) status = CheckVersionOrder(history);
  return status;
}

}  // namespace lsmkv
