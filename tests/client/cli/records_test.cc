#include "client/cli/records.h"

#include <random>

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace lsmkv::cli {
namespace {

TEST(RecordsTest, NdjsonIsTheObjectOfTheRestApi) {
  std::string line;
  AppendRecordLine(RecordFormat::kNdjson, "user:1", "data", 7, &line);
  EXPECT_EQ(line,
            "{\"key\":\"user:1\",\"value\":\"data\",\"version\":\"7\"}\n");
  line.clear();
  AppendRecordLine(RecordFormat::kNdjson, "\xff", "\xfe", 7, &line);
  EXPECT_EQ(line,
            "{\"key_base64\":\"/w==\",\"value_base64\":\"/g==\","
            "\"version\":\"7\"}\n");
}

TEST(RecordsTest, TsvIsKeyTabValueEscaped) {
  std::string line;
  AppendRecordLine(RecordFormat::kTsv, "a\tb", "c\nd\\", 7, &line);
  EXPECT_EQ(line, "a\\x09b\tc\\x0ad\\\\\n");
}

TEST(RecordsTest, AnyBytesComeBackFromEitherFormat) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 2000; ++i) {
    std::string key(1 + random() % 20, '\0');
    std::string value(random() % 20, '\0');
    for (char& c : key) c = static_cast<char>(random());
    for (char& c : value) c = static_cast<char>(random());
    for (const RecordFormat format :
         {RecordFormat::kNdjson, RecordFormat::kTsv}) {
      std::string line;
      AppendRecordLine(format, key, value, random(), &line);
      ASSERT_EQ(line.find('\n'), line.size() - 1);
      line.pop_back();
      ASSERT_OK_AND_ASSIGN(const KeyValue back, ParseRecordLine(format, line));
      ASSERT_EQ(back.key, key);
      ASSERT_EQ(back.value, value);
    }
  }
}

TEST(RecordsTest, TheVersionMayBeAStringANumberOrAbsent) {
  for (const char* line :
       {"{\"key\":\"a\",\"value\":\"b\"}",
        "{\"version\":\"12\",\"value\":\"b\",\"key\":\"a\"}",
        "{\"key\":\"a\",\"value\":\"b\",\"version\":12}",
        "{\"key_base64\":\"YQ==\",\"value_base64\":\"Yg\"}"}) {
    ASSERT_OK_AND_ASSIGN(const KeyValue record,
                         ParseRecordLine(RecordFormat::kNdjson, line));
    EXPECT_EQ(record.key, "a") << line;
    EXPECT_EQ(record.value, "b") << line;
  }
}

TEST(RecordsTest, AnEmptyValueIsAValue) {
  ASSERT_OK_AND_ASSIGN(const KeyValue record,
                       ParseRecordLine(RecordFormat::kTsv, "a\t"));
  EXPECT_EQ(record.value, "");
}

TEST(RecordsTest, BadNdjsonLinesSayWhatIsWrong) {
  const struct {
    const char* line;
    const char* what;
  } kCases[] = {
      {"hello", "expected '{'"},
      {"{}", "no \"key\""},
      {"{\"key\":\"a\"}", "no \"value\""},
      {"{\"value\":\"a\"}", "no \"key\""},
      {"{\"key\":\"\",\"value\":\"\"}", "the key is empty"},
      {"{\"key\":\"a\",\"value\":1}", "\"value\" must be a string"},
      {"{\"key\":\"a\",\"value\":\"\",\"ttl\":1}", "unknown field \"ttl\""},
      {"{\"key\":\"a\",\"key_base64\":\"YQ==\",\"value\":\"\"}", "exclude"},
      {"{\"key\":\"a\",\"value_base64\":\"?\"}", "not base64"},
      {"{\"key\":\"a\",\"value\":\"\",\"version\":\"x\"}", "whole number"},
      {"{\"key\":\"a\",\"value\":\"\",\"version\":1.5}", "whole number"},
  };
  for (const auto& c : kCases) {
    EXPECT_STATUS_CONTAINS(ParseRecordLine(RecordFormat::kNdjson, c.line),
                           absl::StatusCode::kInvalidArgument, c.what)
        << c.line;
  }
}

TEST(RecordsTest, BadTsvLinesSayWhatIsWrong) {
  const struct {
    const char* line;
    const char* what;
  } kCases[] = {
      {"", "no tab"},
      {"a", "no tab"},
      {"\tb", "the key is empty"},
      {"a\tb\tc", "the value: a byte that must be written as \\x09"},
      {"a\tb\r", "must be written as \\x0d"},
      {"a\\q\tb", "the key: an escape"},
  };
  for (const auto& c : kCases) {
    EXPECT_STATUS_CONTAINS(ParseRecordLine(RecordFormat::kTsv, c.line),
                           absl::StatusCode::kInvalidArgument, c.what)
        << c.line;
  }
}

}  // namespace
}  // namespace lsmkv::cli
