// TableIterator against the suite of all iterators, with tables of different
// block sizes and compressions; then what is its own: readahead and errors.

#include "engine/src/table/table_iterator.h"

#include <gtest/gtest.h>

#include "tests/conformance/iterator_suite.h"
#include "tests/engine/table/table_fixture.h"

namespace lsmkv::engine {
namespace {

class TableSource final : public IteratorSource {
 public:
  TableSource(const IteratorEntries& entries, const TableBuildOptions& options,
              size_t cache_bytes)
      : cache_(cache_bytes) {
    auto table = OpenTable(BuildTable(entries, options).bytes, &cache_);
    EXPECT_TRUE(table.ok()) << table.status().message();
    table_ = *std::move(table);
  }
  std::unique_ptr<InternalIterator> NewIterator() override {
    return table_->NewIterator(/*fill_cache=*/true);
  }

 private:
  BlockCache cache_;
  std::unique_ptr<TableReader> table_;
};

IteratorSuiteParam Param(std::string name, size_t block_bytes,
                         Compression compression, size_t cache_bytes) {
  TableBuildOptions options;
  options.block_bytes = block_bytes;
  options.compression = compression;
  return {std::move(name),
          [options, cache_bytes](const IteratorEntries& entries) {
            return std::make_unique<TableSource>(entries, options, cache_bytes);
          }};
}

INSTANTIATE_TEST_SUITE_P(
    Table, IteratorSuite,
    testing::Values(Param("OneEntryPerBlock", 1, Compression::kNone, 1 << 20),
                    Param("SmallBlocks", 256, Compression::kLz4, 8 << 10),
                    Param("UsualBlocks", 4096, Compression::kZstd, 1 << 20),
                    Param("NoCache", 1024, Compression::kNone, 0),
                    Param("OneBlock", 4 << 20, Compression::kLz4, 8 << 20)),
    [](const auto& shape) { return shape.param.name; });

size_t Scan(InternalIterator* iterator) {
  size_t n = 0;
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) ++n;
  return n;
}

TEST(TableIteratorTest, ScanOfUncachedTableReadsAhead) {
  const BuiltTable built = BuildTable(NumberedEntries(20000));
  std::atomic<uint64_t> reads{0};
  auto table = OpenTable(built.bytes, nullptr, nullptr, &reads);
  ASSERT_TRUE(table.ok());
  reads = 0;
  EXPECT_EQ(Scan((*table)->NewIterator(false).get()), 20000u);
  // About 2.3 MB in reads of up to 256 KB, and a few smaller ones to begin.
  EXPECT_LE(reads.load(), 20u);
}

// Also where every block is larger than what is read ahead at first.
TEST(TableIteratorTest, ScanOfLargeBlocksReadsAhead) {
  TableBuildOptions options;
  options.block_bytes = 16 << 10;
  options.compression = Compression::kNone;
  const BuiltTable built = BuildTable(NumberedEntries(20000), options);
  std::atomic<uint64_t> reads{0};
  auto table = OpenTable(built.bytes, nullptr, nullptr, &reads);
  ASSERT_TRUE(table.ok());
  reads = 0;
  EXPECT_EQ(Scan((*table)->NewIterator(false).get()), 20000u);
  EXPECT_LE(reads.load(), 10 + built.bytes.size() / (200 << 10));
}

TEST(TableIteratorTest, RandomSeeksReadOneBlockEach) {
  const BuiltTable built = BuildTable(NumberedEntries(20000));
  std::atomic<uint64_t> reads{0};
  TableCounters counters;
  auto table = OpenTable(built.bytes, nullptr, &counters, &reads);
  ASSERT_TRUE(table.ok());
  reads = 0;
  const auto iterator = (*table)->NewIterator(false);
  for (const size_t i : {10u, 30010u, 5010u, 20010u}) {
    iterator->Seek(MakeInternalKey(NumberKey(i), kRangeEndTrailer));
    ASSERT_TRUE(iterator->Valid());
  }
  EXPECT_EQ(reads.load(), 4u);
  EXPECT_EQ(counters.cache_misses(), 4u);
}

TEST(TableIteratorTest, IteratorKeepsItsBlockWhenItIsEvicted) {
  BlockCache cache(8 << 10);
  auto table = OpenTable(BuildTable(NumberedEntries(2000)).bytes, &cache);
  ASSERT_TRUE(table.ok());
  const auto first = (*table)->NewIterator(true);
  first->SeekToFirst();
  ASSERT_TRUE(first->Valid());
  const std::string_view key = first->key();
  const std::string_view value = first->value();
  EXPECT_EQ(Scan((*table)->NewIterator(true).get()), 2000u);
  Epochs::Drain();
  EXPECT_EQ(key, PutKey(NumberKey(0), 1));
  EXPECT_EQ(value.substr(0, 2), "0:");
}

TEST(TableIteratorTest, DamagedBlockEndsTheScanWithAnError) {
  BuiltTable built = BuildTable(NumberedEntries(2000));
  built.bytes[built.bytes.size() / 3] ^= 1;
  auto table = OpenTable(built.bytes);
  ASSERT_TRUE(table.ok());
  const auto iterator = (*table)->NewIterator(true);
  const size_t n = Scan(iterator.get());
  EXPECT_GT(n, 0u);
  EXPECT_LT(n, 1000u);
  EXPECT_TRUE(absl::IsDataLoss(iterator->status()));
  iterator->SeekToLast();
  EXPECT_TRUE(iterator->Valid()) << "another block is sound";
  EXPECT_TRUE(iterator->status().ok());
}

}  // namespace
}  // namespace lsmkv::engine
