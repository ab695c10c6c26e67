#include "client/cli/format.h"

#include <gtest/gtest.h>

namespace lsmkv::cli {
namespace {

TEST(FormatTest, BytesTakeTheUnitThatFits) {
  EXPECT_EQ(FormatBytes(0), "0 B");
  EXPECT_EQ(FormatBytes(1023), "1023 B");
  EXPECT_EQ(FormatBytes(1536), "1.5 KiB");
  EXPECT_EQ(FormatBytes(uint64_t{64} << 20), "64.0 MiB");
  EXPECT_EQ(FormatBytes(~uint64_t{0}), "16.0 EiB");
}

TEST(FormatTest, RatesAreRoundedAndNeverDivideByZero) {
  EXPECT_EQ(PerSecond(10, 4), 3u);
  EXPECT_EQ(PerSecond(10, 0), 0u);
  EXPECT_EQ(FormatSeconds(0.25), "0.250 s");
}

TEST(FormatTest, OneIsSingular) {
  EXPECT_EQ(Counted(0, "record"), "0 records");
  EXPECT_EQ(Counted(1, "record"), "1 record");
}

}  // namespace
}  // namespace lsmkv::cli
