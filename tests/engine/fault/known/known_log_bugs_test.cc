// Bugs that other engines had with logs and MANIFESTs, each as a test of what
// this one does instead. tests/KNOWN_BUGS.md names the originals.

#include <map>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/engine/fault/known/known_bug_fixture.h"

namespace lsmkv::engine {
namespace {

using KnownLogBugTest = KnownBugTest;

// Appending to a log whose end was torn hides what is appended.
TEST_F(KnownLogBugTest, ALogThatWasReadIsNeverAppendedTo) {
  ASSERT_OK(TryOpen());
  Put("a", "1");
  const auto before = Files(&env_, FileKind::kWal);
  ASSERT_OK(CrashAndOpen(CrashMode::kKeepAll));
  Put("b", "2");
  for (const std::string& path : Files(image_.get(), FileKind::kWal)) {
    EXPECT_EQ(std::count(before.begin(), before.end(), path), 0) << path;
  }
  EXPECT_EQ(Contents(),
            (std::map<std::string, std::string>{{"a", "1"}, {"b", "2"}}));
}

// A short read taken for the end of the file loses the rest of the log.
TEST_F(KnownLogBugTest, AShortReadIsNeverTheEndOfALog) {
  ASSERT_OK(TryOpen());
  for (int i = 0; i < 200; ++i) Put("key" + std::to_string(i), "value");
  const auto expected = Contents();
  const auto image = env_.CrashImage(CrashMode::kDropUnsynced, 1);
  db_.reset();
  for (uint64_t n = 1; n < 20; ++n) {
    SCOPED_TRACE(n);
    const auto again = image->CrashImage(CrashMode::kKeepAll, 1);
    options_.env = again.get();
    SimFault fault;
    fault.ops = kSimRead;
    fault.n = n;
    fault.kind = SimFaultKind::kShortRead;
    again->Inject(fault);
    const bool opened = TryOpen().ok();
    again->ClearFaults();
    if (opened) {
      EXPECT_EQ(Contents(), expected);
    }
    db_.reset();
  }
}

// Half a record, then a whole one that was synced and acknowledged: the reader
// stops at the half, and the other is lost.
TEST_F(KnownLogBugTest, HalfARecordIsNeverFollowedByAnAcknowledgedOne) {
  for (uint64_t n = 1; n <= 12; ++n) {
    SCOPED_TRACE(n);
    ASSERT_OK(TryOpen());
    env_.FailNth(kSimAppend, n, absl::InternalError("EIO"), false, ".wal");
    std::map<std::string, std::string> acknowledged = Contents();
    for (int i = 0; i < 15; ++i) {
      const std::string key = "key" + std::to_string(i);
      const std::string value = std::to_string(n);
      if (db_->Put({}, key, value).ok()) acknowledged[key] = value;
    }
    db_.reset();
    env_.Crash(CrashMode::kDropUnsynced, n);
    ASSERT_OK(TryOpen());
    // The one that failed may be there as well.
    for (const auto& record : acknowledged) {
      EXPECT_GE(Contents()[record.first], record.second) << record.first;
    }
    ASSERT_OK(db_->DeleteRange({}, "k", "l"));
  }
}

// Refused with an error and there after the next start.
TEST_F(KnownLogBugTest, ARefusedBatchIsNotThereAfterARestart) {
  ASSERT_OK(TryOpen());
  WriteBatch batch;
  batch.Put("good", "1");
  batch.Put(std::string(options_.key_bytes_max + 1, 'k'), "2");
  EXPECT_STATUS(db_->Write({}, batch), absl::StatusCode::kInvalidArgument);
  Put("later", "3");
  ASSERT_OK(CrashAndOpen(CrashMode::kKeepAll));
  EXPECT_EQ(Contents(), (std::map<std::string, std::string>{{"later", "3"}}));
}

// A store that counts on from the wrong number writes what older data hides.
TEST_F(KnownLogBugTest, NewWritesAreNewerThanRecoveredOnes) {
  ASSERT_OK(TryOpen());
  for (int round = 0; round < 6; ++round) {
    const auto version = db_->Put({}, "key", "before " + std::to_string(round));
    ASSERT_OK(version.status());
    if (round % 2 == 1) {
      ASSERT_OK(db_->Flush());
    }
    ASSERT_OK(TryOpen());
    const auto later = db_->Put({}, "key", "after " + std::to_string(round));
    ASSERT_OK(later.status());
    EXPECT_GT(*later, *version);
    EXPECT_EQ(*db_->Get("key"), "after " + std::to_string(round));
  }
  // What a log's torn end held is not counted, nor is it ever seen again.
  ASSERT_OK(db_->Put({Durability::kOs}, "key", "torn").status());
  ASSERT_OK(CrashAndOpen());
  EXPECT_EQ(*db_->Get("key"), "after 5");
  Put("key", "last");
  EXPECT_EQ(*db_->Get("key"), "last");
}

// Closed in peace, and the last writes gone with the power.
TEST_F(KnownLogBugTest, CloseSyncsWhatWasNeverSynced) {
  options_.durability = Durability::kOs;
  ASSERT_OK(TryOpen());
  Put("key", "value");
  ASSERT_OK(db_->Close());
  ASSERT_OK(CrashAndOpen());
  EXPECT_EQ(*db_->Get("key"), "value");
}

// A sync of a table that failed was not looked at; its log went all the same.
TEST_F(KnownLogBugTest, ATableWhoseSyncFailedIsNotUsed) {
  ASSERT_OK(TryOpen());
  for (int i = 0; i < 100; ++i) Put("key" + std::to_string(i), "value");
  const auto expected = Contents();
  env_.FailNth(kSimSync, 1, absl::InternalError("EIO"), false, ".sst");
  EXPECT_FALSE(db_->Flush().ok());
  EXPECT_EQ(Contents(), expected);
  ASSERT_OK(CrashAndOpen());
  EXPECT_EQ(Contents(), expected);
}

// The edit is on the disk though its sync failed. Whoever removes the files
// that it added, or those that it removed, has lost one of the two states.
TEST_F(KnownLogBugTest, AManifestSyncThatFailedCostsNoFile) {
  for (const CrashMode mode : {CrashMode::kKeepAll, CrashMode::kDropUnsynced}) {
    SCOPED_TRACE(CrashModeName(mode));
    options_.env = &env_;
    ASSERT_OK(TryOpen());
    for (int i = 0; i < 300; ++i) {
      Put("key" + std::to_string(i), std::string(300, 'v'));
    }
    const auto expected = Contents();
    env_.FailNth(kSimSync, 1, absl::InternalError("EIO"), false, "MANIFEST-");
    EXPECT_FALSE(db_->CompactRange(std::nullopt, std::nullopt).ok());
    ASSERT_OK(CrashAndOpen(mode));
    EXPECT_EQ(Contents(), expected);
    db_.reset();
    env_.ClearFaults();
  }
}

// A table of no bytes, as a crash leaves it on some file systems.
TEST_F(KnownLogBugTest, AnEmptyTableFileIsRefusedByName) {
  ASSERT_OK(TryOpen());
  Put("key", "value");
  ASSERT_OK(db_->Flush());
  db_.reset();
  const std::string table = Files(&env_, FileKind::kTable).at(0);
  ASSERT_OK(env_.TruncateFile(table, 0));
  EXPECT_STATUS_CONTAINS(TryOpen(), absl::StatusCode::kDataLoss, table);
}

}  // namespace
}  // namespace lsmkv::engine
