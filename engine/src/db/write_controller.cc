#include "engine/src/db/write_controller.h"

#include <algorithm>
#include <cmath>

namespace lsmkv::engine {
namespace {

constexpr double kRateAtStart = 64.0 * (1 << 20);
constexpr double kHalvings = 5;  // of the rate, from the start to the end

// How far `value` is on the way from `start` to `end`; below 0: not on it.
double Progress(double value, double start, double end) {
  return (value - start) / (end - start);
}

}  // namespace

uint64_t AllowedWriteRate(const Backlog& backlog, const Options& options) {
  const double l0 =
      Progress(static_cast<double>(backlog.l0_files), 5.0 * options.l0_trigger,
               9.0 * options.l0_trigger);
  const auto base = static_cast<double>(options.level_base_bytes);
  const double pending =
      Progress(static_cast<double>(backlog.pending_compaction_bytes), 64 * base,
               256 * base);
  const double progress = std::max(l0, pending);
  if (progress < 0) return UINT64_MAX;
  if (progress >= 1) return 0;
  return static_cast<uint64_t>(kRateAtStart * std::exp2(-kHalvings * progress));
}

}  // namespace lsmkv::engine
