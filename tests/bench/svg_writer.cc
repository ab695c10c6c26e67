#include "tests/bench/svg_writer.h"

#include <algorithm>
#include <cstdio>

namespace lsmkv::bench {
namespace {

constexpr std::string_view kStyle = R"(<style>
text { font: 12px system-ui, sans-serif; }
.page { fill: #ffffff; }
.ink { fill: #1f2328; }
.faint { fill: #656d76; }
line.grid { stroke: #d0d7de; }
line.tick { stroke: #1f2328; stroke-width: 2; }
line.thin { stroke: #1f2328; stroke-dasharray: 2 2; }
.good { fill: #1a7f5a; } .fair { fill: #2f6fbf; } .bad { fill: #c4384b; }
.a { fill: #c4384b; stroke: #c4384b; } .b { fill: #2f6fbf; stroke: #2f6fbf; }
.c { fill: #1a7f5a; stroke: #1a7f5a; } .d { fill: #9a6700; stroke: #9a6700; }
polyline { stroke-width: 2; }
polyline.a, polyline.b, polyline.c, polyline.d { fill: none; }
text.a, text.b, text.c, text.d { stroke: none; }
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117; }
.ink { fill: #e6edf3; }
.faint { fill: #9198a1; }
line.grid { stroke: #30363d; }
line.tick { stroke: #e6edf3; }
line.thin { stroke: #e6edf3; }
.good { fill: #3fb27f; } .fair { fill: #58a0f0; } .bad { fill: #f06a7a; }
.a { fill: #f06a7a; stroke: #f06a7a; } .b { fill: #58a0f0; stroke: #58a0f0; }
.c { fill: #3fb27f; stroke: #3fb27f; } .d { fill: #d4a72c; stroke: #d4a72c; }
}
</style>
)";

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

// name="number", with a space in front.
std::string Attribute(std::string_view name, double number) {
  char digits[40];
  std::snprintf(digits, sizeof(digits), "%.1f", number);
  return " " + std::string(name) + "=\"" + digits + "\"";
}

std::string Class(std::string_view color) {
  return " class=\"" + std::string(color) + "\"";
}

}  // namespace

SvgWriter::SvgWriter(double width, double height) {
  svg_ = "<svg xmlns=\"http://www.w3.org/2000/svg\"" +
         Attribute("width", width) + Attribute("height", height) + ">\n" +
         std::string(kStyle);
  Box("page", {0, 0}, {width, height});
}

void SvgWriter::Box(std::string_view color, SvgPoint corner,
                    SvgPoint opposite) {
  const auto [left, right] = std::minmax(corner.x, opposite.x);
  const auto [top, bottom] = std::minmax(corner.y, opposite.y);
  svg_ += "<rect" + Class(color) + Attribute("x", left) + Attribute("y", top) +
          Attribute("width", right - left) + Attribute("height", bottom - top) +
          "/>\n";
}

void SvgWriter::Line(std::string_view color, SvgPoint from, SvgPoint to) {
  svg_ += "<line" + Class(color) + Attribute("x1", from.x) +
          Attribute("y1", from.y) + Attribute("x2", to.x) +
          Attribute("y2", to.y) + "/>\n";
}

void SvgWriter::Path(std::string_view color,
                     const std::vector<SvgPoint>& points) {
  std::string corners;
  for (const SvgPoint& point : points) {
    char pair[80];
    std::snprintf(pair, sizeof(pair), "%.1f,%.1f ", point.x, point.y);
    corners += pair;
    svg_ += "<circle" + Class(color) + Attribute("cx", point.x) +
            Attribute("cy", point.y) + " r=\"3\"/>\n";
  }
  svg_ += "<polyline" + Class(color) + " points=\"" + corners + "\"/>\n";
}

void SvgWriter::Text(std::string_view color, SvgPoint at, SvgAnchor anchor,
                     std::string_view text) {
  const std::string_view name = anchor == SvgAnchor::kStart    ? "start"
                                : anchor == SvgAnchor::kMiddle ? "middle"
                                                               : "end";
  svg_ += "<text" + Class(color) + Attribute("x", at.x) + Attribute("y", at.y) +
          " text-anchor=\"" + std::string(name) + "\">" + Escaped(text) +
          "</text>\n";
}

std::string SvgWriter::Take() { return std::move(svg_) + "</svg>\n"; }

}  // namespace lsmkv::bench
