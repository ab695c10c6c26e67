#include "engine/src/wal/log_stage.h"

#include <optional>
#include <string>

#include "gtest/gtest.h"

#include "engine/src/wal/log_format.h"

namespace lsmkv::engine {
namespace {

constexpr uint64_t kHalf = kLogStageSlotBytes / 2;

class LogStageTest : public ::testing::Test {
 protected:
  // The slot in which a record of half a slot goes; -1 where there is none.
  int Put(uint64_t sequence, const std::string& operations = "op") {
    const std::optional<uint64_t> at = stage_.Place(kHalf);
    if (!at) return -1;
    EXPECT_EQ((*at - kLogStageAt) % kHalf, 0u);
    stage_.Put({sequence, 1, operations}, sequence - 1, kHalf);
    return static_cast<int>((*at - kLogStageAt) / kLogStageSlotBytes);
  }

  LogStage stage_{3 * kLogStageSlotBytes};
};

TEST_F(LogStageTest, RecordsOfASlotBecomeABlock) {
  EXPECT_EQ(Put(1, "a"), 0);
  EXPECT_EQ(Put(2, "b"), 0);
  EXPECT_FALSE(stage_.has_full_slot());
  EXPECT_FALSE(stage_.Oldest(false).has_value());
  EXPECT_EQ(Put(3, "c"), 1);
  EXPECT_TRUE(stage_.has_full_slot());
  const auto block = stage_.Oldest(false);
  ASSERT_TRUE(block.has_value());
  EXPECT_EQ(block->batch.sequence, 1u);
  EXPECT_EQ(block->batch.count, 2u);
  EXPECT_EQ(block->batch.operations, "ab");
  EXPECT_EQ(block->durable_upto, 1u);
  stage_.Free();
  EXPECT_FALSE(stage_.has_full_slot());
}

TEST_F(LogStageTest, BlocksComeInOrderWhateverTheirSlots) {
  for (uint64_t i = 1; i <= 6; ++i) EXPECT_GE(Put(i), 0);
  EXPECT_EQ(Put(7), -1);
  EXPECT_EQ(stage_.Oldest(false)->batch.sequence, 1u);
  stage_.Free();
  EXPECT_EQ(Put(7), 0);
  EXPECT_EQ(Put(8), 0);
  EXPECT_EQ(Put(9), -1);
  uint64_t next = 3;
  while (const auto block = stage_.Oldest(true)) {
    EXPECT_EQ(block->batch.sequence, next);
    next += 2;
    stage_.Free();
  }
  EXPECT_EQ(next, 9u);
}

TEST_F(LogStageTest, SlotFreedLastIsOpenedFirst) {
  for (uint64_t i = 1; i <= 20; i += 2) {
    EXPECT_EQ(Put(i), 0) << i;
    EXPECT_EQ(Put(i + 1), 0) << i;
    ASSERT_TRUE(stage_.Oldest(true).has_value());
    stage_.Free();
  }
}

TEST_F(LogStageTest, OpenSlotThatWasTakenIsNotWrittenTo) {
  EXPECT_EQ(Put(1), 0);
  const auto block = stage_.Oldest(true);
  ASSERT_TRUE(block.has_value());
  EXPECT_EQ(Put(2), 1);
  EXPECT_EQ(block->batch.count, 1u);
  stage_.Free();
  EXPECT_EQ(stage_.Oldest(true)->batch.sequence, 2u);
}

TEST_F(LogStageTest, SlotWithoutARecordIsNoBlock) {
  EXPECT_TRUE(stage_.Place(kHalf).has_value());  // and then it failed
  EXPECT_FALSE(stage_.Oldest(true).has_value());
  EXPECT_EQ(Put(1), 0);
}

}  // namespace
}  // namespace lsmkv::engine
