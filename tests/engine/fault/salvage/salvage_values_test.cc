// Salvage of stores whose values are in value files: what is sound is saved,
// what is lost is reported by its key, and no other value takes its place.

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "engine/src/format/file_names.h"
#include "tests/engine/fault/salvage/salvage_store.h"
#include "tests/support/random_seed.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_scale.h"

namespace lsmkv::engine {
namespace {

using State = SalvagedFile::State;

class SalvageValuesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_.set_value_separation_bytes(25);
    ASSERT_NO_FATAL_FAILURE(store_.Make(TestSeed()));
    env_ = store_.Copy();
    values_ = store_.Files(FileKind::kValues);
    ASSERT_GE(values_.size(), 2u);
  }
  const SalvagedFile* Find(const SalvageReport& report,
                           const std::string& path) {
    for (const SalvagedFile& file : report.files) {
      if (file.path == path) return &file;
    }
    return nullptr;
  }
  // Every loss of the file is that of one key.
  void ExpectNamedLosses(const SalvagedFile& file) {
    EXPECT_EQ(file.records_lost, file.losses.size());
    for (const SalvageLoss& loss : file.losses) {
      EXPECT_NE(loss.smallest_key, "");
      EXPECT_EQ(loss.smallest_key, loss.largest_key);
      EXPECT_STATUS_CONTAINS(loss.status, absl::StatusCode::kDataLoss,
                             file.path);
    }
  }

  SalvageStore store_;
  std::unique_ptr<SimEnv> env_;
  std::vector<std::string> values_;
};

TEST_F(SalvageValuesTest, SoundStoreIsSavedWhole) {
  const SalvageReport report = store_.SalvageAndCheck(env_.get());
  EXPECT_TRUE(report.nothing_lost());
  EXPECT_EQ(report.keys_written, store_.live_keys());
  EXPECT_EQ(report.records_lost, 0u);
  for (const std::string& path : values_) {
    ASSERT_TRUE(Find(report, path) != nullptr);
    EXPECT_EQ(Find(report, path)->state, State::kWhole);
  }
}

TEST_F(SalvageValuesTest, DamagedValueIsLostByName) {
  ASSERT_OK(env_->CorruptByte(values_[0], 5));
  ASSERT_OK_AND_ASSIGN(
      const SalvageReport dry,
      Salvage(store_.OptionsOn(env_.get()), SalvageStore::kDir, ""));
  const SalvageReport report = store_.SalvageAndCheck(env_.get());
  const SalvagedFile* file = Find(report, values_[0]);
  ASSERT_TRUE(file != nullptr);
  // The value may have been dead.
  EXPECT_LE(file->losses.size(), 1u);
  ExpectNamedLosses(*file);
  EXPECT_EQ(dry.records, report.records);
  EXPECT_EQ(dry.records_lost, report.records_lost);
}

TEST_F(SalvageValuesTest, MissingFileLosesItsValuesByName) {
  for (const std::string& path : values_) {
    env_ = store_.Copy();
    ASSERT_OK(env_->RemoveFile(path));
    const SalvageReport report = store_.SalvageAndCheck(env_.get());
    const SalvagedFile* file = Find(report, path);
    // That may look like a lost edit; then nobody knows of the file but the
    // tables.
    ASSERT_TRUE(file != nullptr);
    EXPECT_EQ(file->state, State::kUnreadable);
    EXPECT_GT(file->losses.size(), 0u);
    EXPECT_EQ(file->records_lost, file->losses.size());
    EXPECT_FALSE(report.nothing_lost());
  }
}

TEST_F(SalvageValuesTest, FileWithoutFooterOrIndexLosesNothing) {
  for (const std::string& path : values_) {
    env_ = store_.Copy();
    ASSERT_OK_AND_ASSIGN(const uint64_t bytes, env_->FileSize(path));
    ASSERT_OK(env_->TruncateFile(path, bytes - 66));
    const SalvageReport report = store_.SalvageAndCheck(env_.get());
    const SalvagedFile* file = Find(report, path);
    ASSERT_TRUE(file != nullptr);
    EXPECT_EQ(file->state, State::kWhole) << path;
    EXPECT_NE(file->note, "");
    EXPECT_TRUE(report.nothing_lost());
  }
}

TEST_F(SalvageValuesTest, ValuesAreFoundWithoutTheManifest) {
  for (const std::string& manifest : store_.Files(FileKind::kManifest)) {
    ASSERT_OK(env_->RemoveFile(manifest));
  }
  const SalvageReport report = store_.SalvageAndCheck(env_.get());
  EXPECT_FALSE(report.manifest.ok());
  EXPECT_EQ(report.records_lost, 0u);
  EXPECT_GE(report.keys_written, store_.live_keys());
}

// One file in the place of another: its values are no other key's.
TEST_F(SalvageValuesTest, SwappedFilesGiveNoValueOfAnotherKey) {
  ASSERT_OK_AND_ASSIGN(const std::string a, env_->ReadFile(values_[0]));
  ASSERT_OK_AND_ASSIGN(const std::string b, env_->ReadFile(values_[1]));
  ASSERT_OK(env_->WriteFile(values_[0], b));
  ASSERT_OK(env_->WriteFile(values_[1], a));
  const SalvageReport report = store_.SalvageAndCheck(env_.get());
  EXPECT_FALSE(report.nothing_lost());
}

TEST_F(SalvageValuesTest, DamageAnywhereLosesNothingUnnamed) {
  Random rng(TestSeed());
  const uint64_t runs = Scaled(60);
  for (uint64_t i = 0; i < runs; ++i) {
    env_ = store_.Copy();
    const std::string& path = values_[rng.Uniform(values_.size())];
    ASSERT_OK_AND_ASSIGN(std::string bytes, env_->ReadFile(path));
    if (rng.OneIn(3)) {
      bytes.resize(rng.Uniform(bytes.size()));
    } else {
      const size_t at = rng.Uniform(bytes.size());
      const size_t n = std::min<size_t>(1 + rng.Skewed(7), bytes.size() - at);
      bytes.replace(at, n, rng.Bytes(n));
    }
    ASSERT_OK(env_->WriteFile(path, bytes));
    const SalvageReport report = store_.SalvageAndCheck(env_.get());
    const SalvagedFile* file = Find(report, path);
    ASSERT_TRUE(file != nullptr);
    ExpectNamedLosses(*file);
  }
  ReportCount("salvages of damaged value files", runs);
}

}  // namespace
}  // namespace lsmkv::engine
