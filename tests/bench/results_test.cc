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
  EXPECT_DOUBLE_EQ(*lines[0].ratio, 3);
  EXPECT_FALSE(lines[1].ratio.has_value());
  EXPECT_DOUBLE_EQ(lines[1].median_ops_per_second, 200);
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

}  // namespace
}  // namespace lsmkv::bench
