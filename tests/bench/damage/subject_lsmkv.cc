#include <utility>

#include "lsmkv/engine/db.h"
#include "tests/bench/damage/subject.h"

namespace lsmkv::damage {
namespace {

class LsmkvStore final : public OpenStore {
 public:
  explicit LsmkvStore(std::unique_ptr<engine::DB> db) : db_(std::move(db)) {}

  absl::Status Put(std::string_view key, std::string_view value) override {
    return db_->Put({}, key, value).status();
  }
  absl::Status Delete(std::string_view key) override {
    return db_->Delete({}, key).status();
  }
  absl::Status Flush() override { return db_->Flush(); }
  absl::StatusOr<std::optional<std::string>> Get(
      std::string_view key) override {
    absl::StatusOr<std::string> value = db_->Get(key);
    if (value.ok()) return std::optional<std::string>(*std::move(value));
    if (absl::IsNotFound(value.status())) return std::optional<std::string>();
    return value.status();
  }
  absl::Status Scan(const Visit& visit) override {
    const auto it = db_->NewIterator({});
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      visit(it->key(), it->value());
    }
    return it->status();
  }
  absl::Status Close() override { return db_->Close(); }

 private:
  const std::unique_ptr<engine::DB> db_;
};

absl::StatusOr<std::unique_ptr<OpenStore>> Open(const std::string& path,
                                                bool /*create*/) {
  // By default the engine creates a store where there is none: it has to see
  // by itself that what it finds is the rest of one.
  engine::Options options;
  options.memtable_bytes = 1 << 20;  // its log reserves as much: less to copy
  auto db = engine::DB::Open(options, path);
  if (!db.ok()) return db.status();
  return std::make_unique<LsmkvStore>(*std::move(db));
}

}  // namespace

void AddLsmkv(std::vector<Subject>* subjects) {
  subjects->push_back({"lsmkv", LSMKV_BENCH_VERSION, "default", Open});
}

}  // namespace lsmkv::damage
