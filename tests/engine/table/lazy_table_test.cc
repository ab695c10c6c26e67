// Tables that are opened lazily: what is read, when, and what becomes of a
// part that cannot be read.

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "tests/engine/table/table_fixture.h"

namespace lsmkv::engine {
namespace {

using State = PointResult::State;

// What the tests know of the reads of a file, and do to them.
struct FileWatch {
  BlockHandle part;
  std::atomic<uint64_t> reads_of_part{0};
  std::atomic<bool> fails{false};  // reads of the part do
};

class WatchedFile final : public RandomAccessFile {
 public:
  WatchedFile(std::string contents, FileWatch* watch)
      : file_(std::move(contents)), watch_(watch) {}

  absl::StatusOr<std::string_view> Read(uint64_t offset, size_t n,
                                        char* scratch) const override {
    const BlockHandle part = watch_->part;
    if (offset < part.offset + part.bytes && part.offset < offset + n) {
      watch_->reads_of_part.fetch_add(1);
      if (watch_->fails.load()) return absl::InternalError("no such sector");
    }
    return file_.Read(offset, n, scratch);
  }
  absl::StatusOr<uint64_t> Size() const override { return file_.Size(); }
  void ReadAhead(uint64_t /*offset*/, size_t /*n*/) const override {}

 private:
  const StringReadFile file_;
  FileWatch* const watch_;
};

class LazyTableTest : public testing::Test {
 protected:
  static constexpr size_t kEntries = 3000;

  void SetUp() override {
    built_ = BuildTable(NumberedEntries(kEntries));
    const auto footer =
        DecodeFooter("test.sst", built_.bytes.size(),
                     std::string_view(built_.bytes)
                         .substr(built_.bytes.size() - kFooterBytes));
    ASSERT_TRUE(footer.ok());
    footer_ = *footer;
    watch_.part = footer_.filter;
  }

  std::unique_ptr<TableReader> OpenLazily() {
    auto table = TableReader::OpenLazily(
        std::make_unique<WatchedFile>(built_.bytes, &watch_), "test.sst",
        kTestFileId, built_.bytes.size(), &cache_, &counters_);
    EXPECT_TRUE(table.ok()) << table.status().message();
    return *std::move(table);
  }
  void Damage(BlockHandle part) { built_.bytes[part.offset + 10] ^= 4; }

  BuiltTable built_;
  Footer footer_;
  FileWatch watch_;
  BlockCache cache_{8 << 20};
  TableCounters counters_;
};

TEST_F(LazyTableTest, SecondLookupReadsTheFilter) {
  const auto table = OpenLazily();
  const uint64_t opened_bytes = table->memory_bytes();
  EXPECT_EQ(GetFrom(*table, NumberKey(40)).state, State::kPut);
  EXPECT_EQ(watch_.reads_of_part, 0u);
  const uint64_t indexed_bytes = table->memory_bytes();
  EXPECT_GT(indexed_bytes, opened_bytes);

  EXPECT_EQ(GetFrom(*table, NumberKey(42)).state, State::kPut);
  EXPECT_EQ(watch_.reads_of_part, 1u);
  EXPECT_GT(table->memory_bytes(), indexed_bytes + kEntries);
  for (size_t i = 0; i < kEntries; ++i) {
    ASSERT_EQ(GetFrom(*table, NumberKey(2 * i)).state, State::kPut);
    ASSERT_EQ(GetFrom(*table, NumberKey(2 * i + 1)).state, State::kAbsent);
  }
  EXPECT_EQ(watch_.reads_of_part, 1u);
  EXPECT_GT(counters_.filter_negatives(), kEntries * 9 / 10);
  EXPECT_EQ(counters_.filters_damaged(), 0u);
}

TEST_F(LazyTableTest, FirstLookupCountsNothingOfTheFilter) {
  const auto table = OpenLazily();
  EXPECT_EQ(GetFrom(*table, NumberKey(41)).state, State::kAbsent);
  EXPECT_EQ(counters_.cache_misses(), 1u);
  EXPECT_EQ(counters_.filter_negatives() + counters_.filter_false_positives(),
            0u);
  EXPECT_EQ(GetFrom(*table, NumberKey(41)).state, State::kAbsent);
  EXPECT_EQ(counters_.filter_negatives() + counters_.filter_false_positives(),
            1u);
}

TEST_F(LazyTableTest, LoadReadsTheFilterAtOnceAndOnlyOnce) {
  const auto table = OpenLazily();
  ASSERT_TRUE(table->Load().ok());
  EXPECT_EQ(watch_.reads_of_part, 1u);
  const uint64_t bytes = table->memory_bytes();
  EXPECT_EQ(GetFrom(*table, NumberKey(41)).state, State::kAbsent);
  EXPECT_EQ(counters_.filter_negatives() + counters_.filter_false_positives(),
            1u);
  EXPECT_EQ(GetFrom(*table, NumberKey(42)).state, State::kPut);
  ASSERT_TRUE(table->Load().ok());
  EXPECT_EQ(watch_.reads_of_part, 1u);
  EXPECT_EQ(table->memory_bytes(), bytes);
  // As much as one that was opened whole.
  const auto whole = OpenTable(built_.bytes);
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ((*whole)->memory_bytes(), bytes);
}

TEST_F(LazyTableTest, IteratorsReadNoFilter) {
  const auto table = OpenLazily();
  for (int round = 0; round < 3; ++round) {
    const auto iterator = table->NewIterator(true);
    size_t entries = 0;
    for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
      ++entries;
    }
    ASSERT_TRUE(iterator->status().ok());
    EXPECT_EQ(entries, kEntries);
  }
  EXPECT_EQ(GetFrom(*table, NumberKey(40)).state, State::kPut);
  EXPECT_EQ(watch_.reads_of_part, 0u);
}

TEST_F(LazyTableTest, DamagedFilterIsCountedOnceAndNotUsed) {
  Damage(footer_.filter);
  const auto table = OpenLazily();
  EXPECT_EQ(GetFrom(*table, NumberKey(40)).state, State::kPut);
  EXPECT_EQ(counters_.filters_damaged(), 0u);
  for (size_t i = 0; i < kEntries; ++i) {
    ASSERT_EQ(GetFrom(*table, NumberKey(2 * i)).state, State::kPut);
    ASSERT_EQ(GetFrom(*table, NumberKey(2 * i + 1)).state, State::kAbsent);
  }
  EXPECT_TRUE(table->Load().ok());
  EXPECT_EQ(counters_.filters_damaged(), 1u);
  EXPECT_EQ(watch_.reads_of_part, 1u);
  EXPECT_EQ(counters_.filter_negatives() + counters_.filter_false_positives(),
            0u);
}

TEST_F(LazyTableTest, ErrorOfTheFiltersReadIsToldAndTriedAgain) {
  const auto table = OpenLazily();
  watch_.fails = true;
  EXPECT_EQ(GetFrom(*table, NumberKey(40)).state, State::kPut);
  const uint64_t indexed_bytes = table->memory_bytes();
  EXPECT_TRUE(absl::IsInternal(GetFrom(*table, NumberKey(40)).status));
  EXPECT_TRUE(absl::IsInternal(GetFrom(*table, NumberKey(41)).status));
  EXPECT_EQ(table->memory_bytes(), indexed_bytes);
  // What needs no filter goes on.
  const auto iterator = table->NewIterator(true);
  iterator->SeekToLast();
  EXPECT_TRUE(iterator->Valid());

  watch_.fails = false;
  EXPECT_EQ(GetFrom(*table, NumberKey(40)).state, State::kPut);
  EXPECT_EQ(GetFrom(*table, NumberKey(41)).state, State::kAbsent);
  EXPECT_GT(table->memory_bytes(), indexed_bytes);
  EXPECT_EQ(counters_.filters_damaged(), 0u);
  EXPECT_EQ(watch_.reads_of_part, 3u);
}

TEST_F(LazyTableTest, ErrorOfTheIndexesReadIsToldAndTriedAgain) {
  watch_.part = footer_.index;
  const auto table = OpenLazily();
  watch_.fails = true;
  EXPECT_TRUE(absl::IsInternal(GetFrom(*table, NumberKey(40)).status));
  EXPECT_TRUE(absl::IsInternal(table->LoadIndex()));
  EXPECT_TRUE(absl::IsInternal(table->Load()));
  watch_.fails = false;
  EXPECT_EQ(GetFrom(*table, NumberKey(40)).state, State::kPut);
  EXPECT_EQ(GetFrom(*table, NumberKey(41)).state, State::kAbsent);
}

TEST_F(LazyTableTest, DamagedIndexIsRefused) {
  Damage(footer_.index);
  const auto table = OpenLazily();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(absl::IsDataLoss(GetFrom(*table, NumberKey(40)).status));
  }
  const auto iterator = table->NewIterator(true);
  iterator->SeekToFirst();
  EXPECT_FALSE(iterator->Valid());
  EXPECT_TRUE(absl::IsDataLoss(iterator->status()));
}

TEST_F(LazyTableTest, DamagedPropertiesAreRefusedByWhoeverAsks) {
  Damage(footer_.properties);
  const auto table = OpenLazily();
  EXPECT_TRUE(absl::IsDataLoss(table->ReadProperties().status()));
  EXPECT_EQ(GetFrom(*table, NumberKey(40)).state, State::kPut);
  const auto findings = FindingsIn(*table, built_.bytes, built_.summary);
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings[0].offset, footer_.properties.offset);
}

TEST_F(LazyTableTest, VerifierLooksUpEveryKeyInTheFilter) {
  const auto table = OpenLazily();
  EXPECT_TRUE(FindingsIn(*table, built_.bytes, built_.summary).empty());
  EXPECT_EQ(watch_.reads_of_part, 1u) << "the table's own, beside the file's";
  const auto whole = OpenTable(built_.bytes);
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ(table->memory_bytes(), (*whole)->memory_bytes());

  Damage(footer_.filter);
  const auto damaged = OpenLazily();
  const auto findings = FindingsIn(*damaged, built_.bytes, built_.summary);
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings[0].offset, footer_.filter.offset);
}

TEST_F(LazyTableTest, ThreadsThatMeetInTheFirstLookupsFindEverything) {
  constexpr int kRounds = 20;
  constexpr size_t kThreads = 4;
  for (int round = 0; round < kRounds; ++round) {
    const auto table = OpenLazily();
    watch_.reads_of_part = 0;
    std::atomic<size_t> ready{0};
    std::vector<std::thread> threads;
    for (size_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        ready.fetch_add(1);
        while (ready.load() < kThreads) std::this_thread::yield();
        for (size_t i = t; i < 40; ++i) {
          EXPECT_EQ(GetFrom(*table, NumberKey(2 * i)).state, State::kPut);
          EXPECT_EQ(GetFrom(*table, NumberKey(2 * i + 1)).state,
                    State::kAbsent);
          EXPECT_GT(table->memory_bytes(), 0u);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(watch_.reads_of_part, 1u);
  }
}

}  // namespace
}  // namespace lsmkv::engine
