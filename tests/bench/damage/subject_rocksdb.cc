#include <utility>

#include "rocksdb/db.h"
#include "rocksdb/options.h"
#include "rocksdb/version.h"

#include "tests/bench/damage/subject.h"

namespace lsmkv::damage {
namespace {

absl::Status ToStatus(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::InternalError(status.ToString());
}

rocksdb::Slice ToSlice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

std::string_view ToView(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

class RocksdbStore final : public OpenStore {
 public:
  explicit RocksdbStore(rocksdb::DB* db) : db_(db) { write_.sync = true; }

  absl::Status Put(std::string_view key, std::string_view value) override {
    return ToStatus(db_->Put(write_, ToSlice(key), ToSlice(value)));
  }
  absl::Status Delete(std::string_view key) override {
    return ToStatus(db_->Delete(write_, ToSlice(key)));
  }
  absl::Status Flush() override { return ToStatus(db_->Flush({})); }
  absl::StatusOr<std::optional<std::string>> Get(
      std::string_view key) override {
    std::string value;
    const rocksdb::Status status = db_->Get({}, ToSlice(key), &value);
    if (status.ok()) return std::optional<std::string>(std::move(value));
    if (status.IsNotFound()) return std::optional<std::string>();
    return ToStatus(status);
  }
  absl::Status Scan(const Visit& visit) override {
    const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}));
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      visit(ToView(it->key()), ToView(it->value()));
    }
    return ToStatus(it->status());
  }
  absl::Status Close() override { return ToStatus(db_->Close()); }

 private:
  const std::unique_ptr<rocksdb::DB> db_;
  rocksdb::WriteOptions write_;
};

rocksdb::Options MakeOptions(bool careful, bool create) {
  rocksdb::Options options;
  options.create_if_missing = create;
  if (!careful) return options;
  // Reads verify checksums and checks are paranoid by default. What is left:
  // no log may be damaged or missing, not even at its end, and tables are
  // checked against what the MANIFEST says of them.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kAbsoluteConsistency;
  options.track_and_verify_wals_in_manifest = true;
  options.verify_sst_unique_id_in_manifest = true;
  options.paranoid_file_checks = true;
  return options;
}

Subject MakeSubject(const std::string& name, bool careful) {
  const auto open =
      [careful](const std::string& path,
                bool create) -> absl::StatusOr<std::unique_ptr<OpenStore>> {
    rocksdb::DB* db = nullptr;
    const rocksdb::Status status =
        rocksdb::DB::Open(MakeOptions(careful, create), path, &db);
    if (!status.ok()) return ToStatus(status);
    return std::make_unique<RocksdbStore>(db);
  };
  return {"RocksDB",
          std::to_string(ROCKSDB_MAJOR) + "." + std::to_string(ROCKSDB_MINOR) +
              "." + std::to_string(ROCKSDB_PATCH),
          name, open};
}

}  // namespace

void AddRocksdb(std::vector<Subject>* subjects) {
  subjects->push_back(MakeSubject("default", false));
  subjects->push_back(MakeSubject("safest", true));
}

}  // namespace lsmkv::damage
