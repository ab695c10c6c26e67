#include "tests/support/sim_scheduler.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "engine/src/util/thread.h"
#include "lsmkv/engine/mutex.h"
#include "tests/support/status_matchers.h"

namespace lsmkv {
namespace {

using engine::CondVar;
using engine::Mutex;
using engine::MutexLock;
using engine::Thread;

// Runs each of `mains` on a thread of its own.
void RunThreads(SimScheduler* scheduler,
                std::vector<std::function<void()>> mains) {
  scheduler->Run([&] {
    std::vector<Thread> threads(mains.size());
    for (size_t i = 0; i < mains.size(); ++i) {
      ASSERT_OK(threads[i].Start([&mains, i] { mains[i](); }));
    }
    for (Thread& thread : threads) thread.Join();
  });
}

// Who got the lock, in order.
std::string OrderOf(uint64_t seed, uint64_t* hash) {
  SimScheduler scheduler(seed);
  Mutex mu;
  std::string order;
  const auto write = [&](char name) {
    for (int i = 0; i < 20; ++i) {
      MutexLock lock(&mu);
      order += name;
    }
  };
  RunThreads(&scheduler, {[&] { write('a'); }, [&] { write('b'); }});
  *hash = scheduler.log().hash();
  return order;
}

TEST(SimSchedulerTest, OneSeedIsOneOrder) {
  uint64_t first = 0;
  uint64_t second = 0;
  EXPECT_EQ(OrderOf(7, &first), OrderOf(7, &second));
  EXPECT_EQ(first, second);
}

TEST(SimSchedulerTest, SeedsGiveManyOrders) {
  std::vector<std::string> orders;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    uint64_t hash = 0;
    orders.push_back(OrderOf(seed, &hash));
  }
  std::sort(orders.begin(), orders.end());
  orders.erase(std::unique(orders.begin(), orders.end()), orders.end());
  EXPECT_GE(orders.size(), 20u);
}

TEST(SimSchedulerTest, FindsAnUpdateWithoutALock) {
  int lost = 0;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    SimScheduler scheduler(seed);
    int sum = 0;
    const auto add = [&] {
      for (int i = 0; i < 20; ++i) {
        const int old = sum;
        LSMKV_SCHEDULE_POINT("between");
        sum = old + 1;
      }
    };
    RunThreads(&scheduler, {add, add});
    if (sum != 40) ++lost;
  }
  EXPECT_GE(lost, 10);
}

TEST(SimSchedulerTest, HoldLetsNobodyIn) {
  SimScheduler scheduler(1);
  int sum = 0;
  const auto add = [&] {
    for (int i = 0; i < 100; ++i) {
      const SimScheduler::Hold hold(&scheduler);
      const int old = sum;
      LSMKV_SCHEDULE_POINT("between");
      sum = old + 1;
    }
  };
  RunThreads(&scheduler, {add, add});
  EXPECT_EQ(sum, 200);
}

TEST(SimSchedulerTest, ClockJumpsToTheFirstDeadline) {
  SimScheduler scheduler(1);
  Mutex mu;
  CondVar never;
  uint64_t waited = 0;
  scheduler.Run([&] {
    const uint64_t start = scheduler.NowMicros();
    scheduler.SleepMicros(3'600'000'000);
    MutexLock lock(&mu);
    while (never.WaitFor(&mu, 1'000'000)) {
    }
    waited = scheduler.NowMicros() - start;
  });
  EXPECT_GE(waited, 3'601'000'000u);
  EXPECT_LT(waited, 3'700'000'000u);
}

TEST(SimSchedulerTest, SignalEndsAWait) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    SimScheduler scheduler(seed);
    Mutex mu;
    CondVar changed;
    bool ready = false;
    const auto wait = [&] {
      MutexLock lock(&mu);
      while (!ready) changed.Wait(&mu);
    };
    const auto signal = [&] {
      MutexLock lock(&mu);
      ready = true;
      changed.SignalAll();
    };
    RunThreads(&scheduler, {wait, wait, signal});
  }
}

TEST(SimSchedulerTest, FailedStartIsAStatus) {
  SimScheduler scheduler(1);
  scheduler.Run([&] {
    scheduler.FailThreadStarts(1);
    Thread thread;
    EXPECT_STATUS(thread.Start([] {}), absl::StatusCode::kResourceExhausted);
    EXPECT_FALSE(thread.running());
  });
}

using SimSchedulerDeathTest = ::testing::Test;

TEST(SimSchedulerDeathTest, DeadlockIsToldWithWhoWaits) {
  const auto run = [] {
    for (uint64_t seed = 0; seed < 100; ++seed) {
      SimScheduler scheduler(seed);
      Mutex a;
      Mutex b;
      const auto take = [&](Mutex* first, Mutex* second) {
        MutexLock outer(first);
        MutexLock inner(second);
      };
      RunThreads(&scheduler, {[&] { take(&a, &b); }, [&] { take(&b, &a); }});
    }
  };
  EXPECT_DEATH(run(), "all wait for each other\n.*waits: lock");
}

TEST(SimSchedulerDeathTest, WaitThatNobodyEndsIsTold) {
  const auto run = [] {
    SimScheduler scheduler(1);
    Mutex mu;
    CondVar never;
    scheduler.Run([&] {
      MutexLock lock(&mu);
      while (true) never.Wait(&mu);
    });
  };
  EXPECT_DEATH(run(), "all wait for each other");
}

TEST(EventLogTest, DifferenceNamesTheFirstEvent) {
  EventLog a;
  EventLog b;
  a.Add(1, 0, "read", "x 1");
  b.Add(1, 0, "read", "x 1");
  EXPECT_EQ(a.hash(), b.hash());
  EXPECT_EQ(EventLog::Difference(a, b), "");
  a.Add(2, 0, "read", "y 1");
  b.Add(2, 1, "read", "y 1");
  EXPECT_NE(a.hash(), b.hash());
  const std::string difference = EventLog::Difference(a, b);
  EXPECT_NE(difference.find("#1 t=2 thread 0: read y 1"), std::string::npos);
  EXPECT_NE(difference.find("#1 t=2 thread 1: read y 1"), std::string::npos);
}

}  // namespace
}  // namespace lsmkv
