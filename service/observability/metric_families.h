// Small builders of Prometheus families, for numbers that are kept elsewhere
// and only read when a scrape asks.

#ifndef LSMKV_SERVICE_OBSERVABILITY_METRIC_FAMILIES_H_
#define LSMKV_SERVICE_OBSERVABILITY_METRIC_FAMILIES_H_

#include <string>
#include <utility>
#include <vector>

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>

#include "lsmkv/engine/stats.h"

namespace lsmkv::service {

// Collects families in the order in which they are added.
class FamilyList {
 public:
  using Labels = std::vector<prometheus::ClientMetric::Label>;

  // Starts a family; the values that follow belong to it.
  FamilyList& Counter(const char* name, const char* help);
  FamilyList& Gauge(const char* name, const char* help);
  FamilyList& Histogram(const char* name, const char* help);

  FamilyList& Value(double value, Labels labels = {});
  FamilyList& Value(uint64_t value, Labels labels = {}) {
    return Value(static_cast<double>(value), std::move(labels));
  }

  template <size_t kBuckets>
  FamilyList& Value(const engine::HistogramSnapshot<kBuckets>& snapshot) {
    return Buckets({snapshot.bounds.begin(), snapshot.bounds.end()},
                   {snapshot.counts.begin(), snapshot.counts.end()},
                   snapshot.sum);
  }

  std::vector<prometheus::MetricFamily> Take() { return std::move(families_); }

 private:
  FamilyList& Start(const char* name, const char* help,
                    prometheus::MetricType type);
  FamilyList& Buckets(const std::vector<double>& bounds,
                      const std::vector<uint64_t>& counts, double sum);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_OBSERVABILITY_METRIC_FAMILIES_H_
