// Stores of every compaction style, opened in another one again and again: what
// they answer is what a map answers, to snapshots too, and they come to the
// shape of their style.

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "engine/src/version/version_edit.h"
#include "lsmkv/engine/db.h"
#include "tests/support/random_seed.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_scale.h"

namespace lsmkv::engine {
namespace {

using Model = std::map<std::string, std::string>;

constexpr CompactionStyle kStyles[] = {CompactionStyle::kLeveled,
                                       CompactionStyle::kTiered,
                                       CompactionStyle::kLazyLeveling};

std::string Name(CompactionStyle style) {
  static const std::string kNames[] = {"Leveled", "Tiered", "LazyLeveling"};
  return kNames[static_cast<size_t>(style)];
}

class CompactionStyleTest : public ::testing::TestWithParam<CompactionStyle> {
 protected:
  struct Moment {
    std::unique_ptr<Snapshot> snapshot;
    Model model;
  };

  CompactionStyleTest() {
    options_.env = &env_;
    options_.durability = Durability::kOs;
    options_.memtable_bytes = 64 << 10;
    options_.table_bytes = 64 << 10;
    options_.level_base_bytes = 64 << 10;
    options_.level_multiplier = 4;
    options_.block_bytes = 512;
    options_.l0_trigger = 2;
    options_.compaction_style = GetParam();
  }

  void Open() {
    moments_.clear();
    if (db_ != nullptr) ASSERT_OK(db_->Close());
    db_.reset();
    ASSERT_OK_AND_ASSIGN(db_, DB::Open(options_, "/db"));
  }
  std::string Key() { return "key" + std::to_string(rng_.Uniform(3000)); }

  void Write() {
    const uint64_t kind = rng_.Uniform(100);
    std::string key = Key();
    if (kind < 75) {
      const std::string value = rng_.Bytes(rng_.Skewed(9));
      ASSERT_OK(db_->Put({}, key, value));
      model_[key] = value;
    } else if (kind < 98) {
      ASSERT_OK(db_->Delete({}, key));
      model_.erase(key);
    } else {
      std::string end = Key();
      if (end < key) std::swap(key, end);
      end += '!';  // not empty
      ASSERT_OK(db_->DeleteRange({}, key, end));
      model_.erase(model_.lower_bound(key), model_.lower_bound(end));
    }
  }
  void TakeOrDropSnapshot() {
    if (moments_.size() < 4) {
      moments_.push_back({db_->GetSnapshot(), model_});
    } else {
      const uint64_t i = rng_.Uniform(moments_.size());
      moments_.erase(moments_.begin() + static_cast<ptrdiff_t>(i));
    }
  }

  void ExpectModel(const Snapshot* snapshot, const Model& model) {
    ReadOptions read;
    read.snapshot = snapshot;
    const auto it = db_->NewIterator(read);
    auto want = model.begin();
    for (it->SeekToFirst(); it->Valid(); it->Next(), ++want) {
      ASSERT_TRUE(want != model.end()) << it->key();
      ASSERT_EQ(it->key(), want->first);
      ASSERT_EQ(it->value(), want->second);
    }
    ASSERT_OK(it->status());
    ASSERT_TRUE(want == model.end());
    PinnedValue value;
    for (int i = 0; i < 300; ++i) {
      const std::string key = Key();
      const auto found = model.find(key);
      const absl::Status status = db_->Get(read, key, &value);
      ASSERT_EQ(status.ok(), found != model.end()) << key;
      if (status.ok()) ASSERT_EQ(value.view(), found->second) << key;
    }
  }
  void ExpectEverything() {
    ASSERT_NO_FATAL_FAILURE(ExpectModel(nullptr, model_));
    for (const Moment& moment : moments_) {
      ASSERT_NO_FATAL_FAILURE(ExpectModel(moment.snapshot.get(), moment.model));
    }
  }
  size_t LevelsInUse(int from) {
    const Stats stats = db_->GetStats();
    size_t used = 0;
    for (size_t n = static_cast<size_t>(from); n < stats.levels.size(); ++n) {
      if (stats.levels[n].files > 0) ++used;
    }
    return used;
  }
  uint64_t Compactions() { return db_->GetStats().compactions; }

  Random rng_{TestSeed()};
  SimEnv env_{rng_.Next()};
  Options options_;
  std::unique_ptr<DB> db_;
  Model model_;
  std::vector<Moment> moments_;
};

TEST_P(CompactionStyleTest, AnswersAreThoseOfAMap) {
  const uint64_t rounds = Scaled(100);
  uint64_t compactions = 0;
  for (uint64_t round = 0; round < rounds; ++round) {
    options_.l0_trigger = static_cast<int>(rng_.Between(2, 4));
    options_.compaction_threads = static_cast<int>(rng_.Between(1, 3));
    options_.value_separation_bytes = rng_.OneIn(2) ? 100 : 0;
    // Mostly in its own style.
    options_.compaction_style =
        rng_.OneIn(4) ? kStyles[rng_.Uniform(3)] : GetParam();
    ASSERT_NO_FATAL_FAILURE(Open());
    for (int batch = 0; batch < 30; ++batch) {
      const uint64_t writes = rng_.Skewed(8);
      for (uint64_t i = 0; i < writes; ++i) ASSERT_NO_FATAL_FAILURE(Write());
      if (rng_.OneIn(2)) TakeOrDropSnapshot();
      ASSERT_OK(db_->Flush());
      if (rng_.OneIn(40)) ASSERT_OK(db_->CompactRange({}, {}));
      if (rng_.OneIn(8)) ASSERT_OK(db_->WaitForIdle());
      if (rng_.OneIn(8)) ASSERT_NO_FATAL_FAILURE(ExpectEverything());
    }
    ASSERT_OK(db_->WaitForIdle());
    ASSERT_NO_FATAL_FAILURE(ExpectEverything());
    compactions += Compactions();
  }
  ASSERT_OK(db_->CompactRange({}, {}));
  ASSERT_NO_FATAL_FAILURE(ExpectEverything());
  ReportCount("compactions", compactions);
  ASSERT_GE(compactions, rounds);
}

// A tiered store has many runs; a leveled or lazy one of the same tables few.
TEST_P(CompactionStyleTest, StoreOfAnotherStyleTakesOnThisOne) {
  const auto fill = [&](int flushes) {
    for (int flush = 0; flush < flushes; ++flush) {
      for (int i = 0; i < 100; ++i) {
        const std::string key = Key();
        model_[key] = rng_.Bytes(50);
        ASSERT_OK(db_->Put({}, key, model_[key]));
      }
      ASSERT_OK(db_->Flush());
      if (flush % 4 == 3) ASSERT_OK(db_->WaitForIdle());
    }
  };
  for (const CompactionStyle before : kStyles) {
    SCOPED_TRACE(Name(before));
    options_.l0_trigger = 4;
    options_.compaction_style = before;
    ASSERT_NO_FATAL_FAILURE(Open());
    ASSERT_NO_FATAL_FAILURE(fill(4 * 6));
    options_.compaction_style = GetParam();
    ASSERT_NO_FATAL_FAILURE(Open());
    ASSERT_NO_FATAL_FAILURE(fill(4 * 6));
    ASSERT_OK(db_->WaitForIdle());
    ASSERT_NO_FATAL_FAILURE(ExpectEverything());
    const Stats stats = db_->GetStats();
    if (GetParam() != CompactionStyle::kTiered) {
      // What was written is merged into the last level once it is quiet.
      EXPECT_LE(LevelsInUse(0), 2U);
      EXPECT_GT(stats.levels[kLevels - 1].files, 0U);
    }
    if (GetParam() != CompactionStyle::kLeveled) {
      EXPECT_LT(stats.levels[0].files, 4U);
      EXPECT_EQ(stats.levels[1].files, 0U);  // there is room for L0
    }
  }
}

TEST_P(CompactionStyleTest, EmptiedStoreEndsWithoutTables) {
  ASSERT_NO_FATAL_FAILURE(Open());
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 200; ++i) ASSERT_OK(db_->Put({}, Key(), "x"));
    ASSERT_OK(db_->Flush());
  }
  ASSERT_OK(db_->DeleteRange({}, "a", "z"));
  ASSERT_OK(db_->CompactRange({}, {}));
  ExpectModel(nullptr, {});
  EXPECT_EQ(LevelsInUse(0), 0U);
  ASSERT_OK(db_->Put({}, "b", "x"));
  ASSERT_OK(db_->WaitForIdle());
}

INSTANTIATE_TEST_SUITE_P(Styles, CompactionStyleTest,
                         ::testing::ValuesIn(kStyles),
                         [](const auto& p) { return Name(p.param); });

}  // namespace
}  // namespace lsmkv::engine
