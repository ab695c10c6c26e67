// DB::Verify on a store at work: nothing found where nothing is wrong, every
// kind of file looked at, its pace, and how it ends early.

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "engine/src/format/file_names.h"
#include "engine/src/version/current_file.h"
#include "engine/src/wal/log_reader.h"
#include "lsmkv/engine/db.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

std::string Key(int i) { return "key" + std::to_string(10000 + i); }

class VerifyTest : public ::testing::Test {
 protected:
  VerifyTest() {
    options_.env = &env_;
    options_.memtable_bytes = 1 << 20;
    options_.l0_trigger = 100;
    options_.idle_compaction_ms = 0;
    options_.compression = Compression::kNone;
    options_.compression_bottom = Compression::kNone;
  }
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(db_, DB::Open(options_, "/db"));
    Fill(0);
    ASSERT_OK(db_->CompactRange({}, {}));
    Fill(1);
    ASSERT_OK(db_->DeleteRange({}, Key(10), Key(20)));
    ASSERT_OK(db_->Flush());
    Fill(2);
    ASSERT_OK(db_->WaitForIdle());
  }
  void Fill(int round) {
    for (int i = 0; i < 300; ++i) {
      ASSERT_OK(db_->Put({}, Key(i),
                         std::string(100, static_cast<char>('a' + round))));
    }
  }
  absl::StatusOr<VerifyProgress> Verify(const VerifyOptions& options = {}) {
    findings_.clear();
    return db_->Verify(
        options,
        [this](const VerifyFinding& found) { findings_.push_back(found); },
        [this](const VerifyProgress& progress) {
          ++calls_;
          if (on_progress_) on_progress_(progress);
        });
  }
  std::vector<std::string> Files(FileKind kind) {
    std::vector<std::string> paths;
    const auto names = env_.ListDir("/db");
    EXPECT_OK(names.status());
    for (const std::string& name : *names) {
      if (ParseFileName(name).kind == kind) paths.push_back("/db/" + name);
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }
  void ExpectOneFinding(const std::string& path, uint64_t offset_max) {
    ASSERT_OK(Verify());
    ASSERT_EQ(findings_.size(), 1u) << path;
    EXPECT_EQ(findings_[0].path, path);
    EXPECT_LE(findings_[0].offset, offset_max);
    EXPECT_STATUS_CONTAINS(findings_[0].status, absl::StatusCode::kDataLoss,
                           path + ": offset ");
  }

  SimEnv env_;
  Options options_;
  std::unique_ptr<DB> db_;
  std::vector<VerifyFinding> findings_;
  int calls_ = 0;
  std::function<void(const VerifyProgress&)> on_progress_;
};

TEST_F(VerifyTest, SoundStoreHasNoFindings) {
  ASSERT_OK_AND_ASSIGN(const VerifyProgress progress, Verify());
  EXPECT_TRUE(findings_.empty()) << findings_[0].status.ToString();
  EXPECT_EQ(progress.files, progress.files_total);
  // CURRENT, MANIFEST, the log, the one prepared and two tables.
  EXPECT_EQ(progress.files, 6u);
  EXPECT_GE(progress.bytes, progress.bytes_total);
  EXPECT_EQ(progress.findings, 0u);
  EXPECT_GE(calls_, 6);
}

TEST_F(VerifyTest, DamagedTableIsFoundWithItsKeys) {
  for (const std::string& path : Files(FileKind::kTable)) {
    ASSERT_OK(env_.CorruptByte(path, 5000, 4));
    ExpectOneFinding(path, 5000);
    EXPECT_LE(findings_[0].smallest_key, findings_[0].largest_key);
    EXPECT_GT(findings_[0].smallest_key, Key(0));
    EXPECT_LT(findings_[0].largest_key, Key(299));
    ASSERT_OK(env_.CorruptByte(path, 5000, 4));
  }
}

TEST_F(VerifyTest, EachDamagedBlockIsAFindingOfItsOwn) {
  const std::string path = Files(FileKind::kTable)[0];
  for (uint64_t at : {100u, 5000u, 9000u}) {
    ASSERT_OK(env_.CorruptByte(path, at));
  }
  ASSERT_OK_AND_ASSIGN(const VerifyProgress progress, Verify());
  EXPECT_EQ(findings_.size(), 3u);
  EXPECT_EQ(progress.findings, 3u);
  EXPECT_EQ(progress.files, progress.files_total);
}

TEST_F(VerifyTest, MissingCutAndGrownTablesAreFound) {
  const std::string path = Files(FileKind::kTable)[1];
  ASSERT_OK_AND_ASSIGN(const std::string bytes, env_.ReadFile(path));
  ASSERT_OK(env_.WriteFile(path, bytes + "more"));
  ExpectOneFinding(path, bytes.size());
  ASSERT_OK(env_.TruncateFile(path, bytes.size() - 1));
  ASSERT_OK(Verify());
  EXPECT_FALSE(findings_.empty());
  ASSERT_OK(env_.RemoveFile(path));
  ExpectOneFinding(path, 0);
}

TEST_F(VerifyTest, AnotherTableInItsPlaceIsFound) {
  const std::vector<std::string> tables = Files(FileKind::kTable);
  ASSERT_OK_AND_ASSIGN(const std::string other, env_.ReadFile(tables[1]));
  ASSERT_OK(env_.WriteFile(tables[0], other));
  ASSERT_OK(Verify());
  EXPECT_FALSE(findings_.empty());
  EXPECT_EQ(findings_[0].path, tables[0]);
}

TEST_F(VerifyTest, DamagedCurrentAndManifestAreFound) {
  ASSERT_OK(env_.CorruptByte("/db/CURRENT", 3));
  ExpectOneFinding("/db/CURRENT", 3);
  ASSERT_OK(env_.CorruptByte("/db/CURRENT", 3));
  const std::string manifest = Files(FileKind::kManifest)[0];
  ASSERT_OK(env_.CorruptByte(manifest, 100));
  ExpectOneFinding(manifest, 100);
  ASSERT_OK(env_.RemoveFile(manifest));
  ExpectOneFinding(manifest, 0);
}

TEST_F(VerifyTest, DamagedLogInUseIsFound) {
  const std::string log = Files(FileKind::kWal)[0];
  for (uint64_t at : {20u, 46u, 2000u}) {
    ASSERT_OK(env_.CorruptByte(log, at, 1));
    ExpectOneFinding(log, at);
    ASSERT_OK(env_.CorruptByte(log, at, 1));
  }
  ASSERT_OK(env_.TruncateFile(log, 3000));
  ExpectOneFinding(log, 3000);
}

TEST_F(VerifyTest, SoundLogsAndManifestsOfAnotherStoreAreFound) {
  SimEnv other(2);
  Options options = options_;
  options.env = &other;
  ASSERT_OK_AND_ASSIGN(auto db, DB::Open(options, "/db"));
  ASSERT_OK(db->Put({}, "a", "1"));
  for (const FileKind kind : {FileKind::kWal, FileKind::kManifest}) {
    const std::string path = Files(kind)[0];
    const std::string theirs =
        kind == FileKind::kManifest ? path : WalPath("/db", 2);
    ASSERT_OK_AND_ASSIGN(const std::string sound, env_.ReadFile(path));
    ASSERT_OK_AND_ASSIGN(std::string foreign, other.ReadFile(theirs));
    ASSERT_OK_AND_ASSIGN(
        const auto reader,
        LogReader::Open(
            &env_, path,
            kind == FileKind::kWal ? LogKind::kWal : LogKind::kManifest,
            ParseFileName(path.substr(4)).number));
    // The same number, so that only the salt tells.
    LogIdentity identity = reader->identity();
    ++identity.salt;
    foreign.replace(0, kLogHeaderBytes, EncodeLogHeader(identity));
    ASSERT_OK(env_.WriteFile(path, foreign));
    ExpectOneFinding(path, kLogSaltAt);
    ASSERT_OK(env_.WriteFile(path, sound));
  }
}

TEST_F(VerifyTest, ManifestCutWhereAnEditEndsIsFound) {
  const std::string path = Files(FileKind::kManifest)[0];
  ASSERT_OK_AND_ASSIGN(const auto reader,
                       LogReader::Open(&env_, path, LogKind::kManifest,
                                       ParseFileName(path.substr(4)).number));
  LogRecord record;
  ASSERT_OK(reader->Read(&record));
  ASSERT_OK(env_.TruncateFile(path, reader->offset()));
  ExpectOneFinding(path, reader->offset());
}

TEST_F(VerifyTest, CurrentThatNamesAnotherManifestIsFound) {
  ASSERT_OK(WriteCurrent(&env_, "/db", 12345));
  ExpectOneFinding("/db/CURRENT", 0);
}

TEST_F(VerifyTest, UnreadableBytesAreAFindingAndTheRestIsChecked) {
  const std::string path = Files(FileKind::kTable)[0];
  env_.FailNth(kSimRead, 1, absl::InternalError(path + ": I/O error"), false,
               path);
  ASSERT_OK_AND_ASSIGN(const VerifyProgress progress, Verify());
  ASSERT_EQ(findings_.size(), 1u);
  EXPECT_STATUS(findings_[0].status, absl::StatusCode::kInternal);
  EXPECT_EQ(progress.files, progress.files_total);
}

TEST_F(VerifyTest, TooManyOpenFilesIsAnErrorAndNoFinding) {
  env_.FailNth(kSimOpenRead, 1, absl::ResourceExhaustedError("too many files"),
               false, ".sst");
  EXPECT_STATUS(Verify(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(findings_.empty());
}

TEST_F(VerifyTest, ItReadsNoFasterThanAsked) {
  const uint64_t start = env_.MonotonicMicros();
  VerifyOptions options;
  options.bytes_per_second = 10'000;
  ASSERT_OK_AND_ASSIGN(const VerifyProgress progress, Verify(options));
  const double seconds =
      static_cast<double>(env_.MonotonicMicros() - start) / 1e6;
  EXPECT_NEAR(seconds, static_cast<double>(progress.bytes) / 10'000, 0.1);
}

TEST_F(VerifyTest, CancelEndsItBetweenReads) {
  std::atomic<bool> cancelled{false};
  VerifyOptions options;
  options.cancelled = &cancelled;
  on_progress_ = [&](const VerifyProgress& progress) {
    if (progress.files == 2) cancelled = true;
  };
  EXPECT_STATUS(Verify(options), absl::StatusCode::kCancelled);
  EXPECT_TRUE(findings_.empty());
}

TEST_F(VerifyTest, CloseEndsItAndWaitsForIt) {
  std::atomic<bool> started{false};
  on_progress_ = [&](const VerifyProgress&) { started = true; };
  VerifyOptions options;
  options.bytes_per_second = 1;  // for ever, with a clock that runs
  absl::Status status;
  std::thread thread([&] {
    do {
      status = Verify(options).status();
    } while (status.ok());
  });
  while (!started) std::this_thread::yield();
  EXPECT_OK(db_->Close());
  thread.join();
  EXPECT_STATUS(status, absl::StatusCode::kCancelled);
  EXPECT_STATUS(Verify(), absl::StatusCode::kCancelled);
}

TEST_F(VerifyTest, WritesFlushesAndCompactionsGoOnBesideIt) {
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      if (!db_->Put({}, Key(i % 400), std::string(200, 'w')).ok()) return;
      if (i % 1000 == 999 && !db_->CompactRange({}, {}).ok()) return;
    }
  });
  for (int i = 0; i < 50; ++i) {
    EXPECT_OK(Verify());
    EXPECT_TRUE(findings_.empty()) << findings_[0].status.ToString();
  }
  stop = true;
  writer.join();
  EXPECT_OK(db_->background_error());
}

}  // namespace
}  // namespace lsmkv::engine
