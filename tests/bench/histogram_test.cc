#include "tests/bench/histogram.h"

#include <algorithm>
#include <vector>

#include "gtest/gtest.h"

#include "tests/bench/generators.h"
#include "tests/bench/tick_clock.h"

namespace lsmkv::bench {
namespace {

TEST(HistogramTest, AnEmptyOneHasOnlyZeros) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.max(), 0U);
  EXPECT_EQ(histogram.Quantile(0.5), 0);
}

TEST(HistogramTest, ANumberAloneIsEveryQuantileAtMostOnePercentOff) {
  for (uint64_t number = 1; number != 0; number *= 2) {
    for (const uint64_t n : {number - 1, number, number + number / 3}) {
      Histogram histogram;
      histogram.Add(n);
      const auto exact = static_cast<double>(n);
      EXPECT_NEAR(histogram.Quantile(0.001), exact, exact / 100) << n;
      EXPECT_NEAR(histogram.Quantile(1), exact, exact / 100) << n;
      EXPECT_EQ(histogram.max(), n);
    }
  }
}

TEST(HistogramTest, QuantilesAreThoseOfTheSortedNumbers) {
  Random random(3);
  Histogram histogram;
  std::vector<uint64_t> numbers;
  for (int i = 0; i < 100'000; ++i) {
    numbers.push_back(random.Next() >> (20 + random.Below(40)));
    histogram.Add(numbers.back());
  }
  std::sort(numbers.begin(), numbers.end());
  for (const double fraction : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const auto at =
        static_cast<size_t>(fraction * static_cast<double>(numbers.size()));
    const auto exact = static_cast<double>(numbers[at - 1]);
    EXPECT_NEAR(histogram.Quantile(fraction), exact, exact / 100) << fraction;
  }
  EXPECT_EQ(histogram.max(), numbers.back());
}

TEST(HistogramTest, MergedOnesCountBoth) {
  Histogram low;
  Histogram high;
  for (int i = 0; i < 90; ++i) low.Add(10);
  for (int i = 0; i < 10; ++i) high.Add(1000);
  low.Merge(high);
  EXPECT_EQ(low.count(), 100U);
  EXPECT_EQ(low.max(), 1000U);
  EXPECT_EQ(low.Quantile(0.9), 10);
  EXPECT_NEAR(low.Quantile(0.91), 1000, 10);
}

TEST(TickClockTest, ATickIsAsLongAsTheSystemsClockSays) {
  const TickScale scale;
  const uint64_t nanos = TickClock::SteadyNanos();
  const uint64_t ticks = TickClock::Now();
  while (TickClock::SteadyNanos() - nanos < 20'000'000) {
  }
  const auto measured = static_cast<double>(TickClock::Now() - ticks);
  EXPECT_GT(measured * scale.SecondsPerTick(), 0.0199);
}

}  // namespace
}  // namespace lsmkv::bench
