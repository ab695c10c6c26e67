#include "engine/src/db/write_controller.h"

#include "gtest/gtest.h"

namespace lsmkv::engine {
namespace {

TEST(WriteControllerTest, NoBacklogNoLimit) {
  EXPECT_EQ(AllowedWriteRate({}, Options()), UINT64_MAX);
}

TEST(WriteControllerTest, RateFallsSmoothlyWithTheBacklog) {
  const Options options;  // l0_trigger 4: from 20 to 36 tables
  EXPECT_EQ(AllowedWriteRate({19, 0}, options), UINT64_MAX);
  uint64_t last = AllowedWriteRate({20, 0}, options);
  EXPECT_LT(last, UINT64_MAX);
  for (uint64_t files = 21; files < 36; ++files) {
    const uint64_t rate = AllowedWriteRate({files, 0}, options);
    EXPECT_LT(rate, last);
    EXPECT_GT(rate, last / 2);
    last = rate;
  }
}

TEST(WriteControllerTest, FullBacklogMeansWait) {
  const Options options;
  EXPECT_EQ(AllowedWriteRate({36, 0}, options), 0u);
  EXPECT_EQ(AllowedWriteRate({0, 256 * options.level_base_bytes}, options), 0u);
}

}  // namespace
}  // namespace lsmkv::engine
