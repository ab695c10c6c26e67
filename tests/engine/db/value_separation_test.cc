// Values that have files of their own: what goes there, that everything reads
// it, what damage of it says, and that files with dead values go.

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "engine/src/format/file_names.h"
#include "lsmkv/engine/db.h"
#include "tests/support/env_wrapper.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

constexpr size_t kThreshold = 100;

std::string Key(int i) { return "key" + std::to_string(1000 + i); }
std::string Large(int i) {
  return std::to_string(i) +
         std::string(2 * kThreshold, static_cast<char>('a' + i % 26));
}

// Has none of its value files in memory, and counts what is asked for ahead.
class ColdValuesEnv : public EnvWrapper {
 public:
  using EnvWrapper::EnvWrapper;

  absl::StatusOr<std::unique_ptr<RandomAccessFile>> NewRandomAccessFile(
      const std::string& path) override {
    auto file = EnvWrapper::NewRandomAccessFile(path);
    if (!file.ok() || !path.ends_with(".val")) return file;
    return std::make_unique<ColdFile>(*std::move(file), &asked_ahead_);
  }
  int asked_ahead() const { return asked_ahead_; }

 private:
  class ColdFile final : public RandomAccessFile {
   public:
    ColdFile(std::unique_ptr<RandomAccessFile> file, int* asked_ahead)
        : file_(std::move(file)), asked_ahead_(asked_ahead) {}
    absl::StatusOr<std::string_view> Read(uint64_t offset, size_t n,
                                          char* scratch) const override {
      return file_->Read(offset, n, scratch);
    }
    absl::StatusOr<uint64_t> Size() const override { return file_->Size(); }
    void ReadAhead(uint64_t /*offset*/, size_t /*n*/) const override {
      ++*asked_ahead_;
    }

   private:
    const std::unique_ptr<RandomAccessFile> file_;
    int* const asked_ahead_;
  };

  int asked_ahead_ = 0;
};

class ValueSeparationTest : public ::testing::Test {
 protected:
  ValueSeparationTest() {
    options_.env = &env_;
    options_.memtable_bytes = 64 << 10;
    options_.table_bytes = 64 << 10;
    options_.value_separation_bytes = kThreshold;
    options_.compression = Compression::kNone;
    options_.compression_bottom = Compression::kNone;
  }

  void Open() {
    if (db_ != nullptr) ASSERT_OK(db_->Close());
    db_.reset();
    ASSERT_OK_AND_ASSIGN(db_, DB::Open(options_, "/db"));
  }
  void Put(int i, const std::string& value) {
    ASSERT_OK(db_->Put({}, Key(i), value));
    model_[Key(i)] = value;
  }
  void Fill(int begin, int end, int salt = 0) {
    for (int i = begin; i < end; ++i) Put(i, Large(i + salt));
    ASSERT_OK(db_->Flush());
  }
  void Compact() { ASSERT_OK(db_->CompactRange(std::nullopt, std::nullopt)); }
  std::set<std::string> ValueFiles() {
    std::set<std::string> paths;
    const auto names = env_.ListDir("/db");
    for (const std::string& name : *names) {
      if (ParseFileName(name).kind == FileKind::kValues) {
        paths.insert("/db/" + name);
      }
    }
    return paths;
  }
  // Reads everything in every way.
  void ExpectModel(const Snapshot* snapshot = nullptr) {
    ExpectModel(model_, snapshot);
  }
  void ExpectModel(const std::map<std::string, std::string>& model,
                   const Snapshot* snapshot) {
    ReadOptions read;
    read.snapshot = snapshot;
    const auto it = db_->NewIterator(read);
    auto want = model.begin();
    for (it->SeekToFirst(); it->Valid(); it->Next(), ++want) {
      ASSERT_TRUE(want != model.end());
      ASSERT_EQ(it->key(), want->first);
      ASSERT_EQ(it->value(), want->second);
    }
    ASSERT_OK(it->status());
    ASSERT_TRUE(want == model.end());
    auto back = model.rbegin();
    for (it->SeekToLast(); it->Valid(); it->Prev(), ++back) {
      ASSERT_EQ(it->key(), back->first);
      ASSERT_EQ(it->value(), back->second);
    }
    ASSERT_OK(it->status());
    ASSERT_TRUE(back == model.rend());
    PinnedValue value;
    for (const auto& [key, expected] : model) {
      ASSERT_OK(db_->Get(read, key, &value)) << key;
      ASSERT_EQ(value.view(), expected);
    }
  }
  void ExpectNoFindings() {
    const auto verified = db_->Verify(
        {},
        [](const VerifyFinding& finding) {
          ADD_FAILURE() << finding.status.ToString();
        },
        [](const VerifyProgress&) {});
    EXPECT_OK(verified.status());
  }

  SimEnv env_;
  Options options_;
  std::unique_ptr<DB> db_;
  std::map<std::string, std::string> model_;
};

TEST_F(ValueSeparationTest, ColdValuesAreReadAround) {
  Open();
  Fill(0, 100);
  ASSERT_OK(db_->Close());
  db_.reset();
  for (const bool around : {true, false}) {
    ColdValuesEnv cold(&env_);
    options_.env = &cold;
    options_.read_around_bytes = around ? 4096 : 0;
    Open();
    const int opened = cold.asked_ahead();
    ASSERT_OK_AND_ASSIGN(const std::string value, db_->Get(Key(50)));
    EXPECT_EQ(value, Large(50));
    EXPECT_EQ(cold.asked_ahead() > opened, around);
    ASSERT_OK(db_->Close());
    db_.reset();
  }
}

TEST_F(ValueSeparationTest, FlushSeparatesFromTheThresholdOn) {
  Open();
  Put(0, std::string(kThreshold - 1, 'x'));
  ASSERT_OK(db_->Flush());
  EXPECT_TRUE(ValueFiles().empty());
  Put(1, std::string(kThreshold, 'y'));
  ASSERT_OK(db_->Flush());
  EXPECT_EQ(ValueFiles().size(), 1u);
  ExpectModel();
  ExpectNoFindings();
  const Stats stats = db_->GetStats();
  EXPECT_EQ(stats.value_files, 1u);
  EXPECT_GT(stats.value_bytes, kThreshold);
  EXPECT_EQ(stats.value_dead_bytes, 0u);
}

TEST_F(ValueSeparationTest, ZeroNeverSeparates) {
  options_.value_separation_bytes = 0;
  Open();
  Put(0, std::string(20'000, 'x'));
  ASSERT_OK(db_->Flush());
  EXPECT_TRUE(ValueFiles().empty());
  ExpectModel();
}

TEST_F(ValueSeparationTest, CompactionLeavesValuesWhereTheyAre) {
  Open();
  Fill(0, 50);
  Fill(50, 100);
  const std::set<std::string> before = ValueFiles();
  Compact();
  EXPECT_EQ(ValueFiles(), before);
  EXPECT_LT(db_->GetStats().levels.back().bytes, 50u * 2 * kThreshold);
  ExpectModel();
  ExpectNoFindings();
}

TEST_F(ValueSeparationTest, CompactionSeparatesWhatAnEarlierSettingDidNot) {
  options_.value_separation_bytes = 0;
  Open();
  Fill(0, 50);
  options_.value_separation_bytes = kThreshold;
  Open();
  EXPECT_TRUE(ValueFiles().empty());
  Compact();
  EXPECT_FALSE(ValueFiles().empty());
  ExpectModel();
  // And what is separated can be read by a store that does not.
  options_.value_separation_bytes = 0;
  Open();
  ExpectModel();
  Compact();
  ExpectModel();
}

TEST_F(ValueSeparationTest, SurvivesReopeningAndALossOfPower) {
  Open();
  Fill(0, 60);
  Compact();
  Fill(30, 90, 7);
  Put(200, Large(200));  // in the log
  Open();
  ExpectModel();
  auto image = env_.CrashImage(CrashMode::kDropUnsynced, 1);
  db_.reset();
  Options options = options_;
  options.env = image.get();
  ASSERT_OK_AND_ASSIGN(db_, DB::Open(options, "/db"));
  ExpectModel();
  ExpectNoFindings();
  db_.reset();  // before the image
}

TEST_F(ValueSeparationTest, ReadsSeeNoDeletedOrOverwrittenValue) {
  Open();
  Fill(0, 60);
  Compact();
  ASSERT_OK(db_->Delete({}, Key(3)));
  model_.erase(Key(3));
  ASSERT_OK(db_->DeleteRange({}, Key(10), Key(20)));
  model_.erase(model_.lower_bound(Key(10)), model_.lower_bound(Key(20)));
  Put(30, "small now");
  Put(31, Large(99));
  ExpectModel();
  ASSERT_OK(db_->Flush());
  ExpectModel();
  Compact();
  ExpectModel();
  ExpectNoFindings();
}

TEST_F(ValueSeparationTest, IteratorsTurnAround) {
  Open();
  Fill(0, 20);
  Fill(5, 15, 3);
  const auto it = db_->NewIterator({});
  it->Seek(Key(7));
  EXPECT_EQ(it->value(), Large(10));
  it->Prev();
  EXPECT_EQ(it->value(), Large(9));
  it->Prev();
  EXPECT_EQ(it->key(), Key(5));
  it->Prev();
  EXPECT_EQ(it->value(), Large(4));
  it->Next();
  EXPECT_EQ(it->value(), Large(8));
  it->SeekForPrev(Key(19));
  EXPECT_EQ(it->value(), Large(19));
}

TEST_F(ValueSeparationTest, KeysOnlyReadsNoValue) {
  Open();
  Fill(0, 50);
  Compact();
  Open();
  for (const std::string& path : ValueFiles()) {
    ASSERT_OK(env_.CorruptByte(path, 50));
  }
  ReadOptions read;
  read.keys_only = true;
  const auto it = db_->NewIterator(read);
  int keys = 0;
  for (it->SeekToFirst(); it->Valid(); it->Next(), ++keys) {
    EXPECT_EQ(it->key(), Key(keys));
    EXPECT_TRUE(it->value().empty());
  }
  for (it->SeekToLast(); it->Valid(); it->Prev()) --keys;
  EXPECT_OK(it->status());
  EXPECT_EQ(keys, 0);
}

// Nothing of a damaged value is ever seen, by any kind of read, and what is
// said names the file. Other values are not concerned.
TEST_F(ValueSeparationTest, DamagedValueIsDataLossNamingTheFile) {
  options_.block_cache_bytes = 0;
  Open();
  Fill(0, 20);
  const std::string path = *ValueFiles().begin();
  ASSERT_OK(env_.CorruptByte(path, 10));
  EXPECT_STATUS_CONTAINS(db_->Get(Key(0)), absl::StatusCode::kDataLoss,
                         path + ": offset 0");
  ASSERT_OK_AND_ASSIGN(const std::string other, db_->Get(Key(1)));
  EXPECT_EQ(other, Large(1));
  const auto it = db_->NewIterator({});
  it->SeekToFirst();
  EXPECT_FALSE(it->Valid());
  EXPECT_STATUS_CONTAINS(it->status(), absl::StatusCode::kDataLoss, path);
  it->SeekToLast();
  int read = 0;
  for (; it->Valid(); it->Prev()) ++read;
  EXPECT_EQ(read, 19);
  EXPECT_STATUS_CONTAINS(it->status(), absl::StatusCode::kDataLoss, path);
  it->Seek(Key(1));
  EXPECT_TRUE(it->Valid());
  EXPECT_OK(it->status());
}

TEST_F(ValueSeparationTest, VerifyNamesTheKeysAroundADamagedValue) {
  Open();
  Fill(0, 20);
  const std::string path = *ValueFiles().begin();
  ASSERT_OK(env_.CorruptByte(path, 5 * 220));
  std::vector<VerifyFinding> findings;
  ASSERT_OK(db_->Verify(
      {}, [&](const VerifyFinding& found) { findings.push_back(found); },
      [](const VerifyProgress&) {}));
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].path, path);
  EXPECT_STATUS_CONTAINS(findings[0].status, absl::StatusCode::kDataLoss, path);
  EXPECT_LT(findings[0].smallest_key, findings[0].largest_key);
  EXPECT_GE(findings[0].smallest_key, Key(3));
  EXPECT_LE(findings[0].largest_key, Key(6));
}

TEST_F(ValueSeparationTest, MissingFileIsRefusedByOpening) {
  Open();
  Fill(0, 20);
  ASSERT_OK(db_->Close());
  db_.reset();
  const std::string path = *ValueFiles().begin();
  ASSERT_OK(env_.RemoveFile(path));
  EXPECT_STATUS_CONTAINS(DB::Open(options_, "/db"), absl::StatusCode::kDataLoss,
                         path);
}

TEST_F(ValueSeparationTest, LeftoverFilesGoAtOpening) {
  Open();
  Fill(0, 20);
  const std::set<std::string> before = ValueFiles();
  ASSERT_OK(db_->Close());
  db_.reset();
  ASSERT_OK(env_.WriteFile("/db/000900.val", "half a file"));
  Open();
  ASSERT_OK(db_->Flush());
  ASSERT_OK(db_->WaitForIdle());
  EXPECT_EQ(ValueFiles(), before);
  ExpectModel();
}

TEST_F(ValueSeparationTest, FileWithoutLiveValuesGoesWithItsLastReader) {
  Open();
  Fill(0, 50);
  Compact();
  const std::set<std::string> first = ValueFiles();
  auto it = db_->NewIterator({});
  it->SeekToFirst();
  Fill(0, 50, 1);
  Compact();
  EXPECT_TRUE(ValueFiles().contains(*first.begin()));
  for (int i = 0; i < 50; ++i, it->Next()) {
    ASSERT_TRUE(it->Valid());
    ASSERT_EQ(it->value(), Large(i));
  }
  it.reset();
  Compact();
  ASSERT_OK(db_->WaitForIdle());
  EXPECT_FALSE(ValueFiles().contains(*first.begin()));
  ExpectModel();
}

TEST_F(ValueSeparationTest, SnapshotKeepsItsValuesThroughCollection) {
  Open();
  Fill(0, 50);
  Compact();
  const std::set<std::string> first = ValueFiles();
  const auto old = model_;
  const auto snapshot = db_->GetSnapshot();
  for (int salt = 1; salt < 6; ++salt) {
    for (int i = 0; i < 50; i += salt) Put(i, Large(i + salt));
    if (salt == 2) {
      ASSERT_OK(db_->DeleteRange({}, Key(20), Key(30)));
      model_.erase(model_.lower_bound(Key(20)), model_.lower_bound(Key(30)));
    }
    Compact();
    ExpectModel(old, snapshot.get());
    ExpectModel();
    ExpectNoFindings();
  }
}

// Without a compaction that would meet them: the files are collected by
// themselves once the store is quiet.
TEST_F(ValueSeparationTest, QuietStoreKeepsNextToNoDeadValues) {
  options_.l0_trigger = 2;
  Open();
  for (int salt = 0; salt < 8; ++salt) {
    for (int i = 0; i < 200; i += 1 + salt % 3) Put(i, Large(i + salt));
    ASSERT_OK(db_->Flush());
    ASSERT_OK(db_->WaitForIdle());
  }
  const Stats stats = db_->GetStats();
  uint64_t in_level_zero = 0;
  if (stats.levels[0].files > 0) in_level_zero = 200 * 3 * kThreshold;
  EXPECT_LE(stats.value_dead_bytes, stats.value_bytes / 20 + in_level_zero);
  ExpectModel();
  ExpectNoFindings();
  uint64_t on_disk = 0;
  for (const std::string& path : ValueFiles()) {
    ASSERT_OK_AND_ASSIGN(const uint64_t bytes, env_.FileSize(path));
    on_disk += bytes;
  }
  EXPECT_EQ(on_disk, stats.value_bytes);
  Open();
  ExpectModel();
}

// While it is written to, dead values take no more than they may.
TEST_F(ValueSeparationTest, DeadValuesAreBoundedWhileTheStoreIsBusy) {
  options_.l0_trigger = 2;
  Open();
  const std::string filler(2000, 'f');
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 100; ++i) {
      Put((i * 7 + round) % 150, filler + Large(i + round));
    }
    ASSERT_OK(db_->WaitForIdle());
    const Stats stats = db_->GetStats();
    const uint64_t live = stats.value_bytes - stats.value_dead_bytes;
    // Two memtables, or a quarter of what is alive; and what is in L0.
    EXPECT_LE(stats.value_dead_bytes,
              std::max<uint64_t>(live / 4, 2 * options_.memtable_bytes));
  }
  ExpectModel();
}

// That nothing is in memory after a flush does not make the store a quiet one.
TEST_F(ValueSeparationTest, FewDeadValuesAreCollectedOnceNothingIsWritten) {
  options_.l0_trigger = 2;
  options_.idle_compaction_ms = 3'600'000;
  Open();
  for (uint64_t round = 1; round <= 3; ++round) {
    Fill(0, 50, static_cast<int>(round));
    Fill(25, 75, static_cast<int>(round));
    while (db_->GetStats().compactions < round) std::this_thread::yield();
    EXPECT_GT(db_->GetStats().value_dead_bytes, 0u);
  }
  ASSERT_OK(db_->WaitForIdle());
  EXPECT_EQ(db_->GetStats().value_dead_bytes, 0u);
  EXPECT_EQ(db_->GetStats().compactions,
            4u);  // a collection after three merges
  ExpectModel();
}

TEST_F(ValueSeparationTest, LargestValuesPassTheCacheBy) {
  options_.block_cache_bytes = 32 << 10;
  options_.memtable_bytes = 1 << 20;
  Open();
  for (int i = 0; i < 20; ++i) Put(i, std::string(20'000, 'v') + Large(i));
  ASSERT_OK(db_->Flush());
  ExpectModel();
  EXPECT_LE(db_->GetStats().block_cache_bytes, 32u << 10);
}

TEST_F(ValueSeparationTest, PinnedValueOutlivesItsFile) {
  Open();
  Fill(0, 20);
  Compact();
  PinnedValue value;
  ASSERT_OK(db_->Get({}, Key(5), &value));
  Fill(0, 20, 1);
  Compact();
  ASSERT_OK(db_->WaitForIdle());
  EXPECT_EQ(value.view(), Large(5));
}

}  // namespace
}  // namespace lsmkv::engine
