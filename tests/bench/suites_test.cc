#include "tests/bench/suites.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/bench/peers.h"
#include "tests/bench/runner.h"

namespace lsmkv::bench {
namespace {

TEST(ScenesForTest, EverySceneOfEverySuiteIsMadeOfWhatThereIs) {
  for (const Suite& suite : Suites()) {
    BenchOptions options;
    options.suite = suite.name;
    const auto scenes = ScenesFor(options);
    ASSERT_TRUE(scenes.ok()) << scenes.status();
    EXPECT_EQ(scenes->size(), suite.scenes.size());
    for (const Scene& scene : *scenes) {
      EXPECT_EQ(scene.options.rounds, suite.rounds);
      EXPECT_FALSE(scene.workloads.empty()) << scene.name;
    }
  }
}

TEST(ScenesForTest, WithoutASuiteThereIsOneSceneByTheFlags) {
  BenchOptions options;
  options.num = 777;
  options.rounds = 2;
  options.workloads = {"readseq", "fillsync16"};
  const auto scenes = ScenesFor(options);
  ASSERT_TRUE(scenes.ok());
  ASSERT_EQ(scenes->size(), 1U);
  const Scene& scene = scenes->front();
  EXPECT_EQ(scene.name, kCustomScene);
  EXPECT_EQ(scene.options.num, 777U);
  EXPECT_EQ(scene.options.rounds, 2);
  ASSERT_EQ(scene.workloads.size(), 2U);
  EXPECT_EQ(scene.workloads[1]->name, "fillsync16");
}

TEST(ScenesForTest, FlagsChooseAmongTheScenesAndScaleThem) {
  BenchOptions options;
  options.suite = "full";
  options.scenes = {"cold", "2g"};
  options.workloads = {"readcold"};
  options.scale_percent = 1;
  const auto scenes = ScenesFor(options);
  ASSERT_TRUE(scenes.ok());
  ASSERT_EQ(scenes->size(), 1U);  // 2g has none of the workloads
  const BenchOptions& cold = scenes->front().options;
  EXPECT_EQ(cold.num, 40'000U);
  EXPECT_EQ(cold.settings.cache_bytes, 40'000U * 116 / 10);
}

TEST(ScenesForTest, NamesWhatDoesNotExist) {
  BenchOptions options;
  options.suite = "half";
  EXPECT_FALSE(ScenesFor(options).ok());
  options.suite = "full";
  options.scenes = {"nowhere"};
  EXPECT_FALSE(ScenesFor(options).ok());
  options.scenes = {};
  options.workloads = {"nothing"};
  EXPECT_FALSE(ScenesFor(options).ok());
}

TEST(ScenesForTest, ACurveHasASceneForEachNumberOfRecords) {
  BenchOptions options;
  options.curve = {1000, 5000};
  const auto scenes = ScenesFor(options);
  ASSERT_TRUE(scenes.ok());
  ASSERT_EQ(scenes->size(), 2U);
  EXPECT_EQ(scenes->at(1).options.num, 5000U);
  EXPECT_EQ(scenes->at(1).workloads.size(), 2U);
  options.suite = "quick";
  EXPECT_FALSE(ScenesFor(options).ok());
}

TEST(TakesPartTest, AVariantRunsWherePointsAreReadOrItIsNamed) {
  const Engine engine = {
      .name = "a", .version = "", .notes = "", .open = nullptr};
  Engine variant = engine;
  variant.is_variant = true;
  const Workload& fill = *FindWorkload("fillseq");
  const Workload& read = *FindWorkload("readrandom");
  EXPECT_TRUE(TakesPart(engine, fill, false));
  EXPECT_FALSE(TakesPart(variant, fill, false));
  EXPECT_TRUE(TakesPart(variant, read, false));
  EXPECT_TRUE(TakesPart(variant, fill, true));
}

}  // namespace
}  // namespace lsmkv::bench
