#include "engine/src/format/file_names.h"

#include "gtest/gtest.h"

namespace lsmkv::engine {
namespace {

TEST(FileNamesTest, NamesParseBackToWhatMadeThem) {
  for (uint64_t number : {uint64_t{1}, uint64_t{999999}, uint64_t{12345678}}) {
    EXPECT_EQ(ParseFileName(ManifestName(number)).kind, FileKind::kManifest);
    EXPECT_EQ(ParseFileName(ManifestName(number)).number, number);
    EXPECT_EQ(ParseFileName(WalPath("d", number).substr(2)).kind,
              FileKind::kWal);
    EXPECT_EQ(ParseFileName(TablePath("d", number).substr(2)).number, number);
    EXPECT_EQ(ParseFileName(ValuePath("d", number).substr(2)).kind,
              FileKind::kValues);
    EXPECT_EQ(ParseFileName(ValuePath("d", number).substr(2)).number, number);
  }
  EXPECT_EQ(ParseFileName("CURRENT").kind, FileKind::kCurrent);
  EXPECT_EQ(ParseFileName("LOCK").kind, FileKind::kLock);
}

TEST(FileNamesTest, ForeignNamesAreUnknown) {
  for (const char* name :
       {"", "000001", "1.wal", "000001.wal~", "MANIFEST-", "MANIFEST-1",
        "-00001.sst", "+00001.sst", "99999999999999999999999.sst", "0x0001.sst",
        "current", "000001.SST"}) {
    EXPECT_EQ(ParseFileName(name).kind, FileKind::kUnknown) << name;
  }
}

}  // namespace
}  // namespace lsmkv::engine
