// SalvageLogs: reads write-ahead logs that may be damaged anywhere. Every
// record that is whole is handed out, whatever is missing around it.
//
// Threads: one.

#ifndef LSMKV_ENGINE_SRC_DB_SALVAGE_LOGS_H_
#define LSMKV_ENGINE_SRC_DB_SALVAGE_LOGS_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

#include "engine/src/format/batch.h"
#include "engine/src/version/version_edit.h"
#include "engine/src/wal/log_reader.h"
#include "lsmkv/engine/env.h"
#include "lsmkv/engine/salvage.h"

namespace lsmkv::engine {

class SalvageLogs {
 public:
  // Takes an operation. An error ends the reading.
  using Apply = absl::FunctionRef<absl::Status(SequenceNumber sequence,
                                               const BatchOperation& op)>;

  // `flushed`: the MANIFEST says that all up to it is in tables; operations up
  // to it are passed over. 0 with `in_order` false: nobody knows, and logs
  // between those that are there may be gone rightly.
  SalvageLogs(Env* env, SequenceNumber flushed, bool in_order)
      : env_(env),
        flushed_(flushed),
        expected_(in_order ? flushed + 1 : 0),
        in_order_(in_order) {}

  // The version that the log begins with, as far as it can be read; more than
  // any where it cannot.
  static SequenceNumber FirstSequence(Env* env, const std::string& path,
                                      const WalFacts& facts);

  // Where the log ends at the latest, since a later one begins with `sequence`;
  // for the next Read alone. A record that passes it was refused when it was
  // written, or cut when the store was opened, and is passed over.
  void EndBefore(SequenceNumber sequence) { end_ = sequence; }

  // Reads the log, fills its report. To be called in the order of the numbers;
  // the report must stay until the last call. `facts` are what the MANIFEST
  // says of it. Errors are those of `apply`.
  absl::Status Read(const std::string& path, const WalFacts& facts,
                    SalvagedFile* report, Apply apply);

  SequenceNumber last_sequence() const { return last_sequence_; }

 private:
  struct Gap {  // a loss of which the last version is not known yet
    SalvagedFile* file = nullptr;
    size_t loss = 0;
  };

  absl::Status ReadRecords(LogReader* reader, SalvagedFile* report,
                           Apply apply);
  // What was staged and not moved to the log itself.
  absl::Status ReadStaged(LogReader* reader, SalvagedFile* report, Apply apply);
  // A log that was closed in order ends where the MANIFEST says.
  void CheckClosed(const LogReader& reader, uint64_t closed_bytes,
                   SalvagedFile* report);
  // At bytes that are no record. False at the end of what can be read.
  absl::StatusOr<bool> PassBad(LogReader* reader, SalvagedFile* report);
  absl::Status ApplyBatch(const LogRecord& record, uint64_t offset,
                          SalvagedFile* report, Apply apply);
  void Lose(SalvagedFile* file, uint64_t offset, uint64_t bytes,
            const absl::Status& why);
  // All before `sequence`, which is the next one, that has not been read is
  // lost.
  void CloseGap(SequenceNumber sequence, uint64_t offset, SalvagedFile* file);

  Env* const env_;
  const SequenceNumber flushed_;
  SequenceNumber expected_;  // the next one; 0: unknown
  const bool in_order_;
  SequenceNumber end_ = kSequenceMax + 1;  // where the next log begins
  uint64_t refused_ = 0;                   // operations of this log
  SequenceNumber last_sequence_ = 0;
  Gap gap_;
  // The file whose end makes no record, while nothing behind it was read.
  SalvagedFile* tail_ = nullptr;
  uint64_t tail_offset_ = 0;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_DB_SALVAGE_LOGS_H_
