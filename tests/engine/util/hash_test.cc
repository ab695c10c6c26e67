#include "engine/src/util/hash.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

#include "tests/support/random_seed.h"

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

TEST(HashTest, PiecesHashLikeTheWhole) {
  const std::string bytes = Random(7).Bytes(5000);
  const std::string_view data = bytes;
  for (const uint64_t seed : {uint64_t{0}, uint64_t{1}, ~uint64_t{0}}) {
    StreamingHash64 hash(seed);
    for (size_t n = 0; n < data.size(); ++n) {
      ASSERT_EQ(hash.Digest(), Hash64(data.substr(0, n), seed)) << n;
      hash.Update(data.substr(n, 1));
    }
  }
}

}  // namespace
}  // namespace lsmkv::engine
