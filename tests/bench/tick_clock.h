// TickClock: the cheapest clock that only goes forward, in ticks of a length
// that TickScale finds out.
//
// It is the processor's time stamp counter where that runs at one rate on all
// cores, and the system's steady clock elsewhere: some 10 ns a reading instead
// of 20 to 40, beside operations of 300.

#ifndef LSMKV_TESTS_BENCH_TICK_CLOCK_H_
#define LSMKV_TESTS_BENCH_TICK_CLOCK_H_

#include <chrono>
#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace lsmkv::bench {

class TickClock {
 public:
  static uint64_t Now() {
#if defined(__x86_64__)
    if (kHasSteadyCounter) return __rdtsc();
#endif
    return SteadyNanos();
  }
  static uint64_t SteadyNanos() {
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(
            std::chrono::steady_clock::now().time_since_epoch())
            .count());
  }

 private:
  static const bool kHasSteadyCounter;
};

// The length of a tick, by what both clocks did since it was made.
class TickScale {
 public:
  TickScale() : nanos_(TickClock::SteadyNanos()), ticks_(TickClock::Now()) {}

  // Waits if the scale is younger than a few milliseconds.
  double SecondsPerTick() const;

 private:
  uint64_t nanos_;
  uint64_t ticks_;
};

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_TICK_CLOCK_H_
