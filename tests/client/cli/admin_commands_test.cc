#include "client/cli/admin_commands.h"

#include "tests/client/cli/cli_fixture.h"

namespace lsmkv::cli {
namespace {

using testing::_;
using testing::HasSubstr;
using testing::Return;

class AdminCommandsTest : public CliTest {};

client::Stats SomeStats() {
  client::Stats stats;
  stats.memtable_records = 12;
  stats.memtable_bytes = 1536;
  stats.memtable_limit_bytes = uint64_t{64} << 20;
  stats.table_files = 3;
  stats.table_records = 99;
  stats.levels = {{0, 0, 0, 0}, {1, 3, 2048, 99}};
  stats.server_version = "1.2.3";
  return stats;
}

TEST_F(AdminCommandsTest, StatsAreReadableLines) {
  EXPECT_CALL(*store, GetStats(_)).WillOnce(Return(SomeStats()));
  const Result result = Run({"STATS"});
  EXPECT_EQ(result.code, 0);
  for (const char* line :
       {"MemTable records: 12\n", "MemTable size: 1.5 KiB of 64.0 MiB\n",
        "SST files: 3\n", "SST records: 99\n",
        "Level 1: 3 files, 99 records, 2.0 KiB\n", "Server version: 1.2.3\n",
        "Background error: none\n"}) {
    EXPECT_THAT(result.out, HasSubstr(line));
  }
  EXPECT_THAT(result.out, testing::Not(HasSubstr("Level 0")));
}

TEST_F(AdminCommandsTest, StatsAsJsonHaveTheNamesOfTheRestApi) {
  EXPECT_CALL(*store, GetStats(_)).WillOnce(Return(SomeStats()));
  const Result result = Run({"stats", "-o", "json"});
  EXPECT_THAT(result.out, HasSubstr("\"memtableRecords\":\"12\""));
  EXPECT_THAT(result.out, HasSubstr("{\"level\":1,\"files\":\"3\""));
}

TEST_F(AdminCommandsTest, LimitsAreShown) {
  EXPECT_THAT(Run({"limits"}).out, HasSubstr("Key: 100 B\nValue: 1000 B\n"));
  EXPECT_THAT(Run({"limits", "-o", "json"}).out,
              HasSubstr("\"batchOperationsMax\":\"50\""));
}

TEST_F(AdminCommandsTest, FlushAndCompactAnswerOk) {
  EXPECT_CALL(*store, Flush(_)).Times(2);
  EXPECT_EQ(Run({"flush"}).out, "OK\n");
  EXPECT_EQ(Run({"flush", "-o", "json"}).out, "{}\n");
  EXPECT_CALL(*store, Compact(client::KeyRange::All(), _));
  EXPECT_EQ(Run({"compact"}).out, "OK\n");
  EXPECT_CALL(*store, Compact(client::KeyRange::Between("a", "b"), _));
  EXPECT_EQ(Run({"compact", "a", "b"}).code, 0);
  EXPECT_CALL(*store, Compact(client::KeyRange::Prefix("a"), _));
  EXPECT_EQ(Run({"compact", "--prefix", "a"}).code, 0);
}

TEST_F(AdminCommandsTest, AFailureHasItsExitCode) {
  EXPECT_CALL(*store, Flush(_))
      .WillOnce(Return(absl::ResourceExhaustedError("disk full")));
  EXPECT_EQ(Run({"flush"}).code, 8);
  EXPECT_CALL(*store, GetStats(_))
      .WillOnce(Return(absl::UnavailableError("gone")));
  EXPECT_EQ(Run({"stats"}).code, 5);
}

TEST_F(AdminCommandsTest, HealthIsInTheExitCode) {
  EXPECT_CALL(*store, Health(_))
      .WillOnce(Return(client::HealthState::kServing))
      .WillOnce(Return(client::HealthState::kNotServing))
      .WillOnce(Return(absl::UnavailableError("gone")));
  const Result serving = Run({"health"});
  EXPECT_EQ(serving.code, 0);
  EXPECT_EQ(serving.out, "SERVING\n");
  const Result stopping = Run({"health", "-o", "json"});
  EXPECT_EQ(stopping.code, 1);
  EXPECT_EQ(stopping.out, "{\"status\":\"NOT_SERVING\"}\n");
  EXPECT_EQ(Run({"health"}).code, 5);
}

}  // namespace
}  // namespace lsmkv::cli
