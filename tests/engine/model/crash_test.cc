// Power cuts at random moments: what is recovered must be the state after some
// prefix of the writes that reaches at least to the last one acknowledged as
// durable, and recovering from a crash inside recovery must not change it.

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "lsmkv/engine/db.h"
#include "tests/engine/model/random_operations.h"
#include "tests/support/random_seed.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

constexpr int kRuns = 60;

Model Contents(DB* db) {
  Model contents;
  const auto it = db->NewIterator({});
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    contents[std::string(it->key())] = std::string(it->value());
  }
  EXPECT_OK(it->status());
  return contents;
}

class CrashTest : public ::testing::TestWithParam<CrashMode> {
 protected:
  CrashTest() : rng_(TestSeed()) {}

  static Options MakeOptions(SimEnv* env) {
    Options options;
    options.env = env;
    options.memtable_bytes = 64 << 10;
    options.table_bytes = 64 << 10;
    options.level_base_bytes = 128 << 10;
    options.l0_trigger = 2;
    options.durability = Durability::kOs;
    return options;
  }

  // Writes until the power is cut, remembering the state after every batch
  // and how many of them are known to be durable.
  void WriteUntilPowerCut(DB* db, SimEnv* env) {
    history_.assign(1, Model());
    durable_ = 0;
    while (!env->power_is_cut() && history_.size() < 3000) {
      Model next = history_.back();
      WriteBatch batch;
      const uint64_t operations = 1 + rng_.Uniform(10);
      for (uint64_t i = 0; i < operations; ++i) {
        ApplyRandomOperation(&rng_, &batch, &next);
      }
      WriteOptions options;
      if (rng_.OneIn(5)) options.durability = Durability::kSync;
      // A write that failed may be there, whole, or not.
      history_.push_back(std::move(next));
      if (!db->Write(options, batch).ok()) break;
      if (options.durability) durable_ = history_.size() - 1;
      if (rng_.OneIn(300)) db->Flush().IgnoreError();
    }
  }

  // The index in the history of what the store holds.
  void ExpectPrefix(const Model& contents) {
    for (size_t i = history_.size(); i-- > durable_;) {
      if (history_[i] == contents) return;
    }
    FAIL() << "the recovered state is none of the states " << durable_
           << " (durable) to " << history_.size() - 1;
  }

  Random rng_;
  std::vector<Model> history_;
  size_t durable_ = 0;
};

TEST_P(CrashTest, RecoveryGivesAPrefixWithEverythingDurable) {
  for (int run = 0; run < kRuns; ++run) {
    SCOPED_TRACE(run);
    SimEnv env(rng_.Next());
    std::unique_ptr<DB> db;
    ASSERT_OK_AND_ASSIGN(db, DB::Open(MakeOptions(&env), "/db"));
    env.CutPowerAfter(rng_.Uniform(1500));
    WriteUntilPowerCut(db.get(), &env);
    db.reset();
    env.Crash(GetParam(), rng_.Next());

    // Crash inside the recovery, a few times.
    for (int again = 0; again < 3; ++again) {
      env.CutPowerAfter(rng_.Uniform(25));
      auto opened = DB::Open(MakeOptions(&env), "/db");
      if (opened.ok()) opened->reset();
      env.Crash(GetParam(), rng_.Next());
    }
    ASSERT_OK_AND_ASSIGN(db, DB::Open(MakeOptions(&env), "/db"));
    const Model contents = Contents(db.get());
    ASSERT_NO_FATAL_FAILURE(ExpectPrefix(contents));
    db.reset();
    ASSERT_OK_AND_ASSIGN(db, DB::Open(MakeOptions(&env), "/db"));
    ASSERT_EQ(Contents(db.get()), contents);
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, CrashTest,
                         ::testing::Values(CrashMode::kDropUnsynced,
                                           CrashMode::kKeepPrefix,
                                           CrashMode::kTornPages));

}  // namespace
}  // namespace lsmkv::engine
