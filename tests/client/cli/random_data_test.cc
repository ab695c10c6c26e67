#include "client/cli/random_data.h"

#include <gtest/gtest.h>

namespace lsmkv::cli {
namespace {

TEST(RandomDataTest, TheSameSeedGivesTheSameData) {
  RandomData a(3);
  RandomData b(3);
  RandomData c(4);
  const std::string key = a.Key("k:");
  EXPECT_EQ(key, b.Key("k:"));
  EXPECT_NE(key, c.Key("k:"));
  EXPECT_EQ(key.size(), 18u);
  EXPECT_EQ(key.substr(0, 2), "k:");
}

TEST(RandomDataTest, ValuesHaveTheSizeAskedFor) {
  RandomData random(1);
  for (const size_t size : {0u, 1u, 10u, 11u, 1000u}) {
    EXPECT_EQ(random.Value(size).size(), size);
  }
  EXPECT_NE(random.Value(20), random.Value(20));
}

}  // namespace
}  // namespace lsmkv::cli
