#include "engine/src/memtable/range_tombstone_set.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "tests/support/random_seed.h"

namespace lsmkv::engine {
namespace {

TEST(RangeTombstoneSetTest, AgreesWithOneSetOfAll) {
  lsmkv::Random rng(TestSeed());
  RangeTombstoneSet set;
  std::vector<RangeTombstone> all;
  for (uint64_t sequence = 1; sequence <= 300; ++sequence) {
    RangeTombstone t{std::to_string(rng.Uniform(100)),
                     std::to_string(rng.Uniform(100)), sequence};
    all.push_back(t);
    set.Add(t);
    const RangeTombstones expected(all);
    for (int i = 0; i < 10; ++i) {
      const std::string key = std::to_string(rng.Uniform(100));
      const SequenceNumber snapshot = rng.Uniform(sequence + 2);
      ASSERT_EQ(set.Covering(key, snapshot), expected.Covering(key, snapshot));
    }
  }
  EXPECT_EQ(set.count(), 300u);
}

TEST(RangeTombstoneSetTest, StaysAFewRuns) {
  RangeTombstoneSet set;
  EXPECT_EQ(set.state(), nullptr);
  for (uint64_t i = 1; i <= 1000; ++i) {
    set.Add({"a" + std::to_string(i), "b", i});
  }
  EXPECT_LE(set.state()->size(), 11u);
}

TEST(RangeTombstoneSetTest, ReadersMayLookWhileOneIsAdded) {
  RangeTombstoneSet set;
  std::atomic<bool> stop{false};
  std::atomic<SequenceNumber> added{0};
  std::atomic<uint64_t> missed{0};
  std::thread reader([&] {
    while (!stop) {
      const SequenceNumber before = added.load();
      if (set.Covering("k", kSequenceMax) < before) ++missed;
    }
  });
  for (uint64_t i = 1; i <= 2000; ++i) {
    set.Add({"a", "z", i});
    added = i;
  }
  stop = true;
  reader.join();
  EXPECT_EQ(missed, 0u);
}

}  // namespace
}  // namespace lsmkv::engine
