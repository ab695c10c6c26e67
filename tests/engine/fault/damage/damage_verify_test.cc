// DB::Verify on an open store finds a flipped bit in every byte that is in use.

#include <memory>
#include <string>

#include "gtest/gtest.h"

#include "engine/src/format/file_names.h"
#include "lsmkv/engine/db.h"
#include "tests/engine/fault/damage/damage_store.h"
#include "tests/support/random_seed.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_scale.h"

namespace lsmkv::engine {
namespace {

class DamageVerifyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    env_ = EnvWith(MakeStore(StoreKind::kKilled, 1).files);
    ASSERT_OK_AND_ASSIGN(db_, DB::Open(DamageOptions(env_.get()), "/db"));
    for (int i = 0; i < 60; ++i) {
      ASSERT_OK(db_->Put({}, "user" + std::to_string(1000 + i),
                         std::string(static_cast<size_t>(i), 'w')));
    }
    ASSERT_OK(db_->WaitForIdle());
    files_ = FilesIn(env_.get());
  }
  // True if it finds something in this file at or before the offset, and
  // nothing in any other.
  bool Finds(const std::string& path, uint64_t offset) {
    uint64_t here = 0;
    uint64_t elsewhere = 0;
    const auto result = db_->Verify(
        {},
        [&](const VerifyFinding& finding) {
          const bool right = finding.path == path && finding.offset <= offset &&
                             absl::IsDataLoss(finding.status);
          ++(right ? here : elsewhere);
        },
        [](const VerifyProgress&) {});
    EXPECT_OK(result.status());
    return here > 0 && elsewhere == 0;
  }

  std::unique_ptr<SimEnv> env_;
  std::unique_ptr<DB> db_;
  FileBytes files_;
};

TEST_F(DamageVerifyTest, EveryFlipInTheFilesOfAnOpenStoreIsFound) {
  Random rng(TestSeed());
  uint64_t flips = 0;
  const uint64_t stride = 1000 / Scaled(1000);
  for (const auto& [path, bytes] : files_) {
    const bool log = path.ends_with(".wal");
    // Behind what is written of a log there is reserved space.
    const uint64_t used = log ? bytes.find_last_not_of('\0') + 1 : bytes.size();
    for (uint64_t at = 0; at < used; at += stride, ++flips) {
      const auto mask = static_cast<uint8_t>(1u << rng.Uniform(8));
      ASSERT_OK(env_->CorruptByte(path, at, mask));
      ASSERT_TRUE(Finds(path, at)) << path << " byte " << at;
      ASSERT_OK(env_->CorruptByte(path, at, mask));
    }
  }
  ReportCount("byte flips found by Verify", flips);
  if (TestScale() >= 1) EXPECT_GE(flips, 14'000u);
}

}  // namespace
}  // namespace lsmkv::engine
