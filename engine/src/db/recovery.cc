#include "engine/src/db/recovery.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "engine/src/compaction/flush_job.h"
#include "engine/src/format/batch.h"
#include "engine/src/format/file_names.h"
#include "engine/src/memtable/memtable.h"
#include "engine/src/util/coding.h"
#include "engine/src/util/deliberate_bug.h"
#include "engine/src/util/status.h"
#include "engine/src/wal/log_reader.h"

namespace lsmkv::engine {
namespace {

class Replay {
 public:
  explicit Replay(const JobContext& context) : context_(context) {
    result_.last_sequence = context.versions->flushed_sequence();
  }

  // `facts` is null where the MANIFEST says no more than the number.
  absl::Status ReadLog(uint64_t number, const WalFacts* facts);
  absl::StatusOr<RecoveryResult> Finish();

 private:
  // The sequence that the next record must have.
  SequenceNumber expected() const { return result_.last_sequence + 1; }

  // A log that the store was closed with, of which nothing may be missing.
  absl::Status ReadClosedLog(LogReader* reader, uint64_t closed_bytes);
  absl::Status ReadRecords(LogReader* reader, bool closed);
  // DATA_LOSS if what should come at `offset` was durable.
  absl::Status CheckDurable(const LogReader& reader, uint64_t offset,
                            uint64_t durable_upto) const;
  // What was staged and not moved to the log itself.
  absl::Status ReadStaged(LogReader* reader);
  // At bytes that are no record.
  absl::Status CutAt(LogReader* reader, uint64_t durable_upto);
  // Behind a cut: checks only that nothing durable was cut.
  absl::Status CheckBehindCut(LogReader* reader);
  absl::Status ApplyBatch(const LogRecord& record, const LogReader& reader,
                          uint64_t offset);
  absl::Status FlushMemTable();

  const JobContext context_;
  RecoveryResult result_;
  std::unique_ptr<MemTable> memtable_;
  bool cut_ = false;
};

absl::Status Replay::ReadLog(uint64_t number, const WalFacts* facts) {
  const std::string path = WalPath(context_.dir, number);
  auto reader = LogReader::Open(context_.env, path, LogKind::kWal, number);
  if (absl::IsNotFound(reader.status())) {
    return DataLoss(path, 0, "a log of the store is missing");
  }
  LSMKV_RETURN_IF_ERROR(reader.status());
  result_.edit.removed_wals.push_back(number);
  if (facts != nullptr) {
    const uint64_t salt = (*reader)->identity().salt;
    if (salt != facts->salt && !LSMKV_BUG("log_of_another_store_taken")) {
      return DataLoss(path, kLogSaltAt, "this is another log: its salt is ",
                      salt, ", not ", facts->salt);
    }
    if (facts->closed_bytes > 0 && !LSMKV_BUG("closed_log_cut")) {
      return ReadClosedLog(reader->get(), facts->closed_bytes);
    }
  }
  return cut_ ? CheckBehindCut(reader->get())
              : ReadRecords(reader->get(), /*closed=*/false);
}

absl::Status Replay::ReadClosedLog(LogReader* reader, uint64_t closed_bytes) {
  if (reader->file_bytes() < closed_bytes) {
    return DataLoss(reader->path(), reader->file_bytes(), "the log has ",
                    reader->file_bytes(), " bytes; it was closed with ",
                    closed_bytes);
  }
  LSMKV_RETURN_IF_ERROR(cut_ ? CheckBehindCut(reader)
                             : ReadRecords(reader, /*closed=*/true));
  if (cut_ || reader->offset() != closed_bytes) {
    return DataLoss(reader->path(), reader->offset(),
                    "damaged record: all up to ", closed_bytes,
                    " was whole when the store was closed");
  }
  LSMKV_ASSIGN_OR_RETURN(const uint64_t behind, reader->TailBytes());
  if (behind == 0) return absl::OkStatus();
  return DataLoss(reader->path(), closed_bytes, behind,
                  " bytes behind the end of a log that was closed");
}

absl::Status Replay::ReadRecords(LogReader* reader, bool closed) {
  while (true) {
    LogRecord record;
    const uint64_t offset = reader->offset();
    LSMKV_ASSIGN_OR_RETURN(const LogReader::Outcome outcome,
                           reader->Read(&record));
    switch (outcome) {
      case LogReader::Outcome::kEnd:
        // Closing a log moves on all that is staged.
        return closed ? absl::OkStatus() : ReadStaged(reader);
      case LogReader::Outcome::kSealed:
        if (record.sequence == result_.last_sequence) return absl::OkStatus();
        return DataLoss(reader->path(), offset, "the log was sealed at ",
                        record.sequence, " and ends at ",
                        result_.last_sequence);
      case LogReader::Outcome::kBad: {
        // Half of a block, it may be, whose records are all in the stage.
        const SequenceNumber missing = expected();
        LSMKV_RETURN_IF_ERROR(ReadStaged(reader));
        LSMKV_ASSIGN_OR_RETURN(const uint64_t durable, reader->DurableBehind());
        if (expected() == missing) return CutAt(reader, durable);
        return CheckDurable(*reader, offset, durable);
      }
      case LogReader::Outcome::kRecord:
        break;
    }
    if (record.type != LogRecordType::kBatch || record.sequence < expected()) {
      return DataLoss(reader->path(), offset, "sequence ", expected(),
                      " expected, found ", record.sequence);
    }
    if (record.sequence > expected()) {
      // A gap: any record from here on may say that what is missing was
      // durable.
      LSMKV_RETURN_IF_ERROR(CheckDurable(*reader, offset, record.durable_upto));
      result_.cut_bytes += record.file_bytes;
      cut_ = true;
      return CheckBehindCut(reader);
    }
    LSMKV_RETURN_IF_ERROR(ApplyBatch(record, *reader, offset));
  }
}

absl::Status Replay::ReadStaged(LogReader* reader) {
  while (!LSMKV_BUG("staged_records_forgotten")) {
    LogRecord record;
    LSMKV_ASSIGN_OR_RETURN(const bool found,
                           reader->ReadStaged(expected(), &record));
    if (!found) break;
    LSMKV_RETURN_IF_ERROR(ApplyBatch(record, *reader, reader->offset()));
  }
  LSMKV_ASSIGN_OR_RETURN(const uint64_t durable, reader->StagedDurable());
  LSMKV_RETURN_IF_ERROR(CheckDurable(*reader, reader->offset(), durable));
  // What stands behind a gap was never promised, and goes with it.
  LSMKV_ASSIGN_OR_RETURN(const std::optional<uint64_t> beyond,
                         reader->NextStaged(expected()));
  cut_ = cut_ || beyond.has_value();
  return absl::OkStatus();
}

absl::Status Replay::CheckDurable(const LogReader& reader, uint64_t offset,
                                  uint64_t durable_upto) const {
  if (durable_upto < expected() || LSMKV_BUG("durable_tail_cut")) {
    return absl::OkStatus();
  }
  return DataLoss(reader.path(), offset, "damaged record: writes ", expected(),
                  " to ", durable_upto, " were durable and cannot be read");
}

absl::Status Replay::CutAt(LogReader* reader, uint64_t durable_upto) {
  LSMKV_RETURN_IF_ERROR(CheckDurable(*reader, reader->offset(), durable_upto));
  LSMKV_ASSIGN_OR_RETURN(const uint64_t tail, reader->TailBytes());
  result_.cut_bytes += tail;
  cut_ = true;
  return absl::OkStatus();
}

absl::Status Replay::CheckBehindCut(LogReader* reader) {
  LSMKV_ASSIGN_OR_RETURN(const uint64_t staged, reader->StagedDurable());
  LSMKV_RETURN_IF_ERROR(CheckDurable(*reader, reader->offset(), staged));
  while (true) {
    LogRecord record;
    const uint64_t offset = reader->offset();
    LSMKV_ASSIGN_OR_RETURN(const LogReader::Outcome outcome,
                           reader->Read(&record));
    switch (outcome) {
      case LogReader::Outcome::kEnd:
        return absl::OkStatus();
      case LogReader::Outcome::kBad: {
        LSMKV_ASSIGN_OR_RETURN(const uint64_t durable, reader->DurableBehind());
        return CutAt(reader, durable);
      }
      case LogReader::Outcome::kSealed:
      case LogReader::Outcome::kRecord:
        LSMKV_RETURN_IF_ERROR(
            CheckDurable(*reader, offset, record.durable_upto));
        result_.cut_bytes += record.file_bytes;
        if (outcome == LogReader::Outcome::kSealed) return absl::OkStatus();
        break;
    }
  }
}

absl::Status Replay::ApplyBatch(const LogRecord& record,
                                const LogReader& reader, uint64_t offset) {
  if (memtable_ == nullptr) {
    memtable_ = std::make_unique<MemTable>(0, context_.options->memtable_bytes);
  }
  // An operation takes more than a byte.
  if (record.sequence > kSequenceMax ||
      record.payload.size() > kSequenceMax - record.sequence) {
    return DataLoss(reader.path(), offset, "a batch from sequence ",
                    record.sequence, " passes the last there can be");
  }
  uint32_t count = 0;
  const bool whole =
      ReadBatch(record.payload, &count, [&](const BatchOperation& op) {
        memtable_->Add(record.sequence + count, op);
      });
  if (!whole) {
    return DataLoss(reader.path(), offset, "a batch is malformed after ", count,
                    " operations");
  }
  result_.last_sequence = record.sequence + count - 1;
  result_.records += count;
  if (memtable_->bytes() >= context_.options->memtable_bytes) {
    return FlushMemTable();
  }
  return absl::OkStatus();
}

absl::Status Replay::FlushMemTable() {
  LSMKV_ASSIGN_OR_RETURN(JobResult flushed, RunFlush(context_, *memtable_, {}));
  for (VersionEdit::Added& added : flushed.edit.added_files) {
    result_.edit.added_files.push_back(std::move(added));
  }
  for (auto& values : flushed.edit.added_values) {
    result_.edit.added_values.push_back(std::move(values));
  }
  memtable_ = nullptr;
  return absl::OkStatus();
}

absl::StatusOr<RecoveryResult> Replay::Finish() {
  if (memtable_ != nullptr) LSMKV_RETURN_IF_ERROR(FlushMemTable());
  result_.edit.flushed_sequence = result_.last_sequence;
  return std::move(result_);
}

// Whether a log, which may not be live, was made by a later state of the store
// than the MANIFEST tells of.
absl::Status CheckAgainstLog(const JobContext& context, LogReader* reader,
                             bool live) {
  const VersionSet::Recovered& recovered = context.versions->recovered();
  const uint64_t manifest = context.versions->manifest_number();
  const LogOrigin origin = reader->identity().origin;
  const auto low_manifest = static_cast<uint32_t>(manifest);
  if (manifest == low_manifest && origin.manifest_number > low_manifest) {
    return DataLoss(CurrentPath(context.dir), 0, "it names ",
                    ManifestName(manifest), ", but ", reader->path(),
                    " was made under ", ManifestName(origin.manifest_number));
  }
  if (origin.manifest_number == low_manifest &&
      origin.edits > recovered.edits) {
    return DataLoss(ManifestPath(context.dir, manifest), recovered.end_offset,
                    "it ends with edit ", recovered.edits, ", but ",
                    reader->path(), " was made after edit ", origin.edits);
  }
  if (live || reader->identity().number <= recovered.newest_wal) {
    return absl::OkStatus();
  }
  LogRecord record;
  LSMKV_ASSIGN_OR_RETURN(const LogReader::Outcome outcome,
                         reader->Read(&record));
  LSMKV_ASSIGN_OR_RETURN(const std::optional<uint64_t> staged,
                         reader->NextStaged(0));
  if (outcome != LogReader::Outcome::kRecord &&
      outcome != LogReader::Outcome::kSealed && !staged) {
    return absl::OkStatus();  // it was made, and never in use
  }
  return DataLoss(ManifestPath(context.dir, manifest), recovered.end_offset,
                  "it ends before the edit that names ", reader->path(),
                  ", a log in use");
}

}  // namespace

absl::Status CheckManifestIsWhole(const JobContext& context,
                                  const std::vector<std::string>& names) {
  if (LSMKV_BUG("lost_edits_unnoticed")) return absl::OkStatus();
  const std::set<uint64_t> live = context.versions->live_wals();
  for (const std::string& name : names) {
    const ParsedName parsed = ParseFileName(name);
    if (parsed.kind != FileKind::kWal) continue;
    auto reader =
        LogReader::Open(context.env, WalPath(context.dir, parsed.number),
                        LogKind::kWal, parsed.number);
    // One that is needed is read again, and one that is not may be anything.
    if (absl::IsDataLoss(reader.status()) ||
        absl::IsFailedPrecondition(reader.status())) {
      continue;
    }
    LSMKV_RETURN_IF_ERROR(reader.status());
    LSMKV_RETURN_IF_ERROR(
        CheckAgainstLog(context, reader->get(), live.contains(parsed.number)));
  }
  return absl::OkStatus();
}

absl::StatusOr<RecoveryResult> ReplayLogs(const JobContext& context) {
  Replay replay(context);
  const std::map<uint64_t, WalFacts> facts = context.versions->wal_facts();
  const std::set<uint64_t> logs = context.versions->live_wals();
  // Without a log nothing tells of a closing.
  bool closed = !logs.empty();
  for (uint64_t number : logs) {
    const auto it = facts.find(number);
    closed = closed && it != facts.end() && it->second.closed_bytes > 0;
    LSMKV_RETURN_IF_ERROR(
        replay.ReadLog(number, it != facts.end() ? &it->second : nullptr));
  }
  LSMKV_ASSIGN_OR_RETURN(RecoveryResult result, replay.Finish());
  result.closed_empty = closed && result.records == 0 && result.cut_bytes == 0;
  return result;
}

}  // namespace lsmkv::engine
