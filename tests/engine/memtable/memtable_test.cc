#include "engine/src/memtable/memtable.h"

#include <string>

#include "gtest/gtest.h"

#include "tests/conformance/iterator_suite.h"

namespace lsmkv::engine {
namespace {

BatchOperation Put(std::string_view key, std::string_view value) {
  return {ValueType::kPut, key, value};
}

TEST(MemTableTest, GetSeesTheNewestVersionUpToItsSnapshot) {
  MemTable memtable(1, 64 << 10);
  memtable.Add(1, Put("k", "one"));
  memtable.Add(5, {ValueType::kDelete, "k", {}});
  memtable.Add(9, Put("k", "nine"));
  EXPECT_FALSE(memtable.Get("k", 0).found);
  EXPECT_EQ(memtable.Get("k", 4).value, "one");
  EXPECT_EQ(TrailerType(memtable.Get("k", 8).trailer), ValueType::kDelete);
  EXPECT_EQ(memtable.Get("k", 100).value, "nine");
  EXPECT_FALSE(memtable.Get("kk", 100).found);
}

TEST(MemTableTest, RangeDeletesAreKeptApartFromRecords) {
  MemTable memtable(1, 64 << 10);
  memtable.Add(1, Put("k", "v"));
  memtable.Add(2, {ValueType::kRangeDelete, "a", "z"});
  EXPECT_EQ(memtable.range_tombstones().Covering("k", 2), 2u);
  EXPECT_EQ(memtable.range_tombstones().Covering("k", 1), 0u);
  EXPECT_TRUE(memtable.Get("k", 2).found);
  EXPECT_EQ(memtable.records(), 2u);
  EXPECT_EQ(memtable.last_sequence(), 2u);
}

TEST(MemTableTest, BytesCoverKeysAndValues) {
  MemTable memtable(1, 1 << 20);
  const size_t before = memtable.bytes();
  memtable.Add(1, Put("k", std::string(10000, 'v')));
  EXPECT_GE(memtable.bytes(), before + 10000);
}

TEST(MemTableTest, KnowsWhetherItsKeysAscend) {
  MemTable memtable(1, 64 << 10);
  for (uint64_t i = 1; i <= 100; ++i) {
    memtable.Add(i, Put("k" + std::to_string(1000 + i), "v"));
    EXPECT_TRUE(memtable.ascending()) << i;
  }
  MemTable twice(1, 64 << 10);
  twice.Add(1, Put("k", "v"));
  twice.Add(2, Put("k", "v"));
  EXPECT_FALSE(twice.ascending());
  memtable.Add(101, Put("k1050a", "v"));
  EXPECT_FALSE(memtable.ascending());
  memtable.Add(102, Put("z", "v"));
  EXPECT_FALSE(memtable.ascending());
}

class MemTableSource : public IteratorSource {
 public:
  explicit MemTableSource(const IteratorEntries& entries) {
    for (const auto& [key, value] : entries) {
      tree_.Insert(UserKey(key), Trailer(key), value);
    }
  }
  std::unique_ptr<InternalIterator> NewIterator() override {
    return NewRecordTreeIterator(&tree_);
  }

 private:
  Arena records_{4096};
  Arena nodes_{4096};
  RecordTree tree_{&records_, &nodes_};
};

INSTANTIATE_TEST_SUITE_P(MemTable, IteratorSuite,
                         testing::Values(IteratorSuiteParam{
                             "MemTable", [](const IteratorEntries& entries) {
                               return std::make_unique<MemTableSource>(entries);
                             }}));

}  // namespace
}  // namespace lsmkv::engine
