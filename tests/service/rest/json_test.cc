#include "service/rest/json.h"

#include <string>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace lsmkv::service {
namespace {

std::string Repeat(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

std::string Text(const std::string& json) {
  const absl::StatusOr<JsonValue> value = ParseJson(json);
  return value.ok() ? value->text : "<refused>";
}

TEST(JsonTest, MembersAreFoundByName) {
  ASSERT_OK_AND_ASSIGN(
      const JsonValue value,
      ParseJson(" { \"a\" : \"x\" , \"b\" : [ 1 , true , null ] } \r\n"));
  ASSERT_EQ(value.kind, JsonValue::Kind::kObject);
  ASSERT_NE(value.Find("a"), nullptr);
  EXPECT_EQ(value.Find("a")->text, "x");
  ASSERT_NE(value.Find("b"), nullptr);
  ASSERT_EQ(value.Find("b")->items.size(), 3U);
  EXPECT_EQ(value.Find("b")->items[0].text, "1");
  EXPECT_TRUE(value.Find("b")->items[1].boolean);
  EXPECT_EQ(value.Find("b")->items[2].kind, JsonValue::Kind::kNull);
  EXPECT_EQ(value.Find("c"), nullptr);
}

TEST(JsonTest, EscapesAreUndone) {
  EXPECT_EQ(Text(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(Text(R"("\u0041\u00e9\u20AC")"), "A\u00E9\u20AC");
  EXPECT_EQ(Text(R"("\uD83D\uDE00")"), "\U0001F600");
  EXPECT_EQ(Text(R"("a\u0000b")"), std::string("a\0b", 3));
}

TEST(JsonTest, NumbersAreKeptAsWritten) {
  for (const char* number : {"0", "-0", "1", "-12", "9223372036854775808",
                             "1.50", "1e5", "1E+5", "2.5e-3", "1e309"}) {
    EXPECT_EQ(Text(number), number);
  }
}

// What parsers are known to take, or to disagree about.
TEST(JsonTest, WhatIsNotJsonIsRefused) {
  const std::string kRefused[] = {
      "", " ", "{", "}", "[", "]", "\"", "\"a", "nul", "tru", "True", "NaN",
      "Infinity", "-Infinity", "undefined", "'a'", "{'a':1}", "{a:1}",
      "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\":1 \"b\":2}",
      "{\"a\":1,,\"b\":2}", "{1:2}", "{null:2}", "[1,]", "[,1]", "[1 2]",
      "[1,,2]", "[1}", "{\"a\":1]", "1 2", "{} {}", "{}x", "[]//", "/**/1",
      "#\n1", "01", "-01", "+1", "-", ".5", "1.", "1.e5", "1e", "1e+", "0x1",
      "1_000", "1a", "--1", "\"\\x41\"", "\"\\u12\"", "\"\\u12G4\"",
      "\"\\U00000041\"", "\"\\'\"", "\"\\\"", "\"\\u\"", "\"tab\there\"",
      "\"line\nbreak\"", "\"\\uD800\"", "\"\\uD800x\"", "\"\\uDC00\"",
      "\"\\uD800\\u0041\"", "\"\\uD800\\uD800\"", "\"\x80\"", "\"\xC0\xAF\"",
      "\"\xED\xA0\x80\"", "\"\xFF\"", "\"\xE2\x82\"", "\xEF\xBB\xBF{}",
      std::string("\"a\0b\"", 5), std::string("{}\0", 3),
      // Duplicate names, spelled alike or not.
      "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "[{\"\":1,\"\":1}]",
      // Bombs.
      std::string(100'000, '['), Repeat("{\"a\":", 100'000)};
  for (const std::string& text : kRefused) {
    const std::string shown = text.substr(0, 60);
    EXPECT_STATUS(ParseJson(text), absl::StatusCode::kInvalidArgument) << shown;
    EXPECT_STATUS(CheckJson(text), absl::StatusCode::kInvalidArgument) << shown;
  }
}

TEST(JsonTest, CheckTakesWhatParseTakes) {
  for (const char* text : {"null", "true", "false", "0", "\"a\"", "[]", "{}",
                           "[[],{}]", "{\"a\":{\"a\":1},\"b\":{\"a\":1}}",
                           "\t[\n1\r,\"\xF0\x9F\x98\x80\"]"}) {
    EXPECT_OK(ParseJson(text)) << text;
    EXPECT_OK(CheckJson(text)) << text;
  }
}

TEST(JsonTest, NestingHasALimit) {
  const auto nested = [](int depth) {
    return Repeat("[", depth) + Repeat("]", depth);
  };
  EXPECT_OK(ParseJson(nested(kJsonDepthMax)));
  EXPECT_STATUS_CONTAINS(ParseJson(nested(kJsonDepthMax + 1)),
                         absl::StatusCode::kInvalidArgument, "too deep");
}

TEST(JsonTest, ErrorsTellTheOffset) {
  EXPECT_STATUS_CONTAINS(ParseJson("{\"a\":1,\"a\":2}"),
                         absl::StatusCode::kInvalidArgument, "at byte 7");
  EXPECT_STATUS_CONTAINS(ParseJson("[1;2]"), absl::StatusCode::kInvalidArgument,
                         "at byte 2");
}

TEST(JsonTest, WrittenStringsAreReadBack) {
  std::string all;
  for (int c = 0; c < 0x80; ++c) all.push_back(static_cast<char>(c));
  all += "\u00E9\u20AC\U0001F600";
  std::string json;
  JsonWriter(&json).String(all);
  for (const char c : json) {
    EXPECT_GE(static_cast<unsigned char>(c), 0x20) << "not escaped";
  }
  EXPECT_EQ(Text(json), all);
}

TEST(JsonTest, WriterPutsCommasBetweenValues) {
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject().Key("a").Number(18446744073709551615U);
  writer.Key("b").BeginArray().EndArray();
  writer.Key("c").BeginArray().String("x").String("y").EndArray();
  writer.Key("d").BeginObject().EndObject().EndObject();
  EXPECT_EQ(json, R"({"a":18446744073709551615,"b":[],"c":["x","y"],"d":{}})");
}

// What is kept takes far more memory than its text.
TEST(JsonTest, MoreValuesThanAnyRequestHasAreRefused) {
  std::string text = "[0";
  for (int i = 0; i < 2000; ++i) text += ",0";
  text += "]";
  EXPECT_FALSE(ParseJson(text).ok());
  EXPECT_TRUE(CheckJson(text).ok());  // nothing is kept here
  text = "{";
  for (int i = 0; i < 2000; ++i) {
    text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
  }
  text += "}";
  EXPECT_FALSE(CheckJson(text).ok());
}

}  // namespace
}  // namespace lsmkv::service
