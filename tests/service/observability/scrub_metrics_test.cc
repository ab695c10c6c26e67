#include "service/observability/scrub_metrics.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/observability/metrics.h"

namespace lsmkv::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ScrubMetricsTest, EveryNumberIsThere) {
  Metrics metrics({}, "1.2.3");
  EXPECT_THAT(metrics.Render(), Not(HasSubstr("lsmkv_scrub")));
  metrics.SetScrubSource([] {
    return ScrubStats{3, 2, 1000, 1, 1'700'000'000'500'000, "damage"};
  });
  const std::string text = metrics.Render();
  for (const char* line :
       {"lsmkv_scrub_passes_total 3\n", "lsmkv_scrub_findings_total 2\n",
        "lsmkv_scrub_bytes_total 1000\n", "lsmkv_scrub_damaged_places 1\n",
        "lsmkv_last_scrub_timestamp_seconds 1700000000.5\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  metrics.SetScrubSource(nullptr);
  EXPECT_THAT(metrics.Render(), Not(HasSubstr("lsmkv_scrub")));
}

}  // namespace
}  // namespace lsmkv::service
