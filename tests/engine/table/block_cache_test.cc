#include "engine/src/table/block_cache.h"

#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "lsmkv/engine/db.h"
#include "tests/engine/table/table_fixture.h"

namespace lsmkv::engine {
namespace {

using Priority = BlockCache::Priority;

constexpr size_t kBlockBytes = 1000;

// `n` slots and a way to fill them with blocks of equal size.
class Slots {
 public:
  Slots(BlockCache* cache, size_t n)
      : cache_(cache), n_(n), slots_(new BlockCache::Slot[n]()) {}
  ~Slots() { cache_->Erase(slots_.get(), n_); }

  void Fill(size_t i, Priority priority) {
    const BlockRef block(DataBlock::New(kBlockBytes));
    cache_->Insert(&slots_[i], block.get(), priority);
  }
  bool Has(size_t i) const { return slots_[i].load() != nullptr; }
  void Touch(size_t i) { slots_[i].load()->Touch(); }

 private:
  BlockCache* const cache_;
  const size_t n_;
  const std::unique_ptr<BlockCache::Slot[]> slots_;
};

size_t ChargeOfOne() {
  const BlockRef block(DataBlock::New(kBlockBytes));
  return block->charge_bytes();
}

TEST(BlockCacheTest, CountsWhatItHolds) {
  BlockCache cache(1 << 20);
  EXPECT_EQ(cache.capacity_bytes(), size_t{1} << 20);
  {
    Slots slots(&cache, 10);
    slots.Fill(0, Priority::kHot);
    slots.Fill(1, Priority::kCold);
    EXPECT_EQ(cache.used_bytes(), 2 * ChargeOfOne());
    slots.Fill(0, Priority::kHot);
    EXPECT_EQ(cache.used_bytes(), 2 * ChargeOfOne()) << "0 was filled before";
  }
  EXPECT_EQ(cache.used_bytes(), 0u);
}

TEST(BlockCacheTest, NeverExceedsItsCapacity) {
  for (const size_t capacity :
       {size_t{0}, size_t{500}, 3 * ChargeOfOne(), size_t{200000}}) {
    BlockCache cache(capacity);
    Slots slots(&cache, 1000);
    for (size_t i = 0; i < 1000; ++i) {
      slots.Fill(i, i % 3 == 0 ? Priority::kCold : Priority::kHot);
      ASSERT_LE(cache.used_bytes(), capacity);
    }
  }
}

TEST(BlockCacheTest, UsedBlocksGetASecondChance) {
  BlockCache cache(4 * ChargeOfOne());
  Slots slots(&cache, 10);
  for (size_t i = 0; i < 4; ++i) slots.Fill(i, Priority::kHot);
  slots.Touch(0);
  slots.Touch(2);
  slots.Fill(4, Priority::kHot);
  slots.Fill(5, Priority::kHot);
  EXPECT_TRUE(slots.Has(0));
  EXPECT_FALSE(slots.Has(1));
  EXPECT_TRUE(slots.Has(2));
  EXPECT_FALSE(slots.Has(3));
}

TEST(BlockCacheTest, ScanDoesNotDisplaceBlocksOfLookups) {
  BlockCache cache(100 * ChargeOfOne());
  Slots slots(&cache, 10000);
  for (size_t i = 0; i < 80; ++i) slots.Fill(i, Priority::kHot);
  for (size_t i = 100; i < 10000; ++i) slots.Fill(i, Priority::kCold);
  for (size_t i = 0; i < 80; ++i) EXPECT_TRUE(slots.Has(i)) << i;
}

TEST(BlockCacheTest, ColdBlockThatIsUsedAgainStays) {
  BlockCache cache(100 * ChargeOfOne());
  Slots slots(&cache, 10000);
  for (size_t i = 0; i < 80; ++i) slots.Fill(i, Priority::kHot);
  slots.Fill(99, Priority::kCold);
  slots.Touch(99);
  for (size_t i = 100; i < 2000; ++i) slots.Fill(i, Priority::kCold);
  EXPECT_TRUE(slots.Has(99));
}

TEST(BlockCacheTest, LargeCachesAreSplitAndStillBounded) {
  const auto cache = NewBlockCache(size_t{256} << 20);
  Slots slots(cache.get(), 1000);
  for (size_t i = 0; i < 1000; ++i) slots.Fill(i, Priority::kHot);
  for (size_t i = 0; i < 1000; ++i) EXPECT_TRUE(slots.Has(i));
  EXPECT_EQ(cache->used_bytes(), 1000 * ChargeOfOne());
}

// Threads that read a table which is replaced and retired again and again, with
// a cache so small that nearly every miss evicts what others are reading.
class RaceRig {
 public:
  RaceRig() : entries_(NumberedEntries(600, 700)), cache_(24 << 10) {
    TableBuildOptions options;
    options.block_bytes = 2000;
    options.compression = Compression::kLz4;
    bytes_ = BuildTable(entries_, options).bytes;
    current_ = Open();
  }
  ~RaceRig() { delete current_.load(); }

  void ReplaceTable() {
    TableReader* const old = current_.exchange(Open());
    Epochs::Retire([old] { delete old; });
  }
  void Stop() { stop_ = true; }
  uint64_t lookups() const { return lookups_.load(); }
  const BlockCache& cache() const { return cache_; }
  const TableCounters& counters() const { return counters_; }

  void LookUpUntilStopped(uint32_t seed) {
    std::mt19937 random(seed);
    PinnedValue value;  // kept from one lookup to the next
    while (!stop_.load()) {
      const size_t i = random() % entries_.size();
      const std::string key = NumberKey(2 * i);
      {
        EpochGuard guard;
        ValueSink sink(&value);
        PointResult result;
        const absl::Status status = current_.load()->Get(
            {key, Hash64(key), kSequenceMax, random() % 8 != 0}, &result,
            &sink);
        ASSERT_TRUE(status.ok()) << status.message();
        ASSERT_EQ(result.state, PointResult::State::kPut);
      }
      ASSERT_EQ(value.view(), entries_[i].second);
      lookups_.fetch_add(1);
    }
  }

  void ScanUntilStopped(uint32_t seed) {
    std::mt19937 random(seed);
    while (!stop_.load()) {
      EpochGuard guard;  // keeps the table for as long as the scan
      const auto iterator = current_.load()->NewIterator(random() % 2 == 0);
      size_t i = random() % entries_.size();
      iterator->Seek(entries_[i].first);
      for (int n = 0; n < 50 && iterator->Valid(); ++n, ++i) {
        ASSERT_EQ(iterator->key(), entries_[i].first);
        ASSERT_EQ(iterator->value(), entries_[i].second);
        iterator->Next();
      }
      ASSERT_TRUE(iterator->status().ok());
    }
  }

 private:
  TableReader* Open() {
    auto table = OpenTable(bytes_, &cache_, &counters_);
    EXPECT_TRUE(table.ok());
    return table->release();
  }

  const Entries entries_;
  std::string bytes_;
  BlockCache cache_;
  TableCounters counters_;
  std::atomic<TableReader*> current_{nullptr};
  std::atomic<bool> stop_{false};
  std::atomic<uint64_t> lookups_{0};
};

// Meant for ThreadSanitizer and AddressSanitizer.
TEST(BlockCacheRaceTest, LookupsScansEvictionsAndEndsOfTables) {
  RaceRig rig;
  std::vector<std::thread> threads;
  for (const uint32_t seed : {1U, 2U, 3U}) {
    threads.emplace_back([&rig, seed] { rig.LookUpUntilStopped(seed); });
  }
  for (const uint32_t seed : {4U, 5U}) {
    threads.emplace_back([&rig, seed] { rig.ScanUntilStopped(seed); });
  }
  for (int round = 0; round < 200; ++round) {
    rig.ReplaceTable();
    EXPECT_LE(rig.cache().used_bytes(), rig.cache().capacity_bytes());
    const uint64_t goal = rig.lookups() + 100;
    while (rig.lookups() < goal && !testing::Test::HasFatalFailure()) {
      std::this_thread::yield();
    }
  }
  rig.Stop();
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(rig.counters().cache_hits(), 0u);
  EXPECT_GT(rig.counters().cache_misses(), 0u);
  Epochs::Drain();  // of what the rig owns and its tables use
}

TEST(TableCountersTest, CountsOfAllThreadsAddUp) {
  TableCounters counters;
  std::vector<std::thread> threads;
  // More than there are cells, so that some threads share one.
  for (int t = 0; t < 100; ++t) {
    threads.emplace_back([&counters] {
      for (int i = 0; i < 1000; ++i) counters.Add(TableCounters::kCacheHits);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counters.cache_hits(), 100000u);
  EXPECT_EQ(counters.cache_misses(), 0u);
}

}  // namespace
}  // namespace lsmkv::engine
