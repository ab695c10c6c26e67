#include "client/cli/batch_command.h"

#include "tests/client/cli/cli_fixture.h"

namespace lsmkv::cli {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class BatchCommandTest : public CliTest {};

TEST_F(BatchCommandTest, InsertsSoManyRecordsAndShowsTheRate) {
  const Result result = Run({"BATCH", "1234"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(store->records.size(), 1234u);
  EXPECT_THAT(result.out,
              MatchesRegex("Inserted 1234 records in [0-9.]+ s \\([0-9]+ "
                           "records/s\\)\n"));
}

TEST_F(BatchCommandTest, TheSameSeedWritesTheSameRecords) {
  Run({"batch", "10", "--seed", "3", "--value-bytes", "5", "--key-prefix",
       "p:"});
  const auto first = store->records;
  store->records.clear();
  Run({"batch", "10", "--seed", "3", "--value-bytes", "5", "--key-prefix",
       "p:"});
  EXPECT_EQ(store->records, first);
  EXPECT_EQ(first.begin()->first.substr(0, 2), "p:");
  EXPECT_EQ(first.begin()->second.size(), 5u);
}

TEST_F(BatchCommandTest, RefusesWhatIsNoNumberOrTooLarge) {
  EXPECT_EQ(Run({"batch"}).code, 2);
  EXPECT_EQ(Run({"batch", "many"}).code, 2);
  EXPECT_EQ(Run({"batch", "-5"}).code, 2);
  const Result result = Run({"batch", "1", "--value-bytes", "1001"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("at most 1000"));
  EXPECT_TRUE(store->records.empty());
}

TEST_F(BatchCommandTest, NothingIsFine) {
  EXPECT_THAT(Run({"batch", "0", "-o", "json"}).out,
              HasSubstr("\"records\":\"0\""));
}

}  // namespace
}  // namespace lsmkv::cli
