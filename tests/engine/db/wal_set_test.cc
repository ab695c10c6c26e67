#include "engine/src/db/wal_set.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "engine/src/format/file_names.h"
#include "engine/src/wal/log_reader.h"
#include "lsmkv/engine/write_batch.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

class WalSetTest : public ::testing::Test {
 protected:
  WalSetTest()
      : wals_(&env_, "/db",
              {.writer = {.preallocate_bytes = 1 << 20, .compress = true}}, 0) {
    EXPECT_OK(env_.CreateDir("/db"));
    EXPECT_OK(env_.SyncDir("/"));
  }
  void RotateTo(uint64_t number) {
    ASSERT_OK_AND_ASSIGN(auto log, wals_.Create(number, {}));
    wals_.SetNext(std::move(log));
    ASSERT_OK(wals_.Rotate());
  }
  void Append(SequenceNumber sequence) {
    WriteBatch batch;
    batch.Put("key", "value");
    PendingWrite write;
    write.operations = batch.encoded();
    write.count = 1;
    ASSERT_OK(wals_.Append({&write}, sequence, false));
  }

  SimEnv env_;
  WalSet wals_;
};

TEST_F(WalSetTest, WhatCloseSaysOfTheLogsHoldsAfterAPowerCut) {
  RotateTo(1);
  Append(1);
  ASSERT_OK(wals_.Sync());
  RotateTo(2);  // seals the first, whose writes need no sync any more
  ASSERT_OK_AND_ASSIGN(auto next, wals_.Create(3, {}));
  wals_.SetNext(std::move(next));
  ASSERT_OK_AND_ASSIGN(const std::vector<WalFacts> closed, wals_.Close());
  ASSERT_EQ(closed.size(), 3u);
  env_.Crash(CrashMode::kDropUnsynced, 1);
  for (const WalFacts& facts : closed) {
    ASSERT_OK_AND_ASSIGN(const auto reader,
                         LogReader::Open(&env_, WalPath("/db", facts.number),
                                         LogKind::kWal, facts.number));
    EXPECT_EQ(reader->identity().salt, facts.salt);
    EXPECT_GE(reader->file_bytes(), facts.closed_bytes);
    LogRecord record;
    LogReader::Outcome outcome;
    do {
      ASSERT_OK_AND_ASSIGN(outcome, reader->Read(&record));
    } while (outcome == LogReader::Outcome::kRecord);
    EXPECT_EQ(outcome, facts.number == 3 ? LogReader::Outcome::kEnd
                                         : LogReader::Outcome::kSealed);
    EXPECT_EQ(reader->offset(), facts.closed_bytes);
  }
}

}  // namespace
}  // namespace lsmkv::engine
