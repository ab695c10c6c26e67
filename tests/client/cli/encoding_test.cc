#include "client/cli/encoding.h"

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace lsmkv::cli {
namespace {

std::string AllBytes() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte)
    bytes.push_back(static_cast<char>(byte));
  return bytes;
}

TEST(EncodingTest, EveryEncodingGivesEveryByteBack) {
  for (const char* name : {"raw", "hex", "base64", "escaped"}) {
    ASSERT_OK_AND_ASSIGN(const Encoding encoding, ParseEncoding(name));
    for (size_t size = 0; size <= 256; ++size) {
      const std::string bytes = AllBytes().substr(0, size);
      ASSERT_OK_AND_ASSIGN(const std::string back,
                           Decode(encoding, Encode(encoding, bytes)));
      ASSERT_EQ(back, bytes) << name << " " << size;
    }
  }
}

TEST(EncodingTest, WritesTheUsualForms) {
  EXPECT_EQ(Encode(Encoding::kHex, "\x01\xab"), "01ab");
  EXPECT_EQ(Encode(Encoding::kBase64, "\xfb\xff"), "+/8=");
  EXPECT_EQ(Encode(Encoding::kEscaped, "\n"), "\\x0a");
}

TEST(EncodingTest, Base64IsTakenUrlSafeAndWithoutPaddingToo) {
  for (const char* text : {"+/8=", "-_8=", "+/8", "-_8"}) {
    ASSERT_OK_AND_ASSIGN(const std::string bytes,
                         Decode(Encoding::kBase64, text));
    EXPECT_EQ(bytes, "\xfb\xff") << text;
  }
}

TEST(EncodingTest, RefusesWhatDoesNotFit) {
  for (const char* text : {"1", "0g", "abc"}) {
    EXPECT_STATUS(Decode(Encoding::kHex, text),
                  absl::StatusCode::kInvalidArgument);
  }
  for (const char* text : {"?", "+/8 =", "QQ\n", "Q"}) {
    EXPECT_STATUS(Decode(Encoding::kBase64, text),
                  absl::StatusCode::kInvalidArgument)
        << text;
  }
  EXPECT_STATUS_CONTAINS(ParseEncoding("utf7"),
                         absl::StatusCode::kInvalidArgument, "'utf7'");
}

}  // namespace
}  // namespace lsmkv::cli
