#include "tests/engine/fault/crash/store_reader.h"

#include <memory>
#include <utility>

#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

absl::Status ReadBackwards(DB* db, const Contents& contents) {
  const auto it = db->NewIterator({});
  auto expected = contents.rbegin();
  for (it->SeekToLast(); it->Valid(); it->Prev(), ++expected) {
    if (expected == contents.rend() || it->key() != expected->first ||
        it->value() != expected->second) {
      return DataLoss("scan", 0, "backwards differs at ", it->key());
    }
  }
  LSMKV_RETURN_IF_ERROR(it->status());
  if (expected == contents.rend()) return absl::OkStatus();
  return DataLoss("scan", 0, "backwards ends before ", expected->first);
}

absl::Status ReadEach(DB* db, const Contents& contents) {
  for (const auto& [key, value] : contents) {
    auto got = db->Get(key);
    LSMKV_RETURN_IF_ERROR(got.status());
    if (*got != value) return DataLoss("get", 0, "differs at ", key);
    const std::string absent = key + "\x01?";
    if (contents.count(absent) > 0) continue;
    got = db->Get(absent);
    if (!absl::IsNotFound(got.status())) {
      return DataLoss("get", 0, "found what is not there: ", absent);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<StoreState> ReadStore(DB* db) {
  StoreState state;
  {
    const auto it = db->NewIterator({});
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      state.contents[std::string(it->key())] = std::string(it->value());
    }
    LSMKV_RETURN_IF_ERROR(it->status());
  }
  LSMKV_RETURN_IF_ERROR(ReadBackwards(db, state.contents));
  LSMKV_RETURN_IF_ERROR(ReadEach(db, state.contents));
  const Stats stats = db->GetStats();
  state.version = stats.last_version;
  state.cut_bytes = stats.recovery_cut_bytes;
  return state;
}

}  // namespace lsmkv::engine
