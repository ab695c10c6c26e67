#include "client/cli/scan_command.h"

#include "tests/client/cli/cli_fixture.h"

namespace lsmkv::cli {
namespace {

using testing::_;
using testing::HasSubstr;

class ScanCommandTest : public CliTest {
 protected:
  ScanCommandTest() {
    store->records = {
        {"a:1", "one"}, {"a:2", "t\two\n"}, {"b:1", "\xff"}, {"\xff", "last"}};
  }
};

TEST_F(ScanCommandTest, PrintsKeyTabValueOfThePrefix) {
  const Result result = Run({"SCAN", "a:"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, "a:1\tone\na:2\tt\\x09wo\\x0a\n");
  EXPECT_EQ(result.err, "");
}

TEST_F(ScanCommandTest, TheEmptyPrefixIsTheWholeStore) {
  EXPECT_EQ(Run({"scan", ""}).out,
            "a:1\tone\na:2\tt\\x09wo\\x0a\nb:1\t\\xff\n\\xff\tlast\n");
  EXPECT_EQ(Script("SCAN \"\"\n").out, Run({"scan", ""}).out);
}

TEST_F(ScanCommandTest, NothingFoundIsNoError) {
  const Result result = Run({"scan", "zzz"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, "");
}

TEST_F(ScanCommandTest, NdjsonIsOneRestObjectALine) {
  EXPECT_EQ(Run({"scan", "b", "-o", "ndjson"}).out,
            "{\"key\":\"b:1\",\"value_base64\":\"/w==\",\"version\":\"7\"}\n");
}

TEST_F(ScanCommandTest, JsonIsOneObject) {
  EXPECT_EQ(Run({"scan", "a", "-o", "json", "--keys-only"}).out,
            "{\"records\":[\n{\"key\":\"a:1\",\"version\":\"7\"},\n"
            "{\"key\":\"a:2\",\"version\":\"7\"}\n]}\n");
  EXPECT_EQ(Run({"scan", "zzz", "-o", "json"}).out, "{\"records\":[]}\n");
}

TEST_F(ScanCommandTest, OptionsReachTheServer) {
  EXPECT_EQ(Run({"scan", "a", "--reverse", "--limit", "1", "-k"}).out, "a:2\n");
  EXPECT_EQ(Run({"scan", "--start", "a:2", "--end", "b:2", "-k"}).out,
            "a:2\nb:1\n");
  EXPECT_EQ(Run({"scan", "--prefix", "b", "-k"}).out, "b:1\n");
  EXPECT_EQ(
      Run({"scan", "b", "--key-encoding=hex", "--value-encoding=raw"}).code, 2);
  EXPECT_EQ(
      Run({"scan", "62", "--key-encoding=hex", "--value-encoding=raw"}).out,
      "623a31\t\xff\n");
}

TEST_F(ScanCommandTest, RefusesWhatMakesNoSense) {
  EXPECT_CALL(*store, Scan(_, _)).Times(0);
  EXPECT_EQ(Run({"scan"}).code, 2);
  EXPECT_EQ(Run({"scan", "a", "--start", "b"}).code, 2);
  EXPECT_EQ(Run({"scan", "a", "--limit", "0"}).code, 2);
  EXPECT_EQ(Run({"scan", "--start", "b", "--end", "a"}).code, 2);
  EXPECT_EQ(Run({"scan", "a", "b"}).code, 2);
}

TEST_F(ScanCommandTest, AScanThatBreaksIsAnErrorAfterTheRecordsBefore) {
  EXPECT_CALL(*store, Scan(_, _)).WillRepeatedly([](const auto&, const auto&) {
    return client::MakeScanRange({{"a", "1", 2}},
                                 absl::DataLossError("bad block"));
  });
  const Result result = Run({"scan", ""});
  EXPECT_EQ(result.code, 9);
  EXPECT_EQ(result.out, "a\t1\n");
  EXPECT_THAT(result.err, HasSubstr("bad block (DATA_LOSS)"));
  // Not closed, so that no reader takes it for the whole.
  EXPECT_THAT(Run({"scan", "", "-o", "json"}).out,
              testing::Not(HasSubstr("]}")));
}

}  // namespace
}  // namespace lsmkv::cli
