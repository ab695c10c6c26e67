// The DB through its public interface, over the simulated disk.

#include "lsmkv/engine/db.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "tests/engine/db/sim_db_test.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

class DbTest : public SimDbTest {
 protected:
  // Every record as "key=value ", by a scan one way or the other.
  std::string Scan(bool reverse = false, const ReadOptions& options = {}) {
    std::string out;
    const auto it = db_->NewIterator(options);
    for (reverse ? it->SeekToLast() : it->SeekToFirst(); it->Valid();
         reverse ? it->Prev() : it->Next()) {
      out += std::string(it->key()) + "=" + std::string(it->value()) + " ";
    }
    EXPECT_OK(it->status());
    return out;
  }
};

TEST_F(DbTest, GetReturnsWhatWasPut) {
  Open();
  Put("a", "1");
  EXPECT_EQ(Get("a"), "1");
  EXPECT_STATUS(db_->Get("b"), absl::StatusCode::kNotFound);
}

TEST_F(DbTest, EmptyValueIsAValue) {
  Open();
  Put("a", "");
  EXPECT_EQ(Get("a"), "");
}

TEST_F(DbTest, EmptyKeyIsRefused) {
  Open();
  EXPECT_STATUS(db_->Put({}, "", "v"), absl::StatusCode::kInvalidArgument);
  EXPECT_STATUS(db_->Delete({}, ""), absl::StatusCode::kInvalidArgument);
  EXPECT_STATUS(db_->Get(""), absl::StatusCode::kInvalidArgument);
}

TEST_F(DbTest, VersionsGrowByOnePerOperation) {
  Open();
  ASSERT_OK_AND_ASSIGN(const uint64_t first, db_->Put({}, "a", "1"));
  ASSERT_OK_AND_ASSIGN(const uint64_t second, db_->Delete({}, "a"));
  EXPECT_EQ(second, first + 1);
  WriteBatch batch;
  batch.Put("x", "1");
  batch.Put("y", "2");
  ASSERT_OK_AND_ASSIGN(const uint64_t third, db_->Write({}, batch));
  EXPECT_EQ(third, second + 2);
}

TEST_F(DbTest, DeletedKeyIsNotFoundBeforeAndAfterFlush) {
  Open();
  Put("a", "1");
  ASSERT_OK(db_->Flush());
  ASSERT_OK(db_->Delete({}, "a"));
  EXPECT_STATUS(db_->Get("a"), absl::StatusCode::kNotFound);
  ASSERT_OK(db_->Flush());
  EXPECT_STATUS(db_->Get("a"), absl::StatusCode::kNotFound);
  EXPECT_EQ(Scan(), "");
}

TEST_F(DbTest, RangeDeleteHidesItsRangeOnly) {
  Open();
  for (const char* key : {"a", "b", "c", "d"}) Put(key, "1");
  ASSERT_OK(db_->Flush());
  ASSERT_OK(db_->DeleteRange({}, "b", "d"));
  EXPECT_EQ(Scan(), "a=1 d=1 ");
  EXPECT_STATUS(db_->Get("b"), absl::StatusCode::kNotFound);
  Put("c", "2");
  EXPECT_EQ(Scan(), "a=1 c=2 d=1 ");
  ASSERT_OK(db_->Flush());
  EXPECT_EQ(Scan(/*reverse=*/true), "d=1 c=2 a=1 ");
  ASSERT_OK(db_->CompactRange(std::nullopt, std::nullopt));
  EXPECT_EQ(Scan(), "a=1 c=2 d=1 ");
  EXPECT_STATUS(db_->Get("b"), absl::StatusCode::kNotFound);
}

TEST_F(DbTest, SnapshotSeesItsMoment) {
  Open();
  Put("a", "1");
  const std::unique_ptr<Snapshot> snapshot = db_->GetSnapshot();
  Put("a", "2");
  ASSERT_OK(db_->Delete({}, "a"));
  ASSERT_OK(db_->CompactRange(std::nullopt, std::nullopt));
  ReadOptions at;
  at.snapshot = snapshot.get();
  PinnedValue value;
  ASSERT_OK(db_->Get(at, "a", &value));
  EXPECT_EQ(value.view(), "1");
  EXPECT_EQ(Scan(false, at), "a=1 ");
  EXPECT_EQ(Scan(), "");
}

TEST_F(DbTest, IteratorStaysWithinItsBoundsBothWays) {
  Open();
  for (const char* key : {"a", "b", "c", "d"}) Put(key, "1");
  ReadOptions options;
  options.lower_bound = "b";
  options.upper_bound = "d";
  EXPECT_EQ(Scan(false, options), "b=1 c=1 ");
  EXPECT_EQ(Scan(true, options), "c=1 b=1 ");
}

TEST_F(DbTest, IteratorTurnsAroundWithoutSkipping) {
  Open();
  for (const char* key : {"a", "b", "c"}) {
    Put(key, "1");
    ASSERT_OK(db_->Flush());
    Put(key, "2");
  }
  const auto it = db_->NewIterator({});
  it->Seek("b");
  ASSERT_TRUE(it->Valid());
  EXPECT_EQ(it->key(), "b");
  it->Next();
  EXPECT_EQ(it->key(), "c");
  it->Prev();
  EXPECT_EQ(it->key(), "b");
  EXPECT_EQ(it->value(), "2");
  it->Prev();
  EXPECT_EQ(it->key(), "a");
  it->Next();
  EXPECT_EQ(it->key(), "b");
  EXPECT_EQ(it->value(), "2");
}

TEST_F(DbTest, ReopenFindsFlushedAndLoggedWrites) {
  Open();
  Put("a", "1");
  ASSERT_OK(db_->Flush());
  Put("b", "2");
  Open();
  EXPECT_EQ(Scan(), "a=1 b=2 ");
  ASSERT_OK_AND_ASSIGN(const uint64_t version, db_->Put({}, "c", "3"));
  EXPECT_EQ(version, 3u);
}

TEST_F(DbTest, SyncedWriteSurvivesAPowerCut) {
  Open();
  Put("a", "1");
  const std::unique_ptr<SimEnv> image =
      env_.CrashImage(CrashMode::kDropUnsynced, 1);
  options_.env = image.get();
  Open();
  EXPECT_EQ(Get("a"), "1");
  db_.reset();
}

TEST_F(DbTest, ManyFlushesAndCompactionsKeepEveryRecord) {
  options_.l0_trigger = 2;
  options_.level_base_bytes = 256 << 10;
  options_.table_bytes = 64 << 10;
  options_.durability = Durability::kOs;
  Open();
  std::map<std::string, std::string> model;
  for (int i = 0; i < 20000; ++i) {
    const std::string key = "key" + std::to_string(i * 7919 % 5000);
    const std::string value(static_cast<size_t>(50 + i % 100),
                            static_cast<char>('a' + i % 26));
    model[key] = value;
    ASSERT_OK(db_->Put({}, key, value));
  }
  ASSERT_OK(db_->WaitForIdle());
  std::string expected;
  for (const auto& [key, value] : model) expected += key + "=" + value + " ";
  EXPECT_EQ(Scan(), expected);
  EXPECT_GT(db_->GetStats().compactions, 0u);
  Open();
  EXPECT_EQ(Scan(), expected);
  for (const auto& [key, value] : model) ASSERT_EQ(Get(key), value);
}

TEST_F(DbTest, ConcurrentWritersAllGetTheirOwnVersion) {
  Open();
  std::vector<std::thread> threads;
  std::atomic<uint64_t> sum{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const auto version =
            db_->Put({}, std::to_string(t) + "/" + std::to_string(i), "v");
        ASSERT_OK(version);
        sum += *version;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sum.load(), 800u * 801 / 2);
}

TEST_F(DbTest, AsyncWritesEndByTheirCallback) {
  Open();
  std::atomic<int> done{0};
  for (int i = 0; i < 100; ++i) {
    WriteBatch batch;
    batch.Put("k" + std::to_string(i), "v");
    db_->WriteAsync({}, std::move(batch),
                    [&](absl::StatusOr<uint64_t> version) {
                      EXPECT_OK(version);
                      ++done;
                    });
  }
  ASSERT_OK(db_->Close());
  EXPECT_EQ(done.load(), 100);
}

TEST_F(DbTest, BatchThatWasMovedFromMayBeUsedAgain) {
  Open();
  WriteBatch batch;
  batch.Put("a", "1");
  db_->WriteAsync({}, std::move(batch), [](absl::StatusOr<uint64_t>) {});
  EXPECT_TRUE(batch.empty());  // NOLINT(bugprone-use-after-move)
  batch.Put("b", "2");
  ASSERT_OK(db_->Write({}, batch));
  Open();
  EXPECT_EQ(Scan(), "a=1 b=2 ");
}

TEST_F(DbTest, WriteAfterCloseIsRefused) {
  Open();
  ASSERT_OK(db_->Close());
  EXPECT_STATUS(db_->Put({}, "a", "1"), absl::StatusCode::kFailedPrecondition);
  WriteBatch batch;
  batch.Put("a", "1");
  absl::StatusOr<uint64_t> result = 0;
  db_->WriteAsync({}, std::move(batch), [&](absl::StatusOr<uint64_t> got) {
    result = std::move(got);
  });
  EXPECT_STATUS(result, absl::StatusCode::kFailedPrecondition);
}

// Each callback submits the next write: the stack must not grow with them.
TEST_F(DbTest, WritesSubmittedByCallbacksDoNotNest) {
  options_.durability = Durability::kOs;
  Open();
  std::atomic<int> left{20000};
  std::atomic<bool> done{false};
  std::function<void()> submit = [&] {
    WriteBatch batch;
    batch.Put("k", "v");
    db_->WriteAsync({}, std::move(batch), [&](absl::StatusOr<uint64_t> got) {
      EXPECT_OK(got);
      if (--left > 0) {
        submit();
      } else {
        done = true;
      }
    });
  };
  submit();
  while (!done) std::this_thread::yield();
}

TEST_F(DbTest, WriteThatAsksForIntervalIsSyncedSoonOnAnyStore) {
  options_.durability = Durability::kOs;
  options_.sync_interval_ms = 1;
  Open();
  WriteOptions interval;
  interval.durability = Durability::kInterval;
  ASSERT_OK(db_->Put(interval, "a", "1"));
  while (db_->GetStats().wal_syncs == 0) std::this_thread::yield();
  const std::unique_ptr<SimEnv> image =
      env_.CrashImage(CrashMode::kDropUnsynced, 1);
  options_.env = image.get();
  Open();
  EXPECT_EQ(Get("a"), "1");
  db_.reset();
}

TEST_F(DbTest, APartOfAMemTableIsFlushedIfItsTableMayBeSmall) {
  struct Case {
    std::string prefix;
    bool ascending;
    size_t value_bytes;
    bool flushes;
  };
  options_.value_separation_bytes = 2000;
  for (const Case& c :
       {Case{"up", true, 1000, true}, Case{"down", false, 1000, false},
        Case{"large", false, 2000, true}}) {
    SCOPED_TRACE(c.prefix);
    Open();
    // A flush that is over: the log after next is there, and nothing to do.
    Put(c.prefix, "first");
    ASSERT_OK(db_->Flush());
    ASSERT_OK(db_->WaitForIdle());
    const uint64_t flushes = db_->GetStats().flushes;
    for (size_t bytes = 0; bytes < 40'000;
         bytes += c.value_bytes) {  // of 64 KiB
      const size_t number = 100'000 + (c.ascending ? bytes : -bytes);
      Put(c.prefix + std::to_string(number), std::string(c.value_bytes, 'v'));
    }
    ASSERT_OK(db_->WaitForIdle());
    // A quarter each time, or more where a flush was under way.
    const uint64_t now = db_->GetStats().flushes - flushes;
    EXPECT_EQ(now > 0, c.flushes) << now;
  }
}

TEST_F(DbTest, APartOfAMemTableIsFlushedAgainOnceL0HasRoom) {
  options_.l0_trigger = 4;
  Open();
  int key = 100'000;
  const auto put_more_than_a_quarter = [&] {
    for (int i = 0; i < 20; ++i) {
      Put(std::to_string(key++), std::string(1000, 'v'));
    }
  };
  for (uint64_t flushes = 1; flushes <= 4; ++flushes) {
    put_more_than_a_quarter();
    ASSERT_OK(db_->Flush());
  }
  while (db_->GetStats().compactions == 0) std::this_thread::yield();
  ASSERT_OK(db_->WaitForIdle());
  const uint64_t flushes = db_->GetStats().flushes;
  put_more_than_a_quarter();
  ASSERT_OK(db_->WaitForIdle());
  EXPECT_EQ(db_->GetStats().flushes, flushes + 1);
}

TEST_F(DbTest, AMemTableOfValuesToBeSeparatedIsFullAtHalf) {
  options_.value_separation_bytes = 2000;
  options_.compression = Compression::kNone;  // else they may be packed
  // Where nothing is flushed early because the flush thread is idle.
  options_.compaction_style = CompactionStyle::kTiered;
  for (const auto& [value_bytes, flushes] :
       {std::pair<size_t, uint64_t>{1000, 1}, {2000, 2}}) {
    SCOPED_TRACE(value_bytes);
    Open();
    const uint64_t before = db_->GetStats().flushes;
    for (size_t bytes = 0; bytes < 80'000; bytes += value_bytes) {  // of 64 KiB
      Put("key" + std::to_string(bytes), std::string(value_bytes, 'v'));
    }
    ASSERT_OK(db_->WaitForIdle());
    EXPECT_EQ(db_->GetStats().flushes - before, flushes);
  }
}

TEST_F(DbTest, TablesGoOnceTheLastIteratorLetsGoOfThem) {
  Open();
  for (int i = 0; i < 5; ++i) {
    Put("a", std::to_string(i));
    ASSERT_OK(db_->Flush());
  }
  auto it = db_->NewIterator({});
  ASSERT_OK(db_->CompactRange(std::nullopt, std::nullopt));
  const auto tables = [&] {
    size_t count = 0;
    const auto names = env_.ListDir("/db");
    EXPECT_OK(names.status());
    for (const std::string& name : *names) {
      count += name.ends_with(".sst") ? 1 : 0;
    }
    return count;
  };
  EXPECT_GT(tables(), 1u);
  it->SeekToFirst();
  EXPECT_EQ(it->value(), "4");
  it.reset();
  while (tables() > 1) std::this_thread::yield();
}

TEST_F(DbTest, OverlappingRangeDeletesFillTheMemTable) {
  options_.memtable_bytes = 256 << 10;
  options_.durability = Durability::kOs;
  Open();
  for (int i = 0; i < 2000; ++i) {
    ASSERT_OK(db_->DeleteRange({}, "log", "log" + std::to_string(10000 + i)));
  }
  ASSERT_OK(db_->WaitForIdle());
  EXPECT_GT(db_->GetStats().flushes, 2u);
  Put("log10500", "alive");
  EXPECT_EQ(Scan(), "log10500=alive ");
}

TEST_F(DbTest, CancelledCompactRangeEndsAndTheStoreGoesOn) {
  Open();
  Put("a", "1");
  db_->CancelCompactRange();
  EXPECT_STATUS(db_->CompactRange(std::nullopt, std::nullopt),
                absl::StatusCode::kCancelled);
  Put("b", "2");
  ASSERT_OK(db_->WaitForIdle());
  EXPECT_EQ(Scan(), "a=1 b=2 ");
}

}  // namespace
}  // namespace lsmkv::engine
