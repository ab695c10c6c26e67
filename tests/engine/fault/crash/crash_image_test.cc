// Crash images: at every operation that changes what a power cut may leave, the
// disks that it may leave are enumerated, recovered and checked.

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "engine/src/version/version_set.h"
#include "tests/engine/fault/crash/crash_checker.h"
#include "tests/engine/fault/crash/crash_workload.h"
#include "tests/support/crash_images.h"
#include "tests/support/random_seed.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_scale.h"

namespace lsmkv::engine {
namespace {

constexpr uint64_t kManifestBytes = 1500;
// Of each shard: 4,800 and 8,000 in all.
constexpr uint64_t kImages = 600;
constexpr uint64_t kInnerImages = 1000;
constexpr size_t kShards = 8;
// A shard meets every moment at least once, whatever the scale, so that under
// sanitizers there are fewer. The last of these has several writers.
constexpr size_t kShardsReducedEnd = 3;

class CrashImageTest : public ::testing::TestWithParam<size_t> {
 protected:
  CrashImageTest() : rng_(TestSeed()) { manifest_bytes_max = kManifestBytes; }
  ~CrashImageTest() override { manifest_bytes_max = 16 << 20; }

  // Each shard has another kind of workload.
  WorkloadOptions MakeOptions() const {
    WorkloadOptions options;
    options.commits = 250;
    if (GetParam() % 3 == 2) options.more_writers = 2;
    return options;
  }

  Random rng_;
};

class CrashInsideRecoveryTest : public CrashImageTest {};

TEST_P(CrashImageTest, EveryImageRecoversToAPrefixWithAllThatIsDurable) {
  uint64_t images = 0;
  uint64_t exhaustive = 0;
  while (images < Scaled(kImages)) {
    CrashWorkload workload(rng_.Next());
    ASSERT_NO_FATAL_FAILURE(workload.Run(MakeOptions()));
    const std::vector<Moment> moments = workload.TakeMoments();
    CrashChecker checker(workload.options(), workload.history(), rng_.Next());
    // Modes outside, moments inside: each moment is met before the count is
    // reached, and in another mode than its neighbours.
    for (size_t turn = 0; turn < std::size(kAllCrashModes); ++turn) {
      for (size_t i = 0; i < moments.size(); ++i) {
        const CrashMode mode =
            kAllCrashModes[(turn + i) % std::size(kAllCrashModes)];
        ASSERT_TRUE(checker.CheckMoment(moments[i], mode, 2));
      }
      if (images + checker.images() >= Scaled(kImages)) break;
    }
    images += checker.images();
    exhaustive += checker.exhaustive_images();
  }
  ReportCount("crash images", images);
  ReportCount("crash images of moments with every outcome", exhaustive);
  EXPECT_GE(images, Scaled(kImages));
}

TEST_P(CrashInsideRecoveryTest, RecoveryThatIsInterruptedGivesTheSame) {
  uint64_t images = 0;
  while (images < Scaled(kInnerImages)) {
    CrashWorkload workload(rng_.Next());
    ASSERT_NO_FATAL_FAILURE(workload.Run(MakeOptions()));
    const std::vector<Moment> moments = workload.TakeMoments();
    CrashChecker checker(workload.options(), workload.history(), rng_.Next());
    for (int i = 0; i < 25; ++i) {
      const Moment& moment = moments[rng_.Uniform(moments.size())];
      const CrashMode mode =
          kAllCrashModes[rng_.Uniform(std::size(kAllCrashModes))];
      CrashImages one(moment.tree, mode, 1, rng_.Next());
      const auto image = one.Next();
      SCOPED_TRACE(CrashModeName(mode));
      ASSERT_TRUE(checker.CheckWithCrashesInside(image.get(), moment,
                                                 /*depth=*/2, 12));
    }
    images += checker.inner_images();
  }
  ReportCount("double crash images", images);
  EXPECT_GE(images, Scaled(kInnerImages));
}

const auto kAllShards =
    TestScale() >= 1
        ? ::testing::Range(size_t{0}, kShards)
        : ::testing::Range(kShardsReducedEnd - (TestScale() < 0.1 ? 1 : 2),
                           kShardsReducedEnd);
INSTANTIATE_TEST_SUITE_P(Shards, CrashImageTest, kAllShards);
INSTANTIATE_TEST_SUITE_P(Shards, CrashInsideRecoveryTest, kAllShards);

}  // namespace
}  // namespace lsmkv::engine
