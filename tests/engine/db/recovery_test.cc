// Opening damaged, foreign or half-made stores: the right data, or an error
// that names the file; never less than was acknowledged.

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "engine/src/format/file_names.h"
#include "engine/src/version/version_set.h"
#include "engine/src/wal/log_writer.h"
#include "lsmkv/engine/db.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

class RecoveryTest : public ::testing::Test {
 protected:
  RecoveryTest() {
    options_.env = &env_;
    options_.memtable_bytes = 1 << 20;
  }

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

TEST_F(RecoveryTest, ClosedStoreIsReadThoughNothingCanBeWritten) {
  for (const uint32_t op : {kSimCreate, kSimAppend, kSimSync, kSimSyncDir}) {
    SCOPED_TRACE(op);
    ASSERT_OK(TryOpen());
    ASSERT_OK(db_->Put({}, "key", "value"));
    ASSERT_OK(db_->Flush());
    ASSERT_OK(db_->Close());
    env_.FailNth(op, 1, absl::InternalError("disk"));
    ASSERT_OK(TryOpen());
    EXPECT_EQ(*db_->Get("key"), "value");
    EXPECT_FALSE(db_->Put({}, "key", "lost").ok());
    EXPECT_EQ(*db_->Get("key"), "value");
    EXPECT_FALSE(db_->Close().ok());
    ASSERT_OK(TryOpen());
    EXPECT_EQ(*db_->Get("key"), "value");
  }
}

TEST_F(RecoveryTest, IndexThatIsDamagedIsToldByWhoNeedsIt) {
  ASSERT_OK(TryOpen());
  ASSERT_OK(db_->Put({}, "key", "value"));
  ASSERT_OK(db_->Flush());
  ASSERT_OK(db_->Close());
  const std::string table = Files(&env_, FileKind::kTable).at(0);
  ASSERT_OK_AND_ASSIGN(const std::string bytes, env_.ReadFile(table));
  // The index is the last block before the footer.
  ASSERT_OK(env_.CorruptByte(table, bytes.size() - 96 - 8));
  ASSERT_OK(TryOpen());
  for (int i = 0; i < 2; ++i) {
    EXPECT_STATUS_CONTAINS(db_->Get("key").status(),
                           absl::StatusCode::kDataLoss, table);
    const auto it = db_->NewIterator({});
    it->SeekToFirst();
    EXPECT_FALSE(it->Valid());
    EXPECT_STATUS_CONTAINS(it->status(), absl::StatusCode::kDataLoss, table);
  }
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

// Two logs of three and two puts; the first has lost its last record, whole.
// The last record of the second says how much was durable.
void MakeStoreWithAGap(SimEnv* env, uint64_t durable_upto) {
  ASSERT_OK(env->CreateDir("/db"));
  TableCounters counters;
  VersionSet versions(env, "/db", nullptr, &counters);
  versions.InitEmpty();
  ASSERT_OK(versions.StartManifest({}));
  VersionEdit edit;
  uint64_t sequence = 1;
  for (const uint64_t lost : {1u, 0u}) {
    const uint64_t number = versions.NewFileNumber();
    edit.added_wals.push_back(number);
    ASSERT_OK_AND_ASSIGN(const auto log,
                         LogWriter::Create(env, WalPath("/db", number),
                                           LogKind::kWal, number, 0));
    for (uint64_t end = sequence + 2 + lost; sequence < end; ++sequence) {
      WriteBatch batch;
      batch.Put("key" + std::to_string(sequence), "v");
      LogRecord record;
      record.sequence = sequence;
      record.durable_upto = sequence == 5 ? durable_upto : 0;
      record.payload = std::string_view("\x01", 1);
      if (lost == 1 && sequence == 3) continue;
      log->Add(record, batch.encoded());
    }
    ASSERT_OK(log->Flush());
    ASSERT_OK(log->Close());
  }
  ASSERT_OK(versions.LogAndApply(std::move(edit),
                                 [](std::shared_ptr<const Version>) {}));
}

TEST_F(RecoveryTest, GapThatALaterRecordCallsDurableIsRefused) {
  ASSERT_NO_FATAL_FAILURE(MakeStoreWithAGap(&env_, 4));
  EXPECT_STATUS_CONTAINS(TryOpen(), absl::StatusCode::kDataLoss,
                         "writes 3 to 4 were durable");
}

TEST_F(RecoveryTest, GapThatNobodyCallsDurableIsCut) {
  ASSERT_NO_FATAL_FAILURE(MakeStoreWithAGap(&env_, 2));
  ASSERT_OK(TryOpen());
  EXPECT_OK(db_->Get("key2"));
  EXPECT_STATUS(db_->Get("key4"), absl::StatusCode::kNotFound);
  EXPECT_EQ(db_->GetStats().last_version, 2u);
  EXPECT_GT(db_->GetStats().recovery_cut_bytes, 0u);
}

// Garbage that names great lengths everywhere must not be hashed at every
// place.
TEST_F(RecoveryTest, TornRecordOfAwkwardBytesIsCutQuickly) {
  ASSERT_OK(TryOpen());
  ASSERT_OK(db_->Put({}, "a", "1"));
  const std::string wal = Files(&env_, FileKind::kWal)[0];
  ASSERT_OK(db_->Put({}, "b", std::string(2 << 20, '\x01')));
  image_ = env_.CrashImage(CrashMode::kDropUnsynced, 1);
  db_.reset();
  options_.env = image_.get();
  ASSERT_OK(image_->CorruptByte(wal, 48 + 40 + 100));
  ASSERT_OK(TryOpen());
  EXPECT_EQ(*db_->Get("a"), "1");
  EXPECT_GT(db_->GetStats().recovery_cut_bytes, uint64_t{2} << 20);
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

TEST_F(RecoveryTest, ClosedLogCutWhereARecordEndsIsRefused) {
  ASSERT_OK(TryOpen());
  ASSERT_OK(db_->Put({}, "a", "1"));
  const std::string wal = Files(&env_, FileKind::kWal)[0];
  ASSERT_OK(db_->Put({}, "b", "2"));
  ASSERT_OK(db_->Close());
  ASSERT_OK_AND_ASSIGN(const uint64_t closed, env_.FileSize(wal));
  // Without the seal; without the second record; without any.
  const uint64_t record =
      LogRecordBytes(strlen("\x01\x01\x01"
                            "a"
                            "\x01"
                            "1"));
  ASSERT_EQ(closed, kLogHeaderBytes + 2 * record + LogRecordBytes(16));
  for (const uint64_t records : {2u, 1u, 0u}) {
    const uint64_t bytes = kLogHeaderBytes + records * record;
    ASSERT_OK(env_.TruncateFile(wal, bytes));
    EXPECT_STATUS_CONTAINS(TryOpen(), absl::StatusCode::kDataLoss,
                           wal + ": offset " + std::to_string(bytes));
  }
}

TEST_F(RecoveryTest, ClosedLogThatGrewIsRefusedUnlessByZeros) {
  ASSERT_OK(TryOpen());
  ASSERT_OK(db_->Put({}, "a", "1"));
  const std::string wal = Files(&env_, FileKind::kWal)[0];
  ASSERT_OK(db_->Close());
  ASSERT_OK_AND_ASSIGN(const std::string bytes, env_.ReadFile(wal));
  ASSERT_OK(env_.WriteFile(wal, bytes + "more"));
  EXPECT_STATUS_CONTAINS(TryOpen(), absl::StatusCode::kDataLoss, wal);
  // Reserved space whose end was not durable.
  ASSERT_OK(env_.WriteFile(wal, bytes + std::string(5000, '\0')));
  ASSERT_OK(TryOpen());
  EXPECT_EQ(*db_->Get("a"), "1");
}

TEST_F(RecoveryTest, LogOfAnotherStoreIsRefused) {
  MakeCrashedStore();
  const std::string wal = Files(image_.get(), FileKind::kWal)[0];
  SimEnv other(2);
  Options options = options_;
  options.env = &other;
  ASSERT_OK_AND_ASSIGN(auto db, DB::Open(options, "/db"));
  ASSERT_OK(db->Put({}, "key1", "foreign"));
  ASSERT_OK(db->Close());
  ASSERT_OK_AND_ASSIGN(const std::string bytes, other.ReadFile(wal));
  ASSERT_OK(image_->WriteFile(wal, bytes));
  EXPECT_STATUS_CONTAINS(TryOpen(), absl::StatusCode::kDataLoss,
                         wal + ": offset 24: this is another log");
}

// The tables that the lost edits name would be taken for leftovers.
TEST_F(RecoveryTest, ManifestCutWhereAnEditEndsNeverLosesATable) {
  ASSERT_OK(TryOpen());
  const std::string manifest = Files(&env_, FileKind::kManifest)[0];
  std::vector<uint64_t> ends;
  for (const char* key : {"a", "b", "c"}) {
    ends.push_back(*env_.FileSize(manifest));
    ASSERT_OK(db_->Put({}, key, key));
    ASSERT_OK(db_->Flush());
    ASSERT_OK(db_->WaitForIdle());
  }
  // The process dies here: no log in use holds a record.
  ASSERT_OK(env_.SyncDir("/db"));
  image_ = env_.CrashImage(CrashMode::kDropUnsynced, 1);
  db_.reset();
  ASSERT_OK_AND_ASSIGN(const std::string bytes, image_->ReadFile(manifest));
  options_.env = image_.get();
  for (const uint64_t end : ends) {
    ASSERT_OK(image_->WriteFile(manifest, bytes.substr(0, end)));
    EXPECT_STATUS(TryOpen(), absl::StatusCode::kDataLoss) << end;
  }
  ASSERT_OK(image_->WriteFile(manifest, bytes));
  ASSERT_OK(TryOpen());
  EXPECT_EQ(*db_->Get("c"), "c");
}

TEST_F(RecoveryTest, LogInUseThatTheManifestDoesNotNameIsRefused) {
  ASSERT_OK(TryOpen());
  ASSERT_OK(db_->Put({}, "a", "1"));
  ASSERT_OK(db_->Close());
  const std::vector<std::string> logs = Files(&env_, FileKind::kWal);
  const std::string later = WalPath("/db", 99);
  ASSERT_OK_AND_ASSIGN(const auto log,
                       LogWriter::Create(&env_, later, LogKind::kWal, 99, 0));
  LogRecord record;
  record.sequence = 2;
  log->Add(record);
  ASSERT_OK(log->Flush());
  ASSERT_OK(log->Close());
  EXPECT_STATUS_CONTAINS(TryOpen(), absl::StatusCode::kDataLoss, later);
}

TEST_F(RecoveryTest, CurrentOfAnEarlierManifestIsRefused) {
  ASSERT_OK(TryOpen());
  ASSERT_OK(db_->Put({}, "a", "1"));
  ASSERT_OK(db_->Close());
  const std::string manifest = Files(&env_, FileKind::kManifest)[0];
  ASSERT_OK_AND_ASSIGN(const std::string current, env_.ReadFile("/db/CURRENT"));
  ASSERT_OK_AND_ASSIGN(const std::string edits, env_.ReadFile(manifest));
  const std::string wal = Files(&env_, FileKind::kWal)[0];
  ASSERT_OK_AND_ASSIGN(const std::string log, env_.ReadFile(wal));
  ASSERT_OK(TryOpen());
  ASSERT_OK(db_->Close());
  ASSERT_OK(env_.WriteFile("/db/CURRENT", current));
  EXPECT_STATUS_CONTAINS(TryOpen(), absl::StatusCode::kDataLoss, "CURRENT");
  // Even if all that it names came back with it.
  ASSERT_OK(env_.WriteFile(manifest, edits));
  ASSERT_OK(env_.WriteFile(wal, log));
  EXPECT_STATUS_CONTAINS(TryOpen(), absl::StatusCode::kDataLoss, "CURRENT");
}

TEST_F(RecoveryTest, CreationInterruptedAnywhereStartsAgain) {
  for (uint64_t cut = 0; cut < 40; ++cut) {
    SimEnv env(cut + 1);
    Options options;
    options.env = &env;
    options.memtable_bytes = 64 << 10;
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
  env_.FailNth(kSimSync, 1, absl::InternalError("disk"), false,
               Files(&env_, FileKind::kWal)[0]);  // the one in use
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
