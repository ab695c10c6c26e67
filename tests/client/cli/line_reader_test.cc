#include "client/cli/line_reader.h"

#include <sstream>

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace lsmkv::cli {
namespace {

std::vector<std::string> ReadAll(const std::string& text) {
  std::istringstream in(text);
  LineReader reader(&in);
  std::vector<std::string> lines;
  std::string_view line;
  while (true) {
    const absl::StatusOr<bool> more = reader.Next(&line);
    EXPECT_OK(more);
    if (!more.ok() || !*more) break;
    lines.emplace_back(line);
    EXPECT_EQ(reader.line_number(), lines.size());
  }
  return lines;
}

TEST(LineReaderTest, SplitsAtNewlinesOnly) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(ReadAll(""), Lines{});
  EXPECT_EQ(ReadAll("a\nb\r\n"), (Lines{"a", "b\r"}));
  EXPECT_EQ(ReadAll("a\n\nb"), (Lines{"a", "", "b"}));
  EXPECT_EQ(ReadAll("\n"), Lines{""});
  EXPECT_EQ(ReadAll(std::string("a\0b\n", 4)), Lines{std::string("a\0b", 3)});
}

TEST(LineReaderTest, CountsTheBytesThatWereThere) {
  for (const std::string text : {"", "a\nbc\n", "a\nbc", "\n\n"}) {
    std::istringstream in(text);
    LineReader reader(&in);
    std::string_view line;
    while (reader.Next(&line).value_or(false)) {
    }
    EXPECT_EQ(reader.bytes_read(), text.size()) << text;
  }
}

TEST(LineReaderTest, LinesMayBeLongerThanAChunk) {
  const std::string longer(300'000, 'x');
  EXPECT_EQ(ReadAll(longer + "\ny\n" + longer),
            (std::vector<std::string>{longer, "y", longer}));
}

TEST(LineReaderTest, ALineThatIsTooLongIsNamed) {
  std::istringstream in("ab\n" + std::string(200'000, 'x') + "\n");
  LineReader reader(&in, 1000);
  std::string_view line;
  ASSERT_OK(reader.Next(&line));
  EXPECT_STATUS_CONTAINS(reader.Next(&line), absl::StatusCode::kInvalidArgument,
                         "line 2");
}

TEST(LineReaderTest, AStreamThatFailsIsAnError) {
  std::istringstream in("ab");
  in.setstate(std::ios::badbit);
  LineReader reader(&in);
  std::string_view line;
  EXPECT_STATUS(reader.Next(&line), absl::StatusCode::kUnknown);
}

}  // namespace
}  // namespace lsmkv::cli
