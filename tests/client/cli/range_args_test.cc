#include "client/cli/range_args.h"

#include <gtest/gtest.h>

namespace lsmkv::cli {
namespace {

// How ranges are read from arguments is seen in the tests of the commands.
TEST(RangeArgsTest, RangesAreDescribedInWords) {
  EXPECT_EQ(DescribeRange(client::KeyRange::All()), "every key");
  EXPECT_EQ(DescribeRange(client::KeyRange::Prefix("a\n")),
            "the keys that start with 'a\\x0a'");
  EXPECT_EQ(DescribeRange(client::KeyRange::Between("a", "b")),
            "every key from 'a' on before 'b'");
}

}  // namespace
}  // namespace lsmkv::cli
