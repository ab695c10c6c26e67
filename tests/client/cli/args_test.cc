#include "client/cli/args.h"

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace lsmkv::cli {
namespace {

const std::vector<OptionSpec>& Options() {
  static const auto* const kOptions = new std::vector<OptionSpec>{
      {"limit", 'n', "N", ""}, {"reverse", 'r', "", ""}};
  return *kOptions;
}

absl::StatusOr<ParsedArgs> Parse(const std::vector<std::string>& words,
                                 size_t* at,
                                 ParseUntil until = ParseUntil::kEnd) {
  std::vector<Token> tokens;
  for (const std::string& word : words) tokens.push_back({word, false});
  *at = 0;
  return ParseArgs(tokens, Options(), until, at);
}

std::vector<std::string> Words(const ParsedArgs& args) {
  std::vector<std::string> words;
  for (const Token& word : args.positionals) words.push_back(word.text);
  return words;
}

TEST(ArgsTest, OptionsMayStandAnywhereInEveryForm) {
  size_t at = 0;
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"--limit", "3", "a", "-r"},
                                             {"a", "--limit=3", "--reverse"},
                                             {"-n", "3", "-r", "a"},
                                             {"-n3", "a", "-r"}}) {
    ASSERT_OK_AND_ASSIGN(const ParsedArgs args, Parse(words, &at));
    EXPECT_EQ(args.Get("limit"), "3");
    EXPECT_TRUE(args.Has("reverse"));
    EXPECT_EQ(Words(args), std::vector<std::string>{"a"});
  }
}

TEST(ArgsTest, ValuesThatLookOddAreTakenAsTheyAre) {
  size_t at = 0;
  const std::vector<std::string> words = {"{}", "[a,b]", "", "-", "-5", "a=b"};
  ASSERT_OK_AND_ASSIGN(const ParsedArgs args, Parse(words, &at));
  EXPECT_EQ(Words(args), words);
}

TEST(ArgsTest, AfterTwoDashesEveryWordIsLiteral) {
  size_t at = 0;
  ASSERT_OK_AND_ASSIGN(const ParsedArgs args,
                       Parse({"-r", "--", "--limit", "--", "-"}, &at));
  EXPECT_EQ(Words(args), (std::vector<std::string>{"--limit", "--", "-"}));
  EXPECT_TRUE(args.positionals[2].literal);
  EXPECT_FALSE(args.Has("limit"));
}

TEST(ArgsTest, QuotedWordsAreNoOptions) {
  size_t at = 0;
  ASSERT_OK_AND_ASSIGN(const ParsedArgs args,
                       ParseArgs({{"--reverse", true}, {"--", true}}, Options(),
                                 ParseUntil::kEnd, &at));
  EXPECT_EQ(Words(args), (std::vector<std::string>{"--reverse", "--"}));
}

TEST(ArgsTest, StopsAtTheFirstPositionalIfAsked) {
  size_t at = 0;
  ASSERT_OK_AND_ASSIGN(
      const ParsedArgs args,
      Parse({"-n", "1", "get", "-r"}, &at, ParseUntil::kFirstPositional));
  EXPECT_EQ(at, 2u);
  EXPECT_FALSE(args.Has("reverse"));
}

TEST(ArgsTest, BadOptionsAreNamed) {
  size_t at = 0;
  const struct {
    std::vector<std::string> words;
    const char* what;
  } kCases[] = {
      {{"--limt", "3"}, "did you mean --limit?"},
      {{"--zzz"}, "unknown option --zzz"},
      {{"-q"}, "unknown option -q"},
      {{"--limit"}, "--limit needs a value: N"},
      {{"--reverse=1"}, "--reverse takes no value"},
      {{"-rn"}, "--reverse takes no value"},
  };
  for (const auto& c : kCases) {
    EXPECT_STATUS_CONTAINS(Parse(c.words, &at),
                           absl::StatusCode::kInvalidArgument, c.what);
  }
}

TEST(ArgsTest, CountsAreWholeNumbersInRange) {
  size_t at = 0;
  ASSERT_OK_AND_ASSIGN(const ParsedArgs none, Parse({}, &at));
  ASSERT_OK_AND_ASSIGN(const uint64_t otherwise, none.GetCount("limit", 9));
  EXPECT_EQ(otherwise, 9u);
  for (const char* bad :
       {"0", "-1", "x", "", "1x", " 1", "1.5", "18446744073709551616"}) {
    ASSERT_OK_AND_ASSIGN(const ParsedArgs args, Parse({"--limit", bad}, &at));
    EXPECT_STATUS_CONTAINS(args.GetCount("limit", 9),
                           absl::StatusCode::kInvalidArgument, "--limit")
        << bad;
  }
}

}  // namespace
}  // namespace lsmkv::cli
