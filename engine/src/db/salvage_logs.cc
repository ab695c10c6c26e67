#include "engine/src/db/salvage_logs.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "engine/src/util/status.h"

namespace lsmkv::engine {

SequenceNumber SalvageLogs::FirstSequence(Env* env, const std::string& path,
                                          const WalFacts& facts) {
  constexpr SequenceNumber kNone = kSequenceMax + 1;
  const auto reader = LogReader::OpenDamaged(env, path, LogKind::kWal,
                                             facts.number, facts.salt);
  if (!reader.ok()) return kNone;
  // Where nothing was moved to the log itself yet.
  const auto next_staged = (*reader)->NextStaged(0);
  const SequenceNumber staged =
      next_staged.ok() ? next_staged->value_or(kNone) : kNone;
  while (true) {
    LogRecord record;
    const auto outcome = (*reader)->Read(&record);
    if (!outcome.ok()) return kNone;
    switch (*outcome) {
      case LogReader::Outcome::kEnd:
        return staged;
      case LogReader::Outcome::kSealed:
        return record.sequence + 1;
      case LogReader::Outcome::kBad: {
        const auto more = (*reader)->SkipBad();
        if (!more.ok() || !*more) return staged;
        break;
      }
      case LogReader::Outcome::kRecord:
        if (record.type == LogRecordType::kBatch) return record.sequence;
        break;
    }
  }
}

absl::Status SalvageLogs::Read(const std::string& path, const WalFacts& facts,
                               SalvagedFile* report, Apply apply) {
  using State = SalvagedFile::State;
  report->path = path;
  auto reader = LogReader::OpenDamaged(env_, path, LogKind::kWal, facts.number,
                                       facts.salt);
  if (reader.ok() && facts.salt != 0 &&
      (*reader)->identity().salt != facts.salt) {
    reader = DataLoss(path, kLogSaltAt, "this is another log");
  }
  if (!reader.ok()) {
    const auto bytes = env_->FileSize(path);
    if (bytes.ok()) report->bytes = *bytes;
    Lose(report, 0, report->bytes, reader.status());
    report->state = State::kUnreadable;
    return absl::OkStatus();
  }
  report->bytes = (*reader)->file_bytes();
  refused_ = 0;
  LSMKV_RETURN_IF_ERROR(ReadRecords(reader->get(), report, apply));
  if (refused_ > 0) {
    report->note =
        Concat(refused_, " operations that reach version ", end_,
               " were passed over: a later log begins with it, so that "
               "they were never acknowledged");
  }
  CheckClosed(**reader, facts.closed_bytes, report);
  if (!report->losses.empty()) {
    report->state = report->records > 0 ? State::kPartly : State::kUnreadable;
  }
  return absl::OkStatus();
}

absl::Status SalvageLogs::ReadRecords(LogReader* reader, SalvagedFile* report,
                                      Apply apply) {
  while (true) {
    LogRecord record;
    const uint64_t offset = reader->offset();
    const auto outcome = reader->Read(&record);
    if (!outcome.ok()) {
      Lose(report, offset, reader->file_bytes() - offset, outcome.status());
      return absl::OkStatus();
    }
    switch (*outcome) {
      case LogReader::Outcome::kEnd:
        return ReadStaged(reader, report, apply);
      case LogReader::Outcome::kSealed:
        if (expected_ != 0) CloseGap(record.sequence + 1, offset, report);
        return absl::OkStatus();
      case LogReader::Outcome::kBad: {
        const auto more = PassBad(reader, report);
        if (!more.ok()) {
          Lose(report, offset, reader->file_bytes() - offset, more.status());
        }
        if (!more.ok() || !*more) return ReadStaged(reader, report, apply);
        break;
      }
      case LogReader::Outcome::kRecord:
        LSMKV_RETURN_IF_ERROR(ApplyBatch(record, offset, report, apply));
        break;
    }
  }
}

absl::Status SalvageLogs::ReadStaged(LogReader* reader, SalvagedFile* report,
                                     Apply apply) {
  while (true) {
    // What came before has been moved to the log itself.
    const auto next = reader->NextStaged(last_sequence_ + 1);
    if (next.ok() && !*next) return absl::OkStatus();
    LogRecord record;
    const absl::StatusOr<bool> found =
        next.ok() ? reader->ReadStaged(**next, &record) : next.status();
    if (!found.ok()) {
      Lose(report, kLogStageAt, 0, found.status());
      return absl::OkStatus();
    }
    const SequenceNumber before = last_sequence_;
    LSMKV_RETURN_IF_ERROR(ApplyBatch(record, kLogStageAt, report, apply));
    // Nothing that follows one that is refused is taken.
    if (last_sequence_ == before) return absl::OkStatus();
  }
}

void SalvageLogs::CheckClosed(const LogReader& reader, uint64_t closed_bytes,
                              SalvagedFile* report) {
  const uint64_t end = reader.offset();
  if (end >= closed_bytes) return;
  Lose(report, end, closed_bytes - end,
       DataLoss(report->path, end, "damaged record: all up to ", closed_bytes,
                " was whole when the store was closed"));
  report->tail_bytes = 0;
  tail_ = nullptr;
}

absl::StatusOr<bool> SalvageLogs::PassBad(LogReader* reader,
                                          SalvagedFile* report) {
  const uint64_t offset = reader->offset();
  LSMKV_ASSIGN_OR_RETURN(const uint64_t tail, reader->TailBytes());
  LSMKV_ASSIGN_OR_RETURN(const bool more, reader->SkipBad());
  if (more) {
    Lose(report, offset, reader->offset() - offset,
         DataLoss(reader->path(), offset, "bytes that make no record"));
  } else {
    report->tail_bytes = tail;
    tail_ = report;
    tail_offset_ = offset;
  }
  return more;
}

absl::Status SalvageLogs::ApplyBatch(const LogRecord& record, uint64_t offset,
                                     SalvagedFile* report, Apply apply) {
  // All of the batch or nothing: it is looked through first.
  std::vector<BatchOperation> operations;
  uint32_t count = 0;
  const bool sound =
      record.type == LogRecordType::kBatch && record.sequence <= kSequenceMax &&
      ReadBatch(record.payload, &count,
                [&](const BatchOperation& op) { operations.push_back(op); });
  if (!sound) {
    Lose(report, offset, record.file_bytes,
         DataLoss(report->path, offset, "a malformed batch"));
    return absl::OkStatus();
  }
  if (record.sequence + count > end_) {
    refused_ += count;
    return absl::OkStatus();
  }
  if (expected_ != 0) CloseGap(record.sequence, offset, report);
  gap_ = {};
  tail_ = nullptr;
  for (size_t i = 0; i < operations.size(); ++i) {
    const SequenceNumber sequence = record.sequence + i;
    if (sequence <= flushed_) continue;
    LSMKV_RETURN_IF_ERROR(apply(sequence, operations[i]));
    ++report->records;
  }
  last_sequence_ = std::max(last_sequence_, record.sequence + count - 1);
  expected_ = std::max(expected_, record.sequence + count);
  return absl::OkStatus();
}

void SalvageLogs::Lose(SalvagedFile* file, uint64_t offset, uint64_t bytes,
                       const absl::Status& why) {
  SalvageLoss loss;
  loss.offset = offset;
  loss.bytes = bytes;
  loss.first_version = gap_.file == nullptr ? expected_ : 0;
  loss.status = why;
  file->records_known = false;
  file->losses.push_back(std::move(loss));
  // Of several losses in a row the first one stands for the versions.
  if (gap_.file == nullptr) gap_ = {file, file->losses.size() - 1};
}

void SalvageLogs::CloseGap(SequenceNumber sequence, uint64_t offset,
                           SalvagedFile* file) {
  if (sequence <= expected_) {
    // Nothing was lost but what holds no operation, or what came again.
    if (gap_.file != nullptr) {
      gap_.file->records_known = true;
      gap_.file->losses[gap_.loss].first_version = 0;
    }
    gap_ = {};
    tail_ = nullptr;
    return;
  }
  if (gap_.file == nullptr && tail_ != nullptr) {
    // What looked like the torn end of the logs was not their end.
    Lose(tail_, tail_offset_, tail_->tail_bytes,
         DataLoss(tail_->path, tail_offset_, "bytes that make no record"));
    tail_->tail_bytes = 0;
    tail_->state = tail_->records > 0 ? SalvagedFile::State::kPartly
                                      : SalvagedFile::State::kUnreadable;
  }
  if (gap_.file == nullptr && in_order_) {
    Lose(file, offset, 0, DataLoss(file->path, offset, "writes are missing"));
  }
  if (gap_.file != nullptr) {
    SalvageLoss& loss = gap_.file->losses[gap_.loss];
    loss.first_version = expected_;
    loss.last_version = sequence - 1;
    gap_.file->records_lost += sequence - expected_;
    gap_.file->records_known = true;
  }
  gap_ = {};
  tail_ = nullptr;
  expected_ = sequence;
}

}  // namespace lsmkv::engine
