// A store whose log stages its records: Durability::kOs. What is acknowledged
// survives the process, wherever it stands when that dies.

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "gtest/gtest.h"

#include "engine/src/format/file_names.h"
#include "engine/src/wal/log_format.h"
#include "lsmkv/engine/db.h"
#include "lsmkv/engine/salvage.h"
#include "lsmkv/engine/verify.h"
#include "tests/engine/db/sim_db_test.h"
#include "tests/support/random_seed.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_scale.h"

namespace lsmkv::engine {
namespace {

class StagedLogTest : public SimDbTest {
 protected:
  StagedLogTest() : StagedLogTest(TestSeed()) {}
  explicit StagedLogTest(uint64_t seed) : SimDbTest(~seed), rng_(seed) {
    options_.durability = Durability::kOs;
    options_.idle_compaction_ms = 0;
  }
  void PutSome(int n) {
    for (int i = 0; i < n; ++i) {
      const std::string key = "key" + std::to_string(rng_.Uniform(1000));
      const size_t bytes = rng_.OneIn(50) ? 9000 : 100;
      expected_[key] = rng_.Letters(1 + rng_.Uniform(bytes));
      ASSERT_OK(db_->Put({}, key, expected_[key]));
    }
  }
  void ExpectAll(DB* db) {
    for (const auto& [key, value] : expected_) {
      ASSERT_OK_AND_ASSIGN(const std::string found, db->Get(key));
      ASSERT_EQ(found, value) << key;
    }
    std::unique_ptr<Iterator> it = db->NewIterator({});
    size_t n = 0;
    for (it->SeekToFirst(); it->Valid(); it->Next()) ++n;
    ASSERT_OK(it->status());
    EXPECT_EQ(n, expected_.size());
  }
  // The first log: another one may be prepared behind it.
  std::string Log(Env* env) {
    auto names = env->ListDir("/db");
    EXPECT_OK(names.status());
    uint64_t first = UINT64_MAX;
    for (const std::string& name : *names) {
      const ParsedName parsed = ParseFileName(name);
      if (parsed.kind == FileKind::kWal) first = std::min(first, parsed.number);
    }
    return WalPath("/db", first);
  }

  Random rng_;
  std::map<std::string, std::string> expected_;
};

TEST_F(StagedLogTest, DeathOfTheProcessLosesNothing) {
  Open();
  const uint64_t runs = Scaled(300);
  for (uint64_t i = 0; i < runs; ++i) {
    PutSome(static_cast<int>(rng_.Uniform(60)));
    const auto image = env_.CrashImage(CrashMode::kKeepAll, rng_.Next());
    const std::unique_ptr<DB> db = OpenOn(image.get());
    ASSERT_NE(db, nullptr);
    ASSERT_NO_FATAL_FAILURE(ExpectAll(db.get()));
  }
  ReportCount("deaths of the process", runs);
}

TEST_F(StagedLogTest, ClosingAndOpeningKeepsAll) {
  for (int i = 0; i < 10; ++i) {
    Open();
    PutSome(static_cast<int>(rng_.Uniform(500)));
  }
  Open();
  ExpectAll(db_.get());
}

TEST_F(StagedLogTest, ClosedLogGivesItsStageBack) {
  Open();
  PutSome(5);
  ASSERT_OK_AND_ASSIGN(const std::string open, env_.ReadFile(Log(&env_)));
  // The first byte of a record, a checksum's, may be 0, not all of its header.
  EXPECT_LT(open.find_first_not_of('\0', kLogStageAt),
            kLogStageAt + kLogRecordHeaderBytes);
  ASSERT_OK(db_->Close());
  ASSERT_OK_AND_ASSIGN(const std::string closed, env_.ReadFile(Log(&env_)));
  ASSERT_OK_AND_ASSIGN(const LogIdentity identity,
                       DecodeLogHeader(closed, "log"));
  ASSERT_GT(identity.stage_bytes, 0u);
  const size_t end = LogRecordsAt(identity);
  ASSERT_GT(closed.size(), end);
  const size_t record = closed.find_first_not_of('\0', kLogStageAt);
  EXPECT_GE(record, end);
  EXPECT_LT(record, end + kLogRecordHeaderBytes);
  Open();
  ExpectAll(db_.get());
}

TEST_F(StagedLogTest, SyncMakesWhatIsStagedDurable) {
  Open();
  PutSome(20);
  ASSERT_OK(db_->SyncWal());
  const auto image = env_.CrashImage(CrashMode::kDropUnsynced, 1);
  options_.env = image.get();
  Open();
  ExpectAll(db_.get());
  db_.reset();
}

TEST_F(StagedLogTest, StoreIsVerifiedWhileItStages) {
  Open();
  for (int i = 0; i < 20; ++i) {
    PutSome(50);
    EXPECT_GT(ExpectSound().files, 0u);
  }
}

TEST_F(StagedLogTest, SalvageTakesWhatIsStagedAlsoUnderADamagedHeader) {
  Open();
  PutSome(100);  // all in one log
  const auto killed = env_.CrashImage(CrashMode::kKeepAll, 1);
  db_.reset();
  const std::string log = Log(killed.get());
  for (const uint64_t offset : {UINT64_MAX, uint64_t{0}, uint64_t{9},
                                uint64_t{17}, uint64_t{41}, uint64_t{45}}) {
    const auto env = killed->CrashImage(CrashMode::kKeepAll, 1);
    if (offset != UINT64_MAX) ASSERT_OK(env->CorruptByte(log, offset));
    Options options;
    options.env = env.get();
    ASSERT_OK_AND_ASSIGN(const SalvageReport report,
                         Salvage(options, "/db", "/new"));
    EXPECT_TRUE(report.nothing_lost()) << offset;
    Options saved = options_;
    saved.env = env.get();
    ASSERT_OK_AND_ASSIGN(const auto db, DB::Open(saved, "/new"));
    ASSERT_NO_FATAL_FAILURE(ExpectAll(db.get())) << offset;
  }
}

TEST_F(StagedLogTest, FullDiskLosesNothingAndPasses) {
  Open();
  PutSome(20);  // all in one log
  env_.FailNth(kSimAppend, 1, absl::ResourceExhaustedError("disk full"),
               /*sticky=*/false, Log(&env_));
  // The drain meets it. A write hears of it, unless it comes with a new log.
  for (int i = 0; i < 5000; ++i) {
    const absl::Status status = db_->Put({}, "key", "refused").status();
    if (!status.ok()) {
      EXPECT_STATUS(status, absl::StatusCode::kResourceExhausted);
      break;
    }
    expected_["key"] = "refused";
  }
  EXPECT_EQ(env_.faults_fired(), 1u);
  const auto image = env_.CrashImage(CrashMode::kKeepAll, 1);
  Options options = options_;
  options.env = image.get();
  ASSERT_OK_AND_ASSIGN(const auto db, DB::Open(options, "/db"));
  ASSERT_NO_FATAL_FAILURE(ExpectAll(db.get()));
  // The store goes on by itself with another log.
  absl::Status status = db_->Put({}, "key", "at last").status();
  for (int i = 0; i < 10000 && !status.ok(); ++i) {
    ASSERT_STATUS(status, absl::StatusCode::kResourceExhausted);
    env_.SleepMicros(1000);
    status = db_->Put({}, "key", "at last").status();
  }
  ASSERT_OK(status);
  expected_["key"] = "at last";
  ExpectAll(db_.get());
  Open();
  ExpectAll(db_.get());
}

}  // namespace
}  // namespace lsmkv::engine
