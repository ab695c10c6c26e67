// lsmkvd under load is killed again and again. After each restart every write
// that was acknowledged is there, no write is missing before one that is
// there, batches are whole, and what was once seen stays.

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "tests/e2e/fault/live_server.h"
#include "tests/e2e/fault/sequence_writer.h"
#include "tests/e2e/fault/store_operator.h"
#include "tests/support/random_seed.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_scale.h"

namespace lsmkv {
namespace {

constexpr int kWriters = 8;
// Of each of the four facts.
constexpr uint64_t kKills = 21;
constexpr std::chrono::milliseconds kDeadline{10'000};

using Flags = std::vector<std::string>;

class KillLoop : public testing::TestWithParam<Flags> {
 protected:
  KillLoop() : rng_(TestSeed()), operator_(&server_, rng_.Next()) {
    for (int i = 0; i < kWriters; ++i) {
      writers_.push_back(std::make_unique<SequenceWriter>(i, rng_.Next()));
    }
    for (const auto& writer : writers_) {
      threads_.emplace_back([this, w = writer.get()] { w->Run(&server_); });
    }
  }
  ~KillLoop() override {
    server_.Abandon();
    for (std::thread& thread : threads_) thread.join();
    if (HasFailure())
      std::printf("--- lsmkvd:\n%s---\n", server_.Log().c_str());
  }

  // Starts the server and looks at everything that is in it.
  void StartAndCheck(const Flags& flags) {
    server_.WaitUntilQuiet(kWriters + 1);
    ASSERT_OK(server_.Start(flags));
    ASSERT_OK(operator_.Failure());
    const uint64_t applied_before = Sum().unknown_applied;
    for (const auto& writer : writers_) {
      ASSERT_OK(writer->Check(server_.direct(), &ledger_));
    }
    // A server that ends in peace answers whatever it does.
    if (drained_) ASSERT_EQ(Sum().unknown_applied, applied_before);
    ASSERT_OK_AND_ASSIGN(const client::Stats stats,
                         server_.direct().GetStats());
    ASSERT_OK(CheckNoHoles(ledger_, stats.last_version));
  }

  // Lets the writers write, then ends the server in some way.
  void RunAndEnd() {
    server_.Admit();
    // 0.1 to 0.8 seconds, more often short than long.
    Pass(100'000 + rng_.Uniform(rng_.Uniform(700'000) + 1));
    if (rng_.OneIn(6)) {
      ++pauses_;
      server_.Stop();
      Pass(rng_.Uniform(200'000));
      server_.Continue();
      Pass(rng_.Uniform(50'000));
    }
    ASSERT_OK(server_.CheckAlive());
    drained_ = rng_.OneIn(6);
    if (drained_) {
      ++terminations_;
      ASSERT_OK(server_.Terminate());
    } else {
      ++kills_;
      server_.Kill();
    }
  }

  SequenceWriter::Counts Sum() const {
    SequenceWriter::Counts sum;
    for (const auto& writer : writers_) {
      sum.acknowledged += writer->counts().acknowledged;
      sum.unknown_applied += writer->counts().unknown_applied;
      sum.unknown_dropped += writer->counts().unknown_dropped;
    }
    return sum;
  }

  void Report() const {
    const SequenceWriter::Counts sum = Sum();
    ReportCount("kills of the real server", kills_);
    ReportCount("kills during recovery", recovery_kills_);
    ReportCount("terminations of the real server", terminations_);
    ReportCount("pauses of the real server", pauses_);
    ReportCount("acknowledged writes of the kill loop", sum.acknowledged);
    ReportCount("unknown writes found applied", sum.unknown_applied);
    ReportCount("unknown writes found dropped", sum.unknown_dropped);
    EXPECT_GE(kills_, Scaled(kKills));
    EXPECT_GE(sum.acknowledged, 20 * kills_) << "hardly a load";
  }

  Random rng_;
  LiveServer server_{kDeadline};
  VersionLedger ledger_;
  std::vector<std::unique_ptr<SequenceWriter>> writers_;
  StoreOperator operator_;
  std::vector<std::thread> threads_;
  bool drained_ = false;  // the last end was by SIGTERM
  uint64_t kills_ = 0;
  uint64_t recovery_kills_ = 0;
  uint64_t terminations_ = 0;
  uint64_t pauses_ = 0;
};

TEST_P(KillLoop, LosesNothing) {
  while (kills_ < Scaled(kKills)) {
    ASSERT_NO_FATAL_FAILURE(StartAndCheck(GetParam()));
    ASSERT_NO_FATAL_FAILURE(RunAndEnd());
    while (rng_.OneIn(3)) {
      ++recovery_kills_;
      ASSERT_OK(server_.StartAndKill(GetParam(), rng_.Uniform(40'000)));
    }
  }
  ASSERT_NO_FATAL_FAILURE(StartAndCheck(GetParam()));
  ASSERT_OK(server_.Terminate());
  ASSERT_NO_FATAL_FAILURE(StartAndCheck(GetParam()));
  Report();
}

INSTANTIATE_TEST_SUITE_P(
    , KillLoop,
    testing::Values(Flags{"--durability=sync", "--memtable-bytes=64KiB"},
                    Flags{"--durability=sync", "--memtable-bytes=256KiB",
                          "--compaction-threads=2", "--compression=zstd"},
                    Flags{"--durability=interval", "--memtable-bytes=64KiB",
                          "--sync-interval-ms=5"},
                    Flags{"--durability=os", "--memtable-bytes=128KiB",
                          "--block-cache-bytes=0", "--compression=none"}),
    [](const auto& info) { return "Flags" + std::to_string(info.index); });

}  // namespace
}  // namespace lsmkv
