// The process_* families: CPU, memory and files of this process, from /proc.

#ifndef LSMKV_SERVICE_OBSERVABILITY_PROCESS_METRICS_H_
#define LSMKV_SERVICE_OBSERVABILITY_PROCESS_METRICS_H_

#include <vector>

#include <prometheus/metric_family.h>

namespace lsmkv::service {

// What cannot be read is left out.
std::vector<prometheus::MetricFamily> CollectProcessMetrics();

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_OBSERVABILITY_PROCESS_METRICS_H_
