#include "service/observability/process_metrics.h"

#include <ctime>
#include <map>
#include <string>

#include <gtest/gtest.h>

namespace lsmkv::service {
namespace {

TEST(ProcessMetricsTest, ValuesArePlausible) {
  std::map<std::string, double> values;
  for (const auto& family : CollectProcessMetrics()) {
    ASSERT_EQ(family.metric.size(), 1u);
    values[family.name] = family.metric[0].gauge.value;
  }
  EXPECT_TRUE(values.count("process_cpu_seconds_total"));
  EXPECT_GT(values["process_resident_memory_bytes"], 1 << 20);
  EXPECT_GE(values["process_virtual_memory_bytes"],
            values["process_resident_memory_bytes"]);
  EXPECT_GE(values["process_open_fds"], 3);
  EXPECT_GE(values["process_max_fds"], values["process_open_fds"]);
  const auto now = static_cast<double>(std::time(nullptr));
  EXPECT_NEAR(values["process_start_time_seconds"], now, 3600);
}

}  // namespace
}  // namespace lsmkv::service
