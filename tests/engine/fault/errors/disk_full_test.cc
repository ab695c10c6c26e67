// What lacks room (RESOURCE_EXHAUSTED) stops writes only until there is room:
// nothing acknowledged is lost, nothing refused comes back, and nobody hangs.
// Every other error, and every failed sync, stops them for good.

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "tests/engine/fault/errors/disk_full_fixture.h"

namespace lsmkv::engine {
namespace {

// --- Writes resume by themselves --------------------------------------------

TEST_F(DiskFullTest, AppendIsRefusedUntilThereIsRoomThenWritesResume) {
  Open();
  ASSERT_OK(db_->Put({}, "a", "1"));
  Fail(kSimAppend | kSimCreate, FileKind::kWal, NoSpace());
  EXPECT_STATUS(db_->Put({}, "b", "2"), absl::StatusCode::kResourceExhausted);
  // Fast, naming the cause; reads go on, and it shows.
  EXPECT_STATUS_CONTAINS(db_->Put({}, "c", "3"),
                         absl::StatusCode::kResourceExhausted, "No space left");
  EXPECT_EQ(Get("a"), "1");
  EXPECT_STATUS(db_->Get("b"), absl::StatusCode::kNotFound);
  EXPECT_STATUS(db_->background_error(), absl::StatusCode::kResourceExhausted);
  EXPECT_NE(db_->GetStats().background_error, "");
  EXPECT_STATUS(listener_.now(), absl::StatusCode::kResourceExhausted);
  MakeRoom();
  ASSERT_TRUE(Writable());
  EXPECT_OK(db_->background_error());
  EXPECT_EQ(db_->GetStats().background_error, "");
  EXPECT_OK(listener_.now());
  EXPECT_EQ(listener_.resumed(), 1);
  EXPECT_EQ(Get("a"), "1");
}

TEST_F(DiskFullTest, RefusedGroupIsGoneForGoodOnceWritesHaveResumed) {
  Open();
  ASSERT_OK(db_->Put({}, "a", "1"));
  Fail(kSimAppend, FileKind::kWal, NoSpace(), /*once=*/true);
  EXPECT_STATUS(db_->Put({}, "b", "2"), absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(Writable());
  EXPECT_STATUS(db_->Get("b"), absl::StatusCode::kNotFound);
  for (const CrashMode mode : {CrashMode::kDropUnsynced, CrashMode::kTornPages,
                               CrashMode::kKeepPrefix}) {
    ASSERT_NO_FATAL_FAILURE(Crash(mode));
    EXPECT_EQ(Get("a"), "1");
    EXPECT_EQ(Get("w"), "w");
    EXPECT_STATUS(db_->Get("b"), absl::StatusCode::kNotFound);
  }
}

TEST_F(DiskFullTest, RefusedBatchIsWholeOrAbsentAfterACrash) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    SiteEnv env(seed);
    options_.env = &env;
    ASSERT_OK_AND_ASSIGN(const auto db, DB::Open(options_, "/db"));
    ASSERT_OK(db->Put({}, "a", "1"));
    env.SetHook([](const EnvCall& call) {
      return (call.op & (kSimAppend | kSimCreate)) != 0 ? NoSpace()
                                                        : absl::OkStatus();
    });
    WriteBatch batch;
    batch.Put("b", std::string(5000, 'b'));
    batch.Put("c", std::string(5000, 'c'));
    EXPECT_STATUS(db->Write({}, batch), absl::StatusCode::kResourceExhausted);
    const auto image = env.sim()->CrashImage(CrashMode::kKeepPrefix, seed);
    options_.env = image.get();
    ASSERT_OK_AND_ASSIGN(const auto again, DB::Open(options_, "/db"));
    EXPECT_EQ(*again->Get("a"), "1");
    EXPECT_EQ(again->Get("b").ok(), again->Get("c").ok()) << seed;
  }
}

TEST_F(DiskFullTest, SealThatFindsNoRoomIsResumed) {
  Open();
  ASSERT_OK(db_->Put({}, "a", "1"));
  Fail(kSimAppend, FileKind::kWal, NoSpace(), /*once=*/true);
  EXPECT_STATUS(db_->Flush(), absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(Writable());
  ASSERT_NO_FATAL_FAILURE(Crash());
  EXPECT_EQ(Get("a"), "1");
  EXPECT_EQ(Get("w"), "w");
}

TEST_F(DiskFullTest, LogThatFailedBeforeItsFirstWriteGoesToo) {
  Open();
  const size_t logs = Files(FileKind::kWal);
  Fail(kSimAppend, FileKind::kWal, NoSpace(), /*once=*/true);
  EXPECT_STATUS(db_->Put({}, "b", "2"), absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(Writable());
  EXPECT_TRUE(Eventually([&] { return Files(FileKind::kWal) == logs; }));
  EXPECT_EQ(Files(FileKind::kTable), 0u);
  ASSERT_NO_FATAL_FAILURE(Crash());
  EXPECT_STATUS(db_->Get("b"), absl::StatusCode::kNotFound);
}

TEST_F(DiskFullTest, FlushIsTriedAgainUntilThereIsRoom) {
  struct Case {
    const char* what;
    uint32_t ops;
  };
  for (const Case& c : {Case{"create", kSimCreate}, Case{"append", kSimAppend},
                        Case{"sync", kSimSync}, Case{"open", kSimOpenRead},
                        Case{"close", kSimClose}}) {
    SCOPED_TRACE(c.what);
    options_.l0_trigger = 100;
    options_.idle_compaction_ms = 0;
    Open();
    failed_ = 0;
    ASSERT_OK(db_->Put({}, "a", c.what));
    Fail(c.ops, FileKind::kTable, NoSpace());
    EXPECT_STATUS_CONTAINS(db_->Flush(), absl::StatusCode::kResourceExhausted,
                           "No space left");
    EXPECT_EQ(Get("a"), c.what);
    EXPECT_TRUE(Eventually([&] { return failed_ >= 3; }));
    MakeRoom();
    ASSERT_TRUE(Writable());
    ASSERT_OK(db_->Flush());
    EXPECT_EQ(Get("a"), c.what);
    // What the failed tries left is gone.
    EXPECT_TRUE(Eventually([&] {
      return Files(FileKind::kTable) == db_->GetStats().levels[0].files;
    }));
    ASSERT_NO_FATAL_FAILURE(Crash());
    EXPECT_EQ(Get("a"), c.what);
  }
}

TEST_F(DiskFullTest, NextLogIsMadeOnceThereIsRoom) {
  for (const uint32_t ops : {kSimCreate, kSimAppend}) {
    SCOPED_TRACE(ops);
    Open();
    ASSERT_OK(db_->Put({}, "a", "1"));
    // The seal of the old log may pass, the new log may not be made.
    std::atomic<bool> full{true};
    uint64_t appended = 0;
    env_.SetHook([&, ops](const EnvCall& call) {
      if ((call.op & ops) == 0 || !full ||
          ParseFileName(call.path.substr(4)).kind != FileKind::kWal) {
        return absl::OkStatus();
      }
      if (ops == kSimAppend && ++appended == 1) return absl::OkStatus();
      return NoSpace();
    });
    db_->Flush().IgnoreError();  // takes the log that was ready
    EXPECT_TRUE(Eventually([&] { return !db_->background_error().ok(); }));
    EXPECT_EQ(Get("a"), "1");
    full = false;
    ASSERT_TRUE(Writable());
    ASSERT_TRUE(Eventually([&] { return Files(FileKind::kWal) == 2; }));
    env_.ClearHook();
    ASSERT_NO_FATAL_FAILURE(Crash());
    EXPECT_EQ(Get("a"), "1");
  }
}

TEST_F(DiskFullTest, LogDoesWithoutReservedSpace) {
  Open();
  Fail(kSimPreallocate, FileKind::kWal, NoSpace());
  ASSERT_OK(db_->Put({}, "a", "1"));
  ASSERT_OK(db_->Flush());
  ASSERT_TRUE(Eventually([&] { return failed_ == 1; }));
  ASSERT_OK(db_->Put({}, "b", "2"));
  ASSERT_OK(db_->Flush());
  EXPECT_OK(db_->background_error());
}

TEST_F(DiskFullTest, TooManyOpenFilesIsNoMoreThanAPause) {
  Open();
  ASSERT_OK(db_->Put({}, "a", "1"));
  std::atomic<int> left{6};
  env_.SetHook([&](const EnvCall& call) {
    const uint32_t opens = kSimOpenRead | kSimCreate | kSimSyncDir;
    return (call.op & opens) != 0 && left.fetch_sub(1) > 0
               ? absl::ResourceExhaustedError("Too many open files")
               : absl::OkStatus();
  });
  EXPECT_STATUS_CONTAINS(db_->Flush(), absl::StatusCode::kResourceExhausted,
                         "Too many open files");
  ASSERT_TRUE(Writable());
  EXPECT_EQ(Get("a"), "1");
  ASSERT_NO_FATAL_FAILURE(Crash());
  EXPECT_EQ(Get("a"), "1");
}

TEST_F(DiskFullTest, SpaceThatReturnsIsEnough) {
  Open();
  const std::string value(1000, 'v');
  for (int round = 0; round < 3; ++round) {
    env_.sim()->SetFreeSpaceBytes(300 << 10);
    int i = 0;
    while (db_->Put({}, "k" + std::to_string(i), value).ok()) ++i;
    ASSERT_GT(i, 0);
    EXPECT_EQ(Get("k0"), value);
    env_.sim()->SetFreeSpaceBytes(16 << 20);
    ASSERT_TRUE(Writable());
    // Keeps the pauses short: errors that come long after each other.
    env_.sim()->AdvanceMicros(10 * SimEnv::kSecond);
    for (; i >= 0; --i) {
      ASSERT_EQ(Get("k" + std::to_string(std::max(0, i - 1))), value);
    }
  }
}

// --- Nobody hangs -----------------------------------------------------------

TEST_F(DiskFullTest, BlockedWritersAndAsyncOnesAllEnd) {
  options_.memtables_max = 2;
  Open();
  Fail(kSimCreate | kSimAppend, FileKind::kTable, NoSpace());
  std::atomic<int> refused{0};
  std::atomic<int> async_ended{0};
  std::vector<std::thread> writers;
  for (int t = 0; t < 4; ++t) {
    writers.emplace_back([&, t] {
      const std::string value(1000, 'v');
      for (int i = 0; i < 300; ++i) {
        const std::string key = std::to_string(t) + ":" + std::to_string(i);
        if (!db_->Put({}, key, value).ok()) ++refused;
        WriteBatch batch;
        batch.Put(key, value);
        db_->WriteAsync({}, std::move(batch),
                        [&](absl::StatusOr<uint64_t>) { ++async_ended; });
      }
    });
  }
  std::thread flusher([&] { db_->Flush().IgnoreError(); });
  for (std::thread& writer : writers) writer.join();
  flusher.join();
  EXPECT_TRUE(Eventually([&] { return async_ended == 4 * 300; }));
  EXPECT_GT(refused, 0);
  EXPECT_STATUS(db_->Flush(), absl::StatusCode::kResourceExhausted);
  MakeRoom();
  ASSERT_TRUE(Writable());
  ASSERT_OK(db_->Flush());
}

TEST_F(DiskFullTest, CloseEndsAPauseAndSavesWhatWasAcknowledged) {
  Open();
  WriteOptions unsynced;
  unsynced.durability = Durability::kOs;
  ASSERT_OK(db_->Put(unsynced, "a", "1"));
  Fail(kSimCreate | kSimAppend, FileKind::kTable, NoSpace());
  EXPECT_STATUS(db_->Flush(), absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(Eventually([&] { return failed_ > 3; }));
  EXPECT_STATUS(db_->Close(), absl::StatusCode::kResourceExhausted);
  ASSERT_NO_FATAL_FAILURE(Crash());
  EXPECT_EQ(Get("a"), "1");
}

// The refused write is whole in the log that failed, and the next log, which
// holds nothing, is sealed by Close: at the sequence before it.
TEST_F(DiskFullTest, RefusedWriteThatIsWholeDoesNotContradictASeal) {
  Open();
  ASSERT_OK(db_->Put({}, "a", "1"));
  Fail(kSimCreate | kSimAppend, FileKind::kTable, NoSpace());
  SimFault fault;
  fault.ops = kSimAppend;
  fault.status = NoSpace();
  fault.kept_bytes = 1 << 20;  // all of it
  env_.sim()->Inject(fault);
  EXPECT_STATUS(db_->Put({}, "b", "2"), absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(Eventually([&] { return failed_ >= 2; }));
  EXPECT_STATUS(db_->Close(), absl::StatusCode::kResourceExhausted);
  db_.reset();
  env_.ClearHook();
  ASSERT_OK_AND_ASSIGN(db_, DB::Open(options_, "/db"));
  EXPECT_EQ(Get("a"), "1");
  EXPECT_EQ(Get("b"), "2");  // it may be there, and here it is
}

TEST_F(DiskFullTest, AcknowledgedWritesCanBeSyncedWhileThereIsNoRoom) {
  Open();
  WriteOptions unsynced;
  unsynced.durability = Durability::kOs;
  ASSERT_OK(db_->Put(unsynced, "a", "1"));
  Fail(kSimCreate | kSimAppend, FileKind::kWal, NoSpace());
  EXPECT_STATUS(db_->Put({}, "b", "2"), absl::StatusCode::kResourceExhausted);
  EXPECT_OK(db_->SyncWal());
  const auto image = env_.sim()->CrashImage(CrashMode::kDropUnsynced, 1);
  options_.env = image.get();
  ASSERT_OK_AND_ASSIGN(const auto again, DB::Open(options_, "/db"));
  EXPECT_EQ(*again->Get("a"), "1");
}

// --- What stays hard --------------------------------------------------------

TEST_F(DiskFullTest, OtherErrorsStopWritesForGood) {
  Open();
  Fail(kSimAppend, FileKind::kWal, absl::InternalError("Input/output error"),
       /*once=*/true);
  EXPECT_STATUS(db_->Put({}, "a", "1"), absl::StatusCode::kInternal);
  EXPECT_STATUS(db_->Put({}, "a", "1"), absl::StatusCode::kFailedPrecondition);
  EXPECT_STATUS(db_->Flush(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(listener_.errors(), 1);
  EXPECT_EQ(listener_.resumed(), 0);
}

TEST_F(DiskFullTest, HardErrorDuringAPauseEndsIt) {
  Open();
  ASSERT_OK(db_->Put({}, "a", "1"));
  Fail(kSimCreate, FileKind::kTable, NoSpace());
  EXPECT_STATUS(db_->Flush(), absl::StatusCode::kResourceExhausted);
  Fail(kSimCreate, FileKind::kTable, absl::InternalError("Input/output error"));
  EXPECT_TRUE(Eventually([&] {
    return absl::IsFailedPrecondition(db_->Put({}, "b", "2").status());
  }));
  MakeRoom();
  EXPECT_STATUS(db_->Put({}, "b", "2"), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(Eventually([&] { return listener_.errors() == 2; }));
  EXPECT_STATUS(listener_.now(), absl::StatusCode::kInternal);
  EXPECT_EQ(Get("a"), "1");
}

// A sync that failed for want of room is no less failed.
TEST_F(DiskFullTest, FailedSyncIsNeverTriedAgain) {
  struct Case {
    const char* what;
    FileKind kind;
  };
  for (const Case& c :
       {Case{"log", FileKind::kWal}, Case{"MANIFEST", FileKind::kManifest}}) {
    SCOPED_TRACE(c.what);
    Open();
    std::string failed;
    std::atomic<int> syncs_after{0};
    env_.SetHook([&](const EnvCall& call) {
      const std::string name = call.path.substr(call.path.rfind('/') + 1);
      if (call.op != kSimSync || ParseFileName(name).kind != c.kind) {
        return absl::OkStatus();
      }
      if (failed == call.path) ++syncs_after;
      if (!failed.empty()) return absl::OkStatus();
      failed = call.path;
      return NoSpace();
    });
    absl::Status status = db_->Put({}, "a", "1").status();
    if (status.ok()) status = db_->Flush();
    EXPECT_STATUS(status, absl::StatusCode::kInternal);
    EXPECT_STATUS(db_->Put({}, "b", "2"),
                  absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(db_->SyncWal().ok(), c.kind != FileKind::kWal);
    EXPECT_FALSE(db_->Flush().ok());
    EXPECT_FALSE(db_->Close().ok());
    EXPECT_EQ(syncs_after, 0);
    env_.ClearHook();
    ASSERT_NO_FATAL_FAILURE(Crash());
  }
}

}  // namespace
}  // namespace lsmkv::engine
