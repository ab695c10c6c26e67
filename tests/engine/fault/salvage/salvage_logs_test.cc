// Salvage of logs as they are seldom left behind.

#include "engine/src/db/salvage_logs.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "gtest/gtest.h"

#include "engine/src/format/file_names.h"
#include "engine/src/wal/log_writer.h"
#include "lsmkv/engine/write_batch.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

class SalvageLogsTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_OK(env_.CreateDir("/db")); }

  static std::unique_ptr<LogWriter> NewLog(Env* env, uint64_t number) {
    auto log = LogWriter::Create(env, WalPath("/db", number), LogKind::kWal,
                                 number, 0);
    EXPECT_OK(log.status());
    return *std::move(log);
  }
  // Appends a put of `value` to each of `keys`, a character each, as one batch
  // from `sequence` on.
  static void Append(LogWriter* log, SequenceNumber sequence,
                     const std::string& keys, const std::string& value) {
    WriteBatch batch;
    for (const char key : keys) batch.Put(std::string(1, key), value);
    const char count = static_cast<char>(keys.size());
    LogRecord record;
    record.sequence = sequence;
    record.payload = std::string_view(&count, 1);
    log->Add(record, batch.encoded());
    ASSERT_OK(log->Flush());
  }

  SimEnv env_;
};

TEST_F(SalvageLogsTest, LossBeforeASealIsCountedOnce) {
  const auto first = NewLog(&env_, 3);
  ASSERT_NO_FATAL_FAILURE(Append(first.get(), 1, "a", "1"));
  const uint64_t damaged = first->bytes();
  ASSERT_NO_FATAL_FAILURE(Append(first.get(), 2, "bc", "1"));
  ASSERT_OK(first->Seal(3, 3));
  const auto second = NewLog(&env_, 4);
  ASSERT_NO_FATAL_FAILURE(Append(second.get(), 4, "d", "1"));
  ASSERT_OK(env_.CorruptByte(first->path(), damaged));

  SalvageLogs logs(&env_, /*flushed=*/0, /*in_order=*/true);
  const auto take = [](SequenceNumber, const BatchOperation&) {
    return absl::OkStatus();
  };
  SalvagedFile reports[2];
  ASSERT_OK(logs.Read(first->path(), {3, 0, 0}, &reports[0], take));
  ASSERT_OK(logs.Read(second->path(), {4, 0, 0}, &reports[1], take));
  EXPECT_EQ(reports[0].records, 1u);
  EXPECT_EQ(reports[0].records_lost, 2u);
  ASSERT_EQ(reports[0].losses.size(), 1u);
  EXPECT_EQ(reports[0].losses[0].first_version, 2u);
  EXPECT_EQ(reports[0].losses[0].last_version, 3u);
  EXPECT_EQ(reports[1].state, SalvagedFile::State::kWhole);
  EXPECT_EQ(reports[1].records, 1u);
  EXPECT_EQ(reports[1].records_lost, 0u);
}

}  // namespace
}  // namespace lsmkv::engine
