// The MANIFEST and compaction on a full disk: what may be in a MANIFEST stays
// until a new one is durable, and a compaction that finds no room holds up
// nobody who does not need it.

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "tests/engine/fault/errors/disk_full_fixture.h"

namespace lsmkv::engine {
namespace {

class ManifestInDoubtTest : public DiskFullTest {
 protected:
  // A flush makes two MANIFEST records: of the next log, and of the table.
  enum Record : uint64_t { kOfLog = 1, kOfTable = 2 };

  // Flushes "a", with a record that fails although all of it is written, and
  // with no room for a new MANIFEST.
  void FlushInDoubt(Record record) {
    Open();
    ASSERT_OK(db_->Put({}, "a", "1"));
    SimFault whole;
    whole.ops = kSimAppend;
    whole.n = record;
    whole.path_part = "MANIFEST-";
    whole.status = NoSpace();
    whole.kept_bytes = 1 << 20;
    env_.sim()->Inject(whole);
    Fail(kSimCreate, FileKind::kManifest, NoSpace());
    EXPECT_STATUS(db_->Flush(), absl::StatusCode::kResourceExhausted);
    // Between two tries everything is removed that may be.
    ASSERT_TRUE(Eventually([&] { return failed_ >= 2; }));
  }
};

TEST_F(ManifestInDoubtTest, LogStaysAsTheOldManifestMayNameIt) {
  ASSERT_NO_FATAL_FAILURE(FlushInDoubt(kOfLog));
  db_.reset();
  env_.ClearHook();
  ASSERT_OK_AND_ASSIGN(db_, DB::Open(options_, "/db"));
  EXPECT_EQ(Get("a"), "1");
}

TEST_F(ManifestInDoubtTest, TableStaysAsTheOldManifestMayNameIt) {
  ASSERT_NO_FATAL_FAILURE(FlushInDoubt(kOfTable));
  EXPECT_EQ(Files(FileKind::kTable), 1u);
  db_.reset();
  env_.ClearHook();
  ASSERT_OK_AND_ASSIGN(db_, DB::Open(options_, "/db"));
  EXPECT_EQ(Get("a"), "1");
}

TEST_F(ManifestInDoubtTest, TableGoesOnceANewManifestDoesNotNameIt) {
  ASSERT_NO_FATAL_FAILURE(FlushInDoubt(kOfTable));
  MakeRoom();
  ASSERT_TRUE(Writable());
  ASSERT_OK(db_->Flush());
  EXPECT_TRUE(Eventually([&] {
    return Files(FileKind::kTable) == db_->GetStats().levels[0].files;
  }));
  ASSERT_NO_FATAL_FAILURE(Crash());
  EXPECT_EQ(Get("a"), "1");
  EXPECT_EQ(Get("w"), "w");
}

TEST_F(DiskFullTest, NewManifestHasANumberOfItsOwn) {
  Open();
  ASSERT_OK(db_->Put({}, "a", "1"));
  std::vector<std::string> made;
  std::atomic<int> left{4};
  env_.SetHook([&](const EnvCall& call) {
    const bool manifest = call.path.find("MANIFEST-") != std::string::npos;
    if (manifest && call.op == kSimCreate) made.push_back(call.path);
    return manifest && call.op == kSimAppend && left.fetch_sub(1) > 0
               ? NoSpace()
               : absl::OkStatus();
  });
  EXPECT_STATUS(db_->Flush(), absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(Writable());
  env_.ClearHook();
  ASSERT_GE(made.size(), 2u);
  for (size_t i = 1; i < made.size(); ++i) EXPECT_GT(made[i], made[i - 1]);
  EXPECT_EQ(Files(FileKind::kManifest), 1u);
  ASSERT_NO_FATAL_FAILURE(Crash());
  EXPECT_EQ(Get("a"), "1");
}

TEST_F(DiskFullTest, CurrentThatCannotBeSwitchedStaysAndIsTriedAgain) {
  for (const char* part : {"CURRENT.tmp", "CURRENT"}) {
    SCOPED_TRACE(part);
    Open();
    ASSERT_OK(db_->Put({}, "a", part));
    std::atomic<bool> append{true};
    std::atomic<int> left{3};
    env_.SetHook([&](const EnvCall& call) {
      if (call.op == kSimAppend &&
          call.path.find("MANIFEST-") != std::string::npos) {
        return append.exchange(false) ? NoSpace() : absl::OkStatus();
      }
      const uint32_t ops = kSimCreate | kSimAppend | kSimRename;
      return (call.op & ops) != 0 && call.path == std::string("/db/") + part &&
                     left.fetch_sub(1) > 0
                 ? NoSpace()
                 : absl::OkStatus();
    });
    EXPECT_STATUS(db_->Flush(), absl::StatusCode::kResourceExhausted);
    ASSERT_TRUE(Writable());
    EXPECT_LE(left.load(), 0);
    EXPECT_EQ(Files(FileKind::kManifest), 1u);
    env_.ClearHook();
    ASSERT_NO_FATAL_FAILURE(Crash());
    EXPECT_EQ(Get("a"), part);
  }
}

// --- Compaction -------------------------------------------------------------

// Fills L0 with tables that overlap, so that compaction has work.
void FillLevelZero(DB* db, int tables) {
  for (int i = 0; i < tables; ++i) {
    ASSERT_OK(db->Put({}, "a" + std::to_string(i), std::string(100, 'a')));
    ASSERT_OK(db->Put({}, "z", std::to_string(i)));
    ASSERT_OK(db->Flush());
  }
}

// Opens the store with compactions that find no room until MakeRoom; whatever
// else is written does.
class CompactionFullTest : public DiskFullTest {
 protected:
  void OpenWithFullCompactions() {
    fails_ = true;
    env_.SetHook([this](const EnvCall& call) {
      const bool table = call.path.find(".sst") != std::string::npos;
      const std::thread::id self = std::this_thread::get_id();
      // The thread that makes logs, when this is over, is the one that flushes.
      if (call.op == kSimCreate && !table) flush_thread_ = self;
      if (call.op != kSimAppend || !table || !fails_ || self == flush_thread_) {
        return absl::OkStatus();
      }
      ++failed_;
      return NoSpace();
    });
    Open();
  }

 private:
  std::thread::id flush_thread_;  // used by the hook only
};

TEST_F(CompactionFullTest, CompactionKeepsItsInputsAndHoldsUpNoWriter) {
  options_.l0_trigger = 4;
  ASSERT_NO_FATAL_FAILURE(OpenWithFullCompactions());
  ASSERT_NO_FATAL_FAILURE(FillLevelZero(db_.get(), 4));
  ASSERT_TRUE(Eventually([&] { return failed_ >= 2; }));
  EXPECT_OK(db_->background_error());
  EXPECT_NE(db_->GetStats().compaction_error, "");
  EXPECT_STATUS(db_->WaitForIdle(), absl::StatusCode::kResourceExhausted);
  EXPECT_OK(db_->Put({}, "b", "2"));
  EXPECT_EQ(Get("a1"), std::string(100, 'a'));
  EXPECT_EQ(Get("z"), "3");
  EXPECT_EQ(db_->GetStats().levels[0].files, 4u);
  MakeRoom();
  EXPECT_TRUE(Eventually([&] { return db_->WaitForIdle().ok(); }));
  EXPECT_EQ(db_->GetStats().levels[0].files, 0u);
  EXPECT_EQ(db_->GetStats().compaction_error, "");
  EXPECT_TRUE(Eventually([&] { return Files(FileKind::kTable) == 1; }));
}

// What is merged only since no more is to come is no reason to refuse a write.
TEST_F(CompactionFullTest, IdleCompactionThatLacksRoomHoldsUpNoWriter) {
  options_.l0_trigger = 100;
  options_.idle_compaction_ms = 1;
  ASSERT_NO_FATAL_FAILURE(OpenWithFullCompactions());
  ASSERT_NO_FATAL_FAILURE(FillLevelZero(db_.get(), 3));
  EXPECT_STATUS(db_->WaitForIdle(), absl::StatusCode::kResourceExhausted);
  EXPECT_GE(failed_, 1);
  EXPECT_OK(db_->background_error());
  EXPECT_OK(db_->Put({}, "b", "2"));
  EXPECT_EQ(Get("z"), "2");
  MakeRoom();
  EXPECT_TRUE(Eventually([&] { return db_->WaitForIdle().ok(); }));
  EXPECT_EQ(db_->GetStats().levels[0].files, 0u);
  EXPECT_EQ(Get("z"), "2");
}

TEST_F(CompactionFullTest, WriterThatNeedsACompactionIsRefusedNotHeld) {
  options_.l0_trigger = 2;  // writers wait for compaction at 18 tables
  ASSERT_NO_FATAL_FAILURE(OpenWithFullCompactions());
  ASSERT_NO_FATAL_FAILURE(FillLevelZero(db_.get(), 18));
  ASSERT_OK(db_->Put({}, "b", "2"));
  ASSERT_TRUE(
      Eventually([&] { return db_->GetStats().compaction_error != ""; }));
  EXPECT_STATUS_CONTAINS(db_->Flush(), absl::StatusCode::kResourceExhausted,
                         "No space left");
  EXPECT_OK(db_->background_error());
  MakeRoom();
  EXPECT_TRUE(Eventually([&] { return db_->Flush().ok(); }));
  EXPECT_EQ(Get("b"), "2");
  EXPECT_EQ(Get("z"), "17");
}

// Nothing stops writes then, but what no log has is lost.
TEST_F(CompactionFullTest, CloseTellsOfUnloggedWritesItCouldNotFlush) {
  options_.l0_trigger = 2;
  options_.log_writes = false;
  options_.durability = Durability::kOs;
  ASSERT_NO_FATAL_FAILURE(OpenWithFullCompactions());
  ASSERT_NO_FATAL_FAILURE(FillLevelZero(db_.get(), 18));
  ASSERT_OK(db_->Put({}, "b", "2"));
  ASSERT_TRUE(
      Eventually([&] { return db_->GetStats().compaction_error != ""; }));
  EXPECT_OK(db_->background_error());
  EXPECT_STATUS(db_->Close(), absl::StatusCode::kResourceExhausted);
}

TEST_F(DiskFullTest, ManualCompactionReturnsTheErrorAndMayBeRepeated) {
  options_.l0_trigger = 10;
  options_.idle_compaction_ms = 0;
  Open();
  ASSERT_NO_FATAL_FAILURE(FillLevelZero(db_.get(), 3));
  ASSERT_OK(db_->WaitForIdle());
  Fail(kSimAppend, FileKind::kTable, NoSpace());
  EXPECT_STATUS(db_->CompactRange(std::nullopt, std::nullopt),
                absl::StatusCode::kResourceExhausted);
  EXPECT_OK(db_->background_error());
  MakeRoom();
  EXPECT_OK(db_->CompactRange(std::nullopt, std::nullopt));
  EXPECT_EQ(Get("z"), "2");
}

// The edit of a compaction that could not be logged: the store goes on, and
// the flush thread writes a new MANIFEST by itself.
TEST_F(DiskFullTest, DoubtThatACompactionLeftIsEndedByItself) {
  options_.l0_trigger = 10;
  options_.idle_compaction_ms = 0;
  Open();
  ASSERT_NO_FATAL_FAILURE(FillLevelZero(db_.get(), 3));
  ASSERT_OK(db_->WaitForIdle());
  Fail(kSimAppend, FileKind::kManifest, NoSpace(), /*once=*/true);
  EXPECT_STATUS(db_->CompactRange(std::nullopt, std::nullopt),
                absl::StatusCode::kResourceExhausted);
  // The merged table goes when the new MANIFEST is there; the inputs stay.
  EXPECT_TRUE(Eventually([&] { return Files(FileKind::kTable) == 3; }));
  EXPECT_OK(db_->background_error());
  ASSERT_NO_FATAL_FAILURE(Crash());
  EXPECT_EQ(Get("z"), "2");
}

// Nothing else may be wanted of the MANIFEST for long: it must be told at once,
// and not be tried for ever.
TEST_F(DiskFullTest, RepairThatFailsForGoodStopsWrites) {
  options_.l0_trigger = 10;
  options_.idle_compaction_ms = 0;
  Open();
  ASSERT_NO_FATAL_FAILURE(FillLevelZero(db_.get(), 3));
  ASSERT_OK(db_->WaitForIdle());
  std::atomic<bool> full{true};
  env_.SetHook([&](const EnvCall& call) {
    if (call.path.find("MANIFEST-") == std::string::npos) {
      return absl::OkStatus();
    }
    if (call.op == kSimAppend && full.exchange(false)) return NoSpace();
    return call.op == kSimSync ? absl::InternalError(call.path)
                               : absl::OkStatus();
  });
  EXPECT_STATUS(db_->CompactRange(std::nullopt, std::nullopt),
                absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(Eventually([&] {
    const absl::Status error = db_->background_error();
    return !error.ok() && !absl::IsResourceExhausted(error);
  }));
  EXPECT_STATUS(db_->Put({}, "a", "1"), absl::StatusCode::kFailedPrecondition);
  // Told without a lock, and so a moment later.
  EXPECT_TRUE(Eventually([&] { return !listener_.now().ok(); }));
  ASSERT_NO_FATAL_FAILURE(Crash());
  EXPECT_EQ(Get("z"), "2");
}

class HardErrorTest : public DiskFullTest {
 protected:
  // An acknowledged write that is not durable yet, then an error that has
  // nothing to do with logs.
  void WriteAndFail() {
    options_.durability = Durability::kOs;
    Open();
    ASSERT_OK(db_->Put({}, "a", "1"));
    Fail(kSimSync, FileKind::kTable, absl::InternalError("broken"));
    ASSERT_STATUS(db_->Flush(), absl::StatusCode::kInternal);
  }
};

TEST_F(HardErrorTest, WritesBeforeItCanStillBeSynced) {
  ASSERT_NO_FATAL_FAILURE(WriteAndFail());
  EXPECT_OK(db_->SyncWal());
  EXPECT_FALSE(db_->background_error().ok());
  const auto image = env_.sim()->CrashImage(CrashMode::kDropUnsynced, 1);
  options_.env = image.get();
  ASSERT_OK_AND_ASSIGN(const auto again, DB::Open(options_, "/db"));
  EXPECT_EQ(*again->Get("a"), "1");
}

TEST_F(HardErrorTest, WritesBeforeItAreSyncedByClose) {
  ASSERT_NO_FATAL_FAILURE(WriteAndFail());
  EXPECT_FALSE(db_->Close().ok());
  ASSERT_NO_FATAL_FAILURE(Crash());
  EXPECT_EQ(Get("a"), "1");
}

}  // namespace
}  // namespace lsmkv::engine
