#include "engine/src/version/version_set.h"

#include <algorithm>
#include <utility>

#include "engine/src/format/file_names.h"
#include "engine/src/util/deliberate_bug.h"
#include "engine/src/util/random.h"
#include "engine/src/util/status.h"
#include "engine/src/version/current_file.h"
#include "engine/src/wal/log_reader.h"

namespace lsmkv::engine {

VersionSet::VersionSet(Env* env, std::string dir, BlockCache* cache,
                       TableCounters* counters, size_t read_around_bytes)
    : env_(env),
      dir_(std::move(dir)),
      cache_(cache),
      counters_(counters),
      read_around_(read_around_bytes),
      obsolete_files_(std::make_shared<ObsoleteFiles>()) {}

void VersionSet::InitEmpty() {
  MutexLock lock(&mu_);
  current_ = std::make_shared<const Version>();
  store_id_ = RandomFileId(env_);
}

absl::Status VersionSet::Recover() {
  LSMKV_ASSIGN_OR_RETURN(const uint64_t number, ReadCurrent(env_, dir_));
  VersionBuilder tables;
  LSMKV_RETURN_IF_ERROR(ReadManifest(number, &tables));
  for (const auto& [table, added] : tables.tables()) {
    LSMKV_RETURN_IF_ERROR(OpenTableLazily(added.file.get()));
  }
  const std::shared_ptr<const Version> version = current();
  for (const auto& [value_number, use] : version->values()) {
    LSMKV_RETURN_IF_ERROR(
        OpenValues(std::const_pointer_cast<ValueMeta>(use.file).get()));
  }
  return absl::OkStatus();
}

absl::Status VersionSet::ReadManifest(uint64_t number) {
  VersionBuilder tables;
  return ReadManifest(number, &tables);
}

absl::Status VersionSet::ReadManifest(uint64_t number, VersionBuilder* tables) {
  {
    MutexLock lock(&mu_);
    current_ = std::make_shared<const Version>();
    manifest_number_ = number;
  }
  const std::string path = ManifestPath(dir_, number);
  const absl::Status replayed = ReplayManifest(path, number, tables);
  if (absl::IsNotFound(replayed)) {
    return DataLoss(CurrentPath(dir_), 0, "it names ", ManifestName(number),
                    ", which is missing");
  }
  LSMKV_RETURN_IF_ERROR(replayed);
  LSMKV_ASSIGN_OR_RETURN(std::shared_ptr<const Version> version,
                         tables->Build(path));
  MutexLock lock(&mu_);
  current_ = std::move(version);
  recovered_.live_wals = live_wals_;
  return absl::OkStatus();
}

absl::Status VersionSet::ReplayManifest(const std::string& path,
                                        uint64_t number,
                                        VersionBuilder* tables) {
  LSMKV_ASSIGN_OR_RETURN(
      std::unique_ptr<LogReader> reader,
      LogReader::Open(env_, path, LogKind::kManifest, number));
  uint64_t edits = 0;
  recovered_ = {};
  recovered_.salt = reader->identity().salt;
  while (true) {
    LogRecord record;
    const uint64_t offset = reader->offset();
    LSMKV_ASSIGN_OR_RETURN(const LogReader::Outcome outcome,
                           reader->Read(&record));
    if (outcome == LogReader::Outcome::kBad) {
      LSMKV_ASSIGN_OR_RETURN(const uint64_t durable, reader->DurableBehind());
      if (durable > edits || edits == 0) {
        return DataLoss(path, offset, "damaged record of edit ", edits + 1);
      }
      break;  // a tail that was never synced
    }
    if (outcome != LogReader::Outcome::kRecord) break;
    if (record.type != LogRecordType::kEdit || record.sequence != edits + 1) {
      return DataLoss(path, offset, "edit ", edits + 1, " expected, found ",
                      record.sequence);
    }
    LSMKV_ASSIGN_OR_RETURN(VersionEdit edit,
                           VersionEdit::Decode(record.payload, path, offset));
    for (const VersionEdit::Removed& removed : edit.removed_files) {
      recovered_.removed_tables.insert(removed.number);
    }
    LSMKV_RETURN_IF_ERROR(tables->Apply(edit, path));
    if (edit.next_file_number) SkipFileNumber(*edit.next_file_number - 1);
    {
      MutexLock lock(&mu_);
      InstallFactsLocked(edit);
    }
    ++edits;
    recovered_.edits = edits;
    recovered_.end_offset = reader->offset();
    // Where the first edit names no log, those there are older than it.
    if (edits == 1 && edit.added_wals.empty()) {
      recovered_.newest_wal = next_file_number_.load() - 1;
    }
    for (uint64_t wal : edit.added_wals) {
      recovered_.newest_wal = std::max(recovered_.newest_wal, wal);
    }
  }
  if (edits == 0) return DataLoss(path, kLogHeaderBytes, "it holds no edit");
  return absl::OkStatus();
}

absl::Status VersionSet::OpenTable(FileMeta* file) const {
  LSMKV_RETURN_IF_ERROR(OpenTableLazily(file));
  return file->reader->Load();
}

absl::Status VersionSet::OpenTableLazily(FileMeta* file) const {
  const std::string path = TablePath(dir_, file->number);
  auto opened = env_->NewRandomAccessFile(path);
  if (!opened.ok()) {
    if (!absl::IsNotFound(opened.status())) return opened.status();
    return DataLoss(path, 0, "a table of the store is missing");
  }
  // What the MANIFEST says of the size is checked only now.
  LSMKV_ASSIGN_OR_RETURN(const uint64_t bytes, (*opened)->Size());
  LSMKV_ASSIGN_OR_RETURN(
      file->reader,
      TableReader::OpenLazily(
          ReadAround(*std::move(opened), bytes, &read_around_), path,
          file->file_id, file->file_bytes, cache_, counters_));
  file->obsolete_sink = obsolete_files_;
  return absl::OkStatus();
}

absl::Status VersionSet::OpenValues(ValueMeta* values) const {
  const std::string path = ValuePath(dir_, values->number);
  auto opened = env_->NewRandomAccessFile(path);
  if (!opened.ok()) {
    if (!absl::IsNotFound(opened.status())) return opened.status();
    return DataLoss(path, 0, "a value file of the store is missing");
  }
  LSMKV_ASSIGN_OR_RETURN(const uint64_t bytes, (*opened)->Size());
  LSMKV_ASSIGN_OR_RETURN(
      values->reader,
      ValueReader::Open(ReadAround(*std::move(opened), bytes, &read_around_),
                        path, values->file_id, values->file_bytes,
                        values->values, cache_, counters_));
  if (values->reader->block_offset(values->values) != values->block_bytes) {
    return DataLoss(path, values->block_bytes, "its values do not end here");
  }
  values->obsolete_sink = obsolete_files_;
  return absl::OkStatus();
}

VersionEdit VersionSet::SnapshotLocked() const {
  VersionEdit edit;
  edit.store_id = store_id_;
  edit.flushed_sequence = flushed_sequence_;
  edit.added_wals.assign(live_wals_.begin(), live_wals_.end());
  for (const auto& [number, facts] : wal_facts_) {
    edit.wal_facts.push_back(facts);
  }
  for (const auto& [number, use] : current_->values()) {
    edit.added_values.push_back(std::const_pointer_cast<ValueMeta>(use.file));
  }
  for (int n = 0; n < kLevels; ++n) {
    for (const FilePtr& file : current_->level(n)) {
      edit.added_files.push_back({n, std::const_pointer_cast<FileMeta>(file)});
    }
  }
  return edit;
}

namespace {

absl::Status AppendEdit(const VersionEdit& edit, uint64_t edits_logged,
                        LogWriter* manifest) {
  const std::string payload = edit.Encode();
  LogRecord record;
  record.type = LogRecordType::kEdit;
  record.sequence = edits_logged + 1;
  record.durable_upto = edits_logged;
  record.payload = payload;
  manifest->Add(record);
  LSMKV_RETURN_IF_ERROR(manifest->Flush());
  if (LSMKV_BUG("manifest_not_synced")) return absl::OkStatus();
  return manifest->Sync();
}

bool Adds(const VersionEdit& edit, uint64_t number) {
  return std::any_of(
      edit.added_files.begin(), edit.added_files.end(),
      [&](const auto& added) { return added.file->number == number; });
}

bool Removes(const VersionEdit& edit, uint64_t number) {
  return std::any_of(
      edit.removed_files.begin(), edit.removed_files.end(),
      [&](const auto& removed) { return removed.number == number; });
}

}  // namespace

absl::Status VersionSet::AppendLocked(const VersionEdit& edit) {
  const absl::Status status = AppendEdit(edit, edits_logged_, manifest_.get());
  if (absl::IsResourceExhausted(status)) {
    in_doubt_.store(true, std::memory_order_release);
  }
  if (status.ok()) ++edits_logged_;
  return status;
}

absl::Status VersionSet::StartManifest(const VersionEdit& edit) {
  MutexLock lock(&log_mu_);
  LSMKV_RETURN_IF_ERROR(log_status_);
  return KeepLocked(StartManifestLocked(edit));
}

absl::Status VersionSet::StartManifestLocked(const VersionEdit& edit) {
  const uint64_t number = NewFileNumber();
  VersionEdit snapshot;
  std::shared_ptr<const Version> next;
  {
    MutexLock lock(&mu_);
    LSMKV_ASSIGN_OR_RETURN(next,
                           current_->Apply(edit, ManifestPath(dir_, number)));
    InstallLocked(edit, next);
    snapshot = SnapshotLocked();
  }
  snapshot.next_file_number = next_file_number_.load();
  auto written = WriteManifest(number, snapshot);
  if (!written.ok()) {
    // CURRENT names it only after an error of another kind.
    if (absl::IsResourceExhausted(written.status())) {
      env_->RemoveFile(ManifestPath(dir_, number)).IgnoreError();
    }
    return written.status();
  }
  manifest_ = *std::move(written);
  edits_logged_ = 1;
  in_doubt_.store(false, std::memory_order_release);
  uint64_t old;
  {
    MutexLock lock(&mu_);
    old = std::exchange(manifest_number_, number);
  }
  // Nothing names the old one any more. Should it stay, the next opening
  // removes it.
  if (old != 0) env_->RemoveFile(ManifestPath(dir_, old)).IgnoreError();
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<LogWriter>> VersionSet::WriteManifest(
    uint64_t number, const VersionEdit& snapshot) {
  LSMKV_ASSIGN_OR_RETURN(std::unique_ptr<LogWriter> manifest,
                         LogWriter::Create(env_, ManifestPath(dir_, number),
                                           LogKind::kManifest, number,
                                           /*preallocate_bytes=*/0));
  LSMKV_RETURN_IF_ERROR(AppendEdit(snapshot, 0, manifest.get()));
  LSMKV_RETURN_IF_ERROR(env_->SyncDir(dir_));
  LSMKV_RETURN_IF_ERROR(WriteCurrent(env_, dir_, number));
  return manifest;
}

absl::Status VersionSet::KeepLocked(absl::Status status) {
  if (!status.ok() && !absl::IsResourceExhausted(status)) log_status_ = status;
  return status;
}

absl::Status VersionSet::Repair() {
  if (!in_doubt()) return absl::OkStatus();
  MutexLock lock(&log_mu_);
  return RepairLocked();
}

absl::Status VersionSet::RepairLocked() {
  LSMKV_RETURN_IF_ERROR(log_status_);
  if (!in_doubt()) return absl::OkStatus();
  return KeepLocked(StartManifestLocked({}));
}

absl::Status VersionSet::LogAndApply(
    VersionEdit edit,
    absl::FunctionRef<void(std::shared_ptr<const Version>)> install) {
  MutexLock lock(&log_mu_);
  absl::Status logged = RepairLocked();
  edit.next_file_number = next_file_number_.load();
  const std::shared_ptr<const Version> before = current();
  LSMKV_ASSIGN_OR_RETURN(std::shared_ptr<const Version> next,
                         before->Apply(edit, manifest_->path()));
  if (logged.ok()) logged = KeepLocked(AppendLocked(edit));
  if (absl::IsResourceExhausted(logged)) {
    // Its tables go, but not before a new MANIFEST is sure not to name them.
    for (const VersionEdit::Added& added : edit.added_files) {
      const uint64_t number = added.file->number;
      if (!Removes(edit, number)) {
        obsolete_files_->Add({FileKind::kTable, number});
      }
    }
    for (const auto& values : edit.added_values) {
      obsolete_files_->Add({FileKind::kValues, values->number});
    }
  }
  LSMKV_RETURN_IF_ERROR(logged);
  {
    MutexLock state_lock(&mu_);
    InstallLocked(edit, next);
  }
  install(next);
  // The files that left may go when their last reader does.
  for (const VersionEdit::Removed& removed : edit.removed_files) {
    if (Adds(edit, removed.number)) continue;  // it moved
    for (const FilePtr& file : before->level(removed.level)) {
      if (file->number == removed.number) {
        file->obsolete.store(true, std::memory_order_release);
      }
    }
  }
  for (const auto& [number, use] : before->values()) {
    const auto it = next->values().find(number);
    if (it == next->values().end()) {
      use.file->obsolete.store(true, std::memory_order_release);
    } else if (it->second.bytes < use.bytes &&
               LSMKV_BUG("value_file_removed_too_soon")) {
      obsolete_files_->Add({FileKind::kValues, number});
    }
  }
  if (manifest_->bytes() <= manifest_bytes_max) return absl::OkStatus();
  // Without room for a smaller one the old one serves on.
  absl::Status replaced = KeepLocked(StartManifestLocked({}));
  return absl::IsResourceExhausted(replaced) ? absl::OkStatus() : replaced;
}

std::vector<ParsedName> VersionSet::TakeObsolete() {
  std::vector<ParsedName> files = obsolete_files_->Take();
  // Looked at afterwards: whatever made a table in doubt obsolete has set it
  // before.
  if (!in_doubt() || LSMKV_BUG("table_in_doubt_removed")) return files;
  for (const ParsedName file : files) obsolete_files_->Add(file);
  return {};
}

void VersionSet::InstallLocked(const VersionEdit& edit,
                               std::shared_ptr<const Version> next) {
  current_ = std::move(next);
  InstallFactsLocked(edit);
}

void VersionSet::InstallFactsLocked(const VersionEdit& edit) {
  if (edit.store_id) store_id_ = *edit.store_id;
  if (edit.flushed_sequence) {
    flushed_sequence_ = std::max(flushed_sequence_, *edit.flushed_sequence);
  }
  for (uint64_t wal : edit.added_wals) live_wals_.insert(wal);
  for (const WalFacts& facts : edit.wal_facts) {
    wal_facts_[facts.number] = facts;
  }
  for (uint64_t wal : edit.removed_wals) {
    live_wals_.erase(wal);
    wal_facts_.erase(wal);
  }
}

void VersionSet::SkipFileNumber(uint64_t number) {
  // A name with a number that no counter reaches is nobody's.
  if (number >= UINT64_MAX / 2) return;
  uint64_t next = next_file_number_.load();
  while (next <= number &&
         !next_file_number_.compare_exchange_weak(next, number + 1)) {
  }
}

std::shared_ptr<const Version> VersionSet::current() const {
  MutexLock lock(&mu_);
  return current_;
}
SequenceNumber VersionSet::flushed_sequence() const {
  MutexLock lock(&mu_);
  return flushed_sequence_;
}
std::set<uint64_t> VersionSet::live_wals() const {
  MutexLock lock(&mu_);
  return live_wals_;
}
std::map<uint64_t, WalFacts> VersionSet::wal_facts() const {
  MutexLock lock(&mu_);
  return wal_facts_;
}
absl::StatusOr<LogOrigin> VersionSet::origin() const {
  MutexLock log_lock(&log_mu_);
  LSMKV_RETURN_IF_ERROR(log_status_);
  MutexLock lock(&mu_);
  return LogOrigin{
      static_cast<uint32_t>(manifest_number_),
      static_cast<uint32_t>(std::min<uint64_t>(edits_logged_, UINT32_MAX))};
}
VersionSet::Logged VersionSet::logged() const {
  MutexLock log_lock(&log_mu_);
  MutexLock lock(&mu_);
  if (manifest_ == nullptr) {
    return {manifest_number_, recovered_.salt, recovered_.end_offset,
            recovered_.edits, current_,        recovered_.live_wals,
            !log_status_.ok()};
  }
  return {manifest_number_, manifest_->salt(), manifest_->bytes(),
          edits_logged_,    current_,          live_wals_,
          !log_status_.ok()};
}
uint64_t VersionSet::manifest_number() const {
  MutexLock lock(&mu_);
  return manifest_number_;
}

}  // namespace lsmkv::engine
