// Eight clients do what they like to five keys of a real server, over gRPC.
// All that they were told must have one order that explains it, also where
// the server was killed in the middle, or stopped for a while.

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/e2e/fault/history_run.h"
#include "tests/e2e/fault/live_server.h"
#include "tests/e2e/fault/store_operator.h"
#include "tests/support/random_seed.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_scale.h"

namespace lsmkv {
namespace {

using std::chrono::milliseconds;

constexpr uint64_t kCalls = 500;
// Of each of the four facts; every eighth has a kill in it.
constexpr uint64_t kHistories = 52;
constexpr uint64_t kKills = 5;
constexpr uint64_t kPausedHistories = 10;

const std::vector<std::string>& SmallStore() {
  static const std::vector<std::string> flags{
      "--durability=os", "--memtable-bytes=64KiB", "--compaction-threads=2"};
  return flags;
}

class ServerHistory : public testing::TestWithParam<int> {
 protected:
  explicit ServerHistory(milliseconds deadline = milliseconds(20'000))
      : rng_(TestSeed()), server_(deadline), operator_(&server_, rng_.Next()) {}
  ~ServerHistory() override {
    server_.Abandon();
    run_.reset();
    if (HasFailure())
      std::printf("--- lsmkvd:\n%s---\n", server_.Log().c_str());
  }

  void Start() {
    ASSERT_OK(server_.Start(SmallStore()));
    server_.Admit();
  }
  void Begin() {
    run_ = std::make_unique<HistoryRun>(&server_, ++histories_, kCalls, &rng_);
  }
  void Finish() {
    ASSERT_OK(run_->Finish());
    ASSERT_OK(operator_.Failure());
    ASSERT_OK(server_.CheckAlive());
    operations_ += run_->operations();
    unknown_ += run_->unknown();
  }
  // Ends the server somewhere in the middle, and starts it again.
  void Interrupt() {
    run_->WaitForOperations(rng_.Between(kCalls / 10, kCalls * 8 / 10));
    if (rng_.OneIn(6)) {
      ++terminations_;
      ASSERT_OK(server_.Terminate());
    } else {
      ++kills_;
      server_.Kill();
    }
    ASSERT_NO_FATAL_FAILURE(Start());
  }

  Random rng_;
  LiveServer server_;
  StoreOperator operator_;
  std::unique_ptr<HistoryRun> run_;
  uint64_t histories_ = 0;
  uint64_t operations_ = 0;
  uint64_t unknown_ = 0;
  uint64_t kills_ = 0;
  uint64_t terminations_ = 0;
};

TEST_P(ServerHistory, IsLinearizable) {
  ASSERT_NO_FATAL_FAILURE(Start());
  uint64_t with_kills = 0;
  while (histories_ < Scaled(kHistories) || with_kills < Scaled(kKills)) {
    const bool interrupt = histories_ % 8 == 0;
    const uint64_t kills_before = kills_;
    Begin();
    if (interrupt) ASSERT_NO_FATAL_FAILURE(Interrupt());
    if (interrupt && rng_.OneIn(3)) ASSERT_NO_FATAL_FAILURE(Interrupt());
    ASSERT_NO_FATAL_FAILURE(Finish());
    if (kills_ > kills_before) ++with_kills;
  }
  ReportCount("linearizability histories", histories_);
  ReportCount("linearizability histories with kills", with_kills);
  ReportCount("operations of linearizability histories", operations_);
  ReportCount("unknown outcomes in linearizability histories", unknown_);
  EXPECT_GE(histories_, Scaled(kHistories));
  EXPECT_GE(with_kills, Scaled(kKills));
  EXPECT_GE(operations_, histories_ * (kCalls * 9 / 10));
}

INSTANTIATE_TEST_SUITE_P(, ServerHistory, testing::Range(0, 4));

// While the server is stopped every call ends by its own deadline; when it
// goes on it may still apply what it had received, once.
class PausedServer : public ServerHistory {
 protected:
  PausedServer() : ServerHistory(milliseconds(60)) {}
};

TEST_P(PausedServer, IsLinearizable) {
  ASSERT_NO_FATAL_FAILURE(Start());
  uint64_t pauses = 0;
  while (histories_ < Scaled(kPausedHistories)) {
    Begin();
    for (uint64_t part = 1; part <= 3; ++part) {
      run_->WaitForOperations(part * kCalls / 4);
      server_.Stop();
      run_->WaitForUnknown(run_->unknown() + HistoryRun::kClients);
      server_.Continue();
      ++pauses;
    }
    ASSERT_NO_FATAL_FAILURE(Finish());
  }
  ReportCount("pauses in linearizability histories", pauses);
  ReportCount("unknown outcomes of paused histories", unknown_);
  EXPECT_GE(unknown_, 3 * histories_ * HistoryRun::kClients);
}

INSTANTIATE_TEST_SUITE_P(, PausedServer, testing::Values(0));

}  // namespace
}  // namespace lsmkv
