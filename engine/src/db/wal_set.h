// WalSet: the log being written, the one prepared to follow it, and older ones
// whose memtables are not flushed yet.
//
// A write is durable only if every earlier one is, so that syncing the current
// log syncs the older ones first: nothing acknowledged as durable may stand
// behind a hole.
//
// Threads: Append, Rotate and Close by the leader of a commit group; the rest
// from any thread.
// Lock order: sync_mu_ before mu_.

#ifndef LSMKV_ENGINE_SRC_DB_WAL_SET_H_
#define LSMKV_ENGINE_SRC_DB_WAL_SET_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "engine/src/db/write_queue.h"
#include "engine/src/format/internal_key.h"
#include "engine/src/version/version_edit.h"
#include "engine/src/wal/wal_writer.h"
#include "lsmkv/engine/env.h"
#include "lsmkv/engine/mutex.h"

namespace lsmkv::engine {

class WalSet {
 public:
  struct Config {
    WalWriter::Config writer;
    // False: nothing is ever appended, nor is a log sealed, since a seal says
    // how far the writes in it go.
    bool append = true;
    // Whether a log whose memtable is in a table is used again.
    bool reuse = false;
  };
  // `last_sequence`: everything up to it is durable in tables.
  WalSet(Env* env, std::string dir, const Config& config,
         SequenceNumber last_sequence);

  // Creates a log with a durable name and header, not yet in use. Leaves no
  // file behind where there is no room.
  absl::StatusOr<std::shared_ptr<WalWriter>> Create(uint64_t number,
                                                    LogOrigin origin);
  // Gives the log that Rotate will take.
  void SetNext(std::shared_ptr<WalWriter> next) ABSL_LOCKS_EXCLUDED(mu_);
  bool has_next() const ABSL_LOCKS_EXCLUDED(mu_);

  // Writes the group's batches, the first with sequence `first`, in one
  // append. Without `sync_follows` none of them is to be synced soon.
  absl::Status Append(const WriteGroup& group, SequenceNumber first,
                      bool sync_follows);
  // Goes on with what Append has begun: see WalWriter. To be called when Append
  // has left something to do; an error is met again by Append.
  absl::Status Drain() ABSL_LOCKS_EXCLUDED(mu_);
  bool wants_drain() const { return wants_drain_.load(); }
  // Makes everything appended before the call durable.
  absl::Status Sync() ABSL_LOCKS_EXCLUDED(sync_mu_, mu_);
  // Seals the current log, if there is one that can be, and goes on with the
  // next. Returns the new log's number. REQUIRES: has_next().
  absl::StatusOr<uint64_t> Rotate();
  // Nothing can be appended to the current log any more.
  bool current_failed() const ABSL_LOCKS_EXCLUDED(mu_);
  // Syncs, and seals the current log for good, if it can be. Returns what is to
  // be known of all logs that are whole and durable now.
  absl::StatusOr<std::vector<WalFacts>> Close();

  // The memtable of the log is in a table. True if its file is kept, for Create
  // to write the next one over it; else it is the caller's to remove.
  // With Create one at a time.
  bool Release(uint64_t number, SequenceNumber flushed_sequence)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Removes what is kept so.
  void DropSpare() ABSL_LOCKS_EXCLUDED(mu_);

  // How far a log in use is written.
  struct Extent {
    uint64_t number = 0;
    uint64_t salt = 0;
    uint64_t bytes = 0;
    bool sealed = false;
  };
  // Of every log in use, oldest first, and of the one prepared.
  std::vector<Extent> extents() const ABSL_LOCKS_EXCLUDED(mu_);

  uint64_t live_files() const ABSL_LOCKS_EXCLUDED(mu_);
  uint64_t live_bytes() const ABSL_LOCKS_EXCLUDED(mu_);
  // Of all logs ever, without their headers.
  uint64_t written_bytes() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  // A log that nobody needs, to write the next one over it.
  struct Spare {
    std::string path;
    std::unique_ptr<WritableFile> file;
  };

  absl::StatusOr<std::shared_ptr<WalWriter>> TryCreate(uint64_t number,
                                                       LogOrigin origin);
  absl::StatusOr<std::unique_ptr<WalWriter>> CreateFile(uint64_t number,
                                                        LogOrigin origin)
      ABSL_LOCKS_EXCLUDED(mu_);
  std::optional<Spare> TakeSpare() ABSL_LOCKS_EXCLUDED(mu_);

  Env* const env_;
  const std::string dir_;
  const Config config_;

  // Stored by the leader when the log has it (release), read by Sync.
  std::atomic<SequenceNumber> appended_sequence_;
  std::atomic<bool> wants_drain_{false};
  // Of Append alone.
  std::vector<LogBatch> group_;

  // Held while logs are synced, so that each sync covers all before it.
  Mutex sync_mu_ ABSL_ACQUIRED_BEFORE(mu_);
  mutable Mutex mu_;
  SequenceNumber durable_sequence_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<WalWriter> current_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<WalWriter> next_ ABSL_GUARDED_BY(mu_);
  struct OlderLog {
    std::shared_ptr<WalWriter> log;
    bool sealed = false;
    bool synced = false;
  };
  std::deque<OlderLog> older_ ABSL_GUARDED_BY(mu_);
  std::optional<Spare> spare_ ABSL_GUARDED_BY(mu_);
  // Of the logs that were released.
  uint64_t released_bytes_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_DB_WAL_SET_H_
