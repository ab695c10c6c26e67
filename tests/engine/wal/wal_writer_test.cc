#include "engine/src/wal/wal_writer.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "engine/src/util/coding.h"
#include "engine/src/wal/log_reader.h"
#include "tests/support/random_seed.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_scale.h"

namespace lsmkv::engine {
namespace {

constexpr char kPath[] = "/log";
constexpr uint32_t kStageBytes = 2 * kLogStageSlotBytes;

// Writes of one operation each, whose bytes follow from their sequence.
std::string Operation(uint64_t sequence, size_t bytes = 100) {
  std::string operation = std::to_string(sequence) + ":";
  while (operation.size() < bytes) operation += "value";
  return operation;
}

// The operations of the log, as far as they are whole, as recovery finds them.
std::vector<std::string> Recover(Env* env) {
  std::vector<std::string> found;
  const auto reader = LogReader::Open(env, kPath, LogKind::kWal, 7);
  EXPECT_OK(reader.status());
  if (!reader.ok()) return found;
  const auto take = [&](const LogRecord& record) {
    EXPECT_EQ(record.sequence, found.size() + 1);
    Decoder decoder(record.payload);
    uint64_t count = 0;
    EXPECT_TRUE(decoder.GetVarint64(&count));
    std::string_view rest = decoder.rest();
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t sequence = found.size() + 1;
      const std::string small = Operation(sequence);
      const std::string large = Operation(sequence, 9000);
      const bool is_large = rest.substr(0, large.size()) == large;
      found.push_back(is_large ? large : small);
      EXPECT_EQ(rest.substr(0, found.back().size()), found.back());
      rest.remove_prefix(std::min(rest.size(), found.back().size()));
    }
    EXPECT_TRUE(rest.empty());
  };
  LogRecord record;
  while (true) {
    const auto outcome = (*reader)->Read(&record);
    EXPECT_OK(outcome.status());
    if (!outcome.ok() || *outcome != LogReader::Outcome::kRecord) break;
    take(record);
  }
  while (true) {
    const auto staged = (*reader)->ReadStaged(found.size() + 1, &record);
    EXPECT_OK(staged.status());
    if (!staged.ok() || !*staged) break;
    take(record);
  }
  return found;
}

class WalWriterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    WalWriter::Config config;
    config.preallocate_bytes = 1 << 20;
    config.compress = true;
    config.stage_bytes = kStageBytes;
    ASSERT_OK_AND_ASSIGN(log_, WalWriter::Create(&env_, kPath, 7, config, {}));
    ASSERT_OK(env_.SyncDir("/"));
    start_ = log_->bytes();
  }
  absl::Status TryAppend(size_t bytes = 100, bool sync_follows = false) {
    const std::string operation = Operation(sequence_ + 1, bytes);
    const LogBatch batch{sequence_ + 1, 1, operation};
    const absl::Status status = log_->Append({&batch, 1}, 0, sync_follows);
    if (status.ok()) ++sequence_;
    return status;
  }
  void Append(int n, size_t bytes = 100) {
    for (int i = 0; i < n; ++i) ASSERT_OK(TryAppend(bytes));
  }
  // Bytes behind the stage.
  uint64_t Drained() const { return log_->bytes() - start_; }
  void ExpectAllAfter(CrashMode mode) {
    const auto image = env_.CrashImage(mode, rng_.Next());
    EXPECT_EQ(Recover(image.get()).size(), sequence_);
  }

  Random rng_{TestSeed()};
  SimEnv env_{rng_.Next()};
  std::unique_ptr<WalWriter> log_;
  uint64_t start_ = 0;
  uint64_t sequence_ = 0;
  std::atomic<uint64_t> sequence_seen_{0};
};

TEST_F(WalWriterTest, SmallWritesWaitInTheStage) {
  Append(10);
  EXPECT_EQ(Drained(), 0u);
  EXPECT_FALSE(log_->wants_drain());
  ExpectAllAfter(CrashMode::kKeepAll);
}

TEST_F(WalWriterTest, FullSlotsAreMovedTogetherAndShrink) {
  while (!log_->wants_drain()) Append(1);
  const uint64_t raw = sequence_ * 100;
  ASSERT_OK(log_->Drain());
  EXPECT_FALSE(log_->wants_drain());
  EXPECT_GT(Drained(), 0u);
  EXPECT_LT(Drained(), raw / 4);
  ExpectAllAfter(CrashMode::kKeepAll);
}

TEST_F(WalWriterTest, WriterThatFindsNoSlotDrainsOne) {
  Append(1000);
  EXPECT_GT(Drained(), 0u);
  ExpectAllAfter(CrashMode::kKeepAll);
  ASSERT_OK(log_->Seal(sequence_, 0));
  EXPECT_EQ(Recover(&env_).size(), sequence_);
}

TEST_F(WalWriterTest, LargeWritesGoDirectlyAndInTurn) {
  Append(3);
  Append(1, 9000);
  EXPECT_GT(Drained(), 9000u);
  Append(3);
  ExpectAllAfter(CrashMode::kKeepAll);
}

TEST_F(WalWriterTest, SyncCoversWhatIsStagedAndEndsTheStaging) {
  Append(10);
  ASSERT_OK(log_->Sync());
  ExpectAllAfter(CrashMode::kDropUnsynced);
  const uint64_t drained = Drained();
  EXPECT_GT(drained, 0u);
  Append(1);
  EXPECT_GT(Drained(), drained);
}

TEST_F(WalWriterTest, WhatIsToBeSyncedIsNotStaged) {
  Append(2);
  ASSERT_OK(TryAppend(100, /*sync_follows=*/true));
  EXPECT_GT(Drained(), 0u);
  ASSERT_OK(log_->Sync());
  ExpectAllAfter(CrashMode::kDropUnsynced);
}

// Every moment: before and after each change of the file.
TEST_F(WalWriterTest, ProcessMayDieAtAnyMoment) {
  std::atomic<uint64_t> acknowledged{0};
  uint64_t images = 0;
  env_.SetObserver(kSimAppend | kSimOverwrite, [&](const SimEvent&) {
    const auto image = env_.CrashImage(CrashMode::kKeepAll, 1);
    const uint64_t before = acknowledged.load();
    const size_t found = Recover(image.get()).size();
    EXPECT_GE(found, before);
    EXPECT_LE(found, before + 1);
    ++images;
  });
  const uint64_t writes = Scaled(600);
  for (uint64_t i = 0; i < writes; ++i) {
    ASSERT_OK(TryAppend(rng_.OneIn(100) ? 9000 : 100));
    acknowledged.store(sequence_);
    if (rng_.OneIn(50)) ASSERT_OK(log_->Drain());
  }
  env_.SetObserver(0, nullptr);
  ReportCount("deaths of the process", images);
  EXPECT_GE(images, 2 * writes);
}

// Half of a block may have been written when the process died.
TEST_F(WalWriterTest, BlockThatIsTornIsStillStaged) {
  while (!log_->wants_drain()) Append(1);
  SimFault torn;
  torn.ops = kSimAppend;
  torn.n = 1;
  torn.status = absl::InternalError("EIO");
  torn.kept_bytes = 50;
  env_.Inject(torn);
  EXPECT_STATUS(log_->Drain(), absl::StatusCode::kInternal);
  EXPECT_TRUE(log_->failed());
  ASSERT_OK_AND_ASSIGN(const auto reader,
                       LogReader::Open(&env_, kPath, LogKind::kWal, 7));
  LogRecord record;
  ASSERT_OK_AND_ASSIGN(const auto outcome, reader->Read(&record));
  EXPECT_EQ(outcome, LogReader::Outcome::kBad);
  ExpectAllAfter(CrashMode::kKeepAll);
}

TEST_F(WalWriterTest, DrainThatFailsIsToldToTheNextWriteAndLosesNothing) {
  while (!log_->wants_drain()) Append(1);
  env_.FailNth(kSimAppend, 1, absl::ResourceExhaustedError("disk full"));
  EXPECT_STATUS(log_->Drain(), absl::StatusCode::kResourceExhausted);
  EXPECT_STATUS(TryAppend(), absl::StatusCode::kResourceExhausted);
  EXPECT_STATUS(log_->Drain(), absl::StatusCode::kResourceExhausted);
  ExpectAllAfter(CrashMode::kKeepAll);
  // It stays where it is, and becomes durable there.
  ASSERT_OK(log_->Sync());
  ExpectAllAfter(CrashMode::kDropUnsynced);
}

TEST_F(WalWriterTest, StagedWriteThatFailsEndsTheLog) {
  Append(3);
  env_.FailNth(kSimOverwrite, 1, absl::InternalError("EIO"));
  EXPECT_STATUS(TryAppend(), absl::StatusCode::kInternal);
  EXPECT_TRUE(log_->failed());
  EXPECT_FALSE(TryAppend().ok());
  const auto image = env_.CrashImage(CrashMode::kKeepAll, 1);
  EXPECT_GE(Recover(image.get()).size(), 3u);
}

TEST_F(WalWriterTest, LogThatIsCutWithinItsStageIsDamaged) {
  ASSERT_OK_AND_ASSIGN(const std::string bytes, env_.ReadFile(kPath));
  ASSERT_OK(log_->Close());
  for (const uint64_t cut : {kLogHeaderBytes + 0, kLogStageAt, start_ - 1}) {
    ASSERT_OK(env_.WriteFile(kPath, bytes.substr(0, cut)));
    EXPECT_STATUS_CONTAINS(LogReader::Open(&env_, kPath, LogKind::kWal, 7),
                           absl::StatusCode::kDataLoss, "within its stage");
  }
  ASSERT_OK(env_.WriteFile(kPath, bytes.substr(0, start_)));
  EXPECT_OK(LogReader::Open(&env_, kPath, LogKind::kWal, 7).status());
}

// A stage of many slots, of which none or few were used.
TEST_F(WalWriterTest, StageIsReadInOneGo) {
  WalWriter::Config config;
  config.preallocate_bytes = 1 << 20;
  config.stage_bytes = 64 * kLogStageSlotBytes;
  ASSERT_OK(env_.RemoveFile(kPath));
  ASSERT_OK_AND_ASSIGN(log_, WalWriter::Create(&env_, kPath, 7, config, {}));
  for (size_t staged = 0; staged < 2; ++staged) {
    const uint64_t before = env_.OpCount(kSimRead);
    EXPECT_EQ(Recover(&env_).size(), staged);
    EXPECT_LE(env_.OpCount(kSimRead) - before, 24u) << staged;
    ASSERT_OK(TryAppend());
  }
}

TEST_F(WalWriterTest, DrainAndSyncRunBesideTheWriter) {
  std::atomic<bool> done{false};
  std::thread drain([&] {
    while (!done.load()) EXPECT_OK(log_->Drain());
  });
  std::thread sync([&] {
    while (!done.load()) {
      if (sequence_seen_.load() > 2000) EXPECT_OK(log_->Sync());
    }
  });
  for (int i = 0; i < 4000; ++i) {
    EXPECT_OK(TryAppend());
    sequence_seen_.store(sequence_);
  }
  done.store(true);
  drain.join();
  sync.join();
  ExpectAllAfter(CrashMode::kKeepAll);
}

}  // namespace
}  // namespace lsmkv::engine
