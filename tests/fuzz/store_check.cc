#include "tests/fuzz/store_check.h"

#include <algorithm>
#include <memory>

#include "engine/src/format/internal_key.h"

namespace lsmkv::fuzz {

using engine::DB;

engine::Options SmallOptions(SimEnv* env) {
  engine::Options options;
  options.env = env;
  options.memtable_bytes = 64 << 10;
  options.block_bytes = 256;
  options.block_cache_bytes = 64 << 10;
  options.table_bytes = 64 << 10;
  options.level_base_bytes = 64 << 10;
  options.l0_trigger = 2;
  options.durability = engine::Durability::kOs;
  return options;
}

void CheckDamageError(const absl::Status& status, std::string_view path) {
  const std::string message(status.message());
  const bool known = status.code() == absl::StatusCode::kDataLoss ||
                     status.code() == absl::StatusCode::kFailedPrecondition;
  if (!known || message.find(path) == std::string::npos) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
  }
  FUZZ_CHECK(known);
  FUZZ_CHECK(message.find(path) != std::string::npos);
}

void AddOperation(FuzzInput* in, engine::WriteBatch* batch, Model* model) {
  const size_t kind = in->Below(8);
  std::string key = in->Key();
  if (kind < 5) {
    std::string value = in->Value();
    batch->Put(key, value);
    (*model)[key] = std::move(value);
  } else if (kind < 7) {
    batch->Delete(key);
    model->erase(key);
  } else {
    std::string end = in->Key();
    if (end < key) std::swap(key, end);
    if (end == key) end.push_back('\0');
    batch->DeleteRange(key, end);
    model->erase(model->lower_bound(key), model->lower_bound(end));
  }
}

absl::Status ReadBothWays(const DB& db, const engine::ReadOptions& options,
                          Model* contents, bool* agrees) {
  const auto it = db.NewIterator(options);
  Entries forward;
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    if (!forward.empty() && forward.back().first >= it->key()) *agrees = false;
    forward.emplace_back(it->key(), it->value());
  }
  contents->insert(forward.begin(), forward.end());
  if (!it->status().ok()) return it->status();
  Entries backward;
  for (it->SeekToLast(); it->Valid(); it->Prev()) {
    backward.emplace_back(it->key(), it->value());
  }
  if (it->status().ok() && !std::equal(forward.begin(), forward.end(),
                                       backward.rbegin(), backward.rend())) {
    *agrees = false;
  }
  return it->status();
}

absl::Status ReadBothWays(const DB& db, const engine::ReadOptions& options,
                          Model* contents) {
  bool agrees = true;
  const absl::Status status = ReadBothWays(db, options, contents, &agrees);
  FUZZ_CHECK(agrees);
  return status;
}

absl::Status ReadBothWays(engine::InternalIterator* it, Entries* entries) {
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    entries->emplace_back(it->key(), it->value());
  }
  if (!it->status().ok()) return it->status();
  auto expected = entries->rbegin();
  for (it->SeekToLast(); it->Valid(); it->Prev()) {
    FUZZ_CHECK(expected != entries->rend());
    FUZZ_CHECK(it->key() == expected->first);
    FUZZ_CHECK(it->value() == expected->second);
    ++expected;
  }
  FUZZ_CHECK(!it->status().ok() || expected == entries->rend());
  return it->status();
}

uint64_t Verify(const DB& db) {
  uint64_t findings = 0;
  const auto progress = db.Verify(
      {},
      [&findings](const engine::VerifyFinding& finding) {
        CheckDamageError(finding.status, "/db/");
        FUZZ_CHECK(finding.path.find("/db/") == 0);
        ++findings;
      },
      [](const engine::VerifyProgress&) {});
  FUZZ_CHECK(progress.ok());
  FUZZ_CHECK(progress->findings == findings);
  return findings;
}

Reopened OpenTwice(SimEnv* env) {
  Reopened store;
  {
    const auto db = DB::Open(SmallOptions(env), "/db");
    store.status = db.ok()
                       ? ReadBothWays(**db, {}, &store.contents, &store.agrees)
                       : db.status();
    if (!store.status.ok()) {
      CheckDamageError(store.status, "/db/");
      return store;
    }
    store.findings = Verify(**db);
  }
  const auto db = DB::Open(SmallOptions(env), "/db");
  if (!db.ok()) std::fprintf(stderr, "%s\n", db.status().ToString().c_str());
  FUZZ_CHECK(db.ok());
  FUZZ_CHECK((*db)->GetStats().last_version <= engine::kSequenceMax);
  const absl::Status status =
      ReadBothWays(**db, {}, &store.again, &store.agrees);
  if (!status.ok()) CheckDamageError(status, "/db/");
  return store;
}

}  // namespace lsmkv::fuzz
