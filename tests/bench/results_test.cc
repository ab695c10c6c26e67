#include "tests/bench/results.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace lsmkv::bench {
namespace {

CellResult Cell(const std::string& engine, int round, double seconds,
                double debt_seconds = 0) {
  CellResult cell;
  cell.workload = "fill";
  cell.engine = engine;
  cell.round = round;
  cell.has_debt = debt_seconds > 0;
  cell.sample.ops = 1000;
  cell.sample.work.seconds = seconds;
  cell.sample.debt.seconds = debt_seconds;
  return cell;
}

TEST(MedianTest, IsTheMiddleOrTheMeanOfTheTwoInTheMiddle) {
  EXPECT_EQ(Median({}), 0);
  EXPECT_EQ(Median({3, 1, 2}), 2);
  EXPECT_EQ(Median({4, 1, 2, 3}), 2.5);
}

TEST(SummariseTest, RatioIsToTheBetterPeerOfTheSameRound) {
  const std::vector<Line> lines = Summarise({
      Cell("lsmkv", 1, 1), Cell("a", 1, 2), Cell("b", 1, 4),  // 2
      Cell("lsmkv", 2, 1), Cell("a", 2, 9), Cell("b", 2, 3),  // 3
      Cell("lsmkv", 3, 1), Cell("a", 3, 5), Cell("b", 3, 8),  // 5
  });
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].engine, "lsmkv");
  ASSERT_TRUE(lines[0].ratio.has_value());
  EXPECT_DOUBLE_EQ(lines[0].ratio->median, 3);
  EXPECT_DOUBLE_EQ(lines[0].ratio->low, 2);
  EXPECT_DOUBLE_EQ(lines[0].ratio->high, 5);
  EXPECT_FALSE(lines[1].ratio.has_value());
  EXPECT_DOUBLE_EQ(lines[1].median_ops_per_second, 200);
}

TEST(SummariseTest, OursWithOtherOptionsIsNoPeer) {
  const std::vector<Line> lines =
      Summarise({Cell("lsmkv", 1, 2), Cell("lsmkv-tiered", 1, 1),
                 Cell("a", 1, 4), Cell("lsmkv-lazy", 1, 1)});
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_DOUBLE_EQ(lines[0].ratio->median, 2);
  EXPECT_FALSE(lines[1].ratio.has_value());
}

TEST(SummariseTest, AWriteHasALineWithItsDebt) {
  const std::vector<Line> lines = Summarise({Cell("lsmkv", 1, 1, 3)});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].name, "fill");
  EXPECT_DOUBLE_EQ(lines[0].median_ops_per_second, 1000);
  EXPECT_EQ(lines[1].name, "fill+wait");
  EXPECT_DOUBLE_EQ(lines[1].median_ops_per_second, 250);
}

TEST(SummariseTest, AFailedRoundDoesNotCount) {
  CellResult failed = Cell("lsmkv", 2, 9);
  failed.status = absl::InternalError("crashed");
  const std::vector<Line> lines =
      Summarise({Cell("lsmkv", 1, 1), failed, Cell("lsmkv", 3, 1)});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].ops_per_second.size(), 2U);
  EXPECT_FALSE(lines[0].ratio.has_value());
}

TEST(RatioOfTest, WhatLessIsBetterOfIsComparedWithRocksdb) {
  std::vector<CellResult> cells = {Cell("lsmkv", 1, 1), Cell("rocksdb", 1, 1),
                                   Cell("leveldb", 1, 1)};
  EXPECT_FALSE(RatioOf(cells, "fill", Metric::kTail).has_value());
  cells[0].sample.latencies.p999_seconds = 1e-6;
  cells[1].sample.latencies.p999_seconds = 4e-6;
  cells[2].sample.latencies.p999_seconds = 9e-6;
  const std::optional<Ratio> tail = RatioOf(cells, "fill", Metric::kTail);
  ASSERT_TRUE(tail.has_value());
  EXPECT_DOUBLE_EQ(tail->median, 0.25);
}

TEST(ValueOfTest, DiskIsCountedPerLiveByteAndWritesPerByteOfTheUser) {
  Sample sample;
  EXPECT_FALSE(ValueOf(Metric::kDisk, sample).has_value());
  sample.disk_bytes = 330;
  sample.live_bytes = 300;
  sample.user_bytes = 100;
  sample.work.written_bytes = 150;
  sample.debt.written_bytes = 250;
  EXPECT_DOUBLE_EQ(*ValueOf(Metric::kDisk, sample), 1.1);
  EXPECT_DOUBLE_EQ(*ValueOf(Metric::kWritten, sample), 4);
}

}  // namespace
}  // namespace lsmkv::bench
