// Salvage of a store with one thing wrong, whatever that is.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "engine/src/version/current_file.h"
#include "tests/engine/fault/salvage/salvage_store.h"
#include "tests/support/random_seed.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_scale.h"

namespace lsmkv::engine {
namespace {

using State = SalvagedFile::State;

class SalvageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(store_.Make(7));
    env_ = store_.Copy();
  }
  absl::StatusOr<SalvageReport> DryRun() {
    return Salvage(store_.OptionsOn(env_.get()), SalvageStore::kDir, "");
  }
  static const SalvagedFile* Find(const SalvageReport& report,
                                  const std::string& path) {
    for (const SalvagedFile& file : report.files) {
      if (file.path == path) return &file;
    }
    return nullptr;
  }
  // The log that holds what is in no table.
  std::string LiveLog() {
    const auto report = DryRun();
    EXPECT_OK(report.status());
    for (const SalvagedFile& file : report->files) {
      if (file.path.find(".wal") != std::string::npos && file.records > 0) {
        return file.path;
      }
    }
    return "none";
  }
  // What every file of the source holds.
  std::vector<std::string> Contents() const {
    std::vector<std::string> all;
    for (const std::string& path : store_.Files()) {
      const auto bytes = env_->ReadFile(path);
      all.push_back(bytes.ok() ? *bytes : "none");
    }
    return all;
  }

  SalvageStore store_;
  std::unique_ptr<SimEnv> env_;
};

TEST_F(SalvageTest, SoundStoreIsSavedWhole) {
  const auto before = Contents();
  const SalvageReport report = store_.SalvageAndCheck(env_.get());
  EXPECT_TRUE(report.nothing_lost());
  EXPECT_OK(report.manifest);
  EXPECT_EQ(report.keys_written, store_.live_keys());
  EXPECT_EQ(report.last_version, store_.last_version());
  EXPECT_EQ(report.records_lost, 0u);
  EXPECT_EQ(Contents(), before);
}

TEST_F(SalvageTest, DryRunWritesNothing) {
  const uint64_t writes =
      env_->OpCount(kSimWriteOps & ~static_cast<uint32_t>(kSimLock));
  ASSERT_OK_AND_ASSIGN(const SalvageReport report, DryRun());
  EXPECT_TRUE(report.nothing_lost());
  EXPECT_GT(report.records, 0u);
  EXPECT_EQ(report.keys_written, 0u);
  EXPECT_EQ(env_->OpCount(kSimWriteOps & ~static_cast<uint32_t>(kSimLock)),
            writes);
}

TEST_F(SalvageTest, DryRunAndSalvageSayTheSame) {
  ASSERT_OK(env_->CorruptByte(store_.Files(FileKind::kTable)[0], 300));
  ASSERT_OK_AND_ASSIGN(const SalvageReport dry, DryRun());
  const SalvageReport wet = store_.SalvageAndCheck(env_.get());
  EXPECT_EQ(dry.records, wet.records);
  EXPECT_EQ(dry.records_lost, wet.records_lost);
  EXPECT_EQ(dry.bytes_lost, wet.bytes_lost);
  EXPECT_EQ(dry.last_version, wet.last_version);
}

TEST_F(SalvageTest, DamagedBlockCostsItsRecordsOnly) {
  const std::string table = store_.Files(FileKind::kTable)[0];
  ASSERT_OK(env_->CorruptByte(table, 300));
  const SalvageReport report = store_.SalvageAndCheck(env_.get());
  const SalvagedFile* file = Find(report, table);
  ASSERT_TRUE(file != nullptr);
  EXPECT_EQ(file->state, State::kPartly);
  ASSERT_EQ(file->losses.size(), 1u);
  EXPECT_STATUS_CONTAINS(file->losses[0].status, absl::StatusCode::kDataLoss,
                         table);
  EXPECT_LE(file->losses[0].offset, 300u);
  EXPECT_GT(file->losses[0].offset + file->losses[0].bytes, 300u);
  EXPECT_LT(file->losses[0].smallest_key, file->losses[0].largest_key);
  EXPECT_GT(file->records_lost, 0u);
  EXPECT_LT(file->records_lost, 20u);
  EXPECT_FALSE(report.nothing_lost());
  EXPECT_FALSE(report.notes.empty());
}

TEST_F(SalvageTest, TableWithoutFooterOrIndexLosesNothing) {
  for (const std::string& table : store_.Files(FileKind::kTable)) {
    env_ = store_.Copy();
    ASSERT_OK_AND_ASSIGN(const uint64_t bytes, env_->FileSize(table));
    ASSERT_OK(env_->TruncateFile(table, bytes - 100));
    const SalvageReport report = store_.SalvageAndCheck(env_.get());
    const SalvagedFile* file = Find(report, table);
    ASSERT_TRUE(file != nullptr);
    EXPECT_EQ(file->state, State::kWhole) << table;
    EXPECT_NE(file->note, "");
    EXPECT_TRUE(report.nothing_lost());
  }
}

// Values far larger than a block is meant to be, and of zeros, where every byte
// might be the end of the block.
TEST(SalvageLargeTest, LargeBlocksAreFoundWithoutTheIndex) {
  SimEnv env;
  Options options = SalvageStore().OptionsOn(&env);
  options.memtable_bytes = 16 << 20;
  options.compression = Compression::kNone;
  const std::vector<std::string> values = {
      "small", Random(TestSeed()).Bytes(3 << 20), "small",
      std::string(2 << 20, '\0'), "small"};
  ASSERT_OK_AND_ASSIGN(auto db, DB::Open(options, "/db"));
  for (size_t i = 0; i < values.size(); ++i) {
    ASSERT_OK(db->Put({}, "key" + std::to_string(i), values[i]));
  }
  ASSERT_OK(db->Flush());
  ASSERT_OK(db->Close());
  db.reset();
  ASSERT_OK_AND_ASSIGN(const auto names, env.ListDir("/db"));
  for (const std::string& name : names) {
    if (ParseFileName(name).kind != FileKind::kTable) continue;
    ASSERT_OK_AND_ASSIGN(const uint64_t bytes, env.FileSize("/db/" + name));
    ASSERT_OK(env.TruncateFile("/db/" + name, bytes - 100));
  }

  ASSERT_OK_AND_ASSIGN(const SalvageReport report,
                       Salvage(options, "/db", "/saved"));
  EXPECT_TRUE(report.nothing_lost());
  EXPECT_EQ(report.keys_written, values.size());
  ASSERT_OK_AND_ASSIGN(db, DB::Open(options, "/saved"));
  for (size_t i = 0; i < values.size(); ++i) {
    ASSERT_OK_AND_ASSIGN(const std::string got,
                         db->Get("key" + std::to_string(i)));
    EXPECT_TRUE(got == values[i]) << i;
  }
}

TEST_F(SalvageTest, TableCutInTheMiddleKeepsWhatIsBefore) {
  const std::string table = store_.Files(FileKind::kTable)[0];
  ASSERT_OK_AND_ASSIGN(const uint64_t bytes, env_->FileSize(table));
  ASSERT_OK(env_->TruncateFile(table, bytes / 2));
  const SalvageReport report = store_.SalvageAndCheck(env_.get());
  const SalvagedFile* file = Find(report, table);
  ASSERT_TRUE(file != nullptr);
  EXPECT_EQ(file->state, State::kPartly);
  EXPECT_GT(file->records, 0u);
  EXPECT_GT(file->records_lost, 0u);
}

TEST_F(SalvageTest, MissingTableIsNamed) {
  const std::string table = store_.Files(FileKind::kTable)[0];
  ASSERT_OK(env_->RemoveFile(table));
  const SalvageReport report = store_.SalvageAndCheck(env_.get());
  const SalvagedFile* file = Find(report, table);
  ASSERT_TRUE(file != nullptr);
  EXPECT_EQ(file->state, State::kUnreadable);
  EXPECT_GT(file->records_lost, 0u);
}

TEST_F(SalvageTest, RecordsBehindADamagedLogRecordAreSaved) {
  const std::string log = LiveLog();
  ASSERT_OK(env_->CorruptByte(log, 1000));
  EXPECT_STATUS(DB::Open(store_.OptionsOn(env_.get()), SalvageStore::kDir),
                absl::StatusCode::kDataLoss);
  const SalvageReport report = store_.SalvageAndCheck(env_.get());
  const SalvagedFile* file = Find(report, log);
  ASSERT_TRUE(file != nullptr);
  EXPECT_EQ(file->state, State::kPartly);
  EXPECT_EQ(file->records, 99u);
  EXPECT_EQ(file->records_lost, 1u);
  ASSERT_EQ(file->losses.size(), 1u);
  EXPECT_EQ(file->losses[0].first_version, file->losses[0].last_version);
  EXPECT_EQ(report.last_version, store_.last_version());
}

TEST_F(SalvageTest, TornEndOfTheLogIsNoLoss) {
  const std::string log = LiveLog();
  ASSERT_OK_AND_ASSIGN(const std::string bytes, env_->ReadFile(log));
  const size_t end = bytes.find_last_not_of('\0');
  ASSERT_OK(env_->CorruptByte(log, end));
  const SalvageReport report = store_.SalvageAndCheck(env_.get());
  const SalvagedFile* file = Find(report, log);
  ASSERT_TRUE(file != nullptr);
  EXPECT_EQ(file->state, State::kWhole);
  EXPECT_GT(file->tail_bytes, 0u);
  EXPECT_TRUE(report.nothing_lost());
  EXPECT_EQ(report.last_version, store_.last_version() - 1);
}

TEST_F(SalvageTest, DamagedLogHeaderLosesNothing) {
  const std::string log = LiveLog();
  for (const uint64_t offset : {0u, 9u, 13u, 17u, 33u, 41u}) {
    env_ = store_.Copy();
    ASSERT_OK(env_->CorruptByte(log, offset));
    const SalvageReport report = store_.SalvageAndCheck(env_.get());
    EXPECT_TRUE(report.nothing_lost()) << offset;
    EXPECT_EQ(report.keys_written, store_.live_keys()) << offset;
  }
}

TEST_F(SalvageTest, MissingLogIsNamed) {
  const std::string log = LiveLog();
  ASSERT_OK(env_->RemoveFile(log));
  const SalvageReport report = store_.SalvageAndCheck(env_.get());
  const SalvagedFile* file = Find(report, log);
  ASSERT_TRUE(file != nullptr);
  EXPECT_EQ(file->state, State::kUnreadable);
  EXPECT_FALSE(report.nothing_lost());
}

TEST_F(SalvageTest, WithoutCurrentTheManifestIsFound) {
  ASSERT_OK(env_->RemoveFile("/db/CURRENT"));
  const SalvageReport report = store_.SalvageAndCheck(env_.get());
  EXPECT_OK(report.manifest);
  EXPECT_TRUE(report.nothing_lost());
  EXPECT_EQ(report.keys_written, store_.live_keys());
}

TEST_F(SalvageTest, WithoutAManifestAllTablesAndLogsAreTaken) {
  ASSERT_OK(env_->RemoveFile("/db/CURRENT"));
  ASSERT_OK(env_->RemoveFile(store_.Files(FileKind::kManifest)[0]));
  const SalvageReport report = store_.SalvageAndCheck(env_.get());
  EXPECT_FALSE(report.manifest.ok());
  EXPECT_FALSE(report.nothing_lost());
  EXPECT_EQ(report.keys_written, store_.live_keys());
  EXPECT_FALSE(report.notes.empty());
}

TEST_F(SalvageTest, ManifestThatLostItsEndIsNotBelieved) {
  const std::string manifest = store_.Files(FileKind::kManifest)[0];
  ASSERT_OK_AND_ASSIGN(const std::string bytes, env_->ReadFile(manifest));
  uint64_t refused = 0;
  for (size_t cut = bytes.size() / 8 * 8; cut > 100; cut -= 8) {
    env_ = store_.Copy();
    ASSERT_OK(env_->TruncateFile(manifest, cut));
    SCOPED_TRACE(cut);
    const SalvageReport report = store_.SalvageAndCheck(env_.get());
    if (!report.manifest.ok()) ++refused;
    EXPECT_EQ(report.keys_written, store_.live_keys());
  }
  EXPECT_GT(refused, 0u);
}

// A flush that was the last thing the store did: its edit is the MANIFEST's
// last, and its log is gone for good. Without that edit the MANIFEST names the
// log, and not the table that has what was in it.
TEST(SalvageManifestTest, TableThatReplacedAMissingLogIsTaken) {
  SimEnv env;
  Options options = SalvageStore().OptionsOn(&env);
  ASSERT_OK_AND_ASSIGN(auto db, DB::Open(options, SalvageStore::kDir));
  uint64_t log = UINT64_MAX;  // the one in use: the next one is newer
  ASSERT_OK_AND_ASSIGN(const auto names, env.ListDir(SalvageStore::kDir));
  for (const std::string& name : names) {
    const ParsedName parsed = ParseFileName(name);
    if (parsed.kind == FileKind::kWal) log = std::min(log, parsed.number);
  }
  for (int i = 0; i < 100; ++i) {
    ASSERT_OK(db->Put({}, "key" + std::to_string(i), "value"));
  }
  ASSERT_OK(db->Flush());
  const auto image = env.CrashImage(CrashMode::kDropUnsynced, 1);
  const std::string log_path = WalPath(SalvageStore::kDir, log);
  if (*image->FileExists(log_path)) ASSERT_OK(image->RemoveFile(log_path));
  ASSERT_OK(image->SyncDir(SalvageStore::kDir));
  ASSERT_OK_AND_ASSIGN(const uint64_t manifest,
                       ReadCurrent(image.get(), SalvageStore::kDir));
  const std::string path = ManifestPath(SalvageStore::kDir, manifest);
  ASSERT_OK_AND_ASSIGN(const std::string bytes, image->ReadFile(path));
  ASSERT_OK(image->CorruptByte(path, bytes.find_last_not_of('\0')));
  options.env = image.get();
  EXPECT_STATUS_CONTAINS(DB::Open(options, SalvageStore::kDir),
                         absl::StatusCode::kDataLoss,
                         "a log of the store is missing");

  ASSERT_OK_AND_ASSIGN(
      const SalvageReport report,
      Salvage(options, SalvageStore::kDir, SalvageStore::kTarget));
  EXPECT_STATUS_CONTAINS(report.manifest, absl::StatusCode::kDataLoss, path);
  EXPECT_EQ(report.keys_written, 100u);
  EXPECT_EQ(report.last_version, 100u);
  ASSERT_EQ(report.notes.size(), 2u);
  EXPECT_EQ(report.notes[1].find(log_path), 0u);
}

TEST_F(SalvageTest, ClosedLogThatLostItsEndIsALoss) {
  SalvageStore closed;
  ASSERT_NO_FATAL_FAILURE(closed.Make(8, /*closed=*/true));
  env_ = closed.Copy();
  const std::string log = LiveLog();
  ASSERT_OK_AND_ASSIGN(const std::string bytes, env_->ReadFile(log));
  const size_t end = bytes.find_last_not_of('\0') + 1;
  ASSERT_OK(env_->TruncateFile(log, end - 200));
  const SalvageReport report = closed.SalvageAndCheck(env_.get());
  const SalvagedFile* file = Find(report, log);
  ASSERT_TRUE(file != nullptr);
  EXPECT_EQ(file->state, State::kPartly);
  EXPECT_EQ(file->tail_bytes, 0u);
  EXPECT_FALSE(report.nothing_lost());
}

TEST_F(SalvageTest, FilesOutsideTheStoreAreLeftOut) {
  const std::string table = store_.Files(FileKind::kTable)[0];
  ASSERT_OK_AND_ASSIGN(const std::string bytes, env_->ReadFile(table));
  ASSERT_OK(env_->WriteFile("/db/999999.sst", bytes));
  const SalvageReport report = store_.SalvageAndCheck(env_.get());
  const SalvagedFile* file = Find(report, "/db/999999.sst");
  ASSERT_TRUE(file != nullptr);
  EXPECT_EQ(file->state, State::kUnused);
  EXPECT_TRUE(report.nothing_lost());
}

TEST_F(SalvageTest, OpenStoreIsRefused) {
  ASSERT_OK_AND_ASSIGN(const auto db, DB::Open(store_.OptionsOn(env_.get()),
                                               SalvageStore::kDir));
  EXPECT_STATUS_CONTAINS(DryRun(), absl::StatusCode::kFailedPrecondition,
                         "LOCK");
}

TEST_F(SalvageTest, WrongDirectoriesAreRefused) {
  const Options options = store_.OptionsOn(env_.get());
  EXPECT_STATUS(Salvage(options, "/absent", ""), absl::StatusCode::kNotFound);
  EXPECT_STATUS(Salvage(options, "", ""), absl::StatusCode::kInvalidArgument);
  EXPECT_STATUS(Salvage(options, "/db", "/db/"),
                absl::StatusCode::kInvalidArgument);
  EXPECT_STATUS(Salvage(options, "/db", "/db/new"),
                absl::StatusCode::kInvalidArgument);
  ASSERT_OK(env_->CreateDir("/full"));
  EXPECT_STATUS_CONTAINS(Salvage(options, "/full", ""),
                         absl::StatusCode::kFailedPrecondition, "no store");
  ASSERT_OK(env_->WriteFile("/full/x", "y"));
  EXPECT_STATUS_CONTAINS(Salvage(options, "/db", "/full"),
                         absl::StatusCode::kFailedPrecondition, "not empty");
}

TEST_F(SalvageTest, FullTargetDiskIsAnErrorAndNoStore) {
  env_->SetFreeSpaceBytes(2000);
  const Options options = store_.OptionsOn(env_.get());
  EXPECT_STATUS(Salvage(options, "/db", "/saved"),
                absl::StatusCode::kResourceExhausted);
  env_->ClearFreeSpaceLimit();
  EXPECT_FALSE(*env_->FileExists("/saved/CURRENT"));
}

TEST_F(SalvageTest, UnreadableSectorIsALossLikeAnyOther) {
  const std::string table = store_.Files(FileKind::kTable)[0];
  env_->FailNth(kSimRead, 4, absl::InternalError("bad sector"), false, table);
  const SalvageReport report = store_.SalvageAndCheck(env_.get());
  EXPECT_FALSE(report.nothing_lost());
  EXPECT_EQ(env_->faults_fired(), 1u);
}

// Flips bytes all over the store, a share of them per shard.
class SalvageFlipTest : public ::testing::TestWithParam<uint64_t> {};
constexpr uint64_t kShards = 4;
constexpr uint64_t kFlips = 4000;

TEST_P(SalvageFlipTest, NothingWrongAndNothingElseLost) {
  const uint64_t seed = TestSeed() + GetParam();
  Random rng(seed);
  SalvageStore store;
  ASSERT_NO_FATAL_FAILURE(store.Make(seed, /*closed=*/GetParam() % 2 == 1));
  const std::vector<std::string> files = store.Files();
  const uint64_t flips = Scaled(kFlips / kShards);
  uint64_t done = 0;
  uint64_t lossless = 0;
  for (; done < flips && !::testing::Test::HasFailure(); ++done) {
    const std::unique_ptr<SimEnv> env = store.Copy();
    const std::string& file = files[done % files.size()];
    ASSERT_OK_AND_ASSIGN(const std::string bytes, env->ReadFile(file));
    const size_t used = bytes.find_last_not_of('\0') + 1;
    const uint64_t offset = rng.Uniform(used);
    const auto mask = static_cast<uint8_t>(1u << rng.Uniform(8));
    SCOPED_TRACE(file + " offset " + std::to_string(offset));
    ASSERT_OK(env->CorruptByte(file, offset, mask));
    const SalvageReport report = store.SalvageAndCheck(env.get());
    // One flip costs one block, one record of a log, or nothing.
    EXPECT_LE(report.records_lost, 40u);
    EXPECT_LE(report.bytes_lost, 1000u);
    if (report.records_lost == 0) ++lossless;
  }
  EXPECT_LT(lossless, done);
  ReportCount("salvages after a flipped bit", done);
}

INSTANTIATE_TEST_SUITE_P(Shards, SalvageFlipTest,
                         ::testing::Range(uint64_t{0}, kShards));

}  // namespace
}  // namespace lsmkv::engine
