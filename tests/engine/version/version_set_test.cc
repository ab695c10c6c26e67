#include "engine/src/version/version_set.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"

#include "engine/src/format/file_names.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

void Nothing(std::shared_ptr<const Version>) {}

class VersionSetTest : public ::testing::Test {
 protected:
  VersionSetTest() {
    EXPECT_OK(env_.CreateDir("/db"));
    EXPECT_OK(env_.SyncDir("/"));
  }

  std::unique_ptr<VersionSet> New() {
    return std::make_unique<VersionSet>(&env_, "/db", nullptr, &counters_);
  }
  void CreateStore() {
    versions_ = New();
    versions_->InitEmpty();
    ASSERT_OK(versions_->StartManifest({}));
  }
  absl::Status AddWal(uint64_t number) {
    VersionEdit edit;
    edit.added_wals = {number};
    return versions_->LogAndApply(std::move(edit), Nothing);
  }
  std::string Manifest() const {
    return ManifestPath("/db", versions_->manifest_number());
  }

  SimEnv env_;
  TableCounters counters_;
  std::unique_ptr<VersionSet> versions_;
};

TEST_F(VersionSetTest, LoggedEditsAreThereAfterRecovery) {
  CreateStore();
  ASSERT_OK(AddWal(10));
  ASSERT_OK(AddWal(11));
  VersionEdit edit;
  edit.removed_wals = {10};
  edit.flushed_sequence = 99;
  ASSERT_OK(versions_->LogAndApply(std::move(edit), Nothing));
  env_.Crash(CrashMode::kDropUnsynced, 1);
  versions_ = New();
  ASSERT_OK(versions_->Recover());
  EXPECT_EQ(versions_->live_wals(), std::set<uint64_t>{11});
  EXPECT_EQ(versions_->flushed_sequence(), 99u);
}

TEST_F(VersionSetTest, FileNumbersAreNotUsedAgain) {
  CreateStore();
  const uint64_t number = versions_->NewFileNumber();
  ASSERT_OK(AddWal(number));
  versions_ = New();
  ASSERT_OK(versions_->Recover());
  EXPECT_GT(versions_->NewFileNumber(), number);
}

TEST_F(VersionSetTest, AbsentStoreIsNotFound) {
  EXPECT_STATUS(New()->Recover(), absl::StatusCode::kNotFound);
}

TEST_F(VersionSetTest, MissingManifestIsDamage) {
  CreateStore();
  ASSERT_OK(env_.RemoveFile(Manifest()));
  EXPECT_STATUS_CONTAINS(New()->Recover(), absl::StatusCode::kDataLoss,
                         "MANIFEST-");
}

TEST_F(VersionSetTest, TornLastEditIsTheStateBeforeIt) {
  CreateStore();
  ASSERT_OK(AddWal(10));
  ASSERT_OK(AddWal(11));
  ASSERT_OK_AND_ASSIGN(const std::string bytes, env_.ReadFile(Manifest()));
  ASSERT_OK(env_.TruncateFile(Manifest(), bytes.size() - 9));
  versions_ = New();
  ASSERT_OK(versions_->Recover());
  EXPECT_EQ(versions_->live_wals(), std::set<uint64_t>{10});
}

TEST_F(VersionSetTest, DamageBeforeTheLastEditIsRefused) {
  CreateStore();
  ASSERT_OK_AND_ASSIGN(const std::string one, env_.ReadFile(Manifest()));
  ASSERT_OK(AddWal(10));
  ASSERT_OK(AddWal(11));
  for (uint64_t at : {uint64_t{48 + 24}, uint64_t{one.size() + 4}}) {
    const auto image = env_.CrashImage(CrashMode::kDropUnsynced, 1);
    ASSERT_OK(image->CorruptByte(Manifest(), at));
    VersionSet damaged(image.get(), "/db", nullptr, &counters_);
    EXPECT_STATUS_CONTAINS(damaged.Recover(), absl::StatusCode::kDataLoss,
                           "MANIFEST-");
  }
}

TEST_F(VersionSetTest, MissingTableIsDamageNamingIt) {
  CreateStore();
  VersionEdit edit;
  auto file = std::make_shared<FileMeta>();
  file->number = 20;
  file->smallest = MakeInternalKey("a", PackTrailer(1, ValueType::kPut));
  file->largest = MakeInternalKey("b", PackTrailer(2, ValueType::kPut));
  edit.added_files.push_back({1, file});
  ASSERT_OK(versions_->LogAndApply(std::move(edit), Nothing));
  EXPECT_STATUS_CONTAINS(New()->Recover(), absl::StatusCode::kDataLoss,
                         "/db/000020.sst");
}

TEST_F(VersionSetTest, OverlappingTablesInALevelAreRefused) {
  CreateStore();
  VersionEdit edit;
  for (uint64_t number : {20u, 21u}) {
    auto file = std::make_shared<FileMeta>();
    file->number = number;
    file->smallest = MakeInternalKey("a", PackTrailer(1, ValueType::kPut));
    file->largest = MakeInternalKey("b", PackTrailer(2, ValueType::kPut));
    edit.added_files.push_back({1, file});
  }
  EXPECT_STATUS_CONTAINS(versions_->LogAndApply(std::move(edit), Nothing),
                         absl::StatusCode::kDataLoss, "overlap");
}

TEST_F(VersionSetTest, ATableThatIsThereIsNotAddedAgain) {
  CreateStore();
  const auto edit_with = [](std::initializer_list<int> levels) {
    VersionEdit edit;
    for (int level : levels) {
      auto file = std::make_shared<FileMeta>();
      file->number = 20;
      file->smallest = MakeInternalKey("a", PackTrailer(1, ValueType::kPut));
      file->largest = MakeInternalKey("b", PackTrailer(2, ValueType::kPut));
      edit.added_files.push_back({level, file});
    }
    return edit;
  };
  EXPECT_STATUS_CONTAINS(versions_->LogAndApply(edit_with({0, 3}), Nothing),
                         absl::StatusCode::kDataLoss, "table 20 is added");
  ASSERT_OK(versions_->LogAndApply(edit_with({1}), Nothing));
  EXPECT_STATUS_CONTAINS(versions_->LogAndApply(edit_with({2}), Nothing),
                         absl::StatusCode::kDataLoss, "table 20 is added");
}

TEST_F(VersionSetTest, NothingIsLoggedAfterAFailedSync) {
  CreateStore();
  env_.FailNth(kSimSync, 1, absl::InternalError("disk"));
  EXPECT_STATUS(AddWal(10), absl::StatusCode::kInternal);
  EXPECT_STATUS(AddWal(11), absl::StatusCode::kInternal);
  EXPECT_TRUE(versions_->live_wals().empty());
}

}  // namespace
}  // namespace lsmkv::engine
