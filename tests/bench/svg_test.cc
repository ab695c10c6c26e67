#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/bench/ratio_chart.h"
#include "tests/bench/svg_writer.h"

namespace lsmkv::bench {
namespace {

size_t CountOf(const std::string& text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos;
       at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

TEST(SvgWriterTest, WordsAreEscaped) {
  SvgWriter svg(10, 10);
  svg.Text("ink", {1, 2}, SvgAnchor::kStart, "a<b>&\"c\"");
  const std::string text = svg.Take();
  EXPECT_NE(text.find(">a&lt;b&gt;&amp;&quot;c&quot;</text>"),
            std::string::npos);
  EXPECT_EQ(text.substr(text.size() - 7), "</svg>\n");
}

TEST(SvgWriterTest, ABoxMayBeGivenByAnyTwoCorners) {
  SvgWriter svg(100, 100);
  svg.Box("good", {50, 60}, {20, 10});
  EXPECT_NE(svg.Take().find("x=\"20.0\" y=\"10.0\" width=\"30.0\" "
                            "height=\"50.0\""),
            std::string::npos);
}

TEST(SvgWriterTest, ItIsReadableInTheDark) {
  const std::string text = SvgWriter(1, 1).Take();
  EXPECT_NE(text.find("prefers-color-scheme: dark"), std::string::npos);
}

TEST(RatioChartTest, HasABarForEachRatioColouredByItsVerdict) {
  RunInfo info;
  info.command = "lsmkv_bench --dir <here>";
  const std::vector<Comparison> comparisons = {{"base",
                                                "fillseq",
                                                Metric::kRate,
                                                {4, 3, 5},
                                                {1.5, 3},
                                                Verdict::kAimReached},
                                               {"base",
                                                "readseq",
                                                Metric::kRate,
                                                {0.5, 0.4, 0.6},
                                                {1.3, 3},
                                                Verdict::kMissed},
                                               {"16k",
                                                "overwrite",
                                                Metric::kRateWithDebt,
                                                {2, 2, 2},
                                                {1.5, 3},
                                                Verdict::kReached}};
  const std::string text = RatioChart(info, comparisons);
  // Each colour has a box in the legend too.
  EXPECT_EQ(CountOf(text, "<rect class=\"good\""), 2U);
  EXPECT_EQ(CountOf(text, "<rect class=\"bad\""), 2U);
  EXPECT_EQ(CountOf(text, "<rect class=\"fair\""), 2U);
  EXPECT_EQ(CountOf(text, ">16k</text>"), 1U);
  EXPECT_EQ(CountOf(text, ">overwrite+wait</text>"), 1U);
  EXPECT_EQ(CountOf(text, ">0.50 (0.40 to 0.60)</text>"), 1U);
}

}  // namespace
}  // namespace lsmkv::bench
