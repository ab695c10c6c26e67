#include "client/cli/data_commands.h"

#include "tests/client/cli/cli_fixture.h"

namespace lsmkv::cli {
namespace {

using testing::_;
using testing::Field;
using testing::HasSubstr;
using testing::Return;
using testing::StartsWith;

class DataCommandsTest : public CliTest {};

TEST_F(DataCommandsTest, SetStoresAndAnswersOk) {
  const Result result = Run({"SET", "user:1", "data"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, "OK\n");
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(store->records["user:1"], "data");
}

TEST_F(DataCommandsTest, SetAnswersJsonLikeTheRestApi) {
  EXPECT_EQ(Run({"set", "user:1", "data", "-o", "json"}).out,
            "{\"key\":\"user:1\",\"version\":\"1\"}\n");
}

TEST_F(DataCommandsTest, SetTakesOddWordsAsTheyAre) {
  for (const char* value : {"{}", "[1,2]", "", "a b", "-5", "get", "\xff\\"}) {
    EXPECT_EQ(Run({"set", "k", value}).code, 0) << value;
    EXPECT_EQ(store->records["k"], value);
  }
  EXPECT_EQ(Run({"set", "--", "--key", "-"}).code, 0);
  EXPECT_EQ(store->records["--key"], "-");
}

TEST_F(DataCommandsTest, SetReadsStdinByteForByte) {
  std::string bytes;
  for (int i = 0; i < 200'000; ++i) bytes.push_back(static_cast<char>(i * 7));
  EXPECT_EQ(Run({"set", "a", "-"}, bytes).code, 0);
  EXPECT_EQ(store->records["a"], bytes);
  EXPECT_EQ(Run({"set", "--stdin", "b"}, "line\n").code, 0);
  EXPECT_EQ(store->records["b"], "line\n");
}

TEST_F(DataCommandsTest, SetInAScriptCannotReadStdin) {
  const Result result = Script("SET a -\nSET a \"-\"\n");
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("line 1: set: stdin holds the commands"));
  EXPECT_EQ(store->records["a"], "-");
}

TEST_F(DataCommandsTest, SetNeedsAKeyAndAValue) {
  EXPECT_EQ(Run({"set"}).code, 2);
  EXPECT_EQ(Run({"set", "a"}).code, 2);
  EXPECT_EQ(Run({"set", "a", "b", "c"}).code, 2);
  EXPECT_EQ(Run({"set", "a", "b", "--stdin"}).code, 2);
  EXPECT_TRUE(store->records.empty());
}

TEST_F(DataCommandsTest, EncodingsReachEveryByte) {
  EXPECT_EQ(Run({"set", "a\\x00b", "\\xff", "--key-encoding", "escaped",
                 "--value-encoding", "escaped"})
                .code,
            0);
  const std::string key("a\0b", 3);
  EXPECT_EQ(store->records[key], "\xff");
  EXPECT_EQ(Run({"get", "--key-encoding=hex", "610062"}).out, "\xff");
  EXPECT_EQ(Run({"get", "--key-encoding=base64", "YQBi"}).out, "\xff");
  EXPECT_EQ(
      Run({"get", "--key-encoding=hex", "610062", "--value-encoding=hex"}).out,
      "ff");
  const Result bad = Run({"get", "--key-encoding=hex", "6"});
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.err, HasSubstr("the key: not hexadecimal"));
}

TEST_F(DataCommandsTest, DurabilityReachesTheCall) {
  EXPECT_CALL(*store, Put(_, _,
                          Field(&client::CallOptions::durability,
                                client::Durability::kOs)))
      .WillOnce(Return(uint64_t{1}));
  EXPECT_EQ(Run({"set", "a", "b", "--durability", "os"}).code, 0);
  EXPECT_EQ(Run({"set", "a", "b", "--durability", "none"}).code, 2);
}

TEST_F(DataCommandsTest, GetWritesTheBytesAndNothingElse) {
  const std::string value("a\0\n\xff", 4);
  store->records["k"] = value;
  const Result result = Run({"get", "k"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, value);
  EXPECT_EQ(result.err, "");
}

TEST_F(DataCommandsTest, GetAddsANewlineOnATerminal) {
  io_template.out_is_terminal = true;
  store->records["k"] = "v";
  EXPECT_EQ(Run({"get", "k"}).out, "v\n");
}

TEST_F(DataCommandsTest, GetOfAnAbsentKeyExits3AndPrintsNoData) {
  const Result result = Run({"get", "k"});
  EXPECT_EQ(result.code, 3);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "Key not found\n");
}

TEST_F(DataCommandsTest, GetAsJsonIsTheRestObject) {
  store->records["k"] = "\xff";
  EXPECT_EQ(Run({"-o", "json", "get", "k"}).out,
            "{\"key\":\"k\",\"value_base64\":\"/w==\",\"version\":\"7\"}\n");
}

TEST_F(DataCommandsTest, GetInAScriptPrintsLines) {
  const Result result =
      Script("SET k \"two words\"\nGET k\nGET absent\nget k\n");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, "OK\ntwo words\nKey not found\ntwo words\n");
  EXPECT_EQ(result.err, "");
}

TEST_F(DataCommandsTest, DeleteIsFineWithAnAbsentKey) {
  store->records["k"] = "v";
  EXPECT_EQ(Run({"delete", "k"}).out, "OK\n");
  EXPECT_TRUE(store->records.empty());
  EXPECT_EQ(Run({"DEL", "k"}).code, 0);
}

TEST_F(DataCommandsTest, ErrorsOfTheServerDecideTheExitCode) {
  const struct {
    absl::StatusCode status;
    int code;
  } kCases[] = {
      {absl::StatusCode::kInvalidArgument, 2},
      {absl::StatusCode::kFailedPrecondition, 4},
      {absl::StatusCode::kUnavailable, 5},
      {absl::StatusCode::kDeadlineExceeded, 6},
      {absl::StatusCode::kPermissionDenied, 7},
      {absl::StatusCode::kResourceExhausted, 8},
      {absl::StatusCode::kDataLoss, 9},
      {absl::StatusCode::kInternal, 1},
  };
  for (const auto& c : kCases) {
    EXPECT_CALL(*store, Get(_, _))
        .WillOnce(Return(absl::Status(c.status, "it broke")));
    const Result result = Run({"get", "k"});
    EXPECT_EQ(result.code, c.code);
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, StartsWith("lsmkv: get: "));
    EXPECT_THAT(result.err, HasSubstr("it broke"));
  }
}

TEST_F(DataCommandsTest, TheTimeoutReachesTheCall) {
  EXPECT_CALL(*store, Get(_, Field(&client::CallOptions::timeout,
                                   std::chrono::milliseconds(250))))
      .WillOnce(Return(client::Value{"v", 1}));
  EXPECT_EQ(Run({"--timeout", "250ms", "get", "k"}).code, 0);
}

TEST_F(DataCommandsTest, DeleteRangeNeedsAYes) {
  EXPECT_CALL(*store, DeleteRange(_, _, _)).Times(0);
  const Result result = Run({"delete-range", "a", "c"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("--yes"));
  EXPECT_EQ(Run({"delete-range", "--yes"}).code, 2);
  EXPECT_EQ(Run({"delete-range", "--prefix", "", "--yes"}).code, 2);
  EXPECT_EQ(Run({"delete-range", "a", "--all", "--yes"}).code, 2);
  EXPECT_EQ(Run({"delete-range", "c", "a", "--yes"}).code, 2);
  EXPECT_EQ(Run({"delete-range", "c", "--prefix", "a", "--yes"}).code, 2);
}

TEST_F(DataCommandsTest, DeleteRangeDeletesTheRangeItWasGiven) {
  EXPECT_CALL(*store,
              DeleteRange(client::KeyRange::Between("a", "c"), false, _))
      .WillOnce(Return(uint64_t{5}));
  EXPECT_EQ(Run({"delete-range", "a", "c", "--yes"}).out, "OK\n");
  EXPECT_CALL(*store, DeleteRange(client::KeyRange::Prefix("u:"), false, _))
      .WillOnce(Return(uint64_t{6}));
  EXPECT_EQ(Run({"delete-range", "--prefix", "u:", "--yes", "-o", "json"}).out,
            "{\"version\":\"6\"}\n");
  EXPECT_CALL(*store, DeleteRange(client::KeyRange::All(), true, _))
      .WillOnce(Return(uint64_t{7}));
  EXPECT_EQ(Run({"delete-range", "--all", "--yes"}).code, 0);
}

TEST_F(DataCommandsTest, DeleteRangeAsksOnATerminal) {
  io_template.in_is_terminal = true;
  EXPECT_CALL(*store, DeleteRange(_, _, _)).WillOnce(Return(uint64_t{1}));
  const Result no = Run({"delete-range", "a"}, "n\n");
  EXPECT_EQ(no.code, 2);
  EXPECT_THAT(no.err, HasSubstr("Delete every key from 'a' on? [y/N]"));
  EXPECT_EQ(Run({"delete-range", "a"}, "y\n").code, 0);
}

}  // namespace
}  // namespace lsmkv::cli
