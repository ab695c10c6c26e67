#include "service/observability/metric_families.h"

#include <limits>

namespace lsmkv::service {

using prometheus::MetricType;

FamilyList& FamilyList::Counter(const char* name, const char* help) {
  return Start(name, help, MetricType::Counter);
}

FamilyList& FamilyList::Gauge(const char* name, const char* help) {
  return Start(name, help, MetricType::Gauge);
}

FamilyList& FamilyList::Histogram(const char* name, const char* help) {
  return Start(name, help, MetricType::Histogram);
}

FamilyList& FamilyList::Start(const char* name, const char* help,
                              MetricType type) {
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  families_.push_back(std::move(family));
  return *this;
}

FamilyList& FamilyList::Value(double value, Labels labels) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  if (families_.back().type == MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  families_.back().metric.push_back(std::move(metric));
  return *this;
}

FamilyList& FamilyList::Buckets(const std::vector<double>& bounds,
                                const std::vector<uint64_t>& counts,
                                double sum) {
  prometheus::ClientMetric metric;
  uint64_t cumulative = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    cumulative += counts[i];
    const double bound =
        i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({cumulative, bound});
  }
  metric.histogram.sample_count = cumulative;
  metric.histogram.sample_sum = sum;
  families_.back().metric.push_back(std::move(metric));
  return *this;
}

}  // namespace lsmkv::service
