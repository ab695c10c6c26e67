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
#include "lsmkv/engine/db.h"
#include "lsmkv/engine/salvage.h"
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

// A write that was refused, or was cut when the store was opened, gave its
// versions to later ones; its log may still be there without the MANIFEST that
// let go of it.
TEST_F(SalvageLogsTest, RefusedRecordDoesNotWinOverTheAcknowledgedOne) {
  const auto first = NewLog(&env_, 3);
  ASSERT_NO_FATAL_FAILURE(Append(first.get(), 1, "ab", "old"));
  ASSERT_NO_FATAL_FAILURE(Append(first.get(), 3, "cdef", "refused"));
  ASSERT_NO_FATAL_FAILURE(Append(first.get(), 7, "ag", "refused"));
  const auto second = NewLog(&env_, 4);  // made ahead, never in use
  const auto third = NewLog(&env_, 5);
  ASSERT_NO_FATAL_FAILURE(Append(third.get(), 3, "bc", "new"));

  Options options;
  options.env = &env_;
  options.memtable_bytes = 64 << 10;
  ASSERT_OK_AND_ASSIGN(const SalvageReport report,
                       Salvage(options, "/db", "/saved"));
  ASSERT_EQ(report.files.size(), 3u);
  EXPECT_EQ(report.files[0].state, SalvagedFile::State::kWhole);
  EXPECT_EQ(report.files[0].records, 2u);
  EXPECT_NE(report.files[0].note.find("6 operations"), std::string::npos);
  EXPECT_EQ(report.files[2].records, 2u);
  EXPECT_EQ(report.files[2].note, "");
  EXPECT_EQ(report.last_version, 4u);
  EXPECT_EQ(report.keys_written, 3u);
  ASSERT_OK_AND_ASSIGN(const auto db, DB::Open(options, "/saved"));
  EXPECT_EQ(*db->Get("a"), "old");
  EXPECT_EQ(*db->Get("b"), "new");
  EXPECT_EQ(*db->Get("c"), "new");
  EXPECT_STATUS(db->Get("d"), absl::StatusCode::kNotFound);
  EXPECT_STATUS(db->Get("g"), absl::StatusCode::kNotFound);
}

// The same where the log that used the versions again has lost its first
// record: what is left of it tells which batch cannot have been acknowledged.
TEST_F(SalvageLogsTest, RefusedRecordIsToldByItsLastVersion) {
  const auto first = NewLog(&env_, 3);
  ASSERT_NO_FATAL_FAILURE(Append(first.get(), 1, "ab", "old"));
  ASSERT_NO_FATAL_FAILURE(Append(first.get(), 3, "cdef", "refused"));
  const auto second = NewLog(&env_, 4);
  const uint64_t damaged = second->bytes();
  ASSERT_NO_FATAL_FAILURE(Append(second.get(), 3, "b", "new"));
  ASSERT_NO_FATAL_FAILURE(Append(second.get(), 4, "c", "new"));
  ASSERT_OK(env_.CorruptByte(second->path(), damaged));

  Options options;
  options.env = &env_;
  options.memtable_bytes = 64 << 10;
  ASSERT_OK_AND_ASSIGN(const SalvageReport report,
                       Salvage(options, "/db", "/saved"));
  EXPECT_EQ(report.records, 3u);
  EXPECT_EQ(report.records_lost, 1u);
  ASSERT_OK_AND_ASSIGN(const auto db, DB::Open(options, "/saved"));
  EXPECT_EQ(*db->Get("b"), "old");
  EXPECT_EQ(*db->Get("c"), "new");
  EXPECT_STATUS(db->Get("d"), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace lsmkv::engine
