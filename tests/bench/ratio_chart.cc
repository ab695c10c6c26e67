#include "tests/bench/ratio_chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "tests/bench/svg_writer.h"

namespace lsmkv::bench {
namespace {

constexpr double kWidth = 900;
constexpr double kLeft = 220;   // of the axis
constexpr double kRight = 720;  // and what is left is for numbers
constexpr double kTop = 100;
constexpr double kRow = 18;
constexpr double kBar = 11;

// Where ratios lie, in powers of two.
class Axis {
 public:
  explicit Axis(const std::vector<Comparison>& comparisons) {
    for (const Comparison& c : comparisons) {
      for (const double ratio : {c.ratio.median, c.bar.at_least, c.bar.aim}) {
        if (ratio <= 0) continue;
        low_ = std::min(low_, std::floor(std::log2(ratio)));
        high_ = std::max(high_, std::ceil(std::log2(ratio)));
      }
    }
  }
  double X(double ratio) const {
    const double power = ratio > 0 ? std::log2(ratio) : low_;
    return kLeft + (kRight - kLeft) * (power - low_) / (high_ - low_);
  }
  void Draw(double bottom, SvgWriter* svg) const {
    for (double power = low_; power <= high_; ++power) {
      const double ratio = std::exp2(power);
      const double x = X(ratio);
      svg->Line(power == 0 ? "tick" : "grid", {x, kTop - 6}, {x, bottom});
      char label[32];
      std::snprintf(label, sizeof(label), "%g", ratio);
      svg->Text("faint", {x, kTop - 12}, SvgAnchor::kMiddle, label);
    }
  }

 private:
  double low_ = -1;
  double high_ = 2;
};

std::string_view ColorOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kMissed:
      return "bad";
    case Verdict::kReached:
      return "fair";
    case Verdict::kAimReached:
      return "good";
  }
  return "ink";
}

void DrawHead(const RunInfo& info, SvgWriter* svg) {
  svg->Text("ink", {12, 22}, SvgAnchor::kStart,
            "lsmkv : better peer (of bytes, memory and p99.9: RocksDB, where "
            "less is better)");
  svg->Text("faint", {12, 40}, SvgAnchor::kStart,
            info.cpu + ", " + std::to_string(info.cores) + " cores, " +
                info.date + ", commit " + info.commit.substr(0, 12));
  svg->Text("faint", {12, 56}, SvgAnchor::kStart, info.command);
  double x = 12;
  for (const Verdict verdict :
       {Verdict::kAimReached, Verdict::kReached, Verdict::kMissed}) {
    svg->Box(ColorOf(verdict), {x, 66}, {x + 10, 76});
    svg->Text("ink", {x + 15, 75}, SvgAnchor::kStart, Name(verdict));
    x += 100;
  }
  svg->Line("tick", {x, 65}, {x, 77});
  svg->Text("ink", {x + 6, 75}, SvgAnchor::kStart, "bar");
  svg->Line("thin", {x + 50, 65}, {x + 50, 77});
  svg->Text("ink", {x + 56, 75}, SvgAnchor::kStart, "aim");
}

void DrawRow(const Comparison& comparison, const Axis& axis, double y,
             SvgWriter* svg) {
  const double middle = y + kRow / 2;
  std::string label = comparison.workload;
  if (comparison.metric == Metric::kRateWithDebt) {
    label += "+wait";
  } else if (comparison.metric != Metric::kRate) {
    label += " " + std::string(Name(comparison.metric));
  }
  svg->Text("ink", {kLeft - 12, middle + 4}, SvgAnchor::kEnd, label);
  svg->Box(ColorOf(comparison.verdict), {axis.X(1), middle - kBar / 2},
           {axis.X(comparison.ratio.median), middle + kBar / 2});
  const double bar = axis.X(comparison.bar.at_least);
  const double aim = axis.X(comparison.bar.aim);
  svg->Line("tick", {bar, middle - kBar / 2 - 2}, {bar, middle + kBar / 2 + 2});
  svg->Line("thin", {aim, middle - kBar / 2 - 2}, {aim, middle + kBar / 2 + 2});
  char numbers[64];
  std::snprintf(numbers, sizeof(numbers), "%.2f (%.2f to %.2f)",
                comparison.ratio.median, comparison.ratio.low,
                comparison.ratio.high);
  svg->Text("ink", {kRight + 14, middle + 4}, SvgAnchor::kStart, numbers);
}

}  // namespace

std::string RatioChart(const RunInfo& info,
                       const std::vector<Comparison>& comparisons) {
  double rows = 0;
  std::string scene;
  for (const Comparison& comparison : comparisons) {
    rows += comparison.scene == scene ? 1 : 2;
    scene = comparison.scene;
  }
  const double bottom = kTop + rows * kRow + 8;
  SvgWriter svg(kWidth, bottom + 12);
  const Axis axis(comparisons);
  DrawHead(info, &svg);
  axis.Draw(bottom, &svg);
  double y = kTop;
  scene.clear();
  for (const Comparison& comparison : comparisons) {
    if (comparison.scene != scene) {
      svg.Text("faint", {12, y + kRow - 4}, SvgAnchor::kStart,
               comparison.scene);
      scene = comparison.scene;
      y += kRow;
    }
    DrawRow(comparison, axis, y, &svg);
    y += kRow;
  }
  return svg.Take();
}

}  // namespace lsmkv::bench
