#include <utility>

#include "leveldb/db.h"
#include "leveldb/options.h"

#include "tests/bench/damage/subject.h"

namespace lsmkv::damage {
namespace {

absl::Status ToStatus(const leveldb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::InternalError(status.ToString());
}

leveldb::Slice ToSlice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

std::string_view ToView(const leveldb::Slice& slice) {
  return {slice.data(), slice.size()};
}

absl::StatusOr<std::unique_ptr<leveldb::DB>> OpenDb(
    const std::string& path, const leveldb::Options& options) {
  leveldb::DB* db = nullptr;
  const leveldb::Status status = leveldb::DB::Open(options, path, &db);
  if (!status.ok()) return ToStatus(status);
  return std::unique_ptr<leveldb::DB>(db);
}

class LeveldbStore final : public OpenStore {
 public:
  LeveldbStore(std::string path, const leveldb::Options& options, bool careful,
               std::unique_ptr<leveldb::DB> db)
      : path_(std::move(path)), options_(options), db_(std::move(db)) {
    read_.verify_checksums = careful;
    write_.sync = true;
  }

  absl::Status Put(std::string_view key, std::string_view value) override {
    return ToStatus(db_->Put(write_, ToSlice(key), ToSlice(value)));
  }
  absl::Status Delete(std::string_view key) override {
    return ToStatus(db_->Delete(write_, ToSlice(key)));
  }
  // There is no call for it; opening moves the log to a table.
  absl::Status Flush() override {
    db_.reset();
    auto db = OpenDb(path_, options_);
    if (db.ok()) db_ = *std::move(db);
    return db.status();
  }
  absl::StatusOr<std::optional<std::string>> Get(
      std::string_view key) override {
    std::string value;
    const leveldb::Status status = db_->Get(read_, ToSlice(key), &value);
    if (status.ok()) return std::optional<std::string>(std::move(value));
    if (status.IsNotFound()) return std::optional<std::string>();
    return ToStatus(status);
  }
  absl::Status Scan(const Visit& visit) override {
    const std::unique_ptr<leveldb::Iterator> it(db_->NewIterator(read_));
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      visit(ToView(it->key()), ToView(it->value()));
    }
    return ToStatus(it->status());
  }
  absl::Status Close() override {
    db_.reset();
    return absl::OkStatus();
  }

 private:
  const std::string path_;
  const leveldb::Options options_;
  std::unique_ptr<leveldb::DB> db_;
  leveldb::ReadOptions read_;
  leveldb::WriteOptions write_;
};

Subject MakeSubject(const std::string& name, bool careful) {
  const auto open =
      [careful](const std::string& path,
                bool create) -> absl::StatusOr<std::unique_ptr<OpenStore>> {
    leveldb::Options options;
    options.create_if_missing = create;
    options.paranoid_checks = careful;
    auto db = OpenDb(path, options);
    if (!db.ok()) return db.status();
    return std::make_unique<LeveldbStore>(path, options, careful,
                                          *std::move(db));
  };
  return {"LevelDB",
          std::to_string(leveldb::kMajorVersion) + "." +
              std::to_string(leveldb::kMinorVersion),
          name, open};
}

}  // namespace

void AddLeveldb(std::vector<Subject>* subjects) {
  subjects->push_back(MakeSubject("default", false));
  subjects->push_back(MakeSubject("safest", true));
}

}  // namespace lsmkv::damage
