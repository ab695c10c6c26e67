#include "service/rest/text.h"

#include <string>

#include "gtest/gtest.h"

namespace lsmkv::service {
namespace {

TEST(TextTest, WellFormedSequencesAreUtf8) {
  for (const char* text : {"", "plain", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80",
                           "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
                           "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
  EXPECT_TRUE(IsUtf8(std::string("a\0b", 3)));
}

TEST(TextTest, MalformedSequencesAreNotUtf8) {
  const char* const kMalformed[] = {
      "\x80",              // a continuation alone
      "\xC0\xAF",          // overlong
      "\xC1\xBF",          // overlong
      "\xE0\x9F\xBF",      // overlong
      "\xF0\x8F\xBF\xBF",  // overlong
      "\xED\xA0\x80",      // a surrogate
      "\xF4\x90\x80\x80",  // above U+10FFFF
      "\xF5\x80\x80\x80",  // no lead byte
      "\xFF",              // no lead byte
      "\xC2",              // cut
      "\xE2\x82",          // cut
      "\xF0\x9F\x98",      // cut
      "\xC2 ",             // not continued
      "ok\xE2\x82(",       // not continued
  };
  for (const char* text : kMalformed) EXPECT_FALSE(IsUtf8(text)) << text;
}

TEST(TextTest, AppendedCodePointsAreUtf8) {
  std::string text;
  for (const char32_t c : {U'a', U'\u00E9', U'\u20AC', U'\U0001F600'}) {
    AppendUtf8(c, &text);
  }
  EXPECT_EQ(text, "a\u00E9\u20AC\U0001F600");
}

TEST(TextTest, AllBytesSurviveBase64) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes.push_back(static_cast<char>(i));
    EXPECT_EQ(Base64Decode(Base64Encode(bytes)), bytes) << bytes.size();
  }
}

TEST(TextTest, BothAlphabetsAndMissingPaddingAreTaken) {
  EXPECT_EQ(Base64Decode("+/8="), "\xFB\xFF");
  EXPECT_EQ(Base64Decode("-_8="), "\xFB\xFF");
  EXPECT_EQ(Base64Decode("-_8"), "\xFB\xFF");
  EXPECT_EQ(Base64Decode("YQ"), "a");
  EXPECT_EQ(Base64Decode(""), "");
}

TEST(TextTest, WhatIsNotBase64IsRefused) {
  for (const char* text : {"a", "ab!=", "YQ=", "YQ===", "=", "====", "Y=Q=",
                           "YQ==\n", " YQ==", "YR==", "YWI=YWI=", "YWJj="}) {
    EXPECT_EQ(Base64Decode(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace lsmkv::service
