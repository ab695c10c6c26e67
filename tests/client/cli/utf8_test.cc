#include "client/cli/utf8.h"

#include <gtest/gtest.h>

namespace lsmkv::cli {
namespace {

TEST(Utf8Test, EveryCodePointSurvivesEncodingAndDecoding) {
  for (char32_t c = 0; c <= 0x10ffff; ++c) {
    if (c == 0xd800) c = 0xe000;  // surrogates are no characters
    std::string text;
    AppendUtf8(c, &text);
    const Utf8Char decoded = DecodeUtf8(text + "x");
    ASSERT_EQ(decoded.code_point, c);
    ASSERT_EQ(decoded.size_bytes, text.size());
  }
}

TEST(Utf8Test, RefusesWhatIsNotUtf8) {
  for (const std::string bad : {
           "\x80",              // a tail without a lead
           "\xc3",              // cut off
           "\xe2\x82",          // cut off later
           "\xc3(",             // a lead without its tail
           "\xc0\x80",          // overlong
           "\xe0\x80\xaf",      // overlong
           "\xf0\x80\x80\xaf",  // overlong
           "\xed\xa0\x80",      // a surrogate
           "\xf4\x90\x80\x80",  // past U+10FFFF
           "\xff",
       }) {
    EXPECT_FALSE(IsValidUtf8("ab" + bad)) << testing::PrintToString(bad);
  }
  EXPECT_TRUE(IsValidUtf8(""));
  EXPECT_TRUE(IsValidUtf8(std::string("a\0b", 3)));
  EXPECT_TRUE(IsValidUtf8("gr\xc3\xbc\xc3\x9f \xf0\x9f\xa6\x80"));
}

}  // namespace
}  // namespace lsmkv::cli
