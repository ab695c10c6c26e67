// The engine's numbers as Prometheus families, lsmkv_engine_*.

#ifndef LSMKV_SERVICE_OBSERVABILITY_ENGINE_METRICS_H_
#define LSMKV_SERVICE_OBSERVABILITY_ENGINE_METRICS_H_

#include <vector>

#include <prometheus/metric_family.h>

#include "lsmkv/engine/stats.h"

namespace lsmkv::service {

std::vector<prometheus::MetricFamily> EngineFamilies(
    const engine::Stats& stats);

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_OBSERVABILITY_ENGINE_METRICS_H_
