// One store that lives through power cuts at random moments, among them some
// inside its recoveries, and through failed syncs: what comes back is the state
// after some prefix of its writes, with everything durable, every time.

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "gtest/gtest.h"

#include "engine/src/version/version_set.h"
#include "lsmkv/engine/db.h"
#include "tests/engine/fault/crash/crash_workload.h"
#include "tests/engine/fault/crash/prefix_history.h"
#include "tests/engine/fault/crash/store_reader.h"
#include "tests/support/random_seed.h"
#include "tests/support/sim_env.h"
#include "tests/support/sim_trace_on_failure.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_scale.h"

namespace lsmkv::engine {
namespace {

constexpr uint64_t kCuts = 250;  // of each of 4 shards
constexpr size_t kCommitsMax = 600;

class PowerCutTest : public ::testing::TestWithParam<int> {
 protected:
  PowerCutTest() { manifest_bytes_max = 4000; }
  ~PowerCutTest() override { manifest_bytes_max = 16 << 20; }

  CrashMode RandomMode() {
    return kAllCrashModes[rng_.Uniform(std::size(kAllCrashModes))];
  }

  // Writes until the first write fails, or long enough.
  void Write(DB* db, uint64_t version) {
    for (size_t i = 0; i < kCommitsMax; ++i) {
      Edits edits = RandomEdits(&rng_);
      const WriteBatch batch = ToBatch(edits);
      // A write that fails may be there, whole, or not: known to the history
      // before it is tried.
      version += batch.count();
      history_->Add(version, std::move(edits));
      WriteOptions options;
      const uint64_t kind = rng_.Uniform(6);
      if (kind == 0) options.durability = Durability::kSync;
      if (kind == 1) options.durability = Durability::kInterval;
      const auto written = db->Write(options, batch);
      if (!written.ok()) break;
      ASSERT_EQ(*written, version);
      bool durable = kind == 0;
      if (rng_.OneIn(60)) durable = db->Flush().ok() || durable;
      if (rng_.OneIn(80)) db->CompactRange({}, {}).IgnoreError();
      if (rng_.OneIn(40)) durable = db->SyncWal().ok() || durable;
      if (durable) history_->Durable(version);
    }
  }

  // Something goes wrong at a random moment.
  void PlanTrouble() {
    // Most cuts are early, where every operation may be the one.
    if (!rng_.OneIn(4)) {
      env_.CutPowerAfter(rng_.Skewed(11));
      return;
    }
    static constexpr const char* kFiles[] = {".wal", ".sst", "MANIFEST",
                                             "CURRENT", ""};
    env_.FailNth(kSimSync | kSimSyncDir, 1 + rng_.Skewed(6),
                 absl::InternalError("EIO"), /*sticky=*/rng_.OneIn(2),
                 kFiles[rng_.Uniform(std::size(kFiles))]);
  }

  void Crash() {
    if (rng_.OneIn(2)) env_.EvictLostPages();
    env_.Crash(RandomMode(), rng_.Next());
  }

  // Crashes inside the recovery, up to three times.
  void InterruptRecovery(const Options& options) {
    for (uint64_t n = rng_.Uniform(4); n > 0; --n) {
      env_.CutPowerAfter(rng_.Uniform(30));
      DB::Open(options, "/db").status().IgnoreError();
      Crash();
      ++inner_cuts_;
    }
  }

  Random rng_{TestSeed()};
  SimEnv env_{rng_.Next()};
  std::unique_ptr<PrefixHistory> history_ = std::make_unique<PrefixHistory>();
  uint64_t inner_cuts_ = 0;
};

TEST_P(PowerCutTest, StoreComesBackAsAPrefixWithAllThatIsDurable) {
  const SimTraceOnFailure trace(&env_);
  for (uint64_t cut = 0; cut < Scaled(kCuts); ++cut) {
    SCOPED_TRACE(cut);
    const Options options = CrashOptions(&env_, rng_.Next());
    ASSERT_OK_AND_ASSIGN(auto db, DB::Open(options, "/db"));
    ASSERT_OK_AND_ASSIGN(const StoreState state, ReadStore(db.get()));
    ASSERT_TRUE(history_->Check(state.contents, state.version,
                                history_->durable_version()));
    // What was served once is durable.
    history_ = std::make_unique<PrefixHistory>(state.contents, state.version);
    PlanTrouble();
    ASSERT_NO_FATAL_FAILURE(Write(db.get(), state.version));
    if (rng_.OneIn(3)) {
      const uint64_t version = db->GetStats().last_version;
      if (db->Close().ok()) history_->Durable(version);
    }
    db.reset();
    Crash();
    InterruptRecovery(options);
  }
  ReportCount("random power cuts", Scaled(kCuts));
  ReportCount("random power cuts inside recovery", inner_cuts_);
}

INSTANTIATE_TEST_SUITE_P(Shards, PowerCutTest, ::testing::Range(0, 4));

}  // namespace
}  // namespace lsmkv::engine
