#include <string>
#include <string_view>

#include "gtest/gtest.h"

#include "tests/bench/json_writer.h"
#include "tests/bench/report.h"

namespace lsmkv::bench {
namespace {

Report SmallReport() {
  Report report;
  report.info.command = "lsmkv_bench --dir \"a\\b\"";
  Scene scene;
  scene.name = "base";
  scene.flags = "--num 100";
  scene.options.num = 100;
  report.scenes = {scene};
  for (const std::string engine : {"lsmkv", "rocksdb"}) {
    CellResult cell;
    cell.scene = "base";
    cell.workload = "readrandom";
    cell.engine = engine;
    cell.round = 1;
    cell.sample.ops = 100;
    cell.sample.work.seconds = engine == "lsmkv" ? 1 : 4;
    cell.sample.latencies = {1e-6, 2e-6, 3e-6, 4e-6};
    report.cells.push_back(cell);
  }
  CellResult failed = report.cells.back();
  failed.round = 2;
  failed.status = absl::InternalError("crashed");
  report.cells.push_back(failed);
  return report;
}

// Brackets outside strings, the open ones first.
bool IsBalanced(std::string_view json) {
  std::string open;
  bool quoted = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '{' || c == '[')) {
      open += c;
    } else if (!quoted && (c == '}' || c == ']')) {
      if (open.empty() || (open.back() == '{') != (c == '}')) return false;
      open.pop_back();
    }
  }
  return open.empty() && !quoted;
}

TEST(JsonReportTest, HasWhatWasMeasuredAndWhatFollowsFromIt) {
  const std::string json = JsonReport(SmallReport());
  EXPECT_TRUE(IsBalanced(json)) << json;
  for (const std::string_view part :
       {"\"command\": \"lsmkv_bench --dir \\\"a\\\\b\\\"\"",
        "\"flags\": \"--num 100\"", "\"ops_per_second\": 100",
        "\"p99.9\": 3e-06", "\"verdict\": \"aim reached\"", "\"bar\": 1.5",
        "\"error\": \"INTERNAL: crashed\"", "\"durability\": \"kill\""}) {
    EXPECT_NE(json.find(part), std::string::npos) << part << "\n" << json;
  }
}

TEST(TextReportTest, SaysWhatIsReachedAndWhatFailed) {
  const std::string text = TextReport(SmallReport());
  for (const std::string_view part :
       {"aim reached", "=== base: --num 100", "FAILED base readrandom rocksdb",
        "bars: 1 of 1 reached, 1 of them the aim too"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

}  // namespace
}  // namespace lsmkv::bench
