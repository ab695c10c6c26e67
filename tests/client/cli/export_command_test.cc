#include "client/cli/export_command.h"

#include <filesystem>
#include <fstream>
#include <random>

#include "tests/client/cli/cli_fixture.h"
#include "tests/support/temp_dir.h"

namespace lsmkv::cli {
namespace {

using testing::_;
using testing::HasSubstr;

class ExportCommandTest : public CliTest {
 protected:
  static std::string ReadFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TempDir dir_;
};

TEST_F(ExportCommandTest, WritesNdjsonToStdout) {
  store->records = {{"a", "1"}, {"b", "\xff"}};
  const Result result = Run({"export"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out,
            "{\"key\":\"a\",\"value\":\"1\",\"version\":\"7\"}\n"
            "{\"key\":\"b\",\"value_base64\":\"/w==\",\"version\":\"7\"}\n");
  EXPECT_THAT(result.err, HasSubstr("Exported 2 records in "));
}

TEST_F(ExportCommandTest, WritesAFileInTheFormatOfItsName) {
  store->records = {{"a", "1\n"}};
  const std::string path = dir_.File("out.tsv");
  EXPECT_EQ(Run({"export", path}).out, "");
  EXPECT_EQ(ReadFile(path), "a\t1\\x0a\n");
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
}

TEST_F(ExportCommandTest, ImportGivesEveryByteBack) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 500; ++i) {
    std::string key(1 + random() % 20, '\0');
    std::string value(random() % 50, '\0');
    for (char& c : key) c = static_cast<char>(random());
    for (char& c : value) c = static_cast<char>(random());
    store->records[key] = value;
  }
  const auto records = store->records;
  for (const char* format : {"ndjson", "tsv"}) {
    const Result exported = Run({"export", "--format", format});
    ASSERT_EQ(exported.code, 0);
    store->records.clear();
    ASSERT_EQ(Run({"import", "--format", format, "-"}, exported.out).code, 0);
    EXPECT_EQ(store->records, records) << format;
  }
}

TEST_F(ExportCommandTest, TakesRangesAndALimit) {
  store->records = {{"a1", ""}, {"a2", ""}, {"b1", ""}};
  EXPECT_EQ(Run({"export", "-f", "tsv", "--prefix", "a"}).out, "a1\t\na2\t\n");
  EXPECT_EQ(Run({"export", "-f", "tsv", "--start", "a2"}).out, "a2\t\nb1\t\n");
  EXPECT_EQ(Run({"export", "-f", "tsv", "-n", "1", "-"}).out, "a1\t\n");
}

TEST_F(ExportCommandTest, AnExportThatBreaksLeavesTheOldFile) {
  const std::string path = dir_.File("out");
  std::ofstream(path) << "old";
  EXPECT_CALL(*store, Scan(_, _)).WillOnce([](const auto&, const auto&) {
    return client::MakeScanRange({{"a", "1", 2}},
                                 absl::UnavailableError("gone"));
  });
  const Result result = Run({"export", path});
  EXPECT_EQ(result.code, 5);
  EXPECT_EQ(ReadFile(path), "old");
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
}

TEST_F(ExportCommandTest, AFileThatCannotBeMadeIsNamed) {
  const Result result = Run({"export", dir_.File("no/such")});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("no/such"));
  EXPECT_THAT(Run({"export", dir_.path()}).err, HasSubstr("is a directory"));
}

TEST_F(ExportCommandTest, OutputThatCannotBeWrittenIsAnError) {
  store->records = {{"a", "1"}};
  const Result result = Run({"export", "/dev/full"});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("/dev/full"));
}

}  // namespace
}  // namespace lsmkv::cli
