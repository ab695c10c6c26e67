// Opening damaged, foreign or half-made stores: the right data, or an error
// that names the file; never less than was acknowledged.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "engine/src/format/file_names.h"
#include "lsmkv/engine/db.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

class RecoveryTest : public ::testing::Test {
 protected:
  RecoveryTest() { options_.env = &env_; }

  absl::Status TryOpen() {
    db_.reset();
    auto opened = DB::Open(options_, "/db");
    if (opened.ok()) db_ = *std::move(opened);
    return opened.status();
  }
  // The paths of the store's files of one kind, oldest first.
  static std::vector<std::string> Files(SimEnv* env, FileKind kind) {
    const auto names = env->ListDir("/db");
    EXPECT_OK(names.status());
    std::vector<std::string> paths;
    for (const std::string& name : *names) {
      if (ParseFileName(name).kind == kind) paths.push_back("/db/" + name);
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }
  // A store whose process died: 100 synced writes in the log.
  void MakeCrashedStore() {
    ASSERT_OK(TryOpen());
    for (int i = 0; i < 100; ++i) {
      ASSERT_OK(db_->Put({}, "key" + std::to_string(i), "value"));
    }
    image_ = env_.CrashImage(CrashMode::kDropUnsynced, 1);
    db_.reset();
    options_.env = image_.get();
  }
  void TearDown() override { db_.reset(); }

  SimEnv env_;
  std::unique_ptr<SimEnv> image_;
  Options options_;
  std::unique_ptr<DB> db_;
};

TEST_F(RecoveryTest, LoggedWritesAreThere) {
  MakeCrashedStore();
  ASSERT_OK(TryOpen());
  EXPECT_EQ(db_->GetStats().recovered_records, 100u);
  EXPECT_EQ(*db_->Get("key99"), "value");
}

TEST_F(RecoveryTest, DamageInTheMiddleOfTheLogIsRefused) {
  MakeCrashedStore();
  const std::string wal = Files(image_.get(), FileKind::kWal)[0];
  ASSERT_OK(image_->CorruptByte(wal, 1000));
  EXPECT_STATUS_CONTAINS(TryOpen(), absl::StatusCode::kDataLoss, wal);
  // And again: the refusal has changed nothing.
  EXPECT_STATUS_CONTAINS(TryOpen(), absl::StatusCode::kDataLoss, wal);
}

TEST_F(RecoveryTest, MissingLogIsRefused) {
  MakeCrashedStore();
  const std::string wal = Files(image_.get(), FileKind::kWal)[0];
  ASSERT_OK(image_->RemoveFile(wal));
  EXPECT_STATUS_CONTAINS(TryOpen(), absl::StatusCode::kDataLoss, wal);
}

TEST_F(RecoveryTest, OldLogThatAppearsAgainIsIgnored) {
  ASSERT_OK(TryOpen());
  ASSERT_OK(db_->Put({}, "a", "old"));
  const std::string wal = Files(&env_, FileKind::kWal)[0];
  ASSERT_OK_AND_ASSIGN(const std::string bytes, env_.ReadFile(wal));
  ASSERT_OK(db_->Flush());
  ASSERT_OK(db_->Put({}, "a", "new"));
  db_.reset();
  ASSERT_OK(env_.WriteFile(wal, bytes));
  ASSERT_OK(TryOpen());
  EXPECT_EQ(*db_->Get("a"), "new");
  EXPECT_FALSE(*env_.FileExists(wal));
}

TEST_F(RecoveryTest, MissingCurrentBesideTablesIsRefused) {
  ASSERT_OK(TryOpen());
  ASSERT_OK(db_->Put({}, "a", "1"));
  ASSERT_OK(db_->Flush());
  db_.reset();
  ASSERT_OK(env_.RemoveFile("/db/CURRENT"));
  EXPECT_STATUS_CONTAINS(TryOpen(), absl::StatusCode::kDataLoss, "CURRENT");
}

TEST_F(RecoveryTest, MissingTableIsRefused) {
  ASSERT_OK(TryOpen());
  ASSERT_OK(db_->Put({}, "a", "1"));
  ASSERT_OK(db_->Flush());
  db_.reset();
  const std::string table = Files(&env_, FileKind::kTable)[0];
  ASSERT_OK(env_.RemoveFile(table));
  EXPECT_STATUS_CONTAINS(TryOpen(), absl::StatusCode::kDataLoss, table);
}

TEST_F(RecoveryTest, SwappedTablesAreRefused) {
  ASSERT_OK(TryOpen());
  for (const char* key : {"a", "b"}) {
    ASSERT_OK(db_->Put({}, key, key));
    ASSERT_OK(db_->Flush());
  }
  db_.reset();
  const std::vector<std::string> tables = Files(&env_, FileKind::kTable);
  ASSERT_EQ(tables.size(), 2u);
  ASSERT_OK_AND_ASSIGN(const std::string first, env_.ReadFile(tables[0]));
  ASSERT_OK_AND_ASSIGN(const std::string second, env_.ReadFile(tables[1]));
  ASSERT_OK(env_.WriteFile(tables[0], second));
  ASSERT_OK(env_.WriteFile(tables[1], first));
  EXPECT_STATUS_CONTAINS(TryOpen(), absl::StatusCode::kDataLoss, ".sst");
}

TEST_F(RecoveryTest, CreationInterruptedAnywhereStartsAgain) {
  for (uint64_t cut = 0; cut < 40; ++cut) {
    SimEnv env(cut + 1);
    Options options;
    options.env = &env;
    env.CutPowerAfter(cut);
    { auto first = DB::Open(options, "/db"); }
    env.Crash(CrashMode::kDropUnsynced, cut);
    auto second = DB::Open(options, "/db");
    ASSERT_OK(second.status());
    ASSERT_OK((*second)->Put({}, "a", "1"));
  }
}

TEST_F(RecoveryTest, OpeningOfAnAbsentStoreMayBeForbidden) {
  options_.create_if_missing = false;
  EXPECT_STATUS_CONTAINS(TryOpen(), absl::StatusCode::kFailedPrecondition,
                         "/db");
}

TEST_F(RecoveryTest, SecondOpeningIsRefusedAndTheFirstGoesOn) {
  ASSERT_OK(TryOpen());
  EXPECT_STATUS_CONTAINS(DB::Open(options_, "/db"),
                         absl::StatusCode::kFailedPrecondition, "LOCK");
  ASSERT_OK(db_->Put({}, "a", "1"));
  EXPECT_STATUS(DB::Open(options_, "/db"),
                absl::StatusCode::kFailedPrecondition);
}

TEST_F(RecoveryTest, FailedLogSyncStopsWritesAndNothingUnsyncedIsSeen) {
  ASSERT_OK(TryOpen());
  ASSERT_OK(db_->Put({}, "a", "1"));
  env_.FailNth(kSimSync, 1, absl::InternalError("disk"), false, ".wal");
  EXPECT_STATUS(db_->Put({}, "b", "2"), absl::StatusCode::kInternal);
  EXPECT_STATUS(db_->Get("b"), absl::StatusCode::kNotFound);
  EXPECT_STATUS_CONTAINS(db_->Put({}, "c", "3"),
                         absl::StatusCode::kFailedPrecondition, "disk");
  EXPECT_EQ(*db_->Get("a"), "1");
  EXPECT_FALSE(db_->background_error().ok());
  EXPECT_NE(db_->GetStats().background_error, "");
}

TEST_F(RecoveryTest, FullDiskIsNamedAndLosesNothing) {
  ASSERT_OK(TryOpen());
  ASSERT_OK(db_->Put({}, "a", "1"));
  env_.SetFreeSpaceBytes(0);
  absl::Status status;
  for (int i = 0; i < 100000 && status.ok(); ++i) {
    status =
        db_->Put({}, "k" + std::to_string(i), std::string(10000, 'x')).status();
  }
  EXPECT_STATUS(status, absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(*db_->Get("a"), "1");
  env_.ClearFreeSpaceLimit();
  ASSERT_OK(TryOpen());
  EXPECT_EQ(*db_->Get("a"), "1");
}

TEST_F(RecoveryTest, UnwritableDirectoryIsNamed) {
  env_.FailNth(kSimLock, 1, absl::PermissionDeniedError("/db/LOCK: denied"));
  EXPECT_STATUS_CONTAINS(TryOpen(), absl::StatusCode::kPermissionDenied,
                         "/db/LOCK");
}

}  // namespace
}  // namespace lsmkv::engine
