#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string_view>

#include "tests/bench/curve.h"
#include "tests/bench/svg_writer.h"

namespace lsmkv::bench {
namespace {

constexpr double kWidth = 900;
constexpr double kHeight = 420;
constexpr double kTop = 106;
constexpr double kBottom = 386;
constexpr double kPanelWidth = 360;
constexpr std::array<std::string_view, 4> kColors = {"a", "b", "c", "d"};

// One of the two pictures: which number it draws, and where.
struct Panel {
  std::string_view title;
  double CurvePoint::*cost;
  double left;
};

constexpr Panel kPanels[] = {
    {"put, debt included: us by number of keys", &CurvePoint::put_waited, 60},
    {"get: us by number of keys", &CurvePoint::get, 500},
};

std::vector<std::string> EnginesIn(const std::vector<CurvePoint>& points) {
  std::vector<std::string> engines;
  for (const CurvePoint& point : points) {
    if (std::find(engines.begin(), engines.end(), point.engine) ==
        engines.end()) {
      engines.push_back(point.engine);
    }
  }
  return engines;
}

// The smallest of 1, 2, 5, 10, 20... that is at least `value`.
double RoundUp(double value) {
  if (value <= 0) return 1;
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (step * power >= value) return step * power;
  }
  return 10 * power;
}

std::string Short(double number) {
  char text[32];
  if (number >= 1e6) {
    std::snprintf(text, sizeof(text), "%g M", number / 1e6);
  } else if (number >= 1e4) {
    std::snprintf(text, sizeof(text), "%g k", number / 1e3);
  } else {
    std::snprintf(text, sizeof(text), "%g", number);
  }
  return text;
}

class PanelDrawing {
 public:
  PanelDrawing(const Panel& panel, const std::vector<CurvePoint>& points,
               SvgWriter* svg)
      : panel_(panel), points_(points), svg_(*svg) {
    double most = 0;
    for (const CurvePoint& point : points_) {
      most = std::max(most, point.*panel_.cost);
      keys_low_ = std::min(keys_low_, static_cast<double>(point.num));
      keys_high_ = std::max(keys_high_, static_cast<double>(point.num));
    }
    cost_high_ = RoundUp(most);
  }

  void Draw(const std::vector<std::string>& engines) {
    DrawAxes();
    for (size_t i = 0; i < engines.size(); ++i) {
      std::vector<SvgPoint> corners;
      for (const CurvePoint& point : points_) {
        if (point.engine != engines[i] || point.*panel_.cost <= 0) continue;
        corners.push_back(
            {X(static_cast<double>(point.num)), Y(point.*panel_.cost)});
      }
      svg_.Path(kColors[i % kColors.size()], corners);
    }
  }

 private:
  static constexpr int kSteps = 5;

  void DrawAxes() {
    svg_.Text("ink", {panel_.left, kTop - 16}, SvgAnchor::kStart, panel_.title);
    for (int step = 0; step <= kSteps; ++step) {
      const double cost = cost_high_ * step / kSteps;
      svg_.Line("grid", {panel_.left, Y(cost)},
                {panel_.left + kPanelWidth, Y(cost)});
      svg_.Text("faint", {panel_.left - 6, Y(cost) + 4}, SvgAnchor::kEnd,
                Short(cost));
    }
    double last = 0;
    for (const CurvePoint& point : points_) {
      const auto keys = static_cast<double>(point.num);
      if (keys == last) continue;
      last = keys;
      svg_.Line("grid", {X(keys), kTop}, {X(keys), kBottom});
      svg_.Text("faint", {X(keys), kBottom + 18}, SvgAnchor::kMiddle,
                Short(keys));
    }
  }

  double X(double keys) const {
    if (keys_high_ <= keys_low_) return panel_.left + kPanelWidth / 2;
    return panel_.left + kPanelWidth * std::log(keys / keys_low_) /
                             std::log(keys_high_ / keys_low_);
  }
  double Y(double cost) const {
    return kBottom - (kBottom - kTop) * cost / cost_high_;
  }

  const Panel& panel_;
  const std::vector<CurvePoint>& points_;
  SvgWriter& svg_;
  double keys_low_ = 1e18;
  double keys_high_ = 0;
  double cost_high_ = 1;
};

}  // namespace

std::string CurveChart(const RunInfo& info,
                       const std::vector<CurvePoint>& points) {
  SvgWriter svg(kWidth, kHeight);
  svg.Text("faint", {12, 22}, SvgAnchor::kStart,
           info.cpu + ", " + std::to_string(info.cores) + " cores, " +
               info.date + ", commit " + info.commit.substr(0, 12));
  svg.Text("faint", {12, 38}, SvgAnchor::kStart, info.command);
  const std::vector<std::string> engines = EnginesIn(points);
  for (size_t i = 0; i < engines.size(); ++i) {
    const double x = 12 + 120 * static_cast<double>(i);
    const std::string_view color = kColors[i % kColors.size()];
    svg.Box(color, {x, 48}, {x + 10, 58});
    svg.Text("ink", {x + 15, 57}, SvgAnchor::kStart, engines[i]);
  }
  for (const Panel& panel : kPanels) {
    PanelDrawing(panel, points, &svg).Draw(engines);
  }
  return svg.Take();
}

}  // namespace lsmkv::bench
