#include "tests/bench/tick_clock.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace lsmkv::bench {
namespace {

// Two readings lie up to a microsecond apart: 0.02 % of this.
constexpr uint64_t kAgeMinNanos = 5'000'000;

bool HasSteadyCounter() {
#if defined(__x86_64__)
  constexpr unsigned kPowerLeaf = 0x80000007;
  constexpr unsigned kInvariantBit = 1 << 8;
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid(kPowerLeaf, &a, &b, &c, &d) != 0 &&
         (d & kInvariantBit) != 0;
#else
  return false;
#endif
}

}  // namespace

const bool TickClock::kHasSteadyCounter = HasSteadyCounter();

double TickScale::SecondsPerTick() const {
  uint64_t nanos = 0;
  while ((nanos = TickClock::SteadyNanos()) - nanos_ < kAgeMinNanos) {
  }
  const uint64_t ticks = TickClock::Now();
  return static_cast<double>(nanos - nanos_) * 1e-9 /
         static_cast<double>(ticks - ticks_);
}

}  // namespace lsmkv::bench
