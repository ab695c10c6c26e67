#include "service/core/scrubber.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/mem_store.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::service {
namespace {

using lsmkv::testing::MemStore;

constexpr uint64_t kHour = 3600 * FakeClock::kSecond;

class ScrubberTest : public ::testing::Test, private ScrubListener {
 protected:
  ScrubberTest() { Restart({kHour, 0}); }

  void Restart(const ScrubOptions& options) {
    scrubber_ = std::make_unique<Scrubber>(&store_, &clock_, options,
                                           static_cast<ScrubListener*>(this));
  }
  // Runs the pass that is due an interval later.
  void NextPass() {
    clock_.AdvanceMicros(kHour);
    EXPECT_TRUE(scrubber_->RunIfDue());
  }

  void OnScrubFinding(const engine::VerifyFinding& finding) override {
    told_.push_back(finding.offset);
  }
  void OnScrubPass(const absl::Status& status,
                   const engine::VerifyProgress&) override {
    ended_.push_back(status);
  }

  MemStore store_;
  FakeClock clock_{engine::Env::Posix()};
  std::unique_ptr<Scrubber> scrubber_;
  std::vector<uint64_t> told_;
  std::vector<absl::Status> ended_;
};

TEST_F(ScrubberTest, FirstPassIsDueAfterAMinuteAndThenEachInterval) {
  EXPECT_FALSE(scrubber_->RunIfDue());
  clock_.AdvanceSeconds(59);
  EXPECT_FALSE(scrubber_->RunIfDue());
  clock_.AdvanceSeconds(1);
  EXPECT_TRUE(scrubber_->RunIfDue());
  EXPECT_FALSE(scrubber_->RunIfDue());
  clock_.AdvanceMicros(kHour - 1);
  EXPECT_FALSE(scrubber_->RunIfDue());
  clock_.AdvanceMicros(1);
  EXPECT_TRUE(scrubber_->RunIfDue());
  EXPECT_EQ(store_.verifies(), 2);
}

TEST_F(ScrubberTest, ShortIntervalIsNotHeldUpByTheStart) {
  Restart({10 * FakeClock::kSecond, 0});
  clock_.AdvanceSeconds(10);
  EXPECT_TRUE(scrubber_->RunIfDue());
}

TEST_F(ScrubberTest, IntervalOfZeroNeverRuns) {
  Restart({0, 0});
  scrubber_->Start();
  clock_.AdvanceMicros(100 * kHour);
  EXPECT_FALSE(scrubber_->RunIfDue());
  EXPECT_EQ(store_.verifies(), 0);
}

TEST_F(ScrubberTest, CleanPassCounts) {
  store_.SetVerify(MemStore::Finds({}));
  NextPass();
  const ScrubStats stats = scrubber_->GetStats();
  EXPECT_EQ(stats.passes, 1u);
  EXPECT_EQ(stats.bytes, 1000u);
  EXPECT_EQ(stats.findings, 0u);
  EXPECT_EQ(stats.damage, "");
  EXPECT_EQ(stats.last_pass_micros, clock_.WallMicros());
  ASSERT_EQ(ended_.size(), 1u);
  EXPECT_OK(ended_[0]);
}

TEST_F(ScrubberTest, EachDamagedPlaceIsToldOnce) {
  store_.SetVerify(MemStore::Finds({7, 8, 7}));
  NextPass();
  NextPass();
  EXPECT_EQ(told_, (std::vector<uint64_t>{7, 8}));
  const ScrubStats stats = scrubber_->GetStats();
  EXPECT_EQ(stats.passes, 2u);
  EXPECT_EQ(stats.findings, 2u);
  EXPECT_EQ(stats.damaged_places, 2u);
  EXPECT_EQ(stats.bytes, 2000u);
  EXPECT_NE(stats.damage.find("offset 7"), std::string::npos);
}

TEST_F(ScrubberTest, DamageThatIsGoneIsForgotten) {
  store_.SetVerify(MemStore::Finds({7}));
  NextPass();
  store_.SetVerify(MemStore::Finds({}));
  NextPass();
  EXPECT_EQ(scrubber_->GetStats().damaged_places, 0u);
  EXPECT_EQ(scrubber_->GetStats().damage, "");
  EXPECT_EQ(scrubber_->GetStats().findings, 1u);
  store_.SetVerify(MemStore::Finds({7}));
  NextPass();
  EXPECT_EQ(told_, (std::vector<uint64_t>{7, 7}));
}

TEST_F(ScrubberTest, PassThatFailsKeepsWhatIsKnown) {
  store_.SetVerify(MemStore::Finds({7}));
  NextPass();
  store_.SetVerify(
      [](const engine::VerifyOptions&, VerifyFindingFn,
         VerifyProgressFn) -> absl::StatusOr<engine::VerifyProgress> {
        return absl::ResourceExhaustedError("too many open files");
      });
  NextPass();
  EXPECT_EQ(scrubber_->GetStats().passes, 1u);
  EXPECT_EQ(scrubber_->GetStats().damaged_places, 1u);
  EXPECT_NE(scrubber_->GetStats().damage, "");
  ASSERT_EQ(ended_.size(), 2u);
  EXPECT_STATUS(ended_[1], absl::StatusCode::kResourceExhausted);
}

TEST_F(ScrubberTest, StopEndsAPassUnderWay) {
  store_.SetVerify(MemStore::RunsUntilCancelled());
  Restart({1, 0});
  clock_.AdvanceSeconds(1);
  scrubber_->Start();
  while (store_.verifies() == 0) std::this_thread::yield();
  scrubber_->Stop();
  EXPECT_EQ(scrubber_->GetStats().passes, 0u);
  EXPECT_TRUE(ended_.empty());
}

}  // namespace
}  // namespace lsmkv::service
