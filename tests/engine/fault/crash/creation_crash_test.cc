// Power cuts while a store is created: what is left opens as an empty store, or
// creation starts again. It is never "damaged".

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"

#include "lsmkv/engine/db.h"
#include "tests/engine/fault/crash/crash_recorder.h"
#include "tests/engine/fault/crash/crash_workload.h"
#include "tests/engine/fault/crash/store_reader.h"
#include "tests/support/crash_images.h"
#include "tests/support/random_seed.h"
#include "tests/support/sim_trace_on_failure.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_scale.h"

namespace lsmkv::engine {
namespace {

class CreationCrashTest : public ::testing::TestWithParam<CrashMode> {
 protected:
  // The moments of the first opening of a store.
  std::vector<Moment> Create(SimEnv* env) {
    CrashRecorder recorder(env, [] { return uint64_t{0}; });
    recorder.SetPhase(Phase::kCreate);
    recorder.Start(kSimAllOps, 1);
    auto db = DB::Open(CrashOptions(env, 1), "/db");
    EXPECT_OK(db.status());
    recorder.Take("created");
    return recorder.Finish();
  }

  // Opens it as whoever expects a store would, then as whoever wants one.
  void ExpectEmptyOrAbsent(SimEnv* image) {
    const SimTraceOnFailure trace(image);
    Options options = CrashOptions(image, 1);
    options.create_if_missing = false;
    auto opened = DB::Open(options, "/db");
    if (!opened.ok()) {
      EXPECT_STATUS_CONTAINS(opened.status(),
                             absl::StatusCode::kFailedPrecondition,
                             "there is no store");
      options.create_if_missing = true;
      opened = DB::Open(options, "/db");
    }
    ASSERT_OK(opened.status());
    ASSERT_OK_AND_ASSIGN(const StoreState state, ReadStore(opened->get()));
    EXPECT_TRUE(state.contents.empty());
    EXPECT_EQ(state.version, 0u);
    // And it is a store from now on.
    WriteOptions sync;
    sync.durability = Durability::kSync;
    ASSERT_OK((*opened)->Put(sync, "a", "1").status());
    CrashImages after(image->Freeze(), GetParam(), 1, rng_.Next());
    opened->reset();
    Options again = options;
    const auto disk = after.Next();
    again.env = disk.get();
    again.create_if_missing = false;
    ASSERT_OK_AND_ASSIGN(const auto db, DB::Open(again, "/db"));
    EXPECT_EQ(*db->Get("a"), "1");
  }

  Random rng_{TestSeed()};
};

TEST_P(CreationCrashTest, LeavesAnEmptyStoreOrNone) {
  SimEnv env(rng_.Next());
  uint64_t images = 0;
  for (const Moment& moment : Create(&env)) {
    SCOPED_TRACE(moment.ToString());
    CrashImages disks(moment.tree, GetParam(), 12, rng_.Next());
    while (const auto image = disks.Next()) {
      ASSERT_NO_FATAL_FAILURE(ExpectEmptyOrAbsent(image.get()));
      ASSERT_FALSE(HasFailure());
      ++images;
    }
  }
  ReportCount("crash images of creation", images);
}

TEST_P(CreationCrashTest, SecondCreationMayBeInterruptedToo) {
  SimEnv env(rng_.Next());
  uint64_t images = 0;
  const std::vector<Moment> moments = Create(&env);
  for (uint64_t i = 0; i < Scaled(40); ++i) {
    const Moment& first = moments[rng_.Uniform(moments.size())];
    CrashImages once(first.tree, GetParam(), 1, rng_.Next());
    const auto half = once.Next();
    const std::vector<Moment> again = Create(half.get());
    for (int n = 0; n < 4; ++n) {
      const Moment& second = again[rng_.Uniform(again.size())];
      SCOPED_TRACE(first.ToString() + ", then " + second.ToString());
      CrashImages twice(second.tree, GetParam(), 1, rng_.Next());
      ASSERT_NO_FATAL_FAILURE(ExpectEmptyOrAbsent(twice.Next().get()));
      ASSERT_FALSE(HasFailure());
      ++images;
    }
  }
  ReportCount("double crash images of creation", images);
}

// The operation at which the power goes does not happen at all.
TEST_P(CreationCrashTest, PowerCutBeforeEachOperation) {
  bool opened = false;
  for (uint64_t n = 0; !opened; ++n) {
    SCOPED_TRACE(n);
    SimEnv env(rng_.Next());
    env.CutPowerAfter(n);
    opened = DB::Open(CrashOptions(&env, 1), "/db").ok();
    env.Crash(GetParam(), rng_.Next());
    ASSERT_NO_FATAL_FAILURE(ExpectEmptyOrAbsent(&env));
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, CreationCrashTest,
                         ::testing::ValuesIn(kAllCrashModes),
                         [](const auto& param) {
                           return std::string(CrashModeName(param.param));
                         });

}  // namespace
}  // namespace lsmkv::engine
