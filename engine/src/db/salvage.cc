#include "lsmkv/engine/salvage.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/src/compaction/flush_job.h"
#include "engine/src/compaction/record_filter.h"
#include "engine/src/compaction/tables_writer.h"
#include "engine/src/db/salvage_logs.h"
#include "engine/src/db/salvage_source.h"
#include "engine/src/db/salvage_table.h"
#include "engine/src/db/salvage_values.h"
#include "engine/src/format/file_names.h"
#include "engine/src/iter/merging_iterator.h"
#include "engine/src/memtable/memtable.h"
#include "engine/src/util/status.h"
#include "lsmkv/engine/db.h"

namespace lsmkv::engine {
namespace {

Options WithoutSeparation(Options options) {
  options.value_separation_bytes = 0;
  return options;
}

// The new store in the making: tables without a MANIFEST, which is written
// last, so that what was interrupted is not taken for a store.
class Target {
 public:
  Target(const Options& options, std::string dir)
      : options_(options),
        dir_(std::move(dir)),
        versions_(options_.env, dir_, nullptr, &counters_),
        context_{options_.env, dir_, &options_, &versions_},
        log_options_(WithoutSeparation(options_)),
        log_context_{options_.env, dir_, &log_options_, &versions_} {
    versions_.InitEmpty();
  }

  // FAILED_PRECONDITION if the directory holds anything.
  absl::Status Create();
  // Takes what logs hold; in any order.
  absl::Status Add(SequenceNumber sequence, const BatchOperation& op);
  // Merges what was added with the entries and tombstones of the tables.
  absl::Status Write(std::vector<std::unique_ptr<InternalIterator>> tables,
                     std::vector<RangeTombstone> tombstones);
  // Makes it a store whose next version is greater than `last_sequence`.
  absl::Status Commit(SequenceNumber last_sequence);
  // Opens the store and reads all of it.
  absl::Status Check() const;

  uint64_t keys() const { return keys_; }

 private:
  absl::Status FlushMemTable();

  const Options options_;
  const std::string dir_;
  TableCounters counters_;
  VersionSet versions_;
  const JobContext context_;
  // What logs hold is merged once more: values stay beside their keys until
  // then.
  const Options log_options_;
  const JobContext log_context_;
  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<MemTable> memtable_;
  // Of the logs alone; they go once they are merged.
  std::vector<std::shared_ptr<FileMeta>> log_tables_;
  WrittenFiles written_;
  uint64_t keys_ = 0;
};

absl::Status Target::Create() {
  Env* const env = options_.env;
  LSMKV_RETURN_IF_ERROR(env->CreateDir(dir_));
  const size_t slash = dir_.find_last_of('/');
  LSMKV_RETURN_IF_ERROR(env->SyncDir(
      slash == std::string::npos ? "." : dir_.substr(0, slash) + "/"));
  LSMKV_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                         env->ListDir(dir_));
  if (!names.empty()) {
    return FailedPrecondition(dir_, ": not empty: ", names.front(),
                              " is there");
  }
  LSMKV_ASSIGN_OR_RETURN(lock_, env->LockFile(LockPath(dir_)));
  return absl::OkStatus();
}

absl::Status Target::Add(SequenceNumber sequence, const BatchOperation& op) {
  if (memtable_ == nullptr) {
    memtable_ = std::make_unique<MemTable>(0, options_.memtable_bytes);
  }
  memtable_->Add(sequence, op);
  if (memtable_->bytes() < options_.memtable_bytes) return absl::OkStatus();
  return FlushMemTable();
}

absl::Status Target::FlushMemTable() {
  LSMKV_ASSIGN_OR_RETURN(const JobResult flushed,
                         RunFlush(log_context_, *memtable_, {}));
  for (const VersionEdit::Added& added : flushed.edit.added_files) {
    log_tables_.push_back(added.file);
  }
  memtable_ = nullptr;
  return absl::OkStatus();
}

absl::Status Target::Write(
    std::vector<std::unique_ptr<InternalIterator>> tables,
    std::vector<RangeTombstone> tombstones) {
  if (memtable_ != nullptr) LSMKV_RETURN_IF_ERROR(FlushMemTable());
  for (const auto& file : log_tables_) {
    tables.push_back(file->reader->NewIterator(/*fill_cache=*/false));
    for (RangeTombstone& t : file->reader->range_tombstones().ToList()) {
      tombstones.push_back(std::move(t));
    }
  }
  // Everything there is takes part, so nothing that deletes has to live on.
  const Version nothing_below;
  const RangeTombstones cut(tombstones);
  RecordFilter filter({}, &cut, LevelsBelow(&nothing_below, kLevels - 1));
  OutputLimits limits;
  limits.compression = options_.compression_bottom;
  limits.table_bytes_max = options_.table_bytes;
  TablesWriter output(context_, std::move(limits), filter.KeptTombstones());
  const auto entries = NewMergingIterator(std::move(tables));
  for (entries->SeekToFirst(); entries->Valid(); entries->Next()) {
    if (filter.Decide(entries->key()) == RecordFilter::Verdict::kKeep) {
      LSMKV_RETURN_IF_ERROR(output.Add(entries->key(), entries->value()));
    }
  }
  LSMKV_RETURN_IF_ERROR(entries->status());
  LSMKV_ASSIGN_OR_RETURN(written_, output.Finish());
  keys_ = output.records();
  return absl::OkStatus();
}

absl::Status Target::Commit(SequenceNumber last_sequence) {
  VersionEdit edit;
  edit.flushed_sequence = last_sequence;
  std::move(written_).AddTo(kLevels - 1, &edit);
  LSMKV_RETURN_IF_ERROR(versions_.StartManifest(edit));
  for (const auto& file : log_tables_) {
    // What stays is removed when the store is opened.
    options_.env->RemoveFile(TablePath(dir_, file->number)).IgnoreError();
  }
  log_tables_.clear();
  lock_ = nullptr;
  return absl::OkStatus();
}

absl::Status Target::Check() const {
  Options options = options_;
  options.create_if_missing = false;
  options.error_if_exists = false;
  LSMKV_ASSIGN_OR_RETURN(const std::unique_ptr<DB> db, DB::Open(options, dir_));
  uint64_t keys = 0;
  ReadOptions read;
  read.fill_cache = false;
  const std::unique_ptr<Iterator> records = db->NewIterator(read);
  for (records->SeekToFirst(); records->Valid(); records->Next()) ++keys;
  LSMKV_RETURN_IF_ERROR(records->status());
  if (keys == keys_) return absl::OkStatus();
  return Internal(dir_, ": ", keys_, " keys were written, and ", keys,
                  " can be read");
}

// One salvage: reads everything once, and reports what it reads.
class Run {
 public:
  Run(const Options& options, std::string dir, SalvageSource source)
      : options_(options), dir_(std::move(dir)), source_(std::move(source)) {}

  // Null `target`: only reports.
  absl::StatusOr<SalvageReport> Execute(Target* target);

 private:
  absl::Status ReadLogs(Target* target);
  absl::Status ReadTables(Target* target);
  void AddValues(std::vector<SalvagedFile> reports);
  void AddUnused();
  void AddNotes();
  void AddTotals();

  const Options options_;
  const std::string dir_;
  const SalvageSource source_;
  SalvageReport report_;
};

absl::StatusOr<SalvageReport> Run::Execute(Target* target) {
  report_.manifest = source_.manifest;
  report_.last_version = source_.flushed_sequence;
  // Reports are referred to while they are filled: they must not move.
  report_.files.reserve(source_.tables.size() + source_.logs.size() +
                        source_.unused.size());
  LSMKV_RETURN_IF_ERROR(ReadLogs(target));
  LSMKV_RETURN_IF_ERROR(ReadTables(target));
  AddUnused();
  AddNotes();
  AddTotals();
  return std::move(report_);
}

absl::Status Run::ReadLogs(Target* target) {
  SalvageLogs logs(options_.env, source_.flushed_sequence,
                   /*in_order=*/source_.manifest.ok());
  std::vector<SequenceNumber> ends(source_.logs.size(), kSequenceMax + 1);
  // The MANIFEST lets go of a log before its versions are used again. Without
  // it, what a log has must be told from what a later one has again.
  for (size_t i = ends.size(); i > 1 && !source_.manifest.ok(); --i) {
    const WalFacts& log = source_.logs[i - 1];
    ends[i - 2] = std::min(ends[i - 1],
                           SalvageLogs::FirstSequence(
                               options_.env, WalPath(dir_, log.number), log));
  }
  for (size_t i = 0; i < ends.size(); ++i) {
    const WalFacts& log = source_.logs[i];
    logs.EndBefore(ends[i]);
    SalvagedFile& file = report_.files.emplace_back();
    LSMKV_RETURN_IF_ERROR(
        logs.Read(WalPath(dir_, log.number), log, &file,
                  [&](SequenceNumber sequence, const BatchOperation& op) {
                    return target == nullptr ? absl::OkStatus()
                                             : target->Add(sequence, op);
                  }));
  }
  report_.last_version = std::max(report_.last_version, logs.last_sequence());
  return absl::OkStatus();
}

absl::Status Run::ReadTables(Target* target) {
  std::vector<std::unique_ptr<SalvageTable>> tables;
  std::vector<std::unique_ptr<InternalIterator>> entries;
  std::vector<RangeTombstone> tombstones;
  SalvageValues values(options_.env, dir_);
  for (const SalvageSource::Values& source : source_.values) {
    values.Add(source.number, source.meta);
  }
  for (const SalvageSource::Table& source : source_.tables) {
    auto table = std::make_unique<SalvageTable>(
        options_.env, TablePath(dir_, source.number), source.meta.get(),
        &values, &report_.files.emplace_back());
    auto iterator = table->NewIterator();
    if (target == nullptr) {
      for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
      }
      table->Finish();
      report_.last_version =
          std::max(report_.last_version, table->largest_sequence());
      continue;
    }
    entries.push_back(std::move(iterator));
    tombstones.insert(tombstones.end(), table->tombstones().begin(),
                      table->tombstones().end());
    tables.push_back(std::move(table));
  }
  if (target == nullptr) {
    AddValues(values.Finish());
    return absl::OkStatus();
  }
  LSMKV_RETURN_IF_ERROR(
      target->Write(std::move(entries), std::move(tombstones)));
  for (const auto& table : tables) {
    table->Finish();
    report_.last_version =
        std::max(report_.last_version, table->largest_sequence());
  }
  report_.keys_written = target->keys();
  AddValues(values.Finish());
  return absl::OkStatus();
}

void Run::AddValues(std::vector<SalvagedFile> reports) {
  for (SalvagedFile& report : reports) {
    report_.files.push_back(std::move(report));
  }
}

void Run::AddUnused() {
  for (const std::string& path : source_.unused) {
    SalvagedFile& file = report_.files.emplace_back();
    file.path = path;
    file.state = SalvagedFile::State::kUnused;
    const auto bytes = options_.env->FileSize(path);
    if (bytes.ok()) file.bytes = *bytes;
  }
}

void Run::AddNotes() {
  if (!source_.manifest.ok()) {
    report_.notes.push_back(
        "the list of the store's files cannot be read or has lost its end, so "
        "every table and log is taken: what was deleted may come back from "
        "files that were no longer part of the store");
    for (const std::string& path : source_.absent) {
      report_.notes.push_back(
          Concat(path,
                 ": the list names it, and it is missing; if nothing replaced "
                 "it, what it held is lost"));
    }
  } else if (!source_.current.ok()) {
    report_.notes.push_back(
        Concat("CURRENT cannot be read; the newest list of files is taken, ",
               ManifestName(source_.manifest_number)));
  }
  const bool lost = std::any_of(
      report_.files.begin(), report_.files.end(),
      [](const SalvagedFile& file) { return !file.losses.empty(); });
  if (!lost) return;
  report_.notes.push_back(
      "where a newer write was lost, an older value is what is left of its "
      "key, also of a key that was deleted: see the keys of the losses; a loss "
      "in a log may concern any key");
}

void Run::AddTotals() {
  for (const SalvagedFile& file : report_.files) {
    report_.records += file.records;
    report_.records_lost += file.records_lost;
    if (!file.losses.empty() && !file.records_known) {
      report_.records_known = false;
    }
    for (const SalvageLoss& loss : file.losses) {
      report_.bytes_lost += loss.bytes;
      report_.last_version = std::max(report_.last_version, loss.last_version);
    }
  }
}

// Keeps the store from being opened while it is read. A store that was never
// open, or whose disk can only be read, needs no lock.
absl::StatusOr<std::unique_ptr<FileLock>> LockSource(Env* env,
                                                     const std::string& dir) {
  LSMKV_ASSIGN_OR_RETURN(const bool exists, env->FileExists(LockPath(dir)));
  if (!exists) return nullptr;
  auto lock = env->LockFile(LockPath(dir));
  if (absl::IsPermissionDenied(lock.status())) return nullptr;
  return lock;
}

std::string WithoutSlash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

bool SalvageReport::nothing_lost() const {
  return manifest.ok() &&
         std::all_of(files.begin(), files.end(), [](const SalvagedFile& file) {
           return file.losses.empty();
         });
}

absl::StatusOr<SalvageReport> Salvage(const Options& given,
                                      const std::string& source,
                                      const std::string& target) {
  Options options = given;
  if (options.env == nullptr) options.env = Env::Posix();
  LSMKV_RETURN_IF_ERROR(options.Validate());
  if (source.empty()) return InvalidArgument("the path of the store is empty");
  const std::string from = WithoutSlash(source);
  const std::string to = WithoutSlash(target);
  if (to == from || to.compare(0, from.size() + 1, from + "/") == 0) {
    return InvalidArgument(to, ": a store is not salvaged into itself");
  }
  LSMKV_ASSIGN_OR_RETURN(const std::unique_ptr<FileLock> lock,
                         LockSource(options.env, from));
  LSMKV_ASSIGN_OR_RETURN(SalvageSource found,
                         FindSalvageSource(options.env, from));
  Run run(options, from, std::move(found));
  if (to.empty()) return run.Execute(nullptr);
  Target store(options, to);
  LSMKV_RETURN_IF_ERROR(store.Create());
  LSMKV_ASSIGN_OR_RETURN(SalvageReport report, run.Execute(&store));
  LSMKV_RETURN_IF_ERROR(store.Commit(report.last_version));
  LSMKV_RETURN_IF_ERROR(store.Check());
  return report;
}

}  // namespace lsmkv::engine
