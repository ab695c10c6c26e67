#include "engine/src/compaction/compaction_picker.h"

#include <string>

#include "gtest/gtest.h"

#include "tests/engine/compaction/version_builder.h"

namespace lsmkv::engine {
namespace {

constexpr uint64_t kMiB = 1 << 20;

class CompactionPickerTest : public ::testing::Test {
 protected:
  CompactionPickerTest() {
    options_.l0_trigger = 2;
    options_.level_base_bytes = 10 * kMiB;
    options_.level_multiplier = 10;
  }
  Options options_;
};

TEST_F(CompactionPickerTest, NothingIsWantedBelowTheTrigger) {
  const auto version = VersionBuilder().Add(0, 1, "a", "z").Build();
  EXPECT_FALSE(PickCompaction(version, options_, {}).has_value());
}

TEST_F(CompactionPickerTest, SmallStoreCompactsIntoTheLastLevel) {
  const auto version =
      VersionBuilder().Add(0, 1, "a", "m").Add(0, 2, "b", "z").Build();
  const auto plan = PickCompaction(version, options_, {});
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->level, 0);
  EXPECT_EQ(plan->output_level, kLevels - 1);
  EXPECT_EQ(plan->inputs.size(), 2u);
  EXPECT_FALSE(plan->trivial_move);
}

TEST_F(CompactionPickerTest, DisjointTablesAreMoved) {
  const auto version =
      VersionBuilder().Add(0, 1, "a", "b").Add(0, 2, "c", "d").Build();
  const auto plan = PickCompaction(version, options_, {});
  ASSERT_TRUE(plan.has_value());
  EXPECT_TRUE(plan->trivial_move);
}

TEST_F(CompactionPickerTest, TablesThatShareAKeyAreNotMoved) {
  const auto version =
      VersionBuilder().Add(0, 1, "a", "b").Add(0, 2, "b", "d").Build();
  EXPECT_FALSE(PickCompaction(version, options_, {})->trivial_move);
}

TEST_F(CompactionPickerTest, TargetsFollowTheDeepestLevel) {
  const auto version =
      VersionBuilder().Add(6, 1, "a", "z", 5000 * kMiB).Build();
  const LevelTargets targets = ComputeLevelTargets(*version, options_);
  EXPECT_EQ(targets.bytes_max[6], 5000 * kMiB);
  EXPECT_EQ(targets.bytes_max[5], 500 * kMiB);
  EXPECT_EQ(targets.bytes_max[4], 50 * kMiB);
  EXPECT_EQ(targets.base_level, 4);
}

TEST_F(CompactionPickerTest, OverlappingOutputTablesAreMergedWith) {
  const auto version = VersionBuilder()
                           .Add(0, 1, "c", "g", 2000)
                           .Add(0, 2, "d", "h", 2000)
                           .Add(6, 3, "a", "c")
                           .Add(6, 4, "e", "f")
                           .Add(6, 5, "i", "k")
                           .Build();
  const auto plan = PickCompaction(version, options_, {});
  ASSERT_TRUE(plan.has_value());
  ASSERT_EQ(plan->output_files.size(), 2u);
  EXPECT_EQ(plan->output_files[0]->number, 3u);
  EXPECT_EQ(plan->output_files[1]->number, 4u);
}

// What is merged with a larger level waits until more of it has come.
TEST_F(CompactionPickerTest, SmallLevelZeroWaitsThreeTimesAsLong) {
  VersionBuilder builder;
  builder.Add(6, 100, "a", "z", 9 * kMiB);
  for (uint64_t number = 1; number <= 5; ++number) {
    builder.Add(0, number, "a", "z", kMiB);
  }
  EXPECT_FALSE(PickCompaction(builder.Build(), options_, {}).has_value());
  EXPECT_TRUE(
      PickCompaction(builder.Add(0, 6, "a", "z", kMiB).Build(), options_, {})
          .has_value());
  const auto even = VersionBuilder()
                        .Add(0, 1, "a", "z", 5 * kMiB)
                        .Add(0, 2, "a", "z", 4 * kMiB)
                        .Add(6, 100, "a", "z", 9 * kMiB)
                        .Build();
  EXPECT_TRUE(PickCompaction(even, options_, {}).has_value());
}

TEST_F(CompactionPickerTest, IdleStoreMergesBelowTheTrigger) {
  const auto idle = [&](uint64_t l0_bytes, uint64_t below_bytes) {
    VersionBuilder builder;
    builder.Add(0, 1, "a", "z", l0_bytes);
    if (below_bytes > 0) builder.Add(6, 2, "a", "z", below_bytes);
    const auto version = builder.Build();
    EXPECT_FALSE(PickCompaction(version, options_, {}).has_value());
    return PickCompaction(version, options_, {}, WritePace::kIdle).has_value();
  };
  EXPECT_TRUE(idle(kMiB, 10 * kMiB));
  EXPECT_FALSE(idle(kMiB - 1, 10 * kMiB));  // too little to rewrite it for
  EXPECT_FALSE(idle(kMiB, 0));              // it is one run already
}

TEST_F(CompactionPickerTest, BusyTablesAreLeftAlone) {
  const auto version = VersionBuilder()
                           .Add(0, 1, "a", "g")
                           .Add(0, 2, "a", "h")
                           .Add(6, 3, "a", "c")
                           .Build();
  EXPECT_FALSE(PickCompaction(version, options_, {3}).has_value());
  EXPECT_TRUE(PickCompaction(version, options_, {4}).has_value());
}

TEST_F(CompactionPickerTest, CheapestTableOfAFullLevelIsPicked) {
  const auto version = VersionBuilder()
                           .Add(5, 1, "a", "c", 300 * kMiB)
                           .Add(5, 2, "d", "f", 300 * kMiB)
                           .Add(6, 3, "a", "b", 2000 * kMiB)
                           .Add(6, 4, "d", "e", 500 * kMiB)
                           .Build();
  const auto plan = PickCompaction(version, options_, {});
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->level, 5);
  EXPECT_EQ(plan->inputs[0]->number, 2u);
}

TEST_F(CompactionPickerTest, LevelsAboveTheBaseDrainDownwards) {
  const auto version = VersionBuilder().Add(3, 1, "a", "c").Build();
  const auto plan = PickCompaction(version, options_, {});
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->level, 3);
  EXPECT_EQ(plan->output_level, 4);
  EXPECT_TRUE(plan->trivial_move);
}

TEST_F(CompactionPickerTest, RangeIsRewrittenInPlaceOnTheDeepestLevel) {
  const auto version =
      VersionBuilder().Add(6, 3, "a", "c").Add(6, 9, "d", "f").Build();
  const auto plan = PlanRange(version, options_, 6, nullptr, nullptr, 5);
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->inputs[0]->number, 3u);
  EXPECT_EQ(plan->output_level, 6);
  EXPECT_TRUE(plan->output_files.empty());
  EXPECT_FALSE(plan->trivial_move);
  EXPECT_FALSE(
      PlanRange(version, options_, 6, nullptr, nullptr, 3).has_value());
}

TEST_F(CompactionPickerTest, PendingBytesGrowWithTheBacklog) {
  const auto idle = VersionBuilder().Add(6, 1, "a", "z", 50 * kMiB).Build();
  EXPECT_EQ(PendingCompactionBytes(*idle, options_), 0u);
  const auto behind = VersionBuilder()
                          .Add(0, 2, "a", "z", 30 * kMiB)
                          .Add(0, 3, "a", "z", 30 * kMiB)
                          .Add(6, 1, "a", "z", 50 * kMiB)
                          .Build();
  EXPECT_GE(PendingCompactionBytes(*behind, options_), 20 * kMiB);
}

}  // namespace
}  // namespace lsmkv::engine
