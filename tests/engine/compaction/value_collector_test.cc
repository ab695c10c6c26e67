// Which value files are collected, and when.

#include "engine/src/compaction/value_collector.h"

#include <memory>
#include <set>
#include <string>

#include "gtest/gtest.h"

#include "engine/src/version/version.h"

namespace lsmkv::engine {
namespace {

// Versions of value files of 1000 bytes in 100 values, and of tables that refer
// to some of them.
class ValueCollectorTest : public ::testing::Test {
 protected:
  ValueCollectorTest() {
    options_.memtable_bytes = 100;
    options_.l0_trigger = 2;
  }
  void AddValues(uint64_t number) {
    auto values = std::make_shared<ValueMeta>();
    values->number = number;
    values->values = 100;
    values->block_bytes = 1000;
    values->file_bytes = 1100;
    edit_.added_values.push_back(std::move(values));
  }
  // A table that refers to `live` values of each of `files`.
  void AddTable(int level, uint64_t number, const std::string& key,
                const std::vector<uint64_t>& files, uint64_t live) {
    auto file = std::make_shared<FileMeta>();
    file->number = number;
    file->file_bytes = 100;
    file->largest_sequence = number;
    file->smallest = MakeInternalKey(key, PackTrailer(2, ValueType::kPut));
    file->largest = file->smallest;
    for (const uint64_t values : files) {
      file->shares.push_back({values, live, live * 10});
    }
    edit_.added_files.push_back({level, std::move(file)});
  }
  std::shared_ptr<const Version> Build() {
    auto version = Version().Apply(edit_, "test");
    EXPECT_TRUE(version.ok()) << version.status().ToString();
    return *version;
  }

  Options options_;
  VersionEdit edit_;
};

TEST_F(ValueCollectorTest, LiveBytesAreWhatTablesReferTo) {
  AddValues(1);
  AddTable(6, 10, "a", {1}, 30);
  AddTable(6, 11, "b", {1}, 20);
  const auto version = Build();
  EXPECT_EQ(version->values().at(1).values, 50u);
  EXPECT_EQ(version->values().at(1).bytes, 500u);
  EXPECT_EQ(DeadValueBytes(*version), 500u);
  VersionEdit edit;
  edit.removed_files.push_back({6, 10});
  const auto next = version->Apply(edit, "test");
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(DeadValueBytes(**next), 800u);
  edit = {};
  edit.removed_files.push_back({6, 11});
  const auto last = (*next)->Apply(edit, "test");
  ASSERT_TRUE(last.ok());
  EXPECT_TRUE((*last)->values().empty());
}

TEST_F(ValueCollectorTest, EditsThatDoNotFitAreRefused) {
  AddTable(6, 10, "a", {1}, 30);
  EXPECT_FALSE(Version().Apply(edit_, "test").ok());  // no such file
  AddValues(1);
  EXPECT_TRUE(Version().Apply(edit_, "test").ok());
  AddTable(6, 11, "b", {1}, 71);
  EXPECT_FALSE(Version().Apply(edit_, "test").ok());  // more than there is
  edit_.added_files.pop_back();
  AddValues(1);
  EXPECT_FALSE(Version().Apply(edit_, "test").ok());  // twice
}

TEST_F(ValueCollectorTest, BusyStoreLeavesAQuarterAlone) {
  for (uint64_t n = 1; n <= 10; ++n) AddValues(n);
  AddTable(6, 20, "a", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 80);
  EXPECT_TRUE(FilesToCollect(*Build(), options_, /*quiet=*/false).empty());
  edit_.added_files.clear();
  AddTable(6, 20, "a", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 79);
  EXPECT_EQ(FilesToCollect(*Build(), options_, /*quiet=*/false).size(), 3u);
}

TEST_F(ValueCollectorTest, FilesWithTheGreatestDeadPartGoFirst) {
  for (uint64_t n = 1; n <= 3; ++n) AddValues(n);
  AddTable(6, 20, "a", {1}, 90);
  AddTable(6, 21, "b", {2}, 20);
  AddTable(6, 22, "c", {3}, 90);
  EXPECT_EQ(FilesToCollect(*Build(), options_, /*quiet=*/false),
            (std::set<uint64_t>{2}));
}

TEST_F(ValueCollectorTest, SmallStoreMayHideAsMuchAsLevelZero) {
  AddValues(1);
  AddTable(6, 20, "a", {1}, 20);
  options_.memtable_bytes = 400;
  EXPECT_TRUE(FilesToCollect(*Build(), options_, /*quiet=*/false).empty());
  EXPECT_FALSE(FilesToCollect(*Build(), options_, /*quiet=*/true).empty());
}

TEST_F(ValueCollectorTest, QuietStoreCollectsWhatIsATwentiethDead) {
  AddValues(1);
  AddValues(2);
  AddTable(6, 20, "a", {1}, 95);
  AddTable(6, 21, "b", {2}, 96);
  EXPECT_EQ(FilesToCollect(*Build(), options_, /*quiet=*/true),
            (std::set<uint64_t>{1}));
}

TEST_F(ValueCollectorTest, WhatLevelZeroRefersToIsLeftForItsCompaction) {
  AddValues(1);
  AddTable(0, 20, "a", {1}, 10);
  EXPECT_TRUE(FilesToCollect(*Build(), options_, /*quiet=*/true).empty());
  EXPECT_FALSE(
      PickWork(Build(), options_, {}, WritePace::kBusy, /*quiet=*/true));
}

TEST_F(ValueCollectorTest, PlanRewritesOneTableInPlace) {
  AddValues(1);
  AddValues(2);
  AddTable(5, 20, "a", {2}, 50);
  AddTable(5, 21, "b", {1}, 50);
  AddTable(6, 22, "b", {1}, 10);
  const auto version = Build();
  const auto plan = PlanCollection(version, {1}, nullptr, nullptr, {});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->level, 5);
  EXPECT_EQ(plan->output_level, 5);
  ASSERT_EQ(plan->inputs.size(), 1u);
  EXPECT_EQ(plan->inputs[0]->number, 21u);
  EXPECT_TRUE(plan->output_files.empty());
  EXPECT_EQ(plan->collect, (std::set<uint64_t>{1}));
  EXPECT_FALSE(plan->trivial_move);
  const auto next = PlanCollection(version, {1}, nullptr, nullptr, {21});
  ASSERT_TRUE(next);
  EXPECT_EQ(next->inputs[0]->number, 22u);
  EXPECT_FALSE(PlanCollection(version, {1}, nullptr, nullptr, {21, 22}));
  const std::string_view from = "c";
  EXPECT_FALSE(PlanCollection(version, {1}, &from, nullptr, {}));
}

TEST_F(ValueCollectorTest, FarTooMuchDeadGoesBeforeCompaction) {
  AddValues(1);
  AddTable(6, 20, "a", {1}, 10);
  AddTable(0, 21, "a", {}, 0);
  AddTable(0, 22, "a", {}, 0);
  auto plan =
      PickWork(Build(), options_, {}, WritePace::kBusy, /*quiet=*/false);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->collect, (std::set<uint64_t>{1}));
  options_.memtable_bytes = 300;
  plan = PickWork(Build(), options_, {}, WritePace::kBusy, /*quiet=*/false);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->level, 0);
}

}  // namespace
}  // namespace lsmkv::engine
