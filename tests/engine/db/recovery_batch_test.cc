// Batches that no writer of ours has made, in a log with sound checksums:
// recovery must not let into tables what they cannot hold.

#include <memory>
#include <string>

#include "gtest/gtest.h"

#include "engine/src/format/file_names.h"
#include "engine/src/version/version_set.h"
#include "engine/src/wal/log_writer.h"
#include "lsmkv/engine/db.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

constexpr uint64_t kLog = 5;

// What opening a store says whose only log holds `batch`, which begins with
// the sequence `first`.
absl::Status OpenWith(const WriteBatch& batch, SequenceNumber first = 1) {
  SimEnv env;
  EXPECT_OK(env.CreateDir("/db"));
  {
    TableCounters counters;
    VersionSet versions(&env, "/db", nullptr, &counters);
    versions.InitEmpty();
    versions.SkipFileNumber(kLog);
    VersionEdit edit;
    edit.added_wals = {kLog};
    edit.flushed_sequence = first - 1;
    EXPECT_OK(versions.StartManifest(edit));
    const auto log =
        LogWriter::Create(&env, WalPath("/db", kLog), LogKind::kWal, kLog, 0);
    EXPECT_OK(log.status());
    LogRecord record;
    record.sequence = first;
    const std::string count(1, static_cast<char>(batch.count()));
    record.payload = count;
    (*log)->Add(record, batch.encoded());
    EXPECT_OK((*log)->Flush());
  }
  Options options;
  options.env = &env;
  return DB::Open(options, "/db").status();
}

TEST(RecoveryBatchTest, SoundBatchIsTaken) {
  WriteBatch batch;
  batch.Put("a", "1");
  batch.DeleteRange("a", "b");
  EXPECT_OK(OpenWith(batch));
}

// A table with an empty key would have bounds that no MANIFEST may hold: the
// store would open this once, and never again.
TEST(RecoveryBatchTest, EmptyKeyIsRefused) {
  for (const bool range : {false, true}) {
    WriteBatch batch;
    batch.Put("a", "1");
    if (range) {
      batch.DeleteRange("", "b");
    } else {
      batch.Put("", "2");
    }
    EXPECT_STATUS_CONTAINS(OpenWith(batch), absl::StatusCode::kDataLoss,
                           "/db/000005.wal");
  }
}

TEST(RecoveryBatchTest, EmptyRangeIsRefused) {
  WriteBatch batch;
  batch.DeleteRange("b", "b");
  EXPECT_STATUS_CONTAINS(OpenWith(batch), absl::StatusCode::kDataLoss,
                         "/db/000005.wal");
}

// The sequence shares 64 bits with the type of the operation.
TEST(RecoveryBatchTest, SequencePastTheLastIsRefused) {
  WriteBatch batch;
  batch.Put("a", "1");
  batch.Put("b", "2");
  EXPECT_OK(OpenWith(batch, kSequenceMax - 100));
  EXPECT_STATUS_CONTAINS(OpenWith(batch, kSequenceMax),
                         absl::StatusCode::kDataLoss, "/db/000005.wal");
}

}  // namespace
}  // namespace lsmkv::engine
