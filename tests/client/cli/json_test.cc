#include "client/cli/json.h"

#include <gtest/gtest.h>

#include "client/cli/utf8.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::cli {
namespace {

TEST(JsonTest, ObjectsKeepTheOrderOfTheirFields) {
  EXPECT_EQ(JsonObject().Close(), "{}");
  EXPECT_EQ(JsonObject()
                .Text("b", "x")
                .Uint64("a", 18446744073709551615u)
                .Number("n", 1.5, 3)
                .Raw("r", "[1]")
                .Close(),
            "{\"b\":\"x\",\"a\":\"18446744073709551615\",\"n\":1.500,"
            "\"r\":[1]}");
}

TEST(JsonTest, BytesThatAreNotUtf8BecomeBase64) {
  EXPECT_EQ(JsonObject().Bytes("key", "\xc3\xbc").Close(),
            "{\"key\":\"\xc3\xbc\"}");
  EXPECT_EQ(JsonObject().Bytes("key", "\xff").Close(),
            "{\"key_base64\":\"/w==\"}");
}

TEST(JsonTest, EveryCharacterComesBackFromAString) {
  for (char32_t c = 0; c < 0x3000; ++c) {
    std::string text = "a";
    AppendUtf8(c, &text);
    const std::string json = JsonObject().Text("k", text).Close();
    ASSERT_EQ(json.find('\n'), std::string::npos);
    ASSERT_OK_AND_ASSIGN(const auto members, ParseFlatJson(json));
    ASSERT_EQ(members.size(), 1u);
    ASSERT_EQ(members[0].text, text);
  }
}

TEST(JsonTest, ReadsEveryEscape) {
  ASSERT_OK_AND_ASSIGN(
      const auto members,
      ParseFlatJson(" { \"k\" : \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00fC"
                    "\\ud83e\\udd80\\u0000\" , \"n\":-1.5e+3 } "));
  ASSERT_EQ(members.size(), 2u);
  EXPECT_EQ(members[0].text, std::string("\"\\/\b\f\n\r\t\xc3\xbc"
                                         "\xf0\x9f\xa6\x80\0",
                                         15));
  EXPECT_EQ(members[1].kind, JsonMember::Kind::kNumber);
  EXPECT_EQ(members[1].text, "-1.5e+3");
}

TEST(JsonTest, RefusesWhatIsNotAFlatObject) {
  const struct {
    const char* text;
    const char* what;
  } kCases[] = {
      {"", "expected '{'"},
      {"[]", "expected '{'"},
      {"{", "expected '\"'"},
      {"{\"a\"}", "expected ':'"},
      {"{\"a\":}", "a string or a number"},
      {"{\"a\":null}", "a string or a number"},
      {"{\"a\":{}}", "a string or a number"},
      {"{\"a\":01}", "leading zero"},
      {"{\"a\":1.}", "decimals"},
      {"{\"a\":1e}", "exponent"},
      {"{\"a\":\"b}", "not closed"},
      {"{\"a\":\"b\"", "expected ',' or '}'"},
      {"{\"a\":\"b\",}", "expected '\"'"},
      {"{\"a\":\"b\"} x", "after the object"},
      {"{\"a\":\"1\",\"a\":\"2\"}", "appears twice"},
      {"{\"a\":\"\\q\"}", "unknown escape"},
      {"{\"a\":\"\\u12\"}", "four hexadecimal"},
      {"{\"a\":\"\\ud800\"}", "half a surrogate"},
      {"{\"a\":\"\\udc00\"}", "half a surrogate"},
      {"{\"a\":\"\\ud800\\u0041\"}", "half a surrogate"},
      {"{\"a\":\"\t\"}", "control character"},
      {"{\"a\":\"\xff\"}", "not UTF-8 at byte 7"},
  };
  for (const auto& c : kCases) {
    EXPECT_STATUS_CONTAINS(ParseFlatJson(c.text),
                           absl::StatusCode::kInvalidArgument, c.what)
        << c.text;
  }
}

}  // namespace
}  // namespace lsmkv::cli
