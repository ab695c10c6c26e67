#include "tests/engine/fault/damage/damage_store.h"

#include <thread>
#include <utility>

#include "gtest/gtest.h"

#include "engine/src/db/wal_set.h"
#include "engine/src/format/batch.h"
#include "engine/src/format/file_names.h"
#include "engine/src/util/coding.h"
#include "engine/src/version/version_set.h"
#include "engine/src/wal/log_reader.h"
#include "lsmkv/engine/db.h"
#include "tests/support/env_wrapper.h"
#include "tests/support/random_seed.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

constexpr int kKeys = 80;
// What is kept of the reserved space of a log that was in use.
constexpr size_t kReserveBytes = 640;

std::string KeyOf(uint64_t i) { return "user" + std::to_string(1000 + i); }

// Holds up whoever creates a table while it is shut.
class GatedEnv : public EnvWrapper {
 public:
  using EnvWrapper::EnvWrapper;

  absl::StatusOr<std::unique_ptr<WritableFile>> NewWritableFile(
      const std::string& path) override {
    {
      MutexLock lock(&mu_);
      while (shut_ && path.ends_with(".sst")) {
        waiting_ = true;
        changed_.SignalAll();
        changed_.Wait(&mu_);
      }
    }
    return EnvWrapper::NewWritableFile(path);
  }
  void Set(bool shut) {
    MutexLock lock(&mu_);
    shut_ = shut;
    changed_.SignalAll();
  }
  void AwaitSomeone() {
    MutexLock lock(&mu_);
    while (!waiting_) changed_.Wait(&mu_);
  }

 private:
  Mutex mu_;
  CondVar changed_;
  bool shut_ ABSL_GUARDED_BY(mu_) = false;
  bool waiting_ ABSL_GUARDED_BY(mu_) = false;
};

// A store at work and what it should hold.
class Builder {
 public:
  Builder(StoreKind kind, uint64_t seed)
      : rng_(seed), env_(seed), gate_(&env_) {
    store_.kind = kind;
  }
  DamageStore Build();

 private:
  std::string Value(size_t bytes, bool compressible) {
    return compressible ? rng_.Letters(4) + std::string(bytes, 'v')
                        : rng_.Bytes(bytes);
  }
  void Apply(const BatchOperation& op);
  void Put(uint64_t key, std::string value);
  void Write(const WriteBatch& batch, Durability durability);
  void FillTables();
  // Writes that stay in the log.
  void FillLog();
  WriteBatch NextBatch(int i);
  void BuildKilled();
  void BuildManyLogs();
  void ReadRecords();

  Random rng_;
  SimEnv env_;
  GatedEnv gate_;
  std::unique_ptr<DB> db_;
  Data data_;
  uint64_t version_ = 0;
  DamageStore store_;
};

void Builder::Apply(const BatchOperation& op) {
  const std::string key(op.key);
  if (op.type == ValueType::kPut) {
    data_[key] = std::string(op.value);
  } else if (op.type == ValueType::kDelete) {
    data_.erase(key);
  } else {
    data_.erase(data_.lower_bound(key),
                data_.lower_bound(std::string(op.value)));
  }
}

void Builder::Write(const WriteBatch& batch, Durability durability) {
  WriteOptions options;
  options.durability = durability;
  if (db_ != nullptr) {
    const auto version = db_->Write(options, batch);
    ASSERT_OK(version.status());
    version_ = *version;
  } else {
    version_ += batch.count();
  }
  BatchReader reader(batch.encoded());
  BatchOperation op;
  while (reader.Next(&op)) Apply(op);
  store_.states[version_] = data_;
}

void Builder::Put(uint64_t key, std::string value) {
  WriteBatch batch;
  batch.Put(KeyOf(key), value);
  Write(batch, Durability::kOs);
}

void Builder::FillTables() {
  // The deepest level, by Zstandard; one value is larger than its block.
  for (uint64_t i = 0; i < kKeys; ++i) {
    Put(i, Value(i == 40 ? 1500 : 60, /*compressible=*/i % 3 != 0));
  }
  ASSERT_OK(db_->CompactRange({}, {}));
  // L0 that does not compress, with two versions of some keys, tombstones and
  // range tombstones.
  for (uint64_t i = 0; i < kKeys; i += 4) Put(i, Value(30, false));
  const std::unique_ptr<Snapshot> snapshot = db_->GetSnapshot();
  WriteBatch batch;
  for (uint64_t i = 0; i < kKeys; i += 8) batch.Put(KeyOf(i), Value(30, false));
  batch.Put(KeyOf(3), Value(1000, false));
  batch.Delete(KeyOf(5));
  batch.DeleteRange(KeyOf(20), KeyOf(26));
  batch.DeleteRange(KeyOf(23), KeyOf(30));
  Write(batch, Durability::kSync);
  ASSERT_OK(db_->Flush());
  store_.earlier = FilesIn(&env_);
  // L0 by LZ4.
  for (uint64_t i = 1; i < kKeys; i += 2) Put(i, Value(50, true));
  WriteBatch more;
  more.Put(KeyOf(24), Value(1200, true));
  more.Delete(KeyOf(40));
  more.DeleteRange(KeyOf(60), KeyOf(63));
  Write(more, Durability::kSync);
  ASSERT_OK(db_->Flush());
}

WriteBatch Builder::NextBatch(int i) {
  WriteBatch batch;
  const uint64_t key = rng_.Uniform(kKeys);
  batch.Put(KeyOf(key),
            Value(i % 9 == 4 ? 400 : 20 + rng_.Uniform(30), rng_.OneIn(2)));
  if (i % 3 == 1) batch.Delete(KeyOf(rng_.Uniform(kKeys)));
  if (i % 7 == 3) {
    const uint64_t begin = rng_.Uniform(kKeys - 4);
    batch.DeleteRange(KeyOf(begin), KeyOf(begin + 1 + rng_.Uniform(4)));
  }
  return batch;
}

void Builder::FillLog() {
  for (int i = 0; i < 16; ++i) {
    // The last two are not known to be durable.
    const bool sync = i % 4 == 0 && i < 14;
    Write(NextBatch(i), sync ? Durability::kSync : Durability::kOs);
  }
}

void Builder::BuildKilled() {
  FillLog();
  gate_.Set(true);
  std::thread flush([this] { EXPECT_OK(db_->Flush()); });
  gate_.AwaitSomeone();
  FillLog();
  store_.files = FilesIn(&env_);
  gate_.Set(false);
  flush.join();
  for (auto& [path, bytes] : store_.files) {
    if (path.ends_with(".wal") &&
        bytes.size() > store_.UsedBytes(path) + kReserveBytes) {
      bytes.resize(store_.UsedBytes(path) / 8 * 8 + kReserveBytes);
    }
  }
}

// Goes on where a store was closed, with the parts that write logs.
void Builder::BuildManyLogs() {
  ASSERT_OK(db_->Close());
  db_ = nullptr;
  TableCounters counters;
  VersionSet versions(&env_, "/db", nullptr, &counters);
  ASSERT_OK(versions.Recover());
  VersionEdit old;
  for (uint64_t wal : versions.live_wals()) old.removed_wals.push_back(wal);
  ASSERT_OK(versions.StartManifest(old));
  for (uint64_t wal : old.removed_wals) {
    ASSERT_OK(env_.RemoveFile(WalPath("/db", wal)));
  }
  WalSet wals(&env_, "/db", {.writer = {.compress = true}}, version_);
  const auto nothing = [](std::shared_ptr<const Version>) {};
  for (int n = 0; n < 3; ++n) {
    const uint64_t number = versions.NewFileNumber();
    ASSERT_OK_AND_ASSIGN(const LogOrigin origin, versions.origin());
    ASSERT_OK_AND_ASSIGN(auto log, wals.Create(number, origin));
    VersionEdit edit;
    edit.added_wals.push_back(number);
    edit.wal_facts.push_back({number, log->salt(), 0});
    ASSERT_OK(versions.LogAndApply(std::move(edit), nothing));
    wals.SetNext(std::move(log));
    if (n == 2) break;
    ASSERT_OK(wals.Rotate());
    for (int i = 0; i < 8; ++i) {
      const WriteBatch batch = NextBatch(i);
      PendingWrite write;
      write.operations = batch.encoded();
      write.count = batch.count();
      ASSERT_OK(wals.Append({&write}, version_ + 1, false));
      Write(batch, Durability::kOs);
    }
  }
  VersionEdit closed;
  ASSERT_OK_AND_ASSIGN(closed.wal_facts, wals.Close());
  ASSERT_OK(versions.LogAndApply(std::move(closed), nothing));
  store_.files = FilesIn(&env_);
}

void Builder::ReadRecords() {
  const std::unique_ptr<SimEnv> env = EnvWith(store_.files);
  for (const auto& [path, bytes] : store_.files) {
    const ParsedName name = ParseFileName(path.substr(sizeof("/db/") - 1));
    if (name.kind != FileKind::kWal) continue;
    ASSERT_OK_AND_ASSIGN(
        const auto reader,
        LogReader::Open(env.get(), path, LogKind::kWal, name.number));
    while (true) {
      LogRecord record;
      const uint64_t begin = reader->offset();
      ASSERT_OK_AND_ASSIGN(const auto outcome, reader->Read(&record));
      const bool seal = outcome == LogReader::Outcome::kSealed;
      // As it is in the file, where it may be compressed; without the padding,
      // which a file may lack.
      const uint32_t payload_bytes =
          begin + kLogRecordHeaderBytes <= bytes.size()
              ? DecodeFixed32(bytes.data() + begin + 4)
              : 0;
      if (!seal && outcome != LogReader::Outcome::kRecord) break;
      store_.records.push_back({path, begin,
                                begin + kLogRecordHeaderBytes + payload_bytes,
                                record.sequence, record.durable_upto, seal});
      if (seal) break;
    }
  }
}

DamageStore Builder::Build() {
  auto opened = DB::Open(DamageOptions(&gate_), "/db");
  EXPECT_OK(opened.status());
  db_ = *std::move(opened);
  FillTables();
  EXPECT_OK(db_->WaitForIdle());
  // Only what is in logs may be missing from a prefix.
  store_.states.erase(store_.states.begin(), std::prev(store_.states.end()));
  switch (store_.kind) {
    case StoreKind::kClosed:
      FillLog();
      EXPECT_OK(db_->Close());
      store_.files = FilesIn(&env_);
      break;
    case StoreKind::kKilled:
      BuildKilled();
      break;
    case StoreKind::kManyLogs:
      BuildManyLogs();
      break;
  }
  ReadRecords();
  return std::move(store_);
}

}  // namespace

const char* NameOf(StoreKind kind) {
  switch (kind) {
    case StoreKind::kClosed:
      return "Closed";
    case StoreKind::kKilled:
      return "Killed";
    case StoreKind::kManyLogs:
      break;
  }
  return "ManyLogs";
}

uint64_t DamageStore::UsedBytes(const std::string& path) const {
  return files.at(path).find_last_not_of('\0') + 1;
}

DamageStore MakeStore(StoreKind kind, uint64_t seed) {
  return Builder(kind, seed).Build();
}

Options DamageOptions(Env* env) {
  Options options;
  options.env = env;
  options.memtable_bytes = 64 << 10;
  options.block_bytes = 400;
  options.l0_trigger = 1000;
  options.idle_compaction_ms = 0;
  options.value_separation_bytes = 55;  // some of all tables
  options.compression = Compression::kLz4;
  options.compression_bottom = Compression::kZstd;
  return options;
}

std::unique_ptr<SimEnv> EnvWith(const FileBytes& files) {
  auto env = std::make_unique<SimEnv>();
  EXPECT_OK(env->CreateDir("/db"));
  EXPECT_OK(env->SyncDir("/"));
  for (const auto& [path, bytes] : files)
    EXPECT_OK(env->WriteFile(path, bytes));
  return env;
}

FileBytes FilesIn(SimEnv* env) {
  FileBytes files;
  const auto names = env->ListDir("/db");
  EXPECT_OK(names.status());
  for (const std::string& name : *names) {
    if (name == "LOCK") continue;
    auto bytes = env->ReadFile("/db/" + name);
    if (bytes.ok()) files["/db/" + name] = *std::move(bytes);
  }
  return files;
}

}  // namespace lsmkv::engine
