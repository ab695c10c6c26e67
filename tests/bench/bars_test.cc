#include "tests/bench/bars.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/bench/suites.h"
#include "tests/bench/workloads.h"

namespace lsmkv::bench {
namespace {

CellResult Cell(std::string_view scene, const std::string& engine,
                double seconds) {
  CellResult cell;
  cell.scene = scene;
  cell.workload = "overwrite";
  cell.engine = engine;
  cell.round = 1;
  cell.has_debt = true;
  cell.sample.ops = 1000;
  cell.sample.work.seconds = seconds;
  cell.sample.peak_rss_bytes = static_cast<uint64_t>(seconds * 1e6);
  return cell;
}

TEST(JudgeTest, ARateIsToBeAtLeastItsBarAndBytesAreToBeAtMostTheirs) {
  const Bar rate = {1.5, 3};
  EXPECT_EQ(Judge(rate, Metric::kRate, 1.49), Verdict::kMissed);
  EXPECT_EQ(Judge(rate, Metric::kRate, 1.5), Verdict::kReached);
  EXPECT_EQ(Judge(rate, Metric::kRate, 3), Verdict::kAimReached);
  const Bar bytes = {0.8, 0.6};
  EXPECT_EQ(Judge(bytes, Metric::kWritten, 0.81), Verdict::kMissed);
  EXPECT_EQ(Judge(bytes, Metric::kWritten, 0.8), Verdict::kReached);
  EXPECT_EQ(Judge(bytes, Metric::kWritten, 0.6), Verdict::kAimReached);
}

TEST(FindBarTest, NoRateMayBeBelowThePeersWhateverTheScene) {
  for (const Suite& suite : Suites()) {
    for (const SceneSpec& scene : suite.scenes) {
      for (const Workload& workload : Workloads()) {
        for (const Metric metric : {Metric::kRate, Metric::kRateWithDebt}) {
          const auto bar = FindBar(scene.name, workload.name, metric);
          ASSERT_TRUE(bar.has_value());
          EXPECT_GE(bar->at_least, 1);
          EXPECT_GE(bar->aim, bar->at_least);
        }
      }
    }
  }
}

TEST(FindBarTest, ARunOfOnesOwnIsHeldAgainstTheBaseScene) {
  const auto bar = FindBar(kCustomScene, "fillseq", Metric::kRate);
  ASSERT_TRUE(bar.has_value());
  EXPECT_EQ(bar->at_least, 1.5);
  EXPECT_FALSE(FindBar("hashed", "overwrite", Metric::kDisk).has_value());
}

TEST(CompareTest, EverySceneIsComparedOnItsOwnAndMemoryOverAll) {
  const std::vector<Comparison> comparisons =
      Compare({Cell("base", "lsmkv", 1), Cell("base", "rocksdb", 4),
               Cell("16k", "lsmkv", 2), Cell("16k", "rocksdb", 1)});
  ASSERT_EQ(comparisons.size(), 5U);
  EXPECT_EQ(comparisons[1].metric, Metric::kRateWithDebt);
  EXPECT_EQ(comparisons[1].ratio.median, 4);
  EXPECT_EQ(comparisons[1].verdict, Verdict::kAimReached);
  EXPECT_EQ(comparisons[3].scene, "16k");
  EXPECT_EQ(comparisons[3].ratio.median, 0.5);
  EXPECT_EQ(comparisons[3].verdict, Verdict::kMissed);
  EXPECT_EQ(comparisons[4].scene, kWholeRun);
  EXPECT_EQ(comparisons[4].ratio.median, 0.5);
  EXPECT_EQ(comparisons[4].verdict, Verdict::kAimReached);
}

}  // namespace
}  // namespace lsmkv::bench
