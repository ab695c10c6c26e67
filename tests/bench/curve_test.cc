#include "tests/bench/curve.h"

#include <string>

#include "gtest/gtest.h"

namespace lsmkv::bench {
namespace {

CellResult Cell(const Scene& scene, std::string_view workload,
                double seconds_per_op) {
  CellResult cell;
  cell.scene = scene.name;
  cell.workload = workload;
  cell.engine = "lsmkv";
  cell.has_debt = workload == kCurvePut;
  cell.sample.ops = 1000;
  cell.sample.work.seconds = 1000 * seconds_per_op;
  cell.sample.debt.seconds = cell.has_debt ? 1000 * seconds_per_op : 0;
  return cell;
}

Report SomeReport() {
  Report report;
  for (const uint64_t num : {uint64_t{1'000'000}, uint64_t{10'000'000}}) {
    Scene scene;
    scene.name = std::to_string(num) + " keys";
    scene.options.num = num;
    const double seconds = num == 1'000'000 ? 1e-6 : 2e-6;
    report.cells.push_back(Cell(scene, kCurvePut, seconds));
    report.cells.push_back(Cell(scene, kCurveGet, 3 * seconds));
    report.scenes.push_back(scene);
  }
  return report;
}

TEST(CurveTest, HasAPointForEachNumberOfKeys) {
  const std::vector<CurvePoint> points = CurveOf(SomeReport());
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].num, 1'000'000U);
  EXPECT_DOUBLE_EQ(points[0].put, 1);
  EXPECT_DOUBLE_EQ(points[0].put_waited, 2);
  EXPECT_DOUBLE_EQ(points[0].get, 3);
  EXPECT_DOUBLE_EQ(points[1].put_waited, 4);
  EXPECT_DOUBLE_EQ(points[1].get, 6);
}

TEST(CurveTest, TableAndChartNameTheNumbers) {
  const std::vector<CurvePoint> points = CurveOf(SomeReport());
  EXPECT_NE(CurveTable(points).find("10000000 lsmkv"), std::string::npos);
  const std::string chart = CurveChart({}, points);
  EXPECT_NE(chart.find(">10 M</text>"), std::string::npos);
  EXPECT_NE(chart.find("<polyline class=\"a\""), std::string::npos);
}

}  // namespace
}  // namespace lsmkv::bench
