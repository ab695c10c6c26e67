#include "engine/src/format/batch.h"

#include <string>

#include "gtest/gtest.h"

#include "lsmkv/engine/write_batch.h"

namespace lsmkv::engine {
namespace {

WriteBatch Sample() {
  WriteBatch batch;
  batch.Put("key", "value");
  batch.Delete("gone");
  batch.DeleteRange("a", "b");
  batch.Put("empty", "");
  return batch;
}

TEST(BatchTest, OperationsComeBackInOrder) {
  const WriteBatch batch = Sample();
  EXPECT_EQ(batch.count(), 4u);
  BatchReader reader(batch.encoded());
  BatchOperation op;
  ASSERT_TRUE(reader.Next(&op));
  EXPECT_EQ(op.type, ValueType::kPut);
  EXPECT_EQ(op.key, "key");
  EXPECT_EQ(op.value, "value");
  ASSERT_TRUE(reader.Next(&op));
  EXPECT_EQ(op.type, ValueType::kDelete);
  EXPECT_EQ(op.key, "gone");
  ASSERT_TRUE(reader.Next(&op));
  EXPECT_EQ(op.type, ValueType::kRangeDelete);
  EXPECT_EQ(op.value, "b");
  ASSERT_TRUE(reader.Next(&op));
  EXPECT_EQ(op.value, "");
  EXPECT_FALSE(reader.Next(&op));
  EXPECT_FALSE(reader.damaged());
}

TEST(BatchTest, CutAnywhereWithinAnOperationIsDamage) {
  const WriteBatch batch = Sample();
  size_t damaged = 0;
  for (size_t n = 1; n < batch.encoded().size(); ++n) {
    BatchReader reader(batch.encoded().substr(0, n));
    BatchOperation op;
    while (reader.Next(&op)) {
    }
    damaged += reader.damaged() ? 1 : 0;
  }
  // All cuts but the three between operations.
  EXPECT_EQ(damaged, batch.encoded().size() - 1 - 3);
}

TEST(BatchTest, UnknownTypeIsRefused) {
  const std::string encoded("\x03\x01k\x01v", 5);
  BatchReader reader(encoded);
  BatchOperation op;
  EXPECT_FALSE(reader.Next(&op));
  EXPECT_TRUE(reader.damaged());
}

}  // namespace
}  // namespace lsmkv::engine
