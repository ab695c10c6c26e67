// The scrubber's numbers as Prometheus families, lsmkv_scrub_*.

#ifndef LSMKV_SERVICE_OBSERVABILITY_SCRUB_METRICS_H_
#define LSMKV_SERVICE_OBSERVABILITY_SCRUB_METRICS_H_

#include <vector>

#include <prometheus/metric_family.h>

#include "service/core/scrubber.h"

namespace lsmkv::service {

std::vector<prometheus::MetricFamily> ScrubFamilies(const ScrubStats& stats);

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_OBSERVABILITY_SCRUB_METRICS_H_
