// What each crash mode may leave, and that CrashImages finds all of it.

#include "tests/support/sim_disk.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "gtest/gtest.h"

#include "lsmkv/engine/env.h"
#include "tests/support/crash_images.h"
#include "tests/support/random_seed.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv {
namespace {

// A page that is unlike all others.
std::string Page(char c) { return std::string(kSimPageBytes, c); }

using Outcomes = std::set<std::string>;

class SimDiskTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK(env_.CreateDir("/db"));
    ASSERT_OK(env_.SyncDir("/"));
  }

  std::unique_ptr<engine::WritableFile> Create(const std::string& name) {
    auto file = env_.NewWritableFile("/db/" + name);
    EXPECT_OK(file);
    return file.ok() ? *std::move(file) : nullptr;
  }

  std::unique_ptr<engine::WritableFile> CreateNamed(const std::string& name) {
    auto file = Create(name);
    EXPECT_OK(env_.SyncDir("/db"));
    return file;
  }

  // "<name>=<content>;" per file; of pages only the first byte, 0 as '.', any
  // other than letters as '?'.
  static std::string Describe(const SimEnv& env, SimEnv* files) {
    auto names = files->ListDir("/db");
    if (!names.ok()) return names.status().ToString();
    std::sort(names->begin(), names->end());
    std::string out;
    for (const std::string& name : *names) {
      const std::string content = *env.ReadFile("/db/" + name);
      out += name + "=";
      const bool pages = content.size() >= kSimPageBytes;
      for (size_t i = 0; i < content.size(); i += pages ? kSimPageBytes : 1) {
        const char c = content[i];
        out += c == '\0' ? '.' : (c >= '0' && c <= 'z' ? c : '?');
      }
      out += ";";
    }
    return out;
  }
  static std::string Describe(SimEnv* env) { return Describe(*env, env); }

  // All of them; fails if they were only sampled.
  Outcomes All(CrashMode mode) {
    CrashImages images(env_.Freeze(), mode, 4, 1);
    EXPECT_TRUE(images.exhaustive());
    Outcomes out;
    while (const auto image = images.Next()) out.insert(Describe(image.get()));
    return out;
  }

  Random rng_{TestSeed()};
  SimEnv env_;
};

// What was durable may be back, page by page, but not what is durable now.
TEST_F(SimDiskTest, FileThatStartedAnewMayHaveItsOldPages) {
  auto file = CreateNamed("f");
  ASSERT_OK(file->Append(Page('a') + Page('b') + Page('c')));
  ASSERT_OK(file->Sync());
  ASSERT_OK(file->StartAnew("/db/f"));
  ASSERT_OK(file->AppendDurably(Page('n')));
  ASSERT_OK(file->Append(Page('o')));
  EXPECT_EQ(Describe(&env_), "f=no.;");
  EXPECT_EQ(All(CrashMode::kDropUnsynced), Outcomes({"f=nbc;"}));
  EXPECT_EQ(All(CrashMode::kAnyPages),
            Outcomes({"f=nbc;", "f=noc;", "f=nb.;", "f=no.;"}));
  EXPECT_EQ(All(CrashMode::kKeepAll), Outcomes({"f=no.;"}));
  ASSERT_OK(file->Sync());
  EXPECT_EQ(All(CrashMode::kAnyPages), Outcomes({"f=no.;"}));
}

TEST_F(SimDiskTest, AnyPagesKeepsAnySetOfPages) {
  auto file = CreateNamed("f");
  ASSERT_OK(file->Append(Page('a') + Page('b') + Page('c')));
  EXPECT_EQ(
      All(CrashMode::kAnyPages),
      (Outcomes{"f=;", "f=a;", "f=.b;", "f=..c;", "f=ab;", "f=a.c;", "f=.bc;",
                "f=abc;", "f=...;", "f=a..;", "f=.b.;", "f=ab.;"}));
}

TEST_F(SimDiskTest, AnyPagesKeepsWhatWasSynced) {
  auto file = CreateNamed("f");
  ASSERT_OK(file->Append(Page('a')));
  ASSERT_OK(file->Sync());
  ASSERT_OK(file->Append(Page('b')));
  EXPECT_EQ(All(CrashMode::kAnyPages), (Outcomes{"f=a;", "f=ab;", "f=a.;"}));
}

TEST_F(SimDiskTest, GrownFilesHaveTheirSizeAndZerosOrGarbage) {
  auto file = CreateNamed("f");
  ASSERT_OK(file->Append(Page('a')));
  ASSERT_OK(file->Sync());
  ASSERT_OK(file->Append(Page('b')));
  const Outcomes outcomes = All(CrashMode::kGrownFiles);
  EXPECT_EQ(outcomes.size(), 3u);
  EXPECT_EQ(outcomes.count("f=a.;"), 1u);
  EXPECT_EQ(outcomes.count("f=ab;"), 1u);
  for (const std::string& outcome : outcomes) {
    EXPECT_EQ(outcome.substr(0, 3), "f=a") << "what was synced is not garbage";
  }
}

TEST_F(SimDiskTest, GarbageStandsOnlyWhereNothingWasSynced) {
  auto file = CreateNamed("f");
  ASSERT_OK(file->Append("synced"));
  ASSERT_OK(file->Sync());
  ASSERT_OK(file->Append("+new"));
  CrashImages images(env_.Freeze(), CrashMode::kGrownFiles, 4, 1);
  EXPECT_EQ(images.size(), 3u);
  while (const auto image = images.Next()) {
    ASSERT_OK_AND_ASSIGN(const std::string content, image->ReadFile("/db/f"));
    EXPECT_EQ(content.size(), 10u);
    EXPECT_EQ(content.substr(0, 6), "synced");
  }
}

TEST_F(SimDiskTest, AnyNamesKeepsAnySetOfNames) {
  ASSERT_OK(env_.WriteFile("/db/old", "1"));
  ASSERT_OK(env_.WriteFile("/db/tmp", "2"));
  ASSERT_OK(env_.RenameFile("/db/tmp", "/db/new"));
  ASSERT_OK(env_.RemoveFile("/db/old"));
  EXPECT_EQ(All(CrashMode::kAnyNames),
            (Outcomes{"old=1;tmp=2;", "new=2;old=1;", "tmp=2;", "new=2;"}));
}

TEST_F(SimDiskTest, AnyNamesKeepsOperationsInAnyOrder) {
  ASSERT_OK(env_.WriteFile("/db/a", "1"));
  ASSERT_OK(env_.WriteFile("/db/b", "2"));
  ASSERT_OK(env_.RenameFile("/db/a", "/db/CURRENT"));
  ASSERT_OK(env_.RenameFile("/db/b", "/db/CURRENT"));
  const Outcomes outcomes = All(CrashMode::kAnyNames);
  EXPECT_EQ(outcomes.count("CURRENT=2;"), 1u);
  EXPECT_EQ(outcomes.count("CURRENT=1;"), 1u) << "the older rename came last";
}

TEST_F(SimDiskTest, AnyNamesKeepsAllOrNothingOfEachFile) {
  auto f = CreateNamed("f");
  auto g = CreateNamed("g");
  ASSERT_OK(f->Append("a"));
  ASSERT_OK(g->Append("b"));
  EXPECT_EQ(All(CrashMode::kAnyNames),
            (Outcomes{"f=;g=;", "f=a;g=;", "f=;g=b;", "f=a;g=b;"}));
}

TEST_F(SimDiskTest, TornSectorsKeepsAnySetOfSectors) {
  auto file = CreateNamed("f");
  std::string bytes = std::string(kSimSectorBytes, 'a') +
                      std::string(kSimSectorBytes, 'b') + "c";
  ASSERT_OK(file->Append(bytes));
  CrashImages images(env_.Freeze(), CrashMode::kTornSectors, 100, 1);
  ASSERT_TRUE(images.exhaustive());
  std::set<std::string> kept;
  while (const auto image = images.Next()) {
    std::string content = *image->ReadFile("/db/f");
    content.resize(bytes.size());
    kept.insert({content[0], content[kSimSectorBytes], content.back()});
    for (size_t i = 0; i < content.size(); ++i) {
      ASSERT_EQ(content[i], content[i / kSimSectorBytes * kSimSectorBytes])
          << "a sector is whole or not there";
    }
  }
  EXPECT_EQ(kept.size(), 8u);
}

TEST_F(SimDiskTest, SectorsThatWereSyncedAreNotTorn) {
  auto file = CreateNamed("f");
  ASSERT_OK(file->Append(std::string(kSimSectorBytes, 'a')));
  ASSERT_OK(file->Sync());
  ASSERT_OK(file->Append(std::string(kSimSectorBytes, 'b')));
  CrashImages images(env_.Freeze(), CrashMode::kTornSectors, 100, 1);
  while (const auto image = images.Next()) {
    EXPECT_EQ(image->ReadFile("/db/f")->at(0), 'a');
  }
}

TEST_F(SimDiskTest, EmptyFilesKeepsNamesWithoutContent) {
  ASSERT_OK(env_.WriteFile("/db/CURRENT", "old"));
  auto file = Create("tmp");
  ASSERT_OK(file->Append("new"));
  ASSERT_OK(file->Close());
  ASSERT_OK(env_.RenameFile("/db/tmp", "/db/CURRENT"));
  EXPECT_EQ(All(CrashMode::kEmptyFiles), Outcomes{"CURRENT=;"});
}

TEST_F(SimDiskTest, KeepAllLosesNothing) {
  ASSERT_OK(env_.WriteFile("/db/gone", "1"));
  ASSERT_OK(env_.RemoveFile("/db/gone"));
  auto file = Create("f");
  ASSERT_OK(file->Append("abc"));
  EXPECT_EQ(All(CrashMode::kKeepAll), Outcomes{"f=abc;"});
}

TEST_F(SimDiskTest, DropUnsyncedLosesEverything) {
  auto file = Create("f");
  ASSERT_OK(file->Append("abc"));
  EXPECT_EQ(All(CrashMode::kDropUnsynced), Outcomes{""});
}

TEST_F(SimDiskTest, SyncedBytesAndNamesSurviveEveryMode) {
  auto file = CreateNamed("f");
  const std::string synced = rng_.Bytes(2 * kSimPageBytes + 700);
  ASSERT_OK(file->Append(synced));
  ASSERT_OK(file->Sync());
  ASSERT_OK(file->Append(rng_.Bytes(2 * kSimPageBytes)));
  Create("g");
  for (const CrashMode mode : kAllCrashModes) {
    SCOPED_TRACE(CrashModeName(mode));
    CrashImages images(env_.Freeze(), mode, 50, rng_.Next());
    ASSERT_GT(images.size(), 0u);
    while (const auto image = images.Next()) {
      ASSERT_OK_AND_ASSIGN(const std::string got, image->ReadFile("/db/f"));
      ASSERT_TRUE(got.substr(0, synced.size()) == synced);
    }
  }
}

// --- A failed sync -----------------------------------------------------------

TEST_F(SimDiskTest, EvictedPagesOfAFailedSyncShowWhatTheDiskHas) {
  auto file = CreateNamed("f");
  ASSERT_OK(file->Append(Page('a')));
  ASSERT_OK(file->Sync());
  ASSERT_OK(file->Append(Page('b')));
  env_.FailNth(kSimSync, 1, absl::InternalError("EIO"));
  EXPECT_FALSE(file->Sync().ok());
  EXPECT_EQ(Describe(&env_), "f=ab;") << "the cache still has it";
  env_.EvictLostPages();
  EXPECT_EQ(Describe(&env_), "f=a.;");
  ASSERT_OK(file->Sync());
  EXPECT_EQ(Describe(&env_), "f=a.;") << "no later sync brings it back";
}

TEST_F(SimDiskTest, PagesWrittenAgainAfterAFailedSyncAreNotLost) {
  auto file = CreateNamed("f");
  ASSERT_OK(file->Append("abc"));
  env_.FailNth(kSimSync, 1, absl::InternalError("EIO"));
  EXPECT_FALSE(file->Sync().ok());
  ASSERT_OK(file->Append("def"));  // the same page
  env_.EvictLostPages();
  ASSERT_OK(file->Sync());
  env_.Crash(CrashMode::kDropUnsynced, 1);
  EXPECT_EQ(Describe(&env_), "f=abcdef;");
}

TEST_F(SimDiskTest, PagesOfAFailedSyncAreInNoImage) {
  auto file = CreateNamed("f");
  ASSERT_OK(file->Append(Page('a')));
  env_.FailNth(kSimSync, 1, absl::InternalError("EIO"));
  EXPECT_FALSE(file->Sync().ok());
  ASSERT_OK(file->Append(Page('b')));
  for (const CrashMode mode : kAllCrashModes) {
    CrashImages images(env_.Freeze(), mode, 20, rng_.Next());
    while (const auto image = images.Next()) {
      const std::string content = *image->ReadFile("/db/f");
      EXPECT_EQ(content.substr(0, kSimPageBytes).find('a'), std::string::npos)
          << CrashModeName(mode);
    }
  }
}

// --- Freezing and enumerating ------------------------------------------------

TEST_F(SimDiskTest, FrozenTreeDoesNotChange) {
  auto file = CreateNamed("f");
  ASSERT_OK(file->Append("abc"));
  const SimTree frozen = env_.Freeze();
  ASSERT_OK(file->Append("def"));
  ASSERT_OK(file->Sync());
  ASSERT_OK(env_.RemoveFile("/db/f"));
  ASSERT_OK(env_.SyncDir("/db"));
  CrashImages dropped(frozen, CrashMode::kDropUnsynced, 4, 1);
  EXPECT_EQ(Describe(dropped.Next().get()), "f=;");
  CrashImages kept(frozen, CrashMode::kKeepAll, 4, 1);
  EXPECT_EQ(Describe(kept.Next().get()), "f=abc;");
}

TEST_F(SimDiskTest, ImageMayBeWrittenWithoutTheOthersSeeingIt) {
  auto file = CreateNamed("f");
  ASSERT_OK(file->Append("abc"));
  const SimTree frozen = env_.Freeze();
  CrashImages first(frozen, CrashMode::kKeepAll, 4, 1);
  const auto image = first.Next();
  ASSERT_OK(image->CorruptByte("/db/f", 0));
  ASSERT_OK(image->WriteFile("/db/g", "x"));
  CrashImages second(frozen, CrashMode::kKeepAll, 4, 1);
  EXPECT_EQ(Describe(second.Next().get()), "f=abc;");
  EXPECT_EQ(Describe(&env_), "f=abc;");
}

TEST_F(SimDiskTest, ManyPendingItemsAreSampledFromTheSeed) {
  auto file = CreateNamed("f");
  ASSERT_OK(file->Append(rng_.Bytes(20 * kSimPageBytes)));
  const SimTree frozen = env_.Freeze();
  EXPECT_EQ(PendingItems(*frozen), 20u);
  const uint64_t seed = rng_.Next();
  for (const CrashMode mode : kAllCrashModes) {
    CrashImages images(frozen, mode, 10, seed);
    CrashImages again(frozen, mode, 10, seed);
    ASSERT_EQ(images.size(), again.size());
    EXPECT_LE(images.size(), 10u);
    while (const auto image = images.Next()) {
      EXPECT_EQ(*image->ReadFile("/db/f"), *again.Next()->ReadFile("/db/f"));
    }
  }
}

TEST_F(SimDiskTest, ImagesDiffer) {
  auto file = CreateNamed("f");
  ASSERT_OK(file->Append("ab"));
  CrashImages images(env_.Freeze(), CrashMode::kKeepPrefix, 100, 1);
  Outcomes outcomes;
  size_t count = 0;
  while (const auto image = images.Next()) {
    outcomes.insert(Describe(image.get()));
    ++count;
  }
  EXPECT_EQ(count, outcomes.size());
  EXPECT_EQ(outcomes, (Outcomes{"f=;", "f=a;", "f=ab;"}));
}

TEST_F(SimDiskTest, RemovedFileThatMayComeBackHasPendingPagesToo) {
  auto file = CreateNamed("f");
  ASSERT_OK(file->Append("a"));
  ASSERT_OK(env_.RemoveFile("/db/f"));
  EXPECT_EQ(PendingItems(*env_.Freeze()), 2u);
  EXPECT_EQ(All(CrashMode::kAnyPages), (Outcomes{"", "f=;", "f=a;", "f=.;"}));
}

}  // namespace
}  // namespace lsmkv
