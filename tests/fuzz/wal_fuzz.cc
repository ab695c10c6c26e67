// Write-ahead logs: the reader, and recovery from what it gives.
//
// The input writes two logs record by record with sound checksums, sound or odd
// in content, and may damage the bytes afterwards. The first log may have a
// stage, in which its last records stand. The first byte may instead choose a
// raw file. Whatever is recovered from logs that were sound when
// written must be a prefix of the batches, with everything in it that an
// undamaged record says was durable; if not, the error must name the log.

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/src/format/file_names.h"
#include "engine/src/util/coding.h"
#include "engine/src/version/version_set.h"
#include "engine/src/wal/log_reader.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/store_check.h"

namespace lsmkv::fuzz {
namespace {

using engine::LogIdentity;
using engine::LogReader;
using engine::LogRecord;
using engine::LogRecordType;

constexpr uint64_t kNumbers[] = {7, 8};
constexpr uint64_t kSalt = 0x5eed;

// What was written, as long as all of it was sound.
class Writer {
 public:
  Writer(FuzzInput* in, bool has_stage) : in_(in) {
    for (Log& log : logs_) {
      log.identity = {engine::LogKind::kWal, kNumbers[&log - logs_], kSalt};
      if (has_stage && &log == &logs_[0]) {
        log.identity.stage_bytes = engine::kLogStageSlotBytes;
      }
      log.bytes = engine::EncodeLogHeader(log.identity);
      log.bytes.resize(engine::LogRecordsAt(log.identity));
    }
  }

  void WriteAll() {
    for (Log& log : logs_) {
      bool more = true;
      while (more && !in_->empty()) more = WriteOne(&log);
    }
    while (!in_->empty()) Damage();
  }

  const std::string& bytes(size_t log) const { return logs_[log].bytes; }
  bool sound() const { return sound_; }
  // No byte was changed, and the first log was ended before the second.
  bool whole() const { return !damaged_ && (logs_[0].sealed || !second_used_); }

  // The contents after some batch, none too early to be right.
  void CheckContents(const Model& contents) const {
    size_t least = 0;
    for (const Written& record : records_) {
      if (!record.damaged) {
        least = std::max(least, AfterSequence(record.durable_upto));
      }
    }
    if (whole()) FUZZ_CHECK(contents == states_.back().second);
    const bool found = std::any_of(
        states_.begin() + static_cast<ptrdiff_t>(least), states_.end(),
        [&](const auto& state) { return state.second == contents; });
    FUZZ_CHECK(found);
  }

 private:
  struct Log {
    LogIdentity identity;
    std::string bytes;
    bool sealed = false;
    size_t staged_bytes = 0;
  };
  struct Written {
    const Log* log;
    size_t begin;
    size_t end;
    uint64_t durable_upto;
    bool damaged;
  };

  // Of the first state that has the write `sequence`.
  size_t AfterSequence(uint64_t sequence) const {
    size_t i = 0;
    while (states_[i].first < sequence) ++i;
    return i;
  }

  // Whether the record went to the stage, as all that follow must.
  bool Stage(Log* log, const LogRecord& record) {
    if (log->identity.stage_bytes == 0 || log->sealed) return false;
    if (log->staged_bytes == 0 && !in_->Bool()) return false;
    const size_t begin = engine::kLogStageAt + log->staged_bytes;
    std::string bytes;
    engine::AppendLogRecord(log->identity, begin, record, {}, &bytes);
    if (log->staged_bytes + bytes.size() > engine::kLogStageSlotBytes) {
      return false;
    }
    log->bytes.replace(begin, bytes.size(), bytes);
    log->staged_bytes += bytes.size();
    records_.push_back(
        {log, begin, begin + bytes.size(), record.durable_upto, false});
    return true;
  }

  void Append(Log* log, const LogRecord& record) {
    if (log->sealed || log->staged_bytes > 0) sound_ = false;
    second_used_ = second_used_ || log == &logs_[1];
    const size_t begin = log->bytes.size();
    engine::AppendLogRecord(log->identity, begin, record, {}, &log->bytes);
    // The padding is part of a record.
    records_.push_back(
        {log, begin, log->bytes.size(), record.durable_upto, false});
  }

  void WriteBatch(Log* log) {
    engine::WriteBatch batch;
    Model model = states_.back().second;
    for (size_t n = 1 + in_->Below(4); n > 0; --n) {
      AddOperation(in_, &batch, &model);
    }
    std::string payload;
    engine::PutVarint32(&payload, batch.count());
    payload += batch.encoded();
    LogRecord record;
    record.sequence = last_ + 1;
    record.durable_upto = last_ - std::min<uint64_t>(last_, in_->Below(8));
    record.payload = payload;
    if (!Stage(log, record)) Append(log, record);
    last_ += batch.count();
    states_.emplace_back(last_, std::move(model));
  }

  void WriteSeal(Log* log) {
    std::string payload;
    engine::PutFixed64(&payload, log->bytes.size());
    engine::PutFixed64(&payload, last_);
    LogRecord record;
    record.type = LogRecordType::kSeal;
    record.sequence = last_;
    record.durable_upto = last_;
    record.payload = payload;
    Append(log, record);
    log->sealed = true;
  }

  // Anything behind a checksum that fits, flags included.
  void WriteOdd(Log* log) {
    sound_ = false;
    LogRecord record;
    record.type = static_cast<LogRecordType>(in_->Below(5));
    record.sequence = in_->Bool() ? last_ + in_->Byte() : in_->Number();
    record.durable_upto =
        record.sequence - std::min(record.sequence, in_->Number());
    const uint8_t flags = in_->Bool() ? in_->Byte() : 0;
    record.payload = in_->String();
    const size_t begin = log->bytes.size();
    Append(log, record);
    char* const header = log->bytes.data() + begin;
    header[9] = static_cast<char>(flags);
    const uint16_t check = engine::LogHeaderCheck(
        log->identity, begin, {header, engine::kLogRecordHeaderBytes});
    std::memcpy(header + engine::kLogHeaderCheckAt, &check, sizeof(check));
    const std::string_view covered(
        header + 4, engine::kLogRecordHeaderBytes - 4 + record.payload.size());
    engine::EncodeFixed32(
        header, engine::LogRecordChecksum(log->identity, begin, covered));
  }

  // False at the end of the log.
  bool WriteOne(Log* log) {
    switch (in_->Below(16)) {
      case 0:
        return false;
      case 1:
        WriteSeal(log);
        return true;
      case 2:
        WriteOdd(log);
        return true;
      case 3:  // reserved space, then perhaps more
        sound_ = false;
        log->bytes.append((in_->Below(32) + 1) * 8, '\0');
        return true;
      case 4:
        sound_ = false;
        log->bytes += in_->String();
        log->bytes.resize((log->bytes.size() + 7) & ~size_t{7});
        return true;
      default:
        WriteBatch(log);
        return true;
    }
  }

  void Damage() {
    Log* const log = &logs_[in_->Below(2)];
    if (log->bytes.empty()) return;
    const size_t at =
        static_cast<size_t>(in_->Number() * 3 % log->bytes.size());
    const uint8_t mask = in_->Byte();
    if (mask == 0) {
      log->bytes.resize(at);
    } else {
      log->bytes[at] = static_cast<char>(log->bytes[at] ^ mask);
    }
    damaged_ = true;
    for (Written& record : records_) {
      if (record.log == log && record.end > at &&
          (mask == 0 || record.begin <= at)) {
        record.damaged = true;
      }
    }
  }

  FuzzInput* const in_;
  Log logs_[2];
  std::vector<Written> records_;
  // The last sequence, and what the store then holds.
  std::vector<std::pair<uint64_t, Model>> states_ = {{0, {}}};
  uint64_t last_ = 0;
  bool sound_ = true;
  bool damaged_ = false;
  bool second_used_ = false;
};

// A store without a table whose two logs are live.
void CreateStore(SimEnv* env) {
  FUZZ_CHECK(env->CreateDir("/db").ok());
  engine::TableCounters counters;
  engine::VersionSet versions(env, "/db", nullptr, &counters);
  versions.InitEmpty();
  versions.SkipFileNumber(kNumbers[1]);
  engine::VersionEdit edit;
  edit.added_wals = {kNumbers[0], kNumbers[1]};
  FUZZ_CHECK(versions.StartManifest(edit).ok());
}

// Reads a log to its end or to damage.
void ReadLog(SimEnv* env, uint64_t number) {
  const std::string path = engine::WalPath("/db", number);
  auto opened = LogReader::Open(env, path, engine::LogKind::kWal, number);
  if (!opened.ok()) return CheckDamageError(opened.status(), path);
  LogReader* const reader = opened->get();
  LogRecord record;
  while (true) {
    const uint64_t offset = reader->offset();
    const auto outcome = reader->Read(&record);
    if (!outcome.ok()) return CheckDamageError(outcome.status(), path);
    if (*outcome != LogReader::Outcome::kRecord) break;
    FUZZ_CHECK(reader->offset() > offset);
    FUZZ_CHECK(reader->offset() <= reader->file_bytes() + 7);
    FUZZ_CHECK(record.durable_upto <= record.sequence);
    FUZZ_CHECK(record.payload.size() < reader->file_bytes());
  }
  for (uint64_t next = 0; true;) {
    const auto staged = reader->NextStaged(next);
    if (!staged.ok()) return CheckDamageError(staged.status(), path);
    if (!*staged) break;
    const auto found = reader->ReadStaged(**staged, &record);
    FUZZ_CHECK(found.ok() && *found && record.sequence == **staged);
    FUZZ_CHECK(record.sequence >= next);
    if (record.sequence == UINT64_MAX) break;
    next = record.sequence + 1;
  }
  const auto tail = reader->TailBytes();
  FUZZ_CHECK(tail.ok());
  FUZZ_CHECK(reader->offset() + *tail <= reader->file_bytes() + 7);
  const auto durable = reader->DurableBehind();
  if (!durable.ok()) CheckDamageError(durable.status(), path);
}

void Run(FuzzInput* in) {
  SimEnv env;
  CreateStore(&env);
  const size_t kind = in->Below(8);
  const bool raw = kind == 7;
  Writer writer(in, /*has_stage=*/kind == 6 || kind == 5);
  if (raw) {
    FUZZ_CHECK(env.WriteFile(engine::WalPath("/db", kNumbers[0]),
                             std::string(in->Rest()))
                   .ok());
  }
  writer.WriteAll();
  for (size_t i = raw ? 1 : 0; i < 2; ++i) {
    FUZZ_CHECK(
        env.WriteFile(engine::WalPath("/db", kNumbers[i]), writer.bytes(i))
            .ok());
  }
  for (const uint64_t number : kNumbers) ReadLog(&env, number);
  const Reopened store = OpenTwice(&env);
  if (store.status.ok()) {
    FUZZ_CHECK(store.agrees && store.findings == 0);
    FUZZ_CHECK(store.again == store.contents);
  }
  if (raw || !writer.sound()) return;
  if (store.status.ok()) return writer.CheckContents(store.contents);
  FUZZ_CHECK(!writer.whole());
}

}  // namespace
}  // namespace lsmkv::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  lsmkv::fuzz::FuzzInput in(data, size);
  lsmkv::fuzz::Run(&in);
  return 0;
}
