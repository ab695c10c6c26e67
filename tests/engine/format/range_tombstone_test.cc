#include "engine/src/format/range_tombstone.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/support/random_seed.h"

namespace lsmkv::engine {
namespace {

SequenceNumber Slow(const std::vector<RangeTombstone>& list,
                    const std::string& key, SequenceNumber snapshot) {
  SequenceNumber newest = 0;
  for (const RangeTombstone& t : list) {
    if (t.begin <= key && key < t.end && t.sequence <= snapshot) {
      newest = std::max(newest, t.sequence);
    }
  }
  return newest;
}

std::vector<RangeTombstone> RandomList(Random* rng) {
  std::vector<RangeTombstone> list;
  const uint64_t n = rng->Uniform(12);
  for (uint64_t i = 0; i < n; ++i) {
    const auto key = [&] {
      return std::string(1, static_cast<char>('a' + rng->Uniform(10)));
    };
    list.push_back({key(), key(), 1 + rng->Uniform(20)});
  }
  return list;
}

TEST(RangeTombstonesTest, CoveringAgreesWithAListOfThem) {
  Random rng(TestSeed());
  for (int run = 0; run < 2000; ++run) {
    const std::vector<RangeTombstone> list = RandomList(&rng);
    const RangeTombstones set(list);
    for (char c = 'a' - 1; c <= 'k'; ++c) {
      const std::string key(1, c);
      for (SequenceNumber snapshot : {0u, 5u, 10u, 20u}) {
        ASSERT_EQ(set.Covering(key, snapshot), Slow(list, key, snapshot));
      }
    }
  }
}

TEST(RangeTombstonesTest, FragmentsAreSortedAndApart) {
  Random rng(TestSeed());
  for (int run = 0; run < 500; ++run) {
    const RangeTombstones set(RandomList(&rng));
    std::string last_end;
    for (const auto& fragment : set.fragments()) {
      ASSERT_LT(fragment.begin, fragment.end);
      ASSERT_LE(last_end, fragment.begin);
      ASSERT_TRUE(std::is_sorted(fragment.sequences.rbegin(),
                                 fragment.sequences.rend()));
      last_end = fragment.end;
    }
  }
}

TEST(RangeTombstonesTest, ListBuildsTheSameSetAgain) {
  Random rng(TestSeed());
  const RangeTombstones set(RandomList(&rng));
  const RangeTombstones again(set.ToList());
  ASSERT_EQ(again.fragments().size(), set.fragments().size());
  for (size_t i = 0; i < set.fragments().size(); ++i) {
    EXPECT_EQ(again.fragments()[i].begin, set.fragments()[i].begin);
    EXPECT_EQ(again.fragments()[i].sequences, set.fragments()[i].sequences);
  }
}

TEST(RangeTombstonesTest, EmptyRangesAreDropped) {
  EXPECT_TRUE(RangeTombstones({{"b", "a", 1}, {"c", "c", 2}}).empty());
}

}  // namespace
}  // namespace lsmkv::engine
