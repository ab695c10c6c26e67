#include "engine/src/compaction/tiered_picker.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "tests/engine/compaction/version_builder.h"
#include "tests/support/random_seed.h"

namespace lsmkv::engine {
namespace {

constexpr uint64_t kMiB = 1 << 20;

using Runs = std::vector<std::pair<int, uint64_t>>;  // level and MiB

class TieredPickerTest : public ::testing::Test {
 protected:
  TieredPickerTest() {
    options_.compaction_style = CompactionStyle::kTiered;
    options_.l0_trigger = 4;
    options_.level_multiplier = 10;
    options_.compaction_threads = 2;
  }

  // Runs that all hold the same keys; those of a level share them out.
  static std::shared_ptr<const Version> MakeVersion(const Runs& runs) {
    VersionBuilder builder;
    uint64_t number = 100;
    for (const auto& [level, mib] : runs) {
      if (level == 0) {
        builder.Add(0, --number, "a", "z", mib * kMiB);
      } else {
        builder.Add(level, --number, "a", "m", mib * kMiB / 2);
        builder.Add(level, --number, "n", "z", mib * kMiB / 2);
      }
    }
    return builder.Build();
  }
  std::optional<CompactionPlan> Pick(const Runs& runs,
                                     const std::set<uint64_t>& busy = {},
                                     WritePace pace = WritePace::kBusy) {
    return PickCompaction(MakeVersion(runs), options_, busy, pace);
  }
  // "from>to", or "" for nothing.
  std::string Span(const Runs& runs, WritePace pace = WritePace::kBusy) {
    const auto plan = Pick(runs, {}, pace);
    if (!plan) return "";
    ExpectWholeRuns(*plan);
    return std::to_string(plan->level) + ">" +
           std::to_string(plan->output_level);
  }
  // Of every level from that of the inputs to that of the output all tables.
  static void ExpectWholeRuns(const CompactionPlan& plan) {
    std::set<uint64_t> taken;
    plan.ForEachFile([&](int, const FilePtr& f) { taken.insert(f->number); });
    size_t tables = 0;
    for (int n = plan.level; n <= plan.output_level; ++n) {
      for (const FilePtr& file : plan.version->level(n)) {
        EXPECT_TRUE(taken.contains(file->number)) << file->number;
        ++tables;
      }
    }
    EXPECT_EQ(taken.size(), tables);
  }

  Options options_;
};

TEST_F(TieredPickerTest, LevelZeroBecomesARunAboveTheOthers) {
  EXPECT_EQ(Span({{0, 1}, {0, 1}, {0, 1}}), "");
  EXPECT_EQ(Span({{0, 1}, {0, 1}, {0, 1}, {0, 1}}), "0>6");
  EXPECT_EQ(Span({{0, 1}, {0, 1}, {0, 1}, {0, 1}, {6, 9}}), "0>5");
  EXPECT_EQ(Span({{0, 1}, {0, 1}, {0, 1}, {0, 1}, {3, 4}, {6, 9}}), "0>2");
}

TEST_F(TieredPickerTest, RunsOfLikeSizesAreMerged) {
  EXPECT_EQ(Span({{4, 4}, {5, 4}, {6, 100}}), "");
  EXPECT_EQ(Span({{3, 4}, {4, 5}, {5, 3}, {6, 100}}), "");
  EXPECT_EQ(Span({{2, 4}, {3, 4}, {4, 5}, {5, 3}, {6, 100}}), "2>5");
  // A larger one is of another tier; the newer of two groups comes first.
  EXPECT_EQ(Span({{2, 4}, {3, 4}, {4, 4}, {5, 16}, {6, 100}}), "");
  options_.l0_trigger = 2;
  EXPECT_EQ(Span({{2, 1}, {3, 1}, {4, 20}, {5, 20}, {6, 100}}), "2>3");
}

TEST_F(TieredPickerTest, SingleThreadTakesLevelZeroAlong) {
  const Runs four = {{0, 1}, {0, 1}, {0, 1}, {0, 1}};
  const auto with = [&four](Runs runs) {
    runs.insert(runs.begin(), four.begin(), four.end());
    return runs;
  };
  const Runs alike = {{3, 4}, {4, 4}, {5, 4}, {6, 100}};
  EXPECT_EQ(Span(with(alike)), "0>2");
  options_.compaction_threads = 1;
  EXPECT_EQ(Span(with(alike)), "0>5");
  EXPECT_EQ(Span(with({{4, 4}, {5, 4}, {6, 100}})), "0>3");
  EXPECT_EQ(Span(with({{5, 26}, {6, 10}})), "0>6");
}

TEST_F(TieredPickerTest, MergeOfSeveralRunsTakesEachOfThem) {
  const auto plan = Pick({{2, 4}, {3, 4}, {4, 4}, {5, 4}, {6, 100}});
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->inputs.size(), 2U);
  ASSERT_EQ(plan->between.size(), 2U);
  EXPECT_EQ(plan->between[0].level, 3);
  EXPECT_EQ(plan->between[1].level, 4);
  EXPECT_EQ(plan->output_files.size(), 2U);
  EXPECT_EQ(plan->input_bytes(), 16 * kMiB);
  EXPECT_FALSE(plan->trivial_move);
  EXPECT_TRUE(plan->Touches({plan->between[1].files[0]->number}));
}

TEST_F(TieredPickerTest, WhatIsDeadIsBounded) {
  EXPECT_EQ(Span({{5, 29}, {6, 10}}), "");
  EXPECT_EQ(Span({{5, 30}, {6, 10}}), "5>6");
}

TEST_F(TieredPickerTest, RoomIsMadeWhereNoLevelIsFree) {
  // By the newest runs that are not dwarfed by the next.
  EXPECT_EQ(Span({{1, 2}, {2, 5}, {3, 16}, {4, 64}, {5, 256}, {6, 1024}}),
            "1>2");
  EXPECT_EQ(Span({{1, 2}, {2, 5}, {3, 7}, {4, 64}, {5, 256}, {6, 1024}}),
            "1>3");
  // L0 waits for it.
  EXPECT_EQ(Span({{0, 1},
                  {0, 1},
                  {0, 1},
                  {0, 1},
                  {1, 2},
                  {2, 5},
                  {3, 16},
                  {4, 64},
                  {5, 256},
                  {6, 1024}}),
            "1>2");
}

TEST_F(TieredPickerTest, RunGoesDownIntoAGapWithoutBeingMerged) {
  const auto plan = Pick({{1, 2}, {2, 9}, {5, 64}, {6, 1024}});
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->level, 2);
  EXPECT_EQ(plan->output_level, 4);
  EXPECT_TRUE(plan->trivial_move);
  EXPECT_EQ(Span({{1, 2}, {4, 9}, {5, 64}, {6, 1024}}), "1>3");
  EXPECT_EQ(Span({{2, 2}, {6, 1024}}), "");  // there is room
}

TEST_F(TieredPickerTest, BusyRunsAreLeftAlone) {
  const Runs runs = {{0, 1}, {0, 1}, {0, 1}, {0, 1},
                     {3, 4}, {4, 4}, {5, 4}, {6, 4}};
  // The merge of levels 3 to 6 is running: L0 goes above it all the same.
  const auto version = MakeVersion(runs);
  std::set<uint64_t> busy;
  for (int n = 3; n <= 6; ++n) {
    for (const FilePtr& file : version->level(n)) busy.insert(file->number);
  }
  const auto plan = PickCompaction(version, options_, busy);
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->level, 0);
  EXPECT_EQ(plan->output_level, 2);
  // And while L0 is busy, that merge.
  busy.clear();
  busy.insert(version->level(0)[0]->number);
  EXPECT_EQ(PickCompaction(version, options_, busy)->level, 3);
  busy.insert(version->level(4)[0]->number);
  EXPECT_FALSE(PickCompaction(version, options_, busy).has_value());
}

TEST_F(TieredPickerTest, TablesThatShareNoKeyAreMoved) {
  VersionBuilder builder;
  builder.Add(0, 4, "a", "b").Add(0, 3, "c", "d");
  builder.Add(0, 2, "e", "f").Add(0, 1, "g", "h");
  EXPECT_TRUE(PickCompaction(builder.Build(), options_, {})->trivial_move);
  options_.compression = Compression::kNone;  // but the last level has another
  EXPECT_FALSE(PickCompaction(builder.Build(), options_, {})->trivial_move);
}

TEST_F(TieredPickerTest, WritersAreHeldUpByLevelZeroOnly) {
  const auto merging = MakeVersion({{2, 4}, {3, 4}, {4, 4}, {5, 4}, {6, 9}});
  EXPECT_EQ(PendingCompactionBytes(*merging, options_), 0U);
  const auto full = MakeVersion({{0, 1}, {0, 1}, {0, 1}, {0, 1}, {6, 9}});
  EXPECT_EQ(PendingCompactionBytes(*full, options_), 4 * kMiB);
}

TEST_F(TieredPickerTest, QuietTieredStoreIsLeftAlone) {
  EXPECT_EQ(Span({{0, 1}, {0, 1}, {5, 4}, {6, 9}}, WritePace::kIdle), "");
}

class LazyPickerTest : public TieredPickerTest {
 protected:
  LazyPickerTest() {
    options_.compaction_style = CompactionStyle::kLazyLeveling;
  }
};

TEST_F(LazyPickerTest, LastLevelTakesInHalfOfItself) {
  EXPECT_EQ(Span({{4, 20}, {5, 29}, {6, 100}}), "");
  EXPECT_EQ(Span({{4, 20}, {5, 30}, {6, 100}}), "4>6");
}

TEST_F(LazyPickerTest, LastLevelIsNoRunOfATier) {
  EXPECT_EQ(Span({{3, 20}, {4, 20}, {5, 20}, {6, 200}}), "");
  EXPECT_EQ(Span({{2, 9}, {3, 9}, {4, 9}, {5, 9}, {6, 200}}), "2>5");
}

TEST_F(LazyPickerTest, QuietStoreBecomesOneRun) {
  EXPECT_EQ(Span({{0, 4}, {5, 5}, {6, 100}}, WritePace::kIdle), "");
  EXPECT_EQ(Span({{0, 5}, {5, 5}, {6, 100}}, WritePace::kIdle), "0>6");
  EXPECT_EQ(Span({{5, 10}, {6, 100}}, WritePace::kIdle), "5>6");
  EXPECT_EQ(Span({{0, 1}, {0, 1}}, WritePace::kIdle), "0>6");
  // It is one already.
  EXPECT_EQ(Span({{0, 1}}, WritePace::kIdle), "");
  EXPECT_EQ(Span({{6, 1}}, WritePace::kIdle), "");
}

// Whatever the runs are, merging ends, and L0 always finds a way down.
class AllPicksTest : public TieredPickerTest,
                     public ::testing::WithParamInterface<CompactionStyle> {};

TEST_P(AllPicksTest, EveryStoreComesToRestWithRoomForLevelZero) {
  Random rng(TestSeed());
  options_.compaction_style = GetParam();
  for (int i = 0; i < 2000; ++i) {
    options_.l0_trigger = static_cast<int>(rng.Between(2, 6));
    options_.compaction_threads = static_cast<int>(rng.Between(1, 2));
    Runs runs;
    for (uint64_t n = rng.Uniform(8); n > 0; --n) {
      runs.emplace_back(0, 1 + rng.Uniform(9));
    }
    for (int n = 1; n < kLevels; ++n) {
      if (rng.OneIn(2)) runs.emplace_back(n, 2 + rng.Skewed(10));
    }
    int steps = 0;
    while (const auto plan = Pick(runs)) {
      ExpectWholeRuns(*plan);
      ASSERT_LT(++steps, 50);
      std::erase_if(runs, [&](const auto& run) {
        return run.first >= plan->level && run.first <= plan->output_level;
      });
      runs.emplace_back(plan->output_level, plan->input_bytes() / kMiB);
    }
    size_t tables = 0;
    bool room = true;
    for (const auto& [level, mib] : runs) {
      if (level == 0) ++tables;
      if (level == 1) room = false;
    }
    ASSERT_LT(tables, static_cast<size_t>(options_.l0_trigger));
    ASSERT_TRUE(room);
  }
}

INSTANTIATE_TEST_SUITE_P(Styles, AllPicksTest,
                         ::testing::Values(CompactionStyle::kTiered,
                                           CompactionStyle::kLazyLeveling));

}  // namespace
}  // namespace lsmkv::engine
