#include "tests/bench/curve.h"

#include <cstdio>

namespace lsmkv::bench {
namespace {

double MicrosOf(const Line& line) {
  return line.median_ops_per_second > 0 ? 1e6 / line.median_ops_per_second : 0;
}

// Puts what a line says of the point's engine into the point.
void Take(const Line& line, CurvePoint* point) {
  if (line.engine != point->engine) return;
  if (line.workload == kCurveGet) {
    point->get = MicrosOf(line);
    point->get_cpu = line.cpu_micros_per_op;
  } else if (line.workload == kCurvePut && line.with_debt) {
    point->put_waited = MicrosOf(line);
    point->put_cpu = line.cpu_micros_per_op;
  } else if (line.workload == kCurvePut) {
    point->put = MicrosOf(line);
  }
}

}  // namespace

std::vector<CurvePoint> CurveOf(const Report& report) {
  std::vector<CurvePoint> points;
  for (const Scene& scene : report.scenes) {
    const std::vector<CellResult> cells = CellsOf(report.cells, scene.name);
    const std::vector<Line> lines = Summarise(cells);
    for (const std::string& engine : EnginesOf(cells)) {
      CurvePoint point;
      point.engine = engine;
      point.num = scene.options.num;
      for (const Line& line : lines) Take(line, &point);
      points.push_back(point);
    }
  }
  return points;
}

std::string CurveTable(const std::vector<CurvePoint>& points) {
  std::string text =
      "\nmicroseconds per operation by the number of keys\n"
      "        keys engine            put  put+wait   put cpu       get   get "
      "cpu\n";
  for (const CurvePoint& point : points) {
    char line[160];
    std::snprintf(
        line, sizeof(line), "%12llu %-12s %9.3f %9.3f %9.3f %9.3f %9.3f\n",
        static_cast<unsigned long long>(point.num), point.engine.c_str(),
        point.put, point.put_waited, point.put_cpu, point.get, point.get_cpu);
    text += line;
  }
  return text;
}

}  // namespace lsmkv::bench
