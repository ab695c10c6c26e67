// SvgWriter: a picture of lines, boxes and words, readable on light and dark
// pages alike.
//
// Colours are named by class, and the reader's preference chooses their shade:
//   ink, faint, grid   words, lesser words, lines behind
//   tick, thin         marks: strong and dotted
//   good, fair, bad    of a judgement
//   a, b, c, d         of a series

#ifndef LSMKV_TESTS_BENCH_SVG_WRITER_H_
#define LSMKV_TESTS_BENCH_SVG_WRITER_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lsmkv::bench {

struct SvgPoint {
  double x = 0;
  double y = 0;
};

enum class SvgAnchor { kStart, kMiddle, kEnd };

class SvgWriter {
 public:
  // In pixels.
  SvgWriter(double width, double height);

  void Box(std::string_view color, SvgPoint corner, SvgPoint opposite);
  void Line(std::string_view color, SvgPoint from, SvgPoint to);
  // Lines from one point to the next, and a dot at each.
  void Path(std::string_view color, const std::vector<SvgPoint>& points);
  void Text(std::string_view color, SvgPoint at, SvgAnchor anchor,
            std::string_view text);

  // The whole picture. Call it once.
  std::string Take();

 private:
  std::string svg_;
};

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_SVG_WRITER_H_
