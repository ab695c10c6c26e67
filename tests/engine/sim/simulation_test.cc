// Many simulations, each from its own seed. LSMKV_TEST_SEED=<seed> with
// --gtest_filter='*EverySeed/0' begins with that very one.

#include "tests/engine/sim/simulation.h"

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <string>

#include "gtest/gtest.h"

#include "tests/support/random_seed.h"
#include "tests/support/scheduled_env.h"
#include "tests/support/sim_env.h"
#include "tests/support/sim_scheduler.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_scale.h"

namespace lsmkv::engine {
namespace {

constexpr uint64_t kSeeds = 1000;
constexpr uint64_t kOperations = 1000;
constexpr uint64_t kShards = 8;
constexpr uint64_t kTwiceOneIn = 20;

uint64_t seed_under_way = 0;

std::string HowToReplay(uint64_t seed) {
  return "replay with LSMKV_TEST_SEED=" + std::to_string(seed) +
         " LSMKV_TEST_SCALE=0.001 simulation_test"
         " --gtest_filter='*EverySeed/0'";
}

// A check inside the engine ends the process: say where.
extern "C" void SayTheSeed(int signal) {
  std::fprintf(stderr, "%s\n", HowToReplay(seed_under_way).c_str());
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

class SimulationTest : public ::testing::TestWithParam<uint64_t> {
 protected:
  static void SetUpTestSuite() {
    std::signal(SIGABRT, SayTheSeed);
    std::signal(SIGSEGV, SayTheSeed);
  }

  void RunSeed(uint64_t seed, bool twice) {
    seed_under_way = seed;
    Simulation simulation(seed, kOperations);
    simulation.Run();
    ASSERT_EQ(simulation.failure(), "")
        << simulation.log().Tail(60) << simulation.Describe() << "\n"
        << HowToReplay(seed);
    Count(simulation);
    if (!twice) return;
    Simulation again(seed, kOperations);
    again.Run();
    ASSERT_EQ(again.log().hash(), simulation.log().hash())
        << EventLog::Difference(simulation.log(), again.log())
        << simulation.Describe() << "\n"
        << HowToReplay(seed);
    ++twice_;
  }

  void Count(const Simulation& simulation) {
    const SimulationCounts& counts = simulation.counts();
    ++seeds_;
    events_ += simulation.log().size();
    sum_.operations += counts.operations;
    sum_.openings += counts.openings;
    sum_.failed_openings += counts.failed_openings;
    sum_.power_cuts += counts.power_cuts;
    sum_.disk_errors += counts.disk_errors;
    sum_.failed_writes += counts.failed_writes;
    sum_.flushes += counts.flushes;
    sum_.compactions += counts.compactions;
    sum_.waits_for_room += counts.waits_for_room;
    sum_.full_disks += counts.full_disks;
    sum_.resumes += counts.resumes;
  }

  uint64_t seeds_ = 0;
  uint64_t twice_ = 0;
  uint64_t events_ = 0;
  SimulationCounts sum_;
};

TEST_P(SimulationTest, EverySeed) {
  const uint64_t seeds = Scaled(kSeeds / kShards);
  const uint64_t first = TestSeed() + GetParam() * seeds;
  for (uint64_t i = 0; i < seeds; ++i) {
    ASSERT_NO_FATAL_FAILURE(RunSeed(first + i, i % kTwiceOneIn == 0));
  }
  ReportCount("simulation seeds", seeds_);
  ReportCount("simulation seeds run twice with equal logs", twice_);
  ReportCount("simulation operations", sum_.operations);
  ReportCount("simulation events", events_);
  ReportCount("simulation openings", sum_.openings);
  ReportCount("simulation openings that failed", sum_.failed_openings);
  ReportCount("simulation power cuts", sum_.power_cuts);
  ReportCount("simulation disk errors", sum_.disk_errors);
  ReportCount("simulation writes that failed", sum_.failed_writes);
  ReportCount("simulation flushes", sum_.flushes);
  ReportCount("simulation compactions", sum_.compactions);
  ReportCount("simulation waits for room", sum_.waits_for_room);
  ReportCount("simulation full disks to the end", sum_.full_disks);
  ReportCount("simulation full disks and resumes", sum_.resumes);
  ASSERT_GE(seeds_, seeds);
  ASSERT_GE(sum_.operations, seeds * kOperations);
  ASSERT_GE(twice_, seeds / kTwiceOneIn);
}

TEST(NoThreadTest, OpenFailsAndASecondOneFindsAll) {
  SimScheduler scheduler(TestSeed());
  SimEnv disk;
  ScheduledEnv env(&disk, &scheduler, 100);
  scheduler.Run([&] {
    Options options;
    options.env = &env;
    options.memtable_bytes = 64 << 10;
    options.compaction_threads = 4;
    for (uint64_t i = 0; i < 30; ++i) {
      scheduler.FailThreadStarts(i % 2 == 0 ? 1 + i / 4 : 0);
      const auto db = DB::Open(options, "/db");
      if (!db.ok()) {
        EXPECT_STATUS(db, absl::StatusCode::kResourceExhausted);
        continue;
      }
      const std::string key = "k" + std::to_string(i);
      EXPECT_OK((*db)->Put({}, key, "v"));
      if (i > 1) EXPECT_OK((*db)->Get("k1"));
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Shards, SimulationTest,
                         ::testing::Range(uint64_t{0}, kShards));

}  // namespace
}  // namespace lsmkv::engine
