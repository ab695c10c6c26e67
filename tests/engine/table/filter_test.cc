#include "engine/src/table/filter.h"

#include <gtest/gtest.h>

#include "engine/src/util/hash.h"

namespace lsmkv::engine {
namespace {

uint64_t HashOf(size_t i) { return Hash64("key" + std::to_string(i)); }

double FalsePositiveRate(size_t keys, int bits_per_key) {
  std::vector<uint64_t> hashes;
  for (size_t i = 0; i < keys; ++i) hashes.push_back(HashOf(i));
  Filter filter;
  EXPECT_TRUE(filter.Parse(MetaBlock(BuildFilter(hashes, bits_per_key))));
  for (const uint64_t hash : hashes) {
    EXPECT_TRUE(filter.MayContain(hash)) << "a filter must never deny a key";
  }
  constexpr size_t kTries = 200000;
  size_t passed = 0;
  for (size_t i = 0; i < kTries; ++i) {
    if (filter.MayContain(HashOf(keys + i))) ++passed;
  }
  return static_cast<double>(passed) / static_cast<double>(kTries);
}

TEST(FilterTest, TenBitsPerKeyPassAboutOnePercent) {
  EXPECT_LT(FalsePositiveRate(100000, 10), 0.012);
  EXPECT_GT(FalsePositiveRate(100000, 10), 0.002);
}

TEST(FilterTest, MoreBitsPassLess) {
  EXPECT_LT(FalsePositiveRate(50000, 16), 0.002);
  EXPECT_LT(FalsePositiveRate(50000, 5), 0.15);
}

TEST(FilterTest, AnyNumberOfKeysAndBits) {
  for (const size_t keys : {1u, 2u, 50u, 1000u}) {
    for (const int bits : {1, 2, 10, 30, 100}) {
      EXPECT_LT(FalsePositiveRate(keys, bits), 1.0);
    }
  }
}

TEST(FilterTest, ParseRefusesWhatItDidNotWrite) {
  const std::string sound = BuildFilter({1, 2, 3}, 10);
  Filter filter;
  EXPECT_FALSE(filter.Parse(MetaBlock("")));
  EXPECT_FALSE(filter.Parse(MetaBlock(std::string_view(sound).substr(1))));
  EXPECT_FALSE(
      filter.Parse(MetaBlock(sound.substr(0, sound.size() - 1) + '\0')));
  EXPECT_FALSE(
      filter.Parse(MetaBlock(sound.substr(0, sound.size() - 1) + '\x7f')));
  EXPECT_TRUE(filter.Parse(MetaBlock(sound)));
}

}  // namespace
}  // namespace lsmkv::engine
