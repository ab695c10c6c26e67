#include "client/cli/repl.h"

#include <deque>

#include "tests/client/cli/cli_fixture.h"

namespace lsmkv::cli {
namespace {

using testing::_;
using testing::HasSubstr;
using testing::Return;

// A person who types the lines given.
class TypedLines : public LineEditor {
 public:
  explicit TypedLines(std::deque<std::string> lines)
      : lines_(std::move(lines)) {}
  std::optional<std::string> Read() override {
    if (lines_.empty()) return std::nullopt;
    std::string line = std::move(lines_.front());
    lines_.pop_front();
    return line;
  }

 private:
  std::deque<std::string> lines_;
};

class ReplTest : public CliTest {
 protected:
  Result Type(const std::deque<std::string>& lines) {
    io_template.in_is_terminal = true;
    io_template.out_is_terminal = true;
    make_editor = [lines] { return std::make_unique<TypedLines>(lines); };
    return Run({});
  }
};

TEST_F(ReplTest, AScriptRunsWithoutAPromptOverOneConnection) {
  const Result result = Script("SET a 1\n\n# comment\nget a\nDELETE a\nGET a");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, "OK\n1\nOK\nKey not found\n");
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(connects, 1);
}

TEST_F(ReplTest, AScriptGoesOnAfterAnErrorAndExitsWithIt) {
  EXPECT_CALL(*store, Flush(_))
      .WillOnce(Return(absl::ResourceExhaustedError("full")));
  const Result result = Script("frob\nSET a 1\nflush\nGET a\n");
  EXPECT_EQ(result.code, 8);
  EXPECT_EQ(result.out, "OK\n1\n");
  EXPECT_THAT(result.err, HasSubstr("error: line 1: unknown command 'frob'"));
  EXPECT_THAT(result.err, HasSubstr("error: line 3: flush: full"));
}

TEST_F(ReplTest, ExitEndsAScript) {
  EXPECT_EQ(Script("SET a 1\nEXIT\nSET b 2\n").code, 0);
  EXPECT_EQ(store->records.size(), 1u);
  EXPECT_EQ(Script("quit\nSET b 2\n").code, 0);
  EXPECT_EQ(store->records.size(), 1u);
}

TEST_F(ReplTest, QuotesGroupWordsAndReachAnyByte) {
  EXPECT_EQ(Script("SET \"a b\\x00\" 'x y'\n").code, 0);
  EXPECT_EQ(store->records[std::string("a b\0", 4)], "x y");
  const Result result = Script("SET a x y\nSET a \"x\n");
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("too many arguments"));
  EXPECT_THAT(result.err, HasSubstr("line 2: a quote is not closed"));
}

TEST_F(ReplTest, OptionsHoldForOneLineOnly) {
  store->records["a"] = "1";
  EXPECT_EQ(Script("GET a -o json\nGET a\n").out,
            "{\"key\":\"a\",\"value\":\"1\",\"version\":\"7\"}\n1\n");
  EXPECT_EQ(Script("GET a --endpoint h:1\n").code, 2);
}

TEST_F(ReplTest, APromptExits0WhateverHappened) {
  const Result result = Type({"GET a", "frob", "SET a 1", "GET a", "exit"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, "Key not found\nOK\n1\n");
  EXPECT_THAT(result.err, HasSubstr("error: unknown command 'frob'"));
}

TEST_F(ReplTest, ThePromptEndsWithItsInput) {
  EXPECT_EQ(Type({"SET a 1"}).out, "OK\n\n");
}

TEST_F(ReplTest, ThePromptKeepsValuesFromSteeringTheTerminal) {
  store->records["a"] = "\x1b[2J";
  store->records["b"] = "x\ty\nz\\";
  EXPECT_EQ(Type({"GET a", "GET b", "exit"}).out, "\\x1b[2J\nx\ty\nz\\\n");
}

}  // namespace
}  // namespace lsmkv::cli
