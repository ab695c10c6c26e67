#include "tests/bench/generators.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace lsmkv::bench {
namespace {

constexpr uint64_t kNum = 10'000;

class KeysTest : public testing::TestWithParam<KeyShape> {};

TEST_P(KeysTest, NoTwoKeysAreEqualPresentOrAbsent) {
  for (const size_t key_bytes : {size_t{16}, size_t{17}, size_t{64}}) {
    Keys keys(GetParam(), key_bytes);
    std::set<std::string> seen;
    for (uint64_t i = 0; i < kNum; ++i) {
      seen.emplace(keys.Present(i));
      seen.emplace(keys.Absent(i));
    }
    EXPECT_EQ(seen.size(), 2 * kNum);
    EXPECT_EQ(seen.begin()->size(), key_bytes);
    EXPECT_EQ(seen.rbegin()->size(), key_bytes);
  }
}

TEST_P(KeysTest, AKeyDoesNotDependOnTheOneBefore) {
  Keys used(GetParam(), 24);
  for (const uint64_t i : {uint64_t{987'654'321}, uint64_t{1}, uint64_t{0}}) {
    Keys fresh(GetParam(), 24);
    EXPECT_EQ(used.Present(i), fresh.Present(i));
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, KeysTest,
                         testing::Values(KeyShape::kDecimal, KeyShape::kHashed,
                                         KeyShape::kBinary, KeyShape::kSkewed));

TEST(SkewedKeysTest, HalfOfTheKeysBeginWithOneWord) {
  Keys keys(KeyShape::kSkewed, 16);
  std::map<std::string, uint64_t> words;
  for (uint64_t i = 0; i < kNum; ++i) {
    ++words[std::string(keys.Present(i).substr(0, 8))];
  }
  uint64_t most = 0;
  for (const auto& [word, count] : words) most = std::max(most, count);
  EXPECT_NEAR(static_cast<double>(most), kNum / 2.0, kNum / 50.0);
  EXPECT_GT(words.size(), 8U);
}

TEST(KeysOrderTest, DecimalKeysAreOrderedAsTheirRecords) {
  Keys keys(KeyShape::kDecimal, 16);
  std::string last;
  for (uint64_t i = 0; i < kNum; ++i) {
    EXPECT_LT(last, keys.Present(i));
    last = keys.Present(i);
    EXPECT_LT(last, keys.Absent(i));
  }
}

TEST(ValuesTest, AValueBelongsToItsRecordOnly) {
  const Values values(100, 7);
  std::string value;
  values.Make(3, 0, &value);
  EXPECT_EQ(value.size(), 100U);
  EXPECT_TRUE(values.BelongsTo(3, value));
  EXPECT_FALSE(values.BelongsTo(4, value));
  EXPECT_FALSE(values.BelongsTo(3, value.substr(1)));
}

TEST(ValuesTest, TheSaltChangesTheValue) {
  const Values values(100, 7);
  std::string first;
  std::string second;
  values.Make(3, 0, &first);
  values.Make(3, 1, &second);
  EXPECT_NE(first, second);
  EXPECT_TRUE(values.BelongsTo(3, second));
}

TEST(ValuesTest, HalfOfAValueRepeatsTheOtherHalf) {
  const Values values(4096, 7);
  std::string value;
  values.Make(1, 0, &value);
  size_t repeated = 0;
  for (size_t i = 64; i < value.size(); ++i) {
    if (value[i] == value[i - 64]) ++repeated;
  }
  EXPECT_GT(repeated, 1900U);
  EXPECT_LT(repeated, 2200U);
}

TEST(PermutationTest, HoldsEachNumberOnce) {
  for (const uint64_t n : {uint64_t{1}, uint64_t{2}, uint64_t{1000}, kNum}) {
    const Permutation permutation(n, 5);
    std::vector<bool> seen(n, false);
    uint64_t in_place = 0;
    for (uint64_t i = 0; i < n; ++i) {
      const uint64_t at = permutation.At(i);
      ASSERT_LT(at, n);
      EXPECT_FALSE(seen[at]);
      seen[at] = true;
      if (at == i) ++in_place;
    }
    EXPECT_LT(in_place, 20U) << n;
  }
}

TEST(ZipfTest, TheFirstOfTenThousandRanksGetsATenth) {
  const Zipf zipf(kNum);
  Random random(9);
  uint64_t first = 0;
  uint64_t last_half = 0;
  for (int i = 0; i < 100'000; ++i) {
    const uint64_t rank = zipf.Rank(random.Fraction());
    ASSERT_LT(rank, kNum);
    if (rank == 0) ++first;
    if (rank >= kNum / 2) ++last_half;
  }
  EXPECT_NEAR(static_cast<double>(first), 9'900, 700);
  EXPECT_NEAR(static_cast<double>(last_half), 7'000, 1'500);
}

}  // namespace
}  // namespace lsmkv::bench
