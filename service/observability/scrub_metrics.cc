#include "service/observability/scrub_metrics.h"

#include "service/observability/metric_families.h"

namespace lsmkv::service {

std::vector<prometheus::MetricFamily> ScrubFamilies(const ScrubStats& stats) {
  FamilyList out;
  out.Counter("lsmkv_scrub_passes_total",
              "Checks of all data in the background that came to their end.")
      .Value(stats.passes);
  out.Counter("lsmkv_scrub_bytes_total", "Bytes that they read.")
      .Value(stats.bytes);
  out.Counter("lsmkv_scrub_findings_total",
              "Damaged places that they found, each counted once.")
      .Value(stats.findings);
  out.Gauge("lsmkv_scrub_damaged_places",
            "Damaged places that the last check found.")
      .Value(stats.damaged_places);
  out.Gauge("lsmkv_last_scrub_timestamp_seconds",
            "When the last check came to its end; 0: not yet.")
      .Value(static_cast<double>(stats.last_pass_micros) / 1e6);
  return out.Take();
}

}  // namespace lsmkv::service
