#include "service/observability/logger.h"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace lsmkv::service {
namespace {

class LoggerTest : public ::testing::Test {
 protected:
  Logger Make(LogFormat format, LogLevel level) {
    return Logger(
        format, level,
        [this](std::string_view line) { lines_.emplace_back(line); },
        [] {
          return std::chrono::system_clock::time_point(
              std::chrono::microseconds(1'767'225'600'000'001));
        });
  }

  std::vector<std::string> lines_;
};

TEST_F(LoggerTest, TextLineHasTimeLevelEventAndFields) {
  Make(LogFormat::kText, LogLevel::kInfo)
      .Event(LogLevel::kInfo, "server_ready",
             {{"grpc", "127.0.0.1:1"}, {"note", "two words"}, {"empty", ""}});
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0],
            "2026-01-01T00:00:00.000001Z INFO server_ready grpc=127.0.0.1:1 "
            "note=\"two words\" empty=\"\"");
}

TEST_F(LoggerTest, JsonLineHasTheSame) {
  Make(LogFormat::kJson, LogLevel::kInfo)
      .Event(LogLevel::kWarn, "event", {{"a", "x\"y\\z\n"}});
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0],
            "{\"time\":\"2026-01-01T00:00:00.000001Z\",\"level\":\"warn\","
            "\"event\":\"event\",\"a\":\"x\\\"y\\\\z\\u000a\"}");
}

TEST_F(LoggerTest, LinesBelowTheLevelAreLeftOut) {
  Logger logger = Make(LogFormat::kText, LogLevel::kWarn);
  logger.Event(LogLevel::kInfo, "a");
  logger.Log(LogLevel::kDebug, "b");
  EXPECT_TRUE(lines_.empty());
  logger.Event(LogLevel::kWarn, "c");
  logger.Log(LogLevel::kError, "d");
  EXPECT_EQ(lines_.size(), 2u);
}

TEST_F(LoggerTest, EngineLineKeepsItsFields) {
  Make(LogFormat::kText, LogLevel::kInfo)
      .Log(LogLevel::kInfo, "flush_done bytes=12 table=3");
  Make(LogFormat::kJson, LogLevel::kInfo)
      .Log(LogLevel::kInfo, "flush_done bytes=12 table=3");
  ASSERT_EQ(lines_.size(), 2u);
  EXPECT_NE(lines_[0].find("INFO flush_done bytes=12 table=3"),
            std::string::npos);
  EXPECT_NE(lines_[1].find("\"event\":\"flush_done\",\"detail\":\"bytes=12 "
                           "table=3\""),
            std::string::npos);
}

TEST_F(LoggerTest, NothingCanBreakALineOrColourATerminal) {
  const std::string hostile("a\nb\x1b[31m\r\0\xFF", 10);
  Make(LogFormat::kText, LogLevel::kInfo)
      .Event(LogLevel::kInfo, "e", {{"v", hostile}});
  Make(LogFormat::kJson, LogLevel::kInfo)
      .Event(LogLevel::kInfo, "e", {{"v", hostile}});
  Make(LogFormat::kText, LogLevel::kInfo).Log(LogLevel::kInfo, hostile);
  for (const std::string& line : lines_) {
    for (const char c : line) {
      EXPECT_TRUE(c >= 0x20 && c < 0x7F) << line;
    }
  }
}

TEST_F(LoggerTest, JsonKeepsUtf8AndReplacesTheRest) {
  EXPECT_EQ(EscapeJson("grün €"), "grün €");
  EXPECT_EQ(EscapeJson("\xC3"), "\\ufffd");
  EXPECT_EQ(EscapeJson("\xED\xA0\x80"), "\\ufffd\\ufffd\\ufffd");
  EXPECT_EQ(EscapeJson("\xC0\x80"), "\\ufffd\\ufffd");
}

}  // namespace
}  // namespace lsmkv::service
