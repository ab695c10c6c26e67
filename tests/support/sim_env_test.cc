#include "tests/support/sim_env.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"

#include "lsmkv/engine/env.h"
#include "tests/support/random_seed.h"
#include "tests/support/status_matchers.h"

namespace lsmkv {
namespace {

constexpr auto kAllModes = {CrashMode::kDropUnsynced, CrashMode::kKeepPrefix,
                            CrashMode::kTornPages};

class SimEnvTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK(env_.CreateDir("/db"));
    ASSERT_OK(env_.SyncDir("/"));
  }

  std::unique_ptr<engine::WritableFile> Create(const std::string& path) {
    auto file = env_.NewWritableFile(path);
    EXPECT_OK(file);
    return file.ok() ? *std::move(file) : nullptr;
  }

  // A file whose name is durable, and nothing else.
  std::unique_ptr<engine::WritableFile> CreateNamed(const std::string& path) {
    auto file = Create(path);
    EXPECT_OK(env_.SyncDir("/db"));
    return file;
  }

  // The outcomes of `runs` crashes now, as "<name>=<content>" per file.
  std::set<std::string> Outcomes(CrashMode mode, int runs) {
    std::set<std::string> outcomes;
    for (int i = 0; i < runs; ++i) {
      outcomes.insert(Describe(env_.CrashImage(mode, rng_.Next()).get()));
    }
    return outcomes;
  }

  static std::string Describe(SimEnv* env) {
    auto names = env->ListDir("/db");
    if (!names.ok()) return names.status().ToString();
    std::sort(names->begin(), names->end());
    std::string out;
    for (const std::string& name : *names) {
      auto content = env->ReadFile("/db/" + name);
      EXPECT_OK(content);
      out += name + "=" + (content.ok() ? *content : "?") + ";";
    }
    return out;
  }

  Random rng_{TestSeed()};
  SimEnv env_;
};

// --- Loss of power: files ----------------------------------------------------

TEST_F(SimEnvTest, UnsyncedBytesVanish) {
  auto file = CreateNamed("/db/f");
  ASSERT_OK(file->Append("synced"));
  ASSERT_OK(file->Sync());
  ASSERT_OK(file->Append(" lost"));
  ASSERT_OK(file->Close());
  env_.Crash(CrashMode::kDropUnsynced, 1);
  EXPECT_EQ(Describe(&env_), "f=synced;");
}

TEST_F(SimEnvTest, NamedFileNeverSyncedIsEmpty) {
  auto file = CreateNamed("/db/f");
  ASSERT_OK(file->Append("lost"));
  env_.Crash(CrashMode::kDropUnsynced, 1);
  EXPECT_EQ(Describe(&env_), "f=;");
}

TEST_F(SimEnvTest, SyncedBytesSurviveEveryCrash) {
  auto file = CreateNamed("/db/f");
  const std::string synced = rng_.Bytes(3 * kSimPageBytes + 100);
  ASSERT_OK(file->Append(synced));
  ASSERT_OK(file->Sync());
  ASSERT_OK(file->Append(rng_.Bytes(2 * kSimPageBytes)));
  for (const CrashMode mode : kAllModes) {
    for (int i = 0; i < 100; ++i) {
      const auto image = env_.CrashImage(mode, rng_.Next());
      ASSERT_OK_AND_ASSIGN(const std::string got, image->ReadFile("/db/f"));
      ASSERT_TRUE(got.substr(0, synced.size()) == synced);
    }
  }
}

TEST_F(SimEnvTest, KeepPrefixCutsAtAnyByte) {
  auto file = CreateNamed("/db/f");
  ASSERT_OK(file->Append("ab"));
  ASSERT_OK(file->Sync());
  ASSERT_OK(file->Append("cd"));
  ASSERT_OK(file->Append("e"));
  EXPECT_EQ(Outcomes(CrashMode::kKeepPrefix, 200),
            (std::set<std::string>{"f=ab;", "f=abc;", "f=abcd;", "f=abcde;"}));
}

TEST_F(SimEnvTest, TornPagesKeepAnySetOfPagesUnderTheNewSize) {
  auto file = CreateNamed("/db/f");
  const std::string a(kSimPageBytes, 'a');
  const std::string b(kSimPageBytes, 'b');
  const std::string zeros(kSimPageBytes, '\0');
  ASSERT_OK(file->Append(a));
  ASSERT_OK(file->Append(b));
  const std::set<std::string> outcomes = Outcomes(CrashMode::kTornPages, 300);
  EXPECT_EQ(outcomes.count("f=" + a + b + ";"), 1u);
  EXPECT_EQ(outcomes.count("f=" + zeros + b + ";"), 1u);
  EXPECT_EQ(outcomes.count("f=" + a + zeros + ";"), 1u);
  EXPECT_EQ(outcomes.count("f=" + zeros + zeros + ";"), 1u);
  EXPECT_GT(outcomes.size(), 4u) << "no page was torn at a sector";
  for (const std::string& outcome : outcomes) {
    EXPECT_EQ(outcome.size(), 2 * kSimPageBytes + 3);
  }
}

TEST_F(SimEnvTest, TornPageKeepsWhatWasSyncedOfIt) {
  auto file = CreateNamed("/db/f");
  ASSERT_OK(file->Append("synced"));
  ASSERT_OK(file->Sync());
  ASSERT_OK(file->Append("+new"));
  EXPECT_EQ(Outcomes(CrashMode::kTornPages, 100),
            (std::set<std::string>{std::string("f=synced\0\0\0\0;", 13),
                                   "f=synced+new;"}));
}

TEST_F(SimEnvTest, ReservedSpaceMayBeLeftAfterACrash) {
  auto file = CreateNamed("/db/f");
  ASSERT_OK(file->Preallocate(4));
  ASSERT_OK(file->Append("a"));
  ASSERT_OK(file->Sync());
  ASSERT_OK(file->Close());
  EXPECT_EQ(Outcomes(CrashMode::kKeepPrefix, 100),
            (std::set<std::string>{"f=a;", std::string("f=a\0\0\0;", 7)}));
}

TEST_F(SimEnvTest, SameSeedGivesTheSameCrash) {
  auto file = CreateNamed("/db/f");
  ASSERT_OK(file->Append(rng_.Bytes(20 * kSimPageBytes)));
  Create("/db/g");
  for (const CrashMode mode : kAllModes) {
    EXPECT_TRUE(Describe(env_.CrashImage(mode, 7).get()) ==
                Describe(env_.CrashImage(mode, 7).get()));
  }
}

TEST_F(SimEnvTest, CrashImageLeavesTheOriginalAlone) {
  auto file = Create("/db/f");
  ASSERT_OK(file->Append("abc"));
  const auto image = env_.CrashImage(CrashMode::kDropUnsynced, 1);
  EXPECT_EQ(Describe(image.get()), "");
  ASSERT_OK(file->Append("def"));
  EXPECT_EQ(Describe(&env_), "f=abcdef;");
}

TEST_F(SimEnvTest, WhatACrashLeftSurvivesTheNextOne) {
  auto file = CreateNamed("/db/f");
  ASSERT_OK(file->Append(rng_.Letters(100)));
  env_.Crash(CrashMode::kKeepPrefix, rng_.Next());
  const std::string left = Describe(&env_);
  env_.Crash(CrashMode::kDropUnsynced, rng_.Next());
  EXPECT_EQ(Describe(&env_), left);
}

// --- Loss of power: names ----------------------------------------------------

TEST_F(SimEnvTest, SyncOfAFileDoesNotSaveItsName) {
  auto file = Create("/db/f");
  ASSERT_OK(file->Append("data"));
  ASSERT_OK(file->Sync());
  EXPECT_EQ(Outcomes(CrashMode::kDropUnsynced, 1), std::set<std::string>{""});
  EXPECT_EQ(Outcomes(CrashMode::kKeepPrefix, 50),
            (std::set<std::string>{"", "f=data;"}));
  ASSERT_OK(env_.SyncDir("/db"));
  env_.Crash(CrashMode::kDropUnsynced, 1);
  EXPECT_EQ(Describe(&env_), "f=data;");
}

TEST_F(SimEnvTest, NewDirectoryVanishesWithItsFiles) {
  ASSERT_OK(env_.CreateDir("/db/sub"));
  auto file = Create("/db/sub/f");
  ASSERT_OK(file->Sync());
  ASSERT_OK(env_.SyncDir("/db/sub"));
  env_.Crash(CrashMode::kDropUnsynced, 1);
  EXPECT_STATUS(env_.ReadFile("/db/sub/f"), absl::StatusCode::kNotFound);
}

TEST_F(SimEnvTest, RemovalIsUndoneUnlessTheDirectoryIsSynced) {
  ASSERT_OK(env_.WriteFile("/db/f", "data"));
  ASSERT_OK(env_.RemoveFile("/db/f"));
  EXPECT_EQ(Outcomes(CrashMode::kDropUnsynced, 1),
            std::set<std::string>{"f=data;"});
  ASSERT_OK(env_.SyncDir("/db"));
  EXPECT_EQ(Outcomes(CrashMode::kDropUnsynced, 1), std::set<std::string>{""});
}

TEST_F(SimEnvTest, RenameIsAtomicAndUndoneUnlessTheDirectoryIsSynced) {
  ASSERT_OK(env_.WriteFile("/db/CURRENT", "old"));
  ASSERT_OK(env_.WriteFile("/db/tmp", "new"));
  ASSERT_OK(env_.RenameFile("/db/tmp", "/db/CURRENT"));
  for (const CrashMode mode : {CrashMode::kKeepPrefix, CrashMode::kTornPages}) {
    EXPECT_EQ(Outcomes(mode, 50),
              (std::set<std::string>{"CURRENT=old;tmp=new;", "CURRENT=new;"}));
  }
  ASSERT_OK(env_.SyncDir("/db"));
  env_.Crash(CrashMode::kDropUnsynced, 1);
  EXPECT_EQ(Describe(&env_), "CURRENT=new;");
}

TEST_F(SimEnvTest, RenamedFileNeverSyncedMayBeEmpty) {
  ASSERT_OK(env_.WriteFile("/db/CURRENT", "old"));
  auto file = Create("/db/tmp");
  ASSERT_OK(file->Append("new"));
  ASSERT_OK(file->Close());
  ASSERT_OK(env_.RenameFile("/db/tmp", "/db/CURRENT"));
  ASSERT_OK(env_.SyncDir("/db"));
  env_.Crash(CrashMode::kDropUnsynced, 1);
  EXPECT_EQ(Describe(&env_), "CURRENT=;");
}

TEST_F(SimEnvTest, PrefixOfDirectoryOperationsIsKeptInOrder) {
  ASSERT_OK(env_.WriteFile("/db/old", ""));
  Create("/db/a");
  ASSERT_OK(env_.RenameFile("/db/a", "/db/b"));
  ASSERT_OK(env_.RemoveFile("/db/old"));
  EXPECT_EQ(Outcomes(CrashMode::kKeepPrefix, 200),
            (std::set<std::string>{"old=;", "a=;old=;", "b=;old=;", "b=;"}));
}

TEST_F(SimEnvTest, RemovalMayReachTheDiskBeforeAnEarlierRename) {
  ASSERT_OK(env_.WriteFile("/db/old", ""));
  ASSERT_OK(env_.WriteFile("/db/tmp", ""));
  ASSERT_OK(env_.RenameFile("/db/tmp", "/db/new"));
  ASSERT_OK(env_.RemoveFile("/db/old"));
  EXPECT_EQ(
      Outcomes(CrashMode::kTornPages, 200),
      (std::set<std::string>{"old=;tmp=;", "new=;old=;", "tmp=;", "new=;"}));
}

TEST_F(SimEnvTest, FailedSyncDirSavesNothing) {
  Create("/db/f");
  env_.FailNth(kSimSyncDir, 1, absl::InternalError("EIO"));
  EXPECT_STATUS(env_.SyncDir("/db"), absl::StatusCode::kInternal);
  env_.Crash(CrashMode::kDropUnsynced, 1);
  EXPECT_EQ(Describe(&env_), "");
}

// --- Loss of power: handles and locks ----------------------------------------

TEST_F(SimEnvTest, FilesOpenedBeforeTheCrashAreDead) {
  ASSERT_OK(env_.WriteFile("/db/r", "data"));
  ASSERT_OK_AND_ASSIGN(auto reader, env_.NewRandomAccessFile("/db/r"));
  auto writer = CreateNamed("/db/w");
  env_.Crash(CrashMode::kKeepPrefix, 1);
  char scratch[8];
  EXPECT_STATUS(reader->Read(0, 8, scratch), absl::StatusCode::kInternal);
  EXPECT_STATUS(reader->Size(), absl::StatusCode::kInternal);
  EXPECT_STATUS(writer->Append("x"), absl::StatusCode::kInternal);
  EXPECT_STATUS(writer->Sync(), absl::StatusCode::kInternal);
  EXPECT_STATUS(writer->Close(), absl::StatusCode::kInternal);
  EXPECT_EQ(Describe(&env_), "r=data;w=;");
}

TEST_F(SimEnvTest, CrashFreesLocksAndOldHoldersCannotFreeNewOnes) {
  ASSERT_OK_AND_ASSIGN(auto old_lock, env_.LockFile("/db/LOCK"));
  ASSERT_OK(env_.SyncDir("/db"));
  env_.Crash(CrashMode::kDropUnsynced, 1);
  ASSERT_OK_AND_ASSIGN(auto new_lock, env_.LockFile("/db/LOCK"));
  old_lock.reset();
  EXPECT_STATUS(env_.LockFile("/db/LOCK"),
                absl::StatusCode::kFailedPrecondition);
}

TEST_F(SimEnvTest, NothingChangesAfterThePowerIsCut) {
  auto file = CreateNamed("/db/f");
  env_.CutPowerAfter(2);
  ASSERT_OK(file->Append("a"));
  ASSERT_OK(file->Sync());
  EXPECT_TRUE(env_.power_is_cut());
  EXPECT_STATUS(file->Append("b"), absl::StatusCode::kInternal);
  EXPECT_STATUS(file->Sync(), absl::StatusCode::kInternal);
  EXPECT_STATUS(env_.NewWritableFile("/db/g"), absl::StatusCode::kInternal);
  EXPECT_STATUS(env_.ListDir("/db"), absl::StatusCode::kInternal);
  EXPECT_STATUS(file->Close(), absl::StatusCode::kInternal);
  env_.Crash(CrashMode::kKeepPrefix, 1);
  EXPECT_FALSE(env_.power_is_cut());
  EXPECT_EQ(Describe(&env_), "f=a;");
}

TEST_F(SimEnvTest, PowerCutLeavesUnsyncedBytesInDoubt) {
  auto file = CreateNamed("/db/f");
  ASSERT_OK(file->Append("a"));
  env_.CutPowerAfter(0);
  EXPECT_STATUS(file->Sync(), absl::StatusCode::kInternal);
  EXPECT_EQ(Outcomes(CrashMode::kKeepPrefix, 50),
            (std::set<std::string>{"f=;", "f=a;"}));
}

// --- Errors ------------------------------------------------------------------

TEST_F(SimEnvTest, FailNthFailsThatOneOperation) {
  auto file = Create("/db/f");
  env_.FailNth(kSimAppend | kSimSync, 3, absl::InternalError("EIO"));
  ASSERT_OK(file->Append("a"));
  ASSERT_OK(file->Sync());
  EXPECT_STATUS_CONTAINS(file->Append("b"), absl::StatusCode::kInternal,
                         "/db/f: EIO");
  EXPECT_OK(file->Append("c"));
  EXPECT_EQ(env_.faults_fired(), 1u);
}

TEST_F(SimEnvTest, StickyFaultStaysUntilItIsCleared) {
  env_.FailNth(kSimCreate, 2, absl::ResourceExhaustedError("EMFILE"),
               /*sticky=*/true);
  Create("/db/a");
  for (int i = 0; i < 3; ++i) {
    EXPECT_STATUS(env_.NewWritableFile("/db/b"),
                  absl::StatusCode::kResourceExhausted);
  }
  env_.ClearFaults();
  Create("/db/b");
}

TEST_F(SimEnvTest, FaultsMayBeLimitedToAPath) {
  env_.FailNth(kSimAllOps, 1, absl::InternalError("EIO"), /*sticky=*/true,
               ".log");
  Create("/db/1.sst");
  EXPECT_STATUS(env_.NewWritableFile("/db/1.log"), absl::StatusCode::kInternal);
  EXPECT_STATUS(env_.RenameFile("/db/1.sst", "/db/2.log"),
                absl::StatusCode::kInternal);
  EXPECT_EQ(Describe(&env_), "1.sst=;");
}

TEST_F(SimEnvTest, FailedOperationsChangeNoNames) {
  ASSERT_OK(env_.WriteFile("/db/f", "data"));
  env_.FailNth(kSimAllOps, 1, absl::InternalError("EIO"), /*sticky=*/true);
  EXPECT_FALSE(env_.NewWritableFile("/db/g").ok());
  EXPECT_FALSE(env_.NewRandomAccessFile("/db/f").ok());
  EXPECT_FALSE(env_.RemoveFile("/db/f").ok());
  EXPECT_FALSE(env_.RenameFile("/db/f", "/db/g").ok());
  EXPECT_FALSE(env_.CreateDir("/db/d").ok());
  EXPECT_FALSE(env_.FileExists("/db/f").ok());
  EXPECT_FALSE(env_.FileSize("/db/f").ok());
  EXPECT_FALSE(env_.LockFile("/db/LOCK").ok());
  EXPECT_FALSE(env_.FreeSpaceBytes("/db").ok());
  env_.ClearFaults();
  EXPECT_EQ(Describe(&env_), "f=data;");
}

TEST_F(SimEnvTest, FailedAppendLeavesAPrefix) {
  std::set<std::string> left;
  for (int i = 0; i < 100; ++i) {
    const std::string path = "/db/" + std::to_string(i);
    auto file = Create(path);
    env_.FailNth(kSimAppend, 1, absl::InternalError("EIO"));
    EXPECT_FALSE(file->Append("abc").ok());
    ASSERT_OK_AND_ASSIGN(const std::string content, env_.ReadFile(path));
    left.insert(content);
  }
  EXPECT_EQ(left, (std::set<std::string>{"", "a", "ab", "abc"}));
}

TEST_F(SimEnvTest, PagesOfAFailedSyncAreLostThoughALaterSyncSucceeds) {
  auto file = CreateNamed("/db/f");
  ASSERT_OK(file->Append(std::string(kSimPageBytes, 'a')));
  env_.FailNth(kSimSync, 1, absl::InternalError("EIO"));
  EXPECT_FALSE(file->Sync().ok());
  ASSERT_OK(file->Append(std::string(kSimPageBytes, 'b')));
  ASSERT_OK(file->Sync());
  ASSERT_OK_AND_ASSIGN(const std::string cached, env_.ReadFile("/db/f"));
  EXPECT_EQ(cached[0], 'a') << "readers see the page until the crash";
  for (const CrashMode mode : kAllModes) {
    const auto image = env_.CrashImage(mode, rng_.Next());
    ASSERT_OK_AND_ASSIGN(const std::string got, image->ReadFile("/db/f"));
    EXPECT_TRUE(got == std::string(kSimPageBytes, '\0') +
                           std::string(kSimPageBytes, 'b'));
  }
}

TEST_F(SimEnvTest, PowerCutIsNotAFailedSync) {
  auto file = CreateNamed("/db/f");
  ASSERT_OK(file->Append("a"));
  env_.CutPowerAfter(0);
  env_.FailNth(kSimSync, 1, absl::InternalError("EIO"));
  EXPECT_FALSE(file->Sync().ok());
  EXPECT_EQ(env_.faults_fired(), 0u);
  EXPECT_EQ(Outcomes(CrashMode::kKeepPrefix, 50).size(), 2u);
}

TEST_F(SimEnvTest, OperationsAreCountedByKind) {
  const uint64_t syncs = env_.OpCount(kSimSync);
  const uint64_t all = env_.OpCount(kSimAllOps);
  auto file = Create("/db/f");
  ASSERT_OK(file->Append("a"));
  ASSERT_OK(file->Append("b"));
  ASSERT_OK(file->Sync());
  env_.FailNth(kSimSync, 1, absl::InternalError("EIO"));
  EXPECT_FALSE(file->Sync().ok());
  EXPECT_EQ(env_.OpCount(kSimSync), syncs + 2);
  EXPECT_EQ(env_.OpCount(kSimAppend), 2u);
  EXPECT_EQ(env_.OpCount(kSimAllOps), all + 5);
  EXPECT_EQ(env_.OpCount(kSimRead), 0u);
}

// --- Space -------------------------------------------------------------------

TEST_F(SimEnvTest, FullDiskTakesWhatFitsAndFails) {
  auto file = Create("/db/f");
  ASSERT_OK(file->Append("12345"));
  env_.SetFreeSpaceBytes(4);
  ASSERT_OK(file->Append("67"));
  EXPECT_STATUS_CONTAINS(file->Append("89abc"),
                         absl::StatusCode::kResourceExhausted, "/db/f");
  EXPECT_EQ(Describe(&env_), "f=123456789;");
  ASSERT_OK_AND_ASSIGN(const uint64_t left, env_.FreeSpaceBytes("/db"));
  EXPECT_EQ(left, 0u);
}

TEST_F(SimEnvTest, RemovedFilesGiveTheirSpaceBack) {
  ASSERT_OK(env_.WriteFile("/db/big", std::string(100, 'x')));
  auto file = Create("/db/f");
  env_.SetFreeSpaceBytes(0);
  EXPECT_STATUS(file->Append("a"), absl::StatusCode::kResourceExhausted);
  ASSERT_OK(env_.RemoveFile("/db/big"));
  ASSERT_OK(file->Append(std::string(100, 'y')));
  EXPECT_STATUS(file->Append("a"), absl::StatusCode::kResourceExhausted);
  env_.ClearFreeSpaceLimit();
  ASSERT_OK(file->Append("a"));
}

TEST_F(SimEnvTest, ReservedSpaceIsThereOnAFullDisk) {
  auto file = Create("/db/f");
  env_.SetFreeSpaceBytes(10);
  EXPECT_STATUS(file->Preallocate(11), absl::StatusCode::kResourceExhausted);
  ASSERT_OK(file->Preallocate(10));
  auto other = Create("/db/g");
  EXPECT_STATUS(other->Append("x"), absl::StatusCode::kResourceExhausted);
  EXPECT_OK(file->Append("0123456789"));
}

// --- The rest ----------------------------------------------------------------

TEST_F(SimEnvTest, DirectAccessIsDurable) {
  ASSERT_OK(env_.WriteFile("/db/f", "abc"));
  ASSERT_OK(env_.CorruptByte("/db/f", 1, 0x20));
  ASSERT_OK(env_.WriteFile("/db/g", "0123"));
  ASSERT_OK(env_.TruncateFile("/db/g", 2));
  env_.Crash(CrashMode::kDropUnsynced, 1);
  EXPECT_EQ(Describe(&env_), "f=aBc;g=01;");
  EXPECT_STATUS(env_.CorruptByte("/db/f", 3),
                absl::StatusCode::kInvalidArgument);
  EXPECT_STATUS(env_.CorruptByte("/db/x", 0), absl::StatusCode::kNotFound);
  EXPECT_STATUS(env_.WriteFile("/absent/f", ""), absl::StatusCode::kNotFound);
}

TEST_F(SimEnvTest, ClockMovesOnlyWhenItIsTold) {
  const uint64_t wall = env_.WallMicros();
  const uint64_t monotonic = env_.MonotonicMicros();
  EXPECT_EQ(env_.WallMicros(), wall);
  env_.AdvanceMicros(5);
  env_.SleepMicros(7);
  EXPECT_EQ(env_.WallMicros(), wall + 12);
  EXPECT_EQ(env_.MonotonicMicros(), monotonic + 12);
  env_.SetWallMicros(3);
  EXPECT_EQ(env_.WallMicros(), 3u);
  EXPECT_EQ(env_.MonotonicMicros(), monotonic + 12);
}

TEST_F(SimEnvTest, RenameAcrossDirectoriesIsRefused) {
  ASSERT_OK(env_.CreateDir("/db/d"));
  ASSERT_OK(env_.WriteFile("/db/f", "data"));
  EXPECT_STATUS(env_.RenameFile("/db/f", "/db/d/f"),
                absl::StatusCode::kInternal);
}

TEST_F(SimEnvTest, ThreadsMayUseItAtOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      const std::string path = "/db/" + std::to_string(t);
      auto file = Create(path);
      for (int i = 0; i < 100; ++i) {
        EXPECT_OK(file->Append("0123456789"));
        if (i % 10 == 0) {
          EXPECT_OK(file->Sync());
        }
        EXPECT_OK(env_.FileSize(path));
      }
    });
  }
  for (int i = 0; i < 20; ++i) env_.CrashImage(CrashMode::kTornPages, 1);
  for (std::thread& thread : threads) thread.join();
  ASSERT_OK_AND_ASSIGN(const uint64_t size, env_.FileSize("/db/3"));
  EXPECT_EQ(size, 1000u);
}

}  // namespace
}  // namespace lsmkv
