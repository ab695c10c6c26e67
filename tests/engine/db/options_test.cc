#include "lsmkv/engine/options.h"

#include "gtest/gtest.h"

#include "lsmkv/engine/db.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

TEST(OptionsTest, DefaultsAreValid) { EXPECT_OK(Options().Validate()); }

TEST(OptionsTest, EveryProblemIsListedAtOnce) {
  Options options;
  options.memtables_max = 1;
  options.block_bytes = 1;
  options.filter_bits_per_key = -1;
  const absl::Status status = options.Validate();
  EXPECT_STATUS_CONTAINS(status, absl::StatusCode::kInvalidArgument,
                         "memtables_max is 1, must be 2 to 16");
  EXPECT_STATUS_CONTAINS(status, absl::StatusCode::kInvalidArgument,
                         "block_bytes is 1");
  EXPECT_STATUS_CONTAINS(status, absl::StatusCode::kInvalidArgument,
                         "filter_bits_per_key");
}

TEST(OptionsTest, AStyleThatDoesNotExistIsRefused) {
  Options options;
  options.compaction_style = static_cast<CompactionStyle>(3);
  EXPECT_STATUS_CONTAINS(options.Validate(), absl::StatusCode::kInvalidArgument,
                         "compaction_style");
}

TEST(PrefixEndTest, IsTheFirstKeyBehindThePrefix) {
  EXPECT_EQ(PrefixEnd("a"), "b");
  EXPECT_EQ(PrefixEnd("ab"), "ac");
  EXPECT_EQ(PrefixEnd("a\xff"), "b");
  EXPECT_EQ(PrefixEnd("\xff\xff"), "");
  EXPECT_EQ(PrefixEnd(""), "");
  EXPECT_EQ(PrefixEnd(std::string_view("\0", 1)), "\x01");
}

}  // namespace
}  // namespace lsmkv::engine
