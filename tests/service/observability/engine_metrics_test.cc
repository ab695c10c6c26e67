#include "service/observability/engine_metrics.h"

#include <string>

#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

namespace lsmkv::service {
namespace {

std::string Render(const engine::Stats& stats) {
  return "\n" + prometheus::TextSerializer().Serialize(EngineFamilies(stats));
}

void ExpectLine(const std::string& text, const std::string& line) {
  EXPECT_NE(text.find("\n" + line + "\n"), std::string::npos) << line;
}

TEST(EngineMetricsTest, LevelsAreLabelled) {
  engine::Stats stats;
  stats.levels.resize(2);
  stats.levels[1].files = 3;
  stats.levels[1].compaction_written_bytes = 99;
  const std::string text = Render(stats);
  ExpectLine(text, "lsmkv_engine_level_files{level=\"0\"} 0");
  ExpectLine(text, "lsmkv_engine_level_files{level=\"1\"} 3");
  ExpectLine(text,
             "lsmkv_engine_compaction_bytes_total{level=\"1\","
             "direction=\"write\"} 99");
}

TEST(EngineMetricsTest, HistogramsAreCumulative) {
  engine::Stats stats;
  stats.group_commit_writes.bounds = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  stats.group_commit_writes.counts = {5, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1};
  stats.group_commit_writes.sum = 31;
  const std::string text = Render(stats);
  ExpectLine(text, "lsmkv_engine_group_commit_size_bucket{le=\"1\"} 5");
  ExpectLine(text, "lsmkv_engine_group_commit_size_bucket{le=\"3\"} 7");
  ExpectLine(text, "lsmkv_engine_group_commit_size_bucket{le=\"+Inf\"} 8");
  ExpectLine(text, "lsmkv_engine_group_commit_size_count 8");
  ExpectLine(text, "lsmkv_engine_group_commit_size_sum 31");
}

TEST(EngineMetricsTest, StallsAreInSeconds) {
  engine::Stats stats;
  stats.write_stop_micros = 1'500'000;
  ExpectLine(Render(stats),
             "lsmkv_engine_write_stall_seconds_total{kind=\"stop\"} 1.5");
}

TEST(EngineMetricsTest, ReadOnlyFollowsTheBackgroundError) {
  engine::Stats stats;
  ExpectLine(Render(stats), "lsmkv_engine_read_only 0");
  stats.background_error = "disk full";
  ExpectLine(Render(stats), "lsmkv_engine_read_only 1");
}

}  // namespace
}  // namespace lsmkv::service
