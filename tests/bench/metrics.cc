#include "tests/bench/metrics.h"

#include <cstdint>

namespace lsmkv::bench {
namespace {

std::optional<double> Quotient(double dividend, double divisor) {
  if (dividend <= 0 || divisor <= 0) return std::nullopt;
  return dividend / divisor;
}

double ToDouble(uint64_t n) { return static_cast<double>(n); }

}  // namespace

std::string_view Name(Metric metric) {
  switch (metric) {
    case Metric::kRate:
      return "ops/s";
    case Metric::kRateWithDebt:
      return "ops/s+wait";
    case Metric::kTail:
      return "p99.9";
    case Metric::kWritten:
      return "written/put B";
    case Metric::kDisk:
      return "disk/live B";
    case Metric::kMemory:
      return "peak memory";
  }
  return "";
}

bool LessIsBetter(Metric metric) {
  return metric != Metric::kRate && metric != Metric::kRateWithDebt;
}

std::optional<double> ValueOf(Metric metric, const Sample& sample) {
  const double ops = ToDouble(sample.ops);
  switch (metric) {
    case Metric::kRate:
      return Quotient(ops, sample.work.seconds);
    case Metric::kRateWithDebt:
      return Quotient(ops, sample.work.seconds + sample.debt.seconds);
    case Metric::kTail:
      return Quotient(sample.latencies.p999_seconds, 1);
    case Metric::kWritten:
      return Quotient(
          ToDouble(sample.work.written_bytes + sample.debt.written_bytes),
          ToDouble(sample.user_bytes));
    case Metric::kDisk:
      return Quotient(ToDouble(sample.disk_bytes), ToDouble(sample.live_bytes));
    case Metric::kMemory:
      return Quotient(ToDouble(sample.peak_rss_bytes), 1);
  }
  return std::nullopt;
}

double CpuMicrosPerOp(const Sample& sample, bool with_debt) {
  const double seconds =
      sample.work.cpu_seconds + (with_debt ? sample.debt.cpu_seconds : 0);
  return sample.ops > 0 ? seconds * 1e6 / ToDouble(sample.ops) : 0;
}

}  // namespace lsmkv::bench
