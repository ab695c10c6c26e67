#include "client/cli/escape.h"

#include <random>

#include <gtest/gtest.h>

#include "client/cli/utf8.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::cli {
namespace {

TEST(EscapeTest, PrintableTextStandsForItself) {
  EXPECT_EQ(Escape("user:1 {\"a\"} 100%"), "user:1 {\"a\"} 100%");
  EXPECT_EQ(Escape("gr\xc3\xbc\xc3\x9f \xf0\x9f\xa6\x80"),
            "gr\xc3\xbc\xc3\x9f \xf0\x9f\xa6\x80");
}

TEST(EscapeTest, OtherBytesAreHex) {
  EXPECT_EQ(Escape("a\tb\nc"), "a\\x09b\\x0ac");
  EXPECT_EQ(Escape(std::string("\0\x1b[0m\x7f\xff", 7)),
            "\\x00\\x1b[0m\\x7f\\xff");
  EXPECT_EQ(Escape("\xc2\x85"), "\\xc2\\x85");  // U+0085, a control character
  EXPECT_EQ(Escape("a\\b"), "a\\\\b");
}

TEST(EscapeTest, EachSingleByteComesBack) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string bytes(1, static_cast<char>(byte));
    ASSERT_OK_AND_ASSIGN(const std::string back, Unescape(Escape(bytes)));
    EXPECT_EQ(back, bytes) << byte;
  }
}

TEST(EscapeTest, EachPairOfBytesComesBackAndIsOneCleanLine) {
  for (int pair = 0; pair < 65536; ++pair) {
    const std::string bytes = {static_cast<char>(pair >> 8),
                               static_cast<char>(pair & 255)};
    const std::string text = Escape(bytes);
    ASSERT_TRUE(IsValidUtf8(text));
    for (const char c : text) ASSERT_FALSE(c >= 0 && c < 0x20) << pair;
    ASSERT_OK_AND_ASSIGN(const std::string back, Unescape(text));
    ASSERT_EQ(back, bytes) << pair;
  }
}

TEST(EscapeTest, RandomBytesComeBack) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 1000; ++i) {
    std::string bytes(random() % 40, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    ASSERT_OK_AND_ASSIGN(const std::string back, Unescape(Escape(bytes)));
    ASSERT_EQ(back, bytes);
  }
}

TEST(EscapeTest, UnescapeTakesHexInEitherCase) {
  ASSERT_OK_AND_ASSIGN(const std::string bytes, Unescape("\\xAf\\x41"));
  EXPECT_EQ(bytes, "\xaf\x41");
}

TEST(EscapeTest, UnescapeRefusesOtherEscapesAndNamesTheirPlace) {
  for (const char* bad : {"ab\\", "ab\\n", "ab\\x", "ab\\x4", "ab\\xg0"}) {
    EXPECT_STATUS_CONTAINS(Unescape(bad), absl::StatusCode::kInvalidArgument,
                           "at byte 3")
        << bad;
  }
}

TEST(EscapeTest, UnescapeRefusesBytesThatMustBeEscaped) {
  EXPECT_STATUS_CONTAINS(Unescape("a\r"), absl::StatusCode::kInvalidArgument,
                         "\\x0d at byte 2");
  EXPECT_STATUS_CONTAINS(Unescape("\xff"), absl::StatusCode::kInvalidArgument,
                         "\\xff at byte 1");
}

}  // namespace
}  // namespace lsmkv::cli
