// Values that their writer compresses once, while the flush thread is held up:
// everything reads them in memory, in the log and in the value file.

#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

#include "engine/src/util/random.h"
#include "lsmkv/engine/mutex.h"
#include "tests/engine/db/sim_db_test.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

constexpr size_t kThreshold = 4000;

// A disk on which no flush begins while the gate is closed.
class GatedEnv : public SimEnv {
 public:
  GatedEnv() : SimEnv(1) {}
  absl::StatusOr<std::unique_ptr<WritableFile>> NewWritableFile(
      const std::string& path) override {
    if (path.ends_with(".sst") || path.ends_with(".val")) {
      const MutexLock lock(&mu_);
      while (!open_) opened_.Wait(&mu_);
    }
    return SimEnv::NewWritableFile(path);
  }
  void SetGate(bool open) {
    const MutexLock lock(&mu_);
    open_ = open;
    opened_.SignalAll();
  }

 private:
  Mutex mu_;
  CondVar opened_;
  bool open_ ABSL_GUARDED_BY(mu_) = true;
};

class PackedValuesTest : public SimDbTest {
 protected:
  PackedValuesTest() {
    options_.env = &gated_;
    options_.memtable_bytes = 4 << 20;
    options_.value_separation_bytes = kThreshold;
    options_.durability = Durability::kOs;
  }

  ~PackedValuesTest() override {
    if (flush_.joinable()) ReleaseFlush();
    db_.reset();  // before its disk
  }

  // From the next write on the flush thread is busy.
  void HoldFlush() {
    PutBoth("first", "");
    gated_.SetGate(false);
    flush_ = std::thread([this] { EXPECT_OK(db_->Flush()); });
    while (db_->GetStats().immutable_memtables == 0) std::this_thread::yield();
    PutBoth("held", "");
  }
  void ReleaseFlush() {
    gated_.SetGate(true);
    flush_.join();
  }

  // A third of it is not to be compressed.
  std::string Value(size_t bytes) {
    std::string value;
    while (value.size() < bytes) {
      const uint64_t word = random_.Next();
      value.append(reinterpret_cast<const char*>(&word), sizeof(word));
      value += "sixteen the same";
    }
    value.resize(bytes);
    return value;
  }
  std::string Noise(size_t bytes) {
    std::string value(bytes, 0);
    for (char& c : value) c = static_cast<char>(random_.Next());
    return value;
  }
  void PutBoth(const std::string& key, const std::string& value) {
    Put(key, value);
    model_[key] = value;
  }
  // Ascending keys, with values of all sizes, below the threshold and above
  // what is packed.
  void Fill(int count) {
    for (int i = 0; i < count; ++i) {
      const size_t bytes = 1 + random_.Next() % (i % 10 == 0 ? 80'000 : 20'000);
      PutBoth("key" + std::to_string(1000 + i),
              i % 7 == 0 ? Noise(bytes) : Value(bytes));
    }
  }

  // Reads everything in every way.
  void ExpectModel(DB* db, const Snapshot* snapshot,
                   const std::map<std::string, std::string>& model) {
    ReadOptions read;
    read.snapshot = snapshot;
    PinnedValue value;
    for (const auto& [key, expected] : model) {
      ASSERT_OK(db->Get(read, key, &value)) << key;
      ASSERT_EQ(value.view(), expected);
    }
    const auto it = db->NewIterator(read);
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
      ASSERT_TRUE(back != model.rend());
      ASSERT_EQ(it->key(), back->first);
      ASSERT_EQ(it->value(), back->second);
    }
    ASSERT_OK(it->status());
    ASSERT_TRUE(back == model.rend());
    read.keys_only = true;
    const auto keys = db->NewIterator(read);
    keys->SeekToFirst();
    for (const auto& [key, expected] : model) {
      ASSERT_TRUE(keys->Valid());
      ASSERT_EQ(keys->key(), key);
      ASSERT_EQ(keys->value(), "");
      keys->Next();
    }
  }
  void ExpectModel() { ExpectModel(db_.get(), nullptr, model_); }

  GatedEnv gated_;
  std::thread flush_;
  Random random_{1};
  std::map<std::string, std::string> model_;
};

TEST_F(PackedValuesTest, AreReadFromMemoryTheLogAndValueFiles) {
  Open();
  HoldFlush();
  Fill(150);
  ExpectModel();
  const std::unique_ptr<SimEnv> image =
      gated_.CrashImage(CrashMode::kKeepAll, 1);
  const std::unique_ptr<DB> recovered = OpenOn(image.get());
  ExpectModel(recovered.get(), nullptr, model_);
  ReleaseFlush();
  ASSERT_OK(db_->Flush());
  ExpectModel();
  ExpectSound();
  HoldFlush();
  Fill(150);
  ReleaseFlush();
  ASSERT_OK(db_->CompactRange(std::nullopt, std::nullopt));
  ExpectModel();
  ExpectSound();
  Open();
  ExpectModel();
}

TEST_F(PackedValuesTest, AreHalfAsLargeInMemoryInTheLogAndOnDisk) {
  Open();
  for (const bool held : {false, true}) {
    SCOPED_TRACE(held);
    if (held) HoldFlush();
    const Stats before = db_->GetStats();
    for (int i = 100; i < 200; ++i) {
      PutBoth("key" + std::to_string(i), Value(10'000));
    }
    const Stats after = db_->GetStats();
    const uint64_t limit = 100 * 10'000 * 2 / 3;
    EXPECT_EQ(after.memtable_bytes - before.memtable_bytes < limit, held);
    EXPECT_EQ(after.wal_bytes - before.wal_bytes < limit, held);
    if (held) ReleaseFlush();
    ASSERT_OK(db_->Flush());
    EXPECT_LT(db_->GetStats().value_bytes, 2 * limit);
    ExpectModel();
  }
}

TEST_F(PackedValuesTest, EndWithTheFlush) {
  Open();
  HoldFlush();
  ReleaseFlush();
  const uint64_t before = db_->GetStats().memtable_bytes;
  PutBoth("key", Value(10'000));
  EXPECT_GT(db_->GetStats().memtable_bytes, before + 10'000);
}

TEST_F(PackedValuesTest, BeginLateWhereKeysMayBePutAgain) {
  options_.memtables_max = 2;
  Open();
  HoldFlush();
  PutBoth("b", "");
  PutBoth("a", "");
  const auto bytes_of_a_put = [&](int i) {
    const uint64_t before = db_->GetStats().memtable_bytes;
    PutBoth("key" + std::to_string(i), Value(10'000));
    return db_->GetStats().memtable_bytes - before;
  };
  // A quarter of a memtable later the next one is not far.
  int i = 0;
  while (db_->GetStats().memtable_bytes < options_.memtable_bytes / 4) {
    EXPECT_GE(bytes_of_a_put(++i), 10'000u);
  }
  EXPECT_LT(bytes_of_a_put(++i), 10'000u);
  ExpectModel();
}

TEST_F(PackedValuesTest, AreSeenByTheirSnapshotOnly) {
  Open();
  HoldFlush();
  PutBoth("ia", Value(9000));
  PutBoth("ib", Value(9000));
  const std::map<std::string, std::string> old = model_;
  const std::unique_ptr<Snapshot> snapshot = db_->GetSnapshot();
  PutBoth("ia", Value(10'000));
  PutBoth("ib", "small");
  ASSERT_OK(db_->DeleteRange({}, "ib", "ic"));
  model_.erase("ib");
  for (int flushed = 0; flushed < 2; ++flushed) {
    ExpectModel();
    ExpectModel(db_.get(), snapshot.get(), old);
    if (flushed == 0) ReleaseFlush();
    ASSERT_OK(db_->Flush());
  }
}

TEST_F(PackedValuesTest, LongKeysAndBatchesTakeTheOtherWay) {
  Open();
  HoldFlush();
  // With its key it is more than a log record may stand for.
  PutBoth(std::string(16'000, 'k'), Value(60 << 10));
  WriteBatch batch;
  for (int i = 0; i < 3; ++i) {
    const std::string key = "kb" + std::to_string(i);
    model_[key] = Value(8000);
    batch.Put(key, model_[key]);
  }
  ASSERT_OK(db_->Write({}, batch));
  ExpectModel();
  const std::unique_ptr<SimEnv> image =
      gated_.CrashImage(CrashMode::kKeepAll, 1);
  const std::unique_ptr<DB> recovered = OpenOn(image.get());
  ExpectModel(recovered.get(), nullptr, model_);
}

TEST_F(PackedValuesTest, OutliveTheCallThatWroteThem) {
  Open();
  HoldFlush();
  absl::Notification written[2];
  for (int i = 0; i < 2; ++i) {
    const std::string key = "key" + std::to_string(i);
    model_[key] = Value(16'000);
    WriteBatch batch;
    batch.Put(key, model_[key]);
    WriteOptions options;
    options.durability = i == 0 ? Durability::kOs : Durability::kSync;
    db_->WriteAsync(options, std::move(batch),
                    [&, i](const absl::StatusOr<uint64_t>& version) {
                      EXPECT_OK(version.status());
                      written[i].Notify();
                    });
  }
  for (absl::Notification& each : written) each.WaitForNotification();
  ExpectModel();
}

TEST_F(PackedValuesTest, AreNoneWhereTheFlushCompressesOtherwise) {
  for (const Compression compression :
       {Compression::kNone, Compression::kZstd}) {
    options_.compression = compression;
    Open();
    HoldFlush();
    const uint64_t before = db_->GetStats().memtable_bytes;
    PutBoth("key", Value(16'000));
    EXPECT_GT(db_->GetStats().memtable_bytes, before + 16'000);
    ReleaseFlush();
    ASSERT_OK(db_->Flush());
    ExpectModel();
  }
}

}  // namespace
}  // namespace lsmkv::engine
