// Bugs that other engines had with compactions and iterators, each as a test
// of what this one does instead. tests/KNOWN_BUGS.md names the originals.

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "tests/engine/fault/known/known_bug_fixture.h"

namespace lsmkv::engine {
namespace {

using KnownReadBugTest = KnownBugTest;
using Records = std::map<std::string, std::string>;

std::string Key(int number) {
  char key[16];
  std::snprintf(key, sizeof(key), "key%05d", number);
  return key;
}

// A compaction that ends between two versions of a key leaves the older one
// where it is found first.
TEST_F(KnownReadBugTest, AllVersionsOfAKeyStayInOrderThroughCompactions) {
  ASSERT_OK(TryOpen());
  std::vector<std::unique_ptr<Snapshot>> snapshots;
  // More than a table of versions that snapshots keep.
  for (int i = 0; i < 100; ++i) {
    Put("key", std::to_string(i) + std::string(2000, 'v'));
    Put("other" + std::to_string(i), std::string(500, 'o'));
    snapshots.push_back(db_->GetSnapshot());
    if (i % 9 == 0) {
      ASSERT_OK(db_->Flush());
    }
    if (i % 31 == 0) {
      ASSERT_OK(db_->CompactRange("key", "kez"));
    }
  }
  ASSERT_OK(db_->CompactRange("a", "key"));
  for (size_t i = 0; i < snapshots.size(); ++i) {
    ReadOptions read;
    read.snapshot = snapshots[i].get();
    PinnedValue value;
    ASSERT_OK(db_->Get(read, "key", &value));
    EXPECT_EQ(value.view(), std::to_string(i) + std::string(2000, 'v'));
  }
  snapshots.clear();
  ASSERT_OK(db_->CompactRange(std::nullopt, std::nullopt));
  EXPECT_EQ(*db_->Get("key"), "99" + std::string(2000, 'v'));
}

// A tombstone that goes while an older version lies further down.
TEST_F(KnownReadBugTest, ADeletedKeyStaysDeletedOnEveryLevel) {
  ASSERT_OK(TryOpen());
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 300; ++i) Put(Key(i), std::string(400, 'v'));
    ASSERT_OK(db_->CompactRange(std::nullopt, std::nullopt));
    for (int i = 0; i < 300; i += 2) {
      ASSERT_OK(db_->Delete({}, Key(i)));
    }
    ASSERT_OK(db_->DeleteRange({}, Key(100), Key(120)));
    ASSERT_OK(db_->Flush());
    // Only the tables above, then all.
    ASSERT_OK(db_->WaitForIdle());
    for (const bool compacted : {false, true}) {
      if (compacted) {
        ASSERT_OK(db_->CompactRange(Key(0), Key(150)));
      }
      for (int i = 0; i < 300; ++i) {
        const bool gone = i % 2 == 0 || (i >= 100 && i < 120);
        EXPECT_EQ(db_->Get(Key(i)).ok(), !gone) << Key(i);
      }
    }
  }
}

// Sequence 0 taken for "no snapshot": what is written later is dropped or seen.
TEST_F(KnownReadBugTest, ASnapshotOfAnEmptyStoreStaysEmpty) {
  ASSERT_OK(TryOpen());
  const auto snapshot = db_->GetSnapshot();
  Put("a", "1");
  Put("b", "1");
  ASSERT_OK(db_->Delete({}, "b"));
  ASSERT_OK(db_->CompactRange(std::nullopt, std::nullopt));
  ReadOptions read;
  read.snapshot = snapshot.get();
  EXPECT_EQ(Contents(read), Records());
  EXPECT_EQ(Contents(), (Records{{"a", "1"}}));
}

// A compaction that asks twice which snapshots there are, and is told twice.
TEST_F(KnownReadBugTest, SnapshotsMayComeAndGoDuringACompaction) {
  options_.compaction_threads = 2;
  ASSERT_OK(TryOpen());
  for (int i = 0; i < 400; ++i) Put(Key(i), std::string(300, 'a'));
  ASSERT_OK(db_->Flush());
  std::atomic<bool> done{false};
  std::thread compactor([&] {
    for (int i = 0; i < 20; ++i) {
      EXPECT_OK(db_->CompactRange(std::nullopt, std::nullopt));
    }
    done = true;
  });
  for (int round = 0; !done; ++round) {
    const std::string key = Key(round % 400);
    EXPECT_OK(db_->Put({Durability::kOs}, key, std::to_string(round)));
    const auto snapshot = db_->GetSnapshot();
    EXPECT_OK(db_->Delete({Durability::kOs}, key));
    ReadOptions read;
    read.snapshot = snapshot.get();
    PinnedValue value;
    EXPECT_OK(db_->Get(read, key, &value));
    EXPECT_EQ(value.view(), std::to_string(round));
    EXPECT_STATUS(db_->Get(key), absl::StatusCode::kNotFound);
    EXPECT_OK(db_->Put({Durability::kOs}, key, "back"));
  }
  compactor.join();
  EXPECT_EQ(Contents().size(), 400u);
}

// Writes while an iterator goes back, and turns round.
TEST_F(KnownReadBugTest, AWalkBackwardsSeesNothingWrittenMeanwhile) {
  ASSERT_OK(TryOpen());
  for (const char* key : {"1", "2", "3", "4", "5"}) Put(key, "b");
  const auto it = db_->NewIterator({});
  Put("25", "cd");  // between two that are there, after the iterator was made
  it->Seek("5");
  ASSERT_EQ(it->key(), "5");
  std::string walk;
  for (const char move : std::string("<<<>>>><<<<")) {
    if (move == '<') {
      it->Prev();
    } else {
      it->Next();
    }
    if (!it->Valid()) break;
    walk += std::string(it->key());
    ASSERT_OK(db_->Put({}, std::string(it->key()) + "5", "new"));
  }
  EXPECT_OK(it->status());
  EXPECT_EQ(walk, "432345");
}

// Filters may keep a seek from a table only if it holds nothing in the range.
TEST_F(KnownReadBugTest, SeeksFindTheNeighboursOfKeysNoFilterKnows) {
  options_.filter_bits_per_key = 40;
  ASSERT_OK(TryOpen());
  for (int i = 0; i < 500; i += 5) Put(Key(i), "v");
  ASSERT_OK(db_->CompactRange(std::nullopt, std::nullopt));
  ASSERT_OK(TryOpen());  // and with the filter as it was read
  const auto it = db_->NewIterator({});
  for (int i = 1; i < 495; ++i) {
    it->SeekForPrev(Key(i));
    ASSERT_TRUE(it->Valid());
    EXPECT_EQ(it->key(), Key(i / 5 * 5));
    it->Seek(Key(i));
    ASSERT_TRUE(it->Valid());
    EXPECT_EQ(it->key(), Key((i + 4) / 5 * 5));
    it->Prev();
    ASSERT_TRUE(it->Valid());
    EXPECT_EQ(it->key(), Key((i + 4) / 5 * 5 - 5));
  }
}

// A scan that met an error, ended, and told nobody.
TEST_F(KnownReadBugTest, AReadErrorIsNeverTheEndOfAScan) {
  options_.block_cache_bytes = 0;
  options_.block_bytes = 512;
  ASSERT_OK(TryOpen());
  for (int i = 0; i < 1000; ++i) Put(Key(i), std::string(100, 'v'));
  ASSERT_OK(db_->CompactRange(std::nullopt, std::nullopt));
  int failed = 0;
  for (const bool forward : {true, false}) {
    for (uint64_t n = 1; n < 40; ++n) {
      SCOPED_TRACE(n);
      env_.FailNth(kSimRead, n, absl::InternalError("EIO"), false, ".sst");
      const auto it = db_->NewIterator({});
      size_t seen = 0;
      for (forward ? it->SeekToFirst() : it->SeekToLast(); it->Valid();
           forward ? it->Next() : it->Prev()) {
        ++seen;
      }
      EXPECT_EQ(it->status().ok(), seen == 1000) << seen;
      failed += it->status().ok() ? 0 : 1;
      env_.ClearFaults();
    }
  }
  EXPECT_GT(failed, 5);
}

// One cache for two stores, whose files have the same numbers.
TEST_F(KnownReadBugTest, StoresThatShareACacheNeverSeeEachOthersBlocks) {
  options_.block_cache = NewBlockCache(1 << 20);
  std::unique_ptr<DB> stores[2];
  for (int s = 0; s < 2; ++s) {
    ASSERT_OK_AND_ASSIGN(stores[s],
                         DB::Open(options_, "/db" + std::to_string(s)));
    for (int i = 0; i < 300; ++i) {
      ASSERT_OK(stores[s]->Put({}, Key(i), std::to_string(s)));
    }
    ASSERT_OK(stores[s]->Flush());
  }
  for (int round = 0; round < 2; ++round) {
    for (int s = 0; s < 2; ++s) {
      for (int i = 0; i < 300; ++i) {
        ASSERT_EQ(*stores[s]->Get(Key(i)), std::to_string(s));
      }
      // Again with the numbers of files that went.
      ASSERT_OK(stores[s]->CompactRange(std::nullopt, std::nullopt));
    }
  }
}

}  // namespace
}  // namespace lsmkv::engine
