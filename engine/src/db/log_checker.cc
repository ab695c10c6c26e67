#include "engine/src/db/log_checker.h"

#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "engine/src/format/batch.h"
#include "engine/src/util/status.h"
#include "engine/src/version/version_edit.h"
#include "engine/src/wal/log_reader.h"

namespace lsmkv::engine {
namespace {

// The tables and logs that a MANIFEST leads to.
class LoggedFiles {
 public:
  void Apply(const VersionEdit& edit) {
    for (const VersionEdit::Removed& removed : edit.removed_files) {
      tables_.erase(removed.number);
    }
    for (const VersionEdit::Added& added : edit.added_files) {
      Add(added.level, *added.file);
    }
    wals_.insert(edit.added_wals.begin(), edit.added_wals.end());
    for (uint64_t wal : edit.removed_wals) wals_.erase(wal);
  }
  void Add(int level, const FileMeta& file) {
    tables_[file.number] = {level, file.file_id, file.checksum};
  }
  void AddWals(const std::set<uint64_t>& wals) {
    wals_.insert(wals.begin(), wals.end());
  }
  bool operator==(const LoggedFiles& other) const {
    return tables_ == other.tables_ && wals_ == other.wals_;
  }

 private:
  // By number: level, id and checksum.
  std::map<uint64_t, std::tuple<int, uint64_t, uint64_t>> tables_;
  std::set<uint64_t> wals_;
};

absl::Status CheckBatchRecord(const LogRecord& record, const std::string& path,
                              uint64_t offset, SequenceNumber* last) {
  uint32_t count = 0;
  if (!ReadBatch(record.payload, &count, [](const BatchOperation&) {})) {
    return DataLoss(path, offset, "a malformed batch");
  }
  *last = record.sequence + count - 1;
  return absl::OkStatus();
}

// What makes the log another one than that which is written to.
LogCheck CheckSalt(const LogReader& reader, uint64_t salt) {
  if (reader.identity().salt == salt) return {};
  return {DataLoss(reader.path(), kLogSaltAt, "this is another log: its salt ",
                   "is ", reader.identity().salt, ", not ", salt),
          kLogSaltAt};
}

}  // namespace

LogCheck CheckManifestLog(std::unique_ptr<RandomAccessFile> file,
                          const std::string& path,
                          const VersionSet::Logged& logged) {
  auto reader = LogReader::Open(std::move(file), logged.bytes, path,
                                LogKind::kManifest, logged.manifest_number);
  if (!reader.ok()) return {reader.status(), 0};
  LogCheck same = CheckSalt(**reader, logged.salt);
  if (!same.status.ok()) return same;
  LoggedFiles found;
  for (uint64_t ordinal = 1; ordinal <= logged.edits; ++ordinal) {
    const uint64_t offset = (*reader)->offset();
    LogRecord record;
    const auto outcome = (*reader)->Read(&record);
    if (!outcome.ok()) return {outcome.status(), offset};
    if (*outcome != LogReader::Outcome::kRecord ||
        record.type != LogRecordType::kEdit || record.sequence != ordinal) {
      return {DataLoss(path, offset, "damaged record of edit ", ordinal),
              offset};
    }
    const auto edit = VersionEdit::Decode(record.payload, path, offset);
    if (!edit.ok()) return {edit.status(), offset};
    found.Apply(*edit);
  }
  LoggedFiles expected;
  for (int n = 0; n < kLevels; ++n) {
    for (const FilePtr& table : logged.version->level(n)) {
      expected.Add(n, *table);
    }
  }
  expected.AddWals(logged.live_wals);
  if (logged.edits > 0 && !(found == expected)) {
    return {DataLoss(path, 0,
                     "it leads to other tables or logs than those in "
                     "use"),
            0};
  }
  return {};
}

LogCheck CheckWal(std::unique_ptr<RandomAccessFile> file,
                  const std::string& path, const WalSet::Extent& extent,
                  std::optional<SequenceNumber>* last) {
  const std::optional<SequenceNumber> before = std::exchange(*last, {});
  auto reader = LogReader::Open(std::move(file), extent.bytes, path,
                                LogKind::kWal, extent.number);
  if (!reader.ok()) return {reader.status(), 0};
  LogCheck same = CheckSalt(**reader, extent.salt);
  if (!same.status.ok()) return same;
  SequenceNumber sequence = before.value_or(0);
  bool known = before.has_value();
  bool sealed = false;
  while ((*reader)->offset() < extent.bytes) {
    const uint64_t offset = (*reader)->offset();
    LogRecord record;
    const auto outcome = (*reader)->Read(&record);
    if (!outcome.ok()) return {outcome.status(), offset};
    sealed = *outcome == LogReader::Outcome::kSealed;
    const bool whole = sealed || *outcome == LogReader::Outcome::kRecord;
    if (!whole) return {DataLoss(path, offset, "damaged record"), offset};
    const SequenceNumber due = sealed ? sequence : sequence + 1;
    if ((known && record.sequence != due) ||
        (!sealed && record.type != LogRecordType::kBatch)) {
      return {DataLoss(path, offset, "sequence ", due, " expected, found ",
                       record.sequence),
              offset};
    }
    known = true;
    sequence = record.sequence;
    if (sealed) break;
    const absl::Status batch =
        CheckBatchRecord(record, path, offset, &sequence);
    if (!batch.ok()) return {batch, offset};
  }
  if (extent.sealed && !sealed) {
    return {DataLoss(path, extent.bytes, "the seal is missing"), extent.bytes};
  }
  if (known) *last = sequence;
  return {};
}

}  // namespace lsmkv::engine
