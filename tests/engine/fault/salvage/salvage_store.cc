#include "tests/engine/fault/salvage/salvage_store.h"

#include <algorithm>
#include <utility>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

constexpr int kKeys = 120;

std::string KeyOf(uint64_t i) {
  std::string digits = std::to_string(i);
  return "key" + std::string(3 - std::min<size_t>(3, digits.size()), '0') +
         digits;
}

// Whether a loss may concern an operation on `key` with `version`.
bool MayConcern(const SalvagedFile& file, const SalvageLoss& loss,
                const std::string& key, uint64_t version) {
  if (ParseFileName(file.path.substr(file.path.rfind('/') + 1)).kind ==
      FileKind::kWal) {
    return loss.first_version == 0 ||
           (version >= loss.first_version &&
            (loss.last_version == 0 || version <= loss.last_version));
  }
  return key >= loss.smallest_key &&
         (loss.largest_key.empty() || key <= loss.largest_key);
}

bool MayBeLost(const SalvageReport& report, const std::string& key,
               uint64_t version) {
  for (const SalvagedFile& file : report.files) {
    if (file.tail_bytes > 0 && version > report.last_version) return true;
    for (const SalvageLoss& loss : file.losses) {
      if (MayConcern(file, loss, key, version)) return true;
    }
  }
  return false;
}

}  // namespace

Options SalvageStore::OptionsOn(Env* env) const {
  Options options;
  options.env = env;
  options.memtable_bytes = 64 << 10;
  options.block_bytes = 256;
  options.block_cache_bytes = 0;
  options.table_bytes = 64 << 10;
  options.level_base_bytes = 64 << 10;
  options.value_separation_bytes = value_separation_bytes_;
  return options;
}

void SalvageStore::Wrote(const std::string& key, uint64_t version,
                         std::optional<std::string> value) {
  if (value) puts_[version] = {key, *value};
  last_[key] = {version, std::move(value)};
}

void SalvageStore::Apply(DB* db, Random* rng) {
  const std::string key = KeyOf(rng->Uniform(kKeys));
  const uint64_t kind = rng->Uniform(100);
  if (kind < 75) {
    std::string value = key + ":" + std::to_string(last_version_ + 1) + ":" +
                        rng->Bytes(rng->Uniform(40));
    ASSERT_OK_AND_ASSIGN(last_version_, db->Put({}, key, value));
    Wrote(key, last_version_, std::move(value));
  } else if (kind < 97) {
    ASSERT_OK_AND_ASSIGN(last_version_, db->Delete({}, key));
    Wrote(key, last_version_, std::nullopt);
  } else {
    // Some keys in a row.
    const std::string end = KeyOf(std::stoul(key.substr(3)) + 4);
    ASSERT_OK_AND_ASSIGN(last_version_, db->DeleteRange({}, key, end));
    for (auto it = last_.lower_bound(key); it != last_.end() && it->first < end;
         ++it) {
      it->second = {last_version_, std::nullopt};
    }
  }
}

void SalvageStore::Make(uint64_t seed, bool closed) {
  Random rng(seed);
  const Options options = OptionsOn(&env_);
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<DB> db, DB::Open(options, kDir));
  std::unique_ptr<Snapshot> snapshot;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 100; ++i) {
      ASSERT_NO_FATAL_FAILURE(Apply(db.get(), &rng));
    }
    if (round == 1) snapshot = db->GetSnapshot();  // keeps older versions
    if (round < 3) ASSERT_OK(db->Flush());
    if (round == 0) ASSERT_OK(db->CompactRange(std::nullopt, std::nullopt));
  }
  if (!closed) image_ = env_.CrashImage(CrashMode::kDropUnsynced, seed);
  snapshot.reset();
  ASSERT_OK(db->Close());
  db.reset();
  if (closed) image_ = env_.CrashImage(CrashMode::kDropUnsynced, seed);
}

std::unique_ptr<SimEnv> SalvageStore::Copy() const {
  return image_->CrashImage(CrashMode::kDropUnsynced, 1);
}

std::vector<std::string> SalvageStore::Files(FileKind kind) const {
  std::vector<std::string> paths;
  const auto names = image_->ListDir(kDir);
  for (const std::string& name : *names) {
    if (ParseFileName(name).kind == kind) {
      paths.push_back(std::string(kDir) + "/" + name);
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::vector<std::string> SalvageStore::Files() const {
  std::vector<std::string> all;
  for (const FileKind kind :
       {FileKind::kCurrent, FileKind::kManifest, FileKind::kWal,
        FileKind::kTable, FileKind::kValues}) {
    for (std::string& path : Files(kind)) all.push_back(std::move(path));
  }
  return all;
}

uint64_t SalvageStore::live_keys() const {
  return static_cast<uint64_t>(std::count_if(
      last_.begin(), last_.end(),
      [](const auto& entry) { return entry.second.value.has_value(); }));
}

void SalvageStore::CheckSaved(const DB& db, const SalvageReport& report) const {
  std::map<std::string, std::pair<uint64_t, std::string>> saved;
  const auto records = db.NewIterator({});
  for (records->SeekToFirst(); records->Valid(); records->Next()) {
    const std::string key(records->key());
    const auto put = puts_.find(records->version());
    ASSERT_TRUE(put != puts_.end()) << key << " has a version nobody wrote";
    ASSERT_EQ(put->second.first, key);
    ASSERT_EQ(put->second.second, records->value());
    saved[key] = {records->version(), std::string(records->value())};
  }
  ASSERT_OK(records->status());
  for (const auto& [key, state] : last_) {
    if (MayBeLost(report, key, state.version)) continue;
    const auto found = saved.find(key);
    ASSERT_EQ(found != saved.end(), state.value.has_value())
        << key << " at " << state.version;
    if (state.value) ASSERT_EQ(found->second.first, state.version) << key;
  }
}

SalvageReport SalvageStore::SalvageAndCheck(SimEnv* env) const {
  const Options options = OptionsOn(env);
  const auto report = Salvage(options, kDir, kTarget);
  EXPECT_OK(report.status());
  if (!report.ok()) return {};
  const auto db = DB::Open(options, kTarget);
  EXPECT_OK(db.status());
  if (!db.ok()) return *report;
  CheckSaved(**db, *report);
  // Versions go on behind all that were given.
  const auto version = (*db)->Put({}, "more", "");
  EXPECT_OK(version.status());
  if (version.ok()) EXPECT_GT(*version, report->last_version);
  return *report;
}

}  // namespace lsmkv::engine
