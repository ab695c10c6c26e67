// Stores that log no writes: Options::log_writes is false.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "gtest/gtest.h"

#include "lsmkv/engine/db.h"
#include "tests/engine/db/sim_db_test.h"
#include "tests/support/random_seed.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

class UnloggedTest : public SimDbTest {
 protected:
  UnloggedTest() {
    options_.log_writes = false;
    options_.durability = Durability::kOs;
  }
};

TEST_F(UnloggedTest, CloseKeepsEverything) {
  Open();
  Put("a", "1");
  ASSERT_OK(db_->Close());
  EXPECT_EQ(db_->GetStats().wal_written_bytes, 0u);
  Open();
  EXPECT_EQ(Get("a"), "1");
  // Also after a session that wrote nothing, and by a store that logs again.
  Open();
  options_.log_writes = true;
  options_.durability = Durability::kSync;
  Open();
  EXPECT_EQ(Get("a"), "1");
  Put("b", "2");
  const std::unique_ptr<SimEnv> image =
      env_.CrashImage(CrashMode::kDropUnsynced, 1);
  options_.env = image.get();
  Open();
  EXPECT_EQ(Get("a"), "1");
  EXPECT_EQ(Get("b"), "2");
  db_.reset();
}

TEST_F(UnloggedTest, DeathOfTheProcessLeavesWhatWasFlushed) {
  Open();
  Put("a", "1");
  ASSERT_OK(db_->Flush());
  Put("b", "2");
  for (const CrashMode mode :
       {CrashMode::kKeepPrefix, CrashMode::kDropUnsynced}) {
    const std::unique_ptr<SimEnv> image = env_.CrashImage(mode, 1);
    const std::unique_ptr<DB> db = OpenOn(image.get());
    ASSERT_NE(db, nullptr);
    EXPECT_EQ(*db->Get("a"), "1");
    EXPECT_STATUS(db->Get("b"), absl::StatusCode::kNotFound);
  }
}

// At any moment: the store has the first n writes, for some n.
TEST_F(UnloggedTest, WhatIsLeftIsAPrefix) {
  Random rng(TestSeed());
  Open();
  constexpr int kWrites = 3000;
  int written = 0;
  const auto key = [](int i) { return "key" + std::to_string(100'000 + i); };
  while (written < kWrites) {
    for (int i = 0; i < 300; ++i, ++written) Put(key(written), rng.Letters(90));
    const std::unique_ptr<SimEnv> image =
        env_.CrashImage(CrashMode::kDropUnsynced, rng.Next());
    const std::unique_ptr<DB> db = OpenOn(image.get());
    ASSERT_NE(db, nullptr);
    int n = 0;
    while (db->Get(key(n)).ok()) ++n;
    EXPECT_LE(n, written);
    EXPECT_EQ(static_cast<uint64_t>(n), db->GetStats().last_version);
    const auto it = db->NewIterator({});
    int found = 0;
    for (it->SeekToFirst(); it->Valid(); it->Next()) ++found;
    EXPECT_EQ(found, n);
  }
  EXPECT_GT(db_->GetStats().flushes, 2u);
}

TEST_F(UnloggedTest, SyncWalMakesWritesDurable) {
  Open();
  Put("a", "1");
  ASSERT_OK(db_->SyncWal());
  const std::unique_ptr<SimEnv> image =
      env_.CrashImage(CrashMode::kDropUnsynced, 1);
  options_.env = image.get();
  Open();
  EXPECT_EQ(Get("a"), "1");
  db_.reset();
}

// Also of writes that are on their way when Close is called.
TEST_F(UnloggedTest, CloseKeepsWhatWasAcknowledgedMeanwhile) {
  for (int round = 0; round < 50; ++round) {
    const std::string prefix = std::to_string(round) + "/";
    Open();
    int acknowledged = 0;
    // Each callback sends the next write, which another thread commits.
    std::function<void()> send = [&] {
      WriteBatch batch;
      batch.Put(prefix + std::to_string(acknowledged), "v");
      db_->WriteAsync({}, std::move(batch),
                      [&](const absl::StatusOr<uint64_t>& version) {
                        if (!version.ok()) return;
                        ++acknowledged;
                        send();
                      });
    };
    send();
    ASSERT_OK(db_->Close());
    Open();
    for (int i = 0; i < acknowledged; ++i) {
      ASSERT_EQ(Get(prefix + std::to_string(i)), "v") << i;
    }
  }
}

TEST_F(UnloggedTest, CloseBeginsNothingInAStoreThatWasOnlyRead) {
  Open();
  Put("a", "1");
  Open();
  EXPECT_EQ(Get("a"), "1");
  ASSERT_OK(db_->Close());
  EXPECT_EQ(db_->GetStats().wal_files, 0u);
}

TEST_F(UnloggedTest, CloseTellsWhatItCouldNotSave) {
  Open();
  Put("a", "1");
  env_.SetFreeSpaceBytes(0);
  EXPECT_STATUS(db_->Close(), absl::StatusCode::kResourceExhausted);
  env_.ClearFreeSpaceLimit();
  Open();
  EXPECT_STATUS(db_->Get("a"), absl::StatusCode::kNotFound);
}

TEST_F(UnloggedTest, WritesResumeOnceThereIsRoom) {
  Open();
  env_.SetFreeSpaceBytes(0);
  int written = 0;
  while (db_->Put({}, std::to_string(written), std::string(1000, 'v')).ok()) {
    ++written;
  }
  EXPECT_STATUS(db_->background_error(), absl::StatusCode::kResourceExhausted);
  EXPECT_STATUS(db_->SyncWal(), absl::StatusCode::kResourceExhausted);
  env_.ClearFreeSpaceLimit();
  while (!db_->Flush().ok()) std::this_thread::yield();
  Open();
  for (int i = 0; i < written; ++i) {
    EXPECT_EQ(Get(std::to_string(i)).size(), 1000u) << i;
  }
  EXPECT_STATUS(db_->Get(std::to_string(written)), absl::StatusCode::kNotFound);
}

TEST_F(UnloggedTest, NoWriteCanAskToBeDurable) {
  Open();
  for (const Durability durability :
       {Durability::kSync, Durability::kInterval}) {
    EXPECT_STATUS(db_->Put({durability}, "a", "1"),
                  absl::StatusCode::kInvalidArgument);
    WriteBatch batch;
    batch.Put("a", "1");
    std::optional<absl::Status> status;
    db_->WriteAsync({durability}, std::move(batch),
                    [&](const absl::StatusOr<uint64_t>& version) {
                      status = version.status();
                    });
    ASSERT_TRUE(status.has_value());
    EXPECT_STATUS(*status, absl::StatusCode::kInvalidArgument);
  }
  EXPECT_STATUS(db_->Get("a"), absl::StatusCode::kNotFound);
  db_.reset();
  options_.durability = Durability::kSync;
  EXPECT_STATUS(DB::Open(options_, "/db"), absl::StatusCode::kInvalidArgument);
}

TEST_F(UnloggedTest, VerifyFindsNothingInASoundStore) {
  Open();
  for (int i = 0; i < 3000; ++i) Put(std::to_string(i), std::string(50, 'v'));
  ASSERT_OK(db_->Flush());
  ASSERT_OK_AND_ASSIGN(const VerifyProgress done,
                       db_->Verify(
                           {}, [](const VerifyFinding&) { FAIL(); },
                           [](const VerifyProgress&) {}));
  EXPECT_GT(done.bytes, 0u);
}

}  // namespace
}  // namespace lsmkv::engine
