// Every named crash point is reached, and what is left there recovers.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"

#include "engine/src/version/version_set.h"
#include "tests/engine/fault/crash/crash_checker.h"
#include "tests/engine/fault/crash/crash_workload.h"
#include "tests/support/crash_images.h"
#include "tests/support/random_seed.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

class CrashPointsTest : public ::testing::Test {
 protected:
  CrashPointsTest() { manifest_bytes_max = 1000; }
  ~CrashPointsTest() override { manifest_bytes_max = 16 << 20; }

  Random rng_{TestSeed()};
};

// F9: the edit of a flush is written, and its sync fails. Whether it is on the
// disk is not known: nothing that it lets go of may be removed, and nothing is
// acknowledged any more.
void FailSyncOfEdit(Random* rng, CrashPointCounts* counts) {
  SimEnv env(rng->Next());
  const Options options = CrashOptions(&env, rng->Next());
  PrefixHistory history;
  CrashRecorder recorder(&env, [&] { return history.durable_version(); });
  ASSERT_OK_AND_ASSIGN(auto db, DB::Open(options, "/db"));
  for (int i = 0; i < 30; ++i) {
    Edits edits = RandomEdits(rng);
    WriteOptions write;
    if (rng->OneIn(2)) write.durability = Durability::kSync;
    ASSERT_OK_AND_ASSIGN(const uint64_t version,
                         db->Write(write, ToBatch(edits)));
    history.Add(version, std::move(edits));
    if (write.durability) history.Durable(version);
  }
  ASSERT_OK(db->WaitForIdle());
  ASSERT_OK_AND_ASSIGN(const StoreState before, ReadStore(db.get()));
  env.FailNth(kSimSync, 1, absl::InternalError("EIO"), rng->OneIn(2),
              "MANIFEST");
  EXPECT_FALSE(db->Flush().ok());
  env.EvictLostPages();
  recorder.Take("the sync of the edit failed");
  EXPECT_FALSE(db->Put({}, "a", "b").ok());
  ASSERT_OK_AND_ASSIGN(const StoreState after, ReadStore(db.get()));
  EXPECT_EQ(after.contents, before.contents) << "reads go on";
  db.reset();
  recorder.Take("the sync of the edit failed");
  const std::vector<Moment> moments = recorder.Finish();
  CrashChecker checker(options, &history, rng->Next());
  for (const Moment& moment : moments) {
    for (const CrashMode mode : kAllCrashModes) {
      ASSERT_TRUE(checker.CheckMoment(moment, mode, 4));
      counts->Count(moment, mode);
    }
  }
}

TEST_F(CrashPointsTest, EveryNamedPointIsReachedAndRecovers) {
  WorkloadOptions options;
  options.bulk = true;
  options.commits = 200;
  CrashWorkload workload(rng_.Next());
  ASSERT_NO_FATAL_FAILURE(workload.Run(options));
  const std::vector<Moment> moments = workload.TakeMoments();
  CrashChecker checker(workload.options(), workload.history(), rng_.Next());
  CrashPointCounts* const points = checker.mutable_points();
  ASSERT_NO_FATAL_FAILURE(FailSyncOfEdit(&rng_, points));
  // Each moment in one mode, and in more where that reaches a point that none
  // has reached before.
  for (const Moment& moment : moments) {
    const size_t first = rng_.Uniform(std::size(kAllCrashModes));
    for (size_t i = 0; i < std::size(kAllCrashModes); ++i) {
      const CrashMode mode =
          kAllCrashModes[(first + i) % std::size(kAllCrashModes)];
      if (i >= 1 && !points->ReachesNew(moment, mode)) continue;
      ASSERT_TRUE(checker.CheckMoment(moment, mode, 2));
    }
  }
  // Inside recoveries, some of which cut a tail.
  for (int i = 0; i < 5; ++i) {
    const Moment& moment = moments[rng_.Uniform(moments.size())];
    CrashImages one(moment.tree, CrashMode::kKeepPrefix, 1, rng_.Next());
    const auto image = one.Next();
    ASSERT_TRUE(
        checker.CheckWithCrashesInside(image.get(), moment, 1, SIZE_MAX));
  }
  std::printf("%s\n", points->ToString().c_str());
  for (const std::string& point : points->Missing()) {
    ADD_FAILURE() << "not reached: " << point;
  }
}

}  // namespace
}  // namespace lsmkv::engine
