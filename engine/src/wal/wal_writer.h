// WalWriter: a write-ahead log being written.
//
// Single small writes are most of what many a store gets, and each for itself
// they make a long log: a header for every record, and hardly a repetition to
// compress. So they first go, as they are, to the stage: a small part of the
// file that is written again and again, and stays in memory. Block by block
// they are then compressed together and appended to the log itself, by whoever
// calls Drain, while the writer goes on. At every moment a write that was
// acknowledged stands in one place or the other, and survives the process.
//
// What is to be synced takes the direct way, and so does everything else in a
// log that was synced once: a power cut may leave any page of a stage older
// than another, so that nothing may be promised of it.
//
// Threads: Append, Seal and Close from one at a time; the rest from any.
// Lock order: log_mu_ before stage_mu_.

#ifndef LSMKV_ENGINE_SRC_WAL_WAL_WRITER_H_
#define LSMKV_ENGINE_SRC_WAL_WAL_WRITER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "engine/src/wal/log_stage.h"
#include "engine/src/wal/log_writer.h"
#include "lsmkv/engine/env.h"
#include "lsmkv/engine/mutex.h"

namespace lsmkv::engine {

class WalWriter {
 public:
  struct Config {
    uint64_t preallocate_bytes = 0;  // see LogWriter::Create
    bool compress = false;           // see LogWriter::Compress
    uint32_t stage_bytes = 0;        // whole slots; 0: no stage
  };
  // Creates the log, all of it but its name durable.
  static absl::StatusOr<std::unique_ptr<WalWriter>> Create(
      Env* env, const std::string& path, uint64_t number, const Config& config,
      LogOrigin origin);
  // The same over a log that was retired: see LogWriter::CreateOver.
  static absl::StatusOr<std::unique_ptr<WalWriter>> CreateOver(
      std::unique_ptr<WritableFile> file, const std::string& old_path, Env* env,
      const std::string& path, uint64_t number, const Config& config,
      LogOrigin origin);

  // Writes a group of batches that follow each other. `durable_upto`: see
  // LogRecord. Without `sync_follows` no Sync is to come soon.
  absl::Status Append(absl::Span<const LogBatch> group, uint64_t durable_upto,
                      bool sync_follows);
  // Moves the full slots of the stage on. An error is met again by Append.
  absl::Status Drain() ABSL_LOCKS_EXCLUDED(log_mu_, stage_mu_);
  // Whether there is something to move.
  bool wants_drain() const { return wants_drain_.load(); }

  // Makes what was appended before the call durable.
  absl::Status Sync() ABSL_LOCKS_EXCLUDED(log_mu_, stage_mu_);
  absl::Status Seal(uint64_t last_sequence, uint64_t durable_upto)
      ABSL_LOCKS_EXCLUDED(log_mu_, stage_mu_);
  // Gives back the space of the stage, too.
  absl::Status Close() ABSL_LOCKS_EXCLUDED(log_mu_, stage_mu_);
  // The file of a log that was sealed and is needed no more, for CreateOver.
  // Null if it was ever synced, since it would have to be written to the device
  // with the next sync, or failed. Only a Sync may run beside it or follow.
  std::unique_ptr<WritableFile> Retire() ABSL_LOCKS_EXCLUDED(log_mu_);

  uint64_t number() const { return log_->number(); }
  uint64_t salt() const { return log_->salt(); }
  const std::string& path() const { return log_->path(); }
  // Nothing can be appended any more.
  bool failed() const { return log_->failed(); }
  // Of the log's file, up to the last record that is not staged.
  uint64_t bytes() const { return log_->bytes(); }
  // The same without the header and the stage.
  uint64_t written_bytes() const {
    return bytes() - LogRecordsAt(log_->identity());
  }

 private:
  enum class Staged { kYes, kNoSlot, kNever };

  WalWriter(std::unique_ptr<LogWriter> log, const Config& config);

  Staged StageBatch(const LogBatch& batch, uint64_t durable_upto,
                    absl::Status* status) ABSL_LOCKS_EXCLUDED(stage_mu_);
  absl::Status AppendDirectly(absl::Span<const LogBatch> group,
                              uint64_t durable_upto, bool sync_follows)
      ABSL_LOCKS_EXCLUDED(log_mu_, stage_mu_);
  absl::Status DrainOne() ABSL_LOCKS_EXCLUDED(log_mu_, stage_mu_);
  absl::Status DrainAllLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_mu_)
      ABSL_LOCKS_EXCLUDED(stage_mu_);
  // Moves the oldest slot on: see LogStage::Oldest. False if there is none.
  absl::StatusOr<bool> DrainOldestLocked(bool open_too)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_mu_) ABSL_LOCKS_EXCLUDED(stage_mu_);

  // Add, AddBlock and both ways of Flush only with log_mu_ held.
  const std::unique_ptr<LogWriter> log_;
  std::atomic<bool> wants_drain_{false};

  Mutex log_mu_ ABSL_ACQUIRED_BEFORE(stage_mu_);
  // The error of the last append to the log itself.
  absl::Status log_status_ ABSL_GUARDED_BY(log_mu_);
  bool synced_ ABSL_GUARDED_BY(log_mu_) = false;
  bool retired_ ABSL_GUARDED_BY(log_mu_) = false;

  Mutex stage_mu_;
  std::unique_ptr<LogStage> stage_ ABSL_GUARDED_BY(stage_mu_);  // may be null
  bool staging_ ABSL_GUARDED_BY(stage_mu_) = false;
  std::string encoded_ ABSL_GUARDED_BY(stage_mu_);
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_WAL_WAL_WRITER_H_
