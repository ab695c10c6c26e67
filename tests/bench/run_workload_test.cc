#include "tests/bench/run_workload.h"

#include <string>

#include "gtest/gtest.h"

#include "tests/bench/map_peer.h"

namespace lsmkv::bench {
namespace {

constexpr uint64_t kNum = 2000;
constexpr double kChecked = 1000;  // gets after a workload that writes

BenchOptions SmallOptions() {
  BenchOptions options;
  options.num = kNum;
  options.value_bytes = 20;
  return options;
}

class RunWorkloadTest : public testing::Test {
 protected:
  // On a store in the state that the workload needs.
  Sample Run(std::string_view name, const BenchOptions& options) {
    const Workload& workload = *FindWorkload(name);
    MapPeer peer;
    if (workload.needs == StoreState::kLoaded) {
      EXPECT_TRUE(LoadStore(options, &peer).ok());
    }
    // What warms the store is not counted.
    static_cast<void>(peer.TakeCounts());
    Workload as_it_is = workload;
    as_it_is.before = Before::kNothing;
    const absl::StatusOr<Sample> sample = RunWorkload(as_it_is, options, &peer);
    EXPECT_TRUE(sample.ok()) << name << ": " << sample.status();
    counts_ = peer.TakeCounts();
    return sample.ok() ? *sample : Sample{};
  }

  double gets() const { return static_cast<double>(counts_.gets); }
  double puts() const { return static_cast<double>(counts_.puts); }

  MapPeerCounts counts_;
};

TEST_F(RunWorkloadTest, EveryWorkloadIsRightOnAStoreThatIs) {
  for (const Workload& workload : Workloads()) {
    if (workload.run == nullptr) continue;  // opening is all there is
    const Sample sample = Run(workload.name, SmallOptions());
    EXPECT_GE(sample.ops, kNum / workload.ops_divisor) << workload.name;
    const bool walks = workload.name == "readseq" ||
                       workload.name == "readreverse" ||
                       workload.name == "fillbatch";
    EXPECT_EQ(sample.latencies.max_seconds > 0, !walks) << workload.name;
    EXPECT_LE(sample.latencies.p50_seconds, sample.latencies.p99_seconds);
    EXPECT_LE(sample.latencies.p999_seconds, sample.latencies.max_seconds);
  }
}

TEST_F(RunWorkloadTest, YcsbMixesHaveTheirShares) {
  constexpr double kNumber = kNum;
  Run("ycsba", SmallOptions());
  EXPECT_NEAR(puts(), kNumber / 2, kNumber / 20);
  EXPECT_NEAR(gets() - kChecked, kNumber / 2, kNumber / 20);
  Run("ycsbb", SmallOptions());
  EXPECT_NEAR(puts(), kNumber / 20, kNumber / 50);
  Run("ycsbc", SmallOptions());
  EXPECT_EQ(puts(), 0);
  EXPECT_EQ(gets(), kNumber);
  Run("ycsbd", SmallOptions());
  EXPECT_NEAR(puts(), kNumber / 20, kNumber / 50);
  EXPECT_NEAR(gets() - kChecked, kNumber * 0.95, kNumber / 50);
  Run("ycsbf", SmallOptions());
  EXPECT_NEAR(puts(), kNumber / 2, kNumber / 20);
  EXPECT_EQ(gets() - kChecked, kNumber);
}

TEST_F(RunWorkloadTest, YcsbEScansWithAnIteratorEach) {
  BenchOptions options = SmallOptions();
  options.num = 5000;
  const Sample sample = Run("ycsbe", options);
  EXPECT_EQ(sample.ops, 500U);
  EXPECT_NEAR(static_cast<double>(counts_.iterators), 475, 20);
  EXPECT_EQ(counts_.iterators + counts_.puts, 500U);
}

TEST_F(RunWorkloadTest, UserBytesAreThoseOfThePutsInAMix) {
  const Sample sample = Run("ycsba", SmallOptions());
  EXPECT_EQ(sample.user_bytes, counts_.puts * (16 + 20));
}

TEST_F(RunWorkloadTest, ReadhotReadsAHundredthOfTheRecords) {
  Run("readhot", SmallOptions());
  EXPECT_EQ(counts_.keys_got.size(), kNum / 100);
}

TEST_F(RunWorkloadTest, ClassesOfDurabilityReachEveryPut) {
  BenchOptions options = SmallOptions();
  Run("fillrandom", options);
  EXPECT_EQ(counts_.synced_puts, 0U);
  Run("fillsync64", options);
  EXPECT_EQ(counts_.synced_puts, kNum / 100);
  options.settings.write_mode = WriteMode::kSynced;
  Run("overwrite", options);
  EXPECT_EQ(counts_.synced_puts, kNum);
}

TEST_F(RunWorkloadTest, ALostRecordFailsTheWorkload) {
  for (const std::string_view name :
       {"fillrandom", "fillsync64", "readrandom", "ycsbc", "readseq"}) {
    const Workload& workload = *FindWorkload(name);
    MapPeer peer;
    peer.LoseEvery(10);
    if (workload.needs == StoreState::kLoaded) {
      ASSERT_TRUE(LoadStore(SmallOptions(), &peer).ok());
    }
    Workload as_it_is = workload;
    as_it_is.before = Before::kNothing;
    as_it_is.ops_divisor = 1;
    EXPECT_EQ(RunWorkload(as_it_is, SmallOptions(), &peer).status().code(),
              absl::StatusCode::kDataLoss)
        << name;
  }
}

}  // namespace
}  // namespace lsmkv::bench
