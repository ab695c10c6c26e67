#include "engine/src/util/hash.h"

#include "gtest/gtest.h"

namespace lsmkv::engine {
namespace {

// Files on disk depend on it: these numbers must never change.
TEST(HashTest, IsXxh3For64Bits) {
  EXPECT_EQ(Hash64(""), 0x2d06800538d394c2u);
  EXPECT_EQ(Hash64("lsmkv"), Hash64("lsmkv", 0));
}

TEST(HashTest, SaltChangesTheChecksum) {
  EXPECT_NE(Checksum32("data", 1), Checksum32("data", 2));
}

}  // namespace
}  // namespace lsmkv::engine
