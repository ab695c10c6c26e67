// A store that writes its logs over older ones: Durability::kOs, and nothing is
// ever synced. Whatever is left of an older log, a crash never brings it back.

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>

#include "absl/cleanup/cleanup.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

#include "lsmkv/engine/db.h"
#include "tests/engine/db/sim_db_test.h"
#include "tests/support/random_seed.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_scale.h"

namespace lsmkv::engine {
namespace {

class ReusedLogTest : public SimDbTest {
 protected:
  ReusedLogTest() : ReusedLogTest(TestSeed()) {}
  explicit ReusedLogTest(uint64_t seed) : SimDbTest(~seed), rng_(seed) {
    options_.durability = Durability::kOs;
    options_.idle_compaction_ms = 0;
  }
  static std::string Key(uint64_t i) {
    const std::string digits = std::to_string(i);
    return std::string(8 - digits.size(), '0') + digits;
  }
  // Writes of all kinds: staged, compressed in the log, and as they are.
  void PutSome(uint64_t n) {
    for (uint64_t i = 0; i < n; ++i) {
      const size_t bytes = rng_.OneIn(20) ? 12000 : 1000;
      ASSERT_OK(db_->Put({}, Key(written_), rng_.Letters(bytes)));
      ++written_;
    }
  }
  // How many writes a store has, which are the first ones without a gap.
  uint64_t CountFirst(DB* db) {
    std::unique_ptr<Iterator> it = db->NewIterator({});
    uint64_t n = 0;
    for (it->SeekToFirst(); it->Valid() && it->key() == Key(n); it->Next()) ++n;
    EXPECT_FALSE(it->Valid()) << it->key() << " follows " << n << " writes";
    EXPECT_OK(it->status());
    return n;
  }
  // A crash in each mode leaves no more than `most` writes, and the death of
  // the process those that were acknowledged.
  void CheckEveryCrash(const SimEnv& env, uint64_t acknowledged,
                       uint64_t most) {
    for (const CrashMode mode : kAllCrashModes) {
      SCOPED_TRACE(CrashModeName(mode));
      const auto image = env.CrashImage(mode, rng_.Next());
      const std::unique_ptr<DB> db = OpenOn(image.get());
      ASSERT_NE(db, nullptr);
      const uint64_t found = CountFirst(db.get());
      ASSERT_LE(found, most);
      if (mode == CrashMode::kKeepAll) ASSERT_GE(found, acknowledged);
      ASSERT_FALSE(HasFailure());
    }
  }
  uint64_t reused() const { return env_.OpCount(kSimRename); }
  // Of CURRENT, which is renamed, too.
  void Begin() {
    Open();
    PutSome(1);
    renamed_before_ = reused();
  }
  bool AnyReused() const { return reused() > renamed_before_; }

  Random rng_;
  uint64_t written_ = 0;
  uint64_t renamed_before_ = 0;
};

TEST_F(ReusedLogTest, CrashesLoseNothingButWhatWasNotSynced) {
  Begin();
  const uint64_t runs = Scaled(150);
  for (uint64_t i = 0; i < runs; ++i) {
    PutSome(rng_.Uniform(40));
    ASSERT_NO_FATAL_FAILURE(CheckEveryCrash(env_, written_, written_));
  }
  EXPECT_TRUE(AnyReused());
  ReportCount("crashes of stores whose logs are used again",
              runs * std::size(kAllCrashModes));
}

TEST_F(ReusedLogTest, CrashAmongTheOperationsOfTheDisk) {
  const uint64_t runs = Scaled(40);
  uint64_t reused_in = 0;
  for (uint64_t i = 0; i < runs; ++i) {
    SimEnv env(rng_.Next());
    options_.env = &env;
    // Whatever is found, the store goes before its disk.
    const absl::Cleanup close = [this] { db_.reset(); };
    Open();
    env.CutPowerAfter(rng_.Uniform(3000));
    uint64_t acknowledged = 0;
    while (acknowledged < 2000 &&
           db_->Put({}, Key(acknowledged), rng_.Letters(1000)).ok()) {
      ++acknowledged;
    }
    reused_in += env.OpCount(kSimRename) > 1 ? 1 : 0;
    // The one that was refused may be there.
    ASSERT_NO_FATAL_FAILURE(
        CheckEveryCrash(env, acknowledged, acknowledged + 1));
  }
  EXPECT_GT(reused_in, 0u);
  ReportCount("power cuts of stores whose logs are used again",
              runs * std::size(kAllCrashModes));
}

TEST_F(ReusedLogTest, ClosingAndOpeningKeepsAllAndLeavesNoSpare) {
  for (int i = 0; i < 10; ++i) {
    Open();
    ASSERT_EQ(CountFirst(db_.get()), written_);
    PutSome(rng_.Uniform(500));
    ASSERT_OK(db_->Close());
    ASSERT_OK_AND_ASSIGN(const auto names, env_.ListDir("/db"));
    uint64_t logs = 0;
    for (const std::string& name : names) logs += name.ends_with(".wal");
    EXPECT_LE(logs, db_->GetStats().wal_files + 1);  // one is prepared
  }
}

TEST_F(ReusedLogTest, StoreIsVerifiedWhileItReusesLogs) {
  Begin();
  for (int i = 0; i < 20; ++i) {
    PutSome(50);
    ExpectSound();
  }
  EXPECT_TRUE(AnyReused());
}

TEST_F(ReusedLogTest, LogThatIsUsedAgainWhileItIsVerifiedIsNotDamaged) {
  Begin();
  PutSome(50);
  bool opened = false;
  env_.SetObserver(kSimOpenRead, [&](const SimEvent& event) {
    if (event.before || !event.path.ends_with(".wal") || opened) return;
    opened = true;
    const uint64_t before = reused();
    while (reused() < before + 3 && !HasFailure()) PutSome(10);
  });
  ExpectSound();
  env_.SetObserver(0, nullptr);
  EXPECT_TRUE(opened);
}

TEST_F(ReusedLogTest, LogThatWasSyncedIsNotUsedAgain) {
  Begin();
  for (int i = 0; i < 400; ++i) {
    PutSome(1);
    ASSERT_OK(db_->SyncWal());
  }
  EXPECT_FALSE(AnyReused());
}

TEST_F(ReusedLogTest, LogsThatAreKeptAreNotUsedAgain) {
  options_.wal_keep_bytes = 1 << 20;
  Begin();
  PutSome(400);
  EXPECT_FALSE(AnyReused());
}

TEST_F(ReusedLogTest, WhatCannotBeUsedAgainIsMadeAnew) {
  options_.compress_wal = false;  // without a stage nothing else is overwritten
  Begin();
  PutSome(200);
  ASSERT_TRUE(AnyReused());
  uint64_t injected = 0;
  for (const uint32_t op : {kSimOverwrite, kSimSync, kSimRename}) {
    for (const auto code :
         {absl::StatusCode::kResourceExhausted, absl::StatusCode::kInternal}) {
      ASSERT_OK(db_->WaitForIdle());  // one log is prepared, and one is spare
      env_.FailNth(op, 1, absl::Status(code, "no room"), /*sticky=*/false,
                   ".wal");
      PutSome(200);
      EXPECT_EQ(env_.faults_fired(), ++injected);
    }
  }
  Open();
  EXPECT_EQ(CountFirst(db_.get()), written_);
}

TEST_F(ReusedLogTest, FullDiskGetsTheSpaceOfTheSpareLog) {
  Begin();
  PutSome(300);
  ASSERT_OK(db_->WaitForIdle());
  ASSERT_TRUE(AnyReused());
  env_.SetFreeSpaceBytes(1000);
  absl::Status status;
  for (int i = 0; i < 400 && status.ok(); ++i) {
    status = db_->Put({}, Key(written_), rng_.Letters(1000)).status();
    if (status.ok()) ++written_;
  }
  ASSERT_STATUS(status, absl::StatusCode::kResourceExhausted);
  ASSERT_OK_AND_ASSIGN(const auto names, env_.ListDir("/db"));
  const auto logs = std::count_if(
      names.begin(), names.end(),
      [](const std::string& name) { return name.ends_with(".wal"); });
  EXPECT_LE(logs, static_cast<int64_t>(db_->GetStats().wal_files) + 1);
  env_.ClearFreeSpaceLimit();
  const absl::Time end = absl::Now() + absl::Minutes(1);
  while (!status.ok() && absl::Now() < end) {
    ASSERT_STATUS(status, absl::StatusCode::kResourceExhausted);
    env_.SleepMicros(1000);
    status = db_->Put({}, Key(written_), "at last").status();
  }
  ASSERT_OK(status);
  ++written_;
  EXPECT_EQ(CountFirst(db_.get()), written_);
  Open();
  EXPECT_EQ(CountFirst(db_.get()), written_);
}

}  // namespace
}  // namespace lsmkv::engine
