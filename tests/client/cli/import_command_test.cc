#include "client/cli/import_command.h"

#include <fstream>

#include "tests/client/cli/cli_fixture.h"
#include "tests/support/temp_dir.h"

namespace lsmkv::cli {
namespace {

using testing::_;
using testing::HasSubstr;
using testing::Return;

class ImportCommandTest : public CliTest {
 protected:
  std::string WriteFile(const std::string& name, const std::string& text) {
    std::ofstream(dir_.File(name), std::ios::binary) << text;
    return dir_.File(name);
  }
  static std::string ReadFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TempDir dir_;
};

TEST_F(ImportCommandTest, TakesNdjsonFromStdin) {
  const Result result =
      Run({"import", "-"},
          "{\"key\":\"a\",\"value\":\"1\",\"version\":\"9\"}\n\n"
          "{\"key_base64\":\"/w==\",\"value_base64\":\"AA==\"}");
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, HasSubstr("Imported 2 records in "));
  EXPECT_EQ(store->records, (std::map<std::string, std::string>{
                                {"a", "1"}, {"\xff", std::string(1, '\0')}}));
}

TEST_F(ImportCommandTest, TakesTsvByOptionOrByName) {
  EXPECT_EQ(Run({"import", "--format", "tsv", "-"}, "a\t1\n").code, 0);
  EXPECT_EQ(Run({"import", WriteFile("x.tsv", "b\t\\x00\n")}).code, 0);
  EXPECT_EQ(store->records["a"], "1");
  EXPECT_EQ(store->records["b"], std::string(1, '\0'));
}

TEST_F(ImportCommandTest, StopsAtTheFirstBadLineAndKeepsTheOnesBefore) {
  const std::string path = WriteFile("x.tsv", "a\t1\nb\t2\nbroken\nc\t3\n");
  const Result result = Run({"import", path});
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr(path + ": line 3: no tab"));
  EXPECT_THAT(result.err, HasSubstr("2 records written, up to line 2\n"));
  EXPECT_EQ(store->records.size(), 2u);
  EXPECT_EQ(store->records.count("c"), 0u);
}

TEST_F(ImportCommandTest, ARecordOverALimitIsABadLine) {
  const Result result = Run({"import", "-f", "tsv", "-"},
                            "a\t1\nb\t" + std::string(1001, 'x') + "\n");
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("stdin: line 2: the value has 1001 bytes, "
                                    "the server takes 1000"));
  EXPECT_EQ(store->records.size(), 1u);
}

TEST_F(ImportCommandTest, BatchesStayWithinTheLimitsOfTheServer) {
  std::string lines;
  for (int i = 0; i < 500; ++i) {
    lines += std::to_string(i) + "\t" +
             std::string(i % 2 == 0 ? 0u : 900u, 'x') + "\n";
  }
  EXPECT_CALL(*store, AsyncWrite(_, _, _))
      .WillRepeatedly([this](client::WriteBatch batch, const auto&,
                             client::WriteCallback done) {
        EXPECT_LE(batch.size_bytes(), 5000u);
        EXPECT_LE(batch.count(), 50u);
        for (const auto& operation : batch.operations()) {
          store->records[operation.key] = operation.value;
        }
        done(uint64_t{1});
      });
  EXPECT_EQ(Run({"import", "-f", "tsv", "-"}, lines).code, 0);
  EXPECT_EQ(store->records.size(), 500u);
}

TEST_F(ImportCommandTest, AFailedWriteSaysHowFarItCame) {
  int calls = 0;
  EXPECT_CALL(*store, AsyncWrite(_, _, _))
      .WillRepeatedly([&calls](client::WriteBatch, const auto&,
                               client::WriteCallback done) {
        if (++calls == 2) return done(absl::UnavailableError("gone"));
        done(uint64_t{1});
      });
  const std::string progress = dir_.File("progress");
  const Result result = Run({"import", "-f", "tsv", "--batch-records", "2",
                             "--progress-file", progress, "-"},
                            "a\t1\nb\t2\nc\t3\nd\t4\ne\t5\n");
  EXPECT_EQ(result.code, 5);
  EXPECT_THAT(result.err, HasSubstr("gone"));
  EXPECT_THAT(result.err, HasSubstr("2 records written, up to line 2\n"));
  EXPECT_EQ(ReadFile(progress), "2\n");
}

TEST_F(ImportCommandTest, TheProgressFileEndsAtTheLastLine) {
  const std::string progress = dir_.File("progress");
  EXPECT_EQ(Run({"import", "-f", "tsv", "--progress-file", progress, "-"},
                "a\t1\nb\t2\n")
                .code,
            0);
  EXPECT_EQ(ReadFile(progress), "2\n");
  const Result result =
      Run({"import", "-f", "tsv", "--progress-file", dir_.File("no/such"), "-"},
          "a\t1\n");
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("no/such"));
}

TEST_F(ImportCommandTest, CanBeginLaterAndCanOnlyCheck) {
  EXPECT_EQ(
      Run({"import", "-f", "tsv", "--start-line", "2", "-"}, "broken\nb\t2\n")
          .code,
      0);
  EXPECT_EQ(store->records.size(), 1u);
  const Result checked =
      Run({"import", "-f", "tsv", "--dry-run", "-"}, "c\t1\n");
  EXPECT_THAT(checked.out, HasSubstr("Checked 1 record in "));
  EXPECT_EQ(store->records.count("c"), 0u);
  EXPECT_EQ(Run({"import", "-f", "tsv", "--dry-run", "-"}, "c\n").code, 1);
}

TEST_F(ImportCommandTest, TheLastOfTwoLinesWithOneKeyWins) {
  EXPECT_EQ(Run({"import", "-f", "tsv", "--batch-records", "1", "-"},
                "a\t1\na\t2\na\t3\n")
                .code,
            0);
  EXPECT_EQ(store->records["a"], "3");
}

TEST_F(ImportCommandTest, AFileThatCannotBeReadIsNamed) {
  const Result absent = Run({"import", dir_.File("absent")});
  EXPECT_EQ(absent.code, 1);
  EXPECT_THAT(absent.err, HasSubstr("absent: No such file"));
  EXPECT_THAT(Run({"import", dir_.path()}).err, HasSubstr("is a directory"));
  EXPECT_EQ(connects, 0);
}

TEST_F(ImportCommandTest, RefusesWhatMakesNoSense) {
  EXPECT_EQ(Run({"import"}).code, 2);
  EXPECT_EQ(Run({"import", "-f", "csv", "-"}).code, 2);
  EXPECT_EQ(Run({"import", "--in-flight", "0", "-"}).code, 2);
  EXPECT_EQ(Script("import -\n").code, 2);
}

TEST_F(ImportCommandTest, AServerThatIsAwayIsReportedAtOnce) {
  EXPECT_CALL(*store, GetLimits(_))
      .WillOnce(Return(absl::UnavailableError("gone")));
  EXPECT_EQ(Run({"import", "-"}, "broken\n").code, 5);
}

TEST_F(ImportCommandTest, JsonOutputCounts) {
  EXPECT_THAT(Run({"import", "-o", "json", "-f", "tsv", "-"}, "a\t1\n").out,
              HasSubstr("{\"records\":\"1\",\"seconds\":"));
}

}  // namespace
}  // namespace lsmkv::cli
