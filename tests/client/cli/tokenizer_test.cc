#include "client/cli/tokenizer.h"

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace lsmkv::cli {

void PrintTo(const Token& token, std::ostream* out) {
  *out << testing::PrintToString(token.text)
       << (token.literal ? " literal" : "");
}

namespace {

Token Bare(const std::string& text) { return {text, false}; }
Token Quoted(const std::string& text) { return {text, true}; }

TEST(TokenizerTest, SplitsLinesIntoWords) {
  const struct {
    std::string line;
    std::vector<Token> words;
  } kCases[] = {
      {"", {}},
      {"  \t \r", {}},
      {"# a comment 'not closed", {}},
      {"GET a", {Bare("GET"), Bare("a")}},
      {"  GET\ta  ", {Bare("GET"), Bare("a")}},
      {"SET k \"two words\"", {Bare("SET"), Bare("k"), Quoted("two words")}},
      {"SET k 'two words'", {Bare("SET"), Bare("k"), Quoted("two words")}},
      {"SCAN \"\"", {Bare("SCAN"), Quoted("")}},
      {"SCAN ''", {Bare("SCAN"), Quoted("")}},
      {"GET #a", {Bare("GET"), Bare("#a")}},
      {"a \"\\\\ \\\" \\n\\r\\t\"", {Bare("a"), Quoted("\\ \" \n\r\t")}},
      {"a \"\\x00\\xfF\"", {Bare("a"), Quoted(std::string("\0\xff", 2))}},
      {"a 'it\\'s \\n'", {Bare("a"), Quoted("it's \\n")}},
      {"a it's", {Bare("a"), Bare("it's")}},
      {"a {\"b\":1} c\\d", {Bare("a"), Bare("{\"b\":1}"), Bare("c\\d")}},
      {"a \"-x\" -x", {Bare("a"), Quoted("-x"), Bare("-x")}},
      {"a \xff\xc3\xbc", {Bare("a"), Bare("\xff\xc3\xbc")}},
  };
  for (const auto& c : kCases) {
    ASSERT_OK_AND_ASSIGN(const std::vector<Token> words, Tokenize(c.line));
    EXPECT_EQ(words, c.words) << c.line;
  }
}

TEST(TokenizerTest, RefusesWhatIsNotClosedOrNotKnown) {
  const struct {
    const char* line;
    const char* what;
  } kCases[] = {
      {"a \"b", "not closed"},          {"a 'b", "not closed"},
      {"a \"b\\\"", "not closed"},      {"a \"b\"c", "closing quote"},
      {"a 'b'c", "closing quote"},      {"a \"\\q\"", "unknown escape"},
      {"a \"\\x1\"", "unknown escape"}, {"a \"\\", "unknown escape"},
  };
  for (const auto& c : kCases) {
    EXPECT_STATUS_CONTAINS(Tokenize(c.line), absl::StatusCode::kInvalidArgument,
                           c.what)
        << c.line;
  }
}

}  // namespace
}  // namespace lsmkv::cli
