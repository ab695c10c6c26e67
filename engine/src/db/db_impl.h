// DbImpl: the store at work. It joins the parts and owns their threads; what
// is done is done elsewhere (flush_job, compaction_job, wal_set, write_queue,
// recovery).
//
// db_impl.cc       opening, closing, upkeep
// db_read.cc       point reads, iterators, snapshots, statistics
// db_write.cc      the leader's work on a commit group: here a write is
//                  acknowledged
// db_background.cc the threads that flush and compact
// db_errors.cc     what stops writes, and how they resume
// verify.cc        the check of all that is on disk
//
// Lock order: VersionSet::log_mu_, then mu_, then everything else. No I/O, no
// callback and no freeing of memory under mu_.

#ifndef LSMKV_ENGINE_SRC_DB_DB_IMPL_H_
#define LSMKV_ENGINE_SRC_DB_DB_IMPL_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "engine/src/compaction/compaction_picker.h"
#include "engine/src/compaction/tables_writer.h"
#include "engine/src/db/counters.h"
#include "engine/src/db/read_state.h"
#include "engine/src/db/snapshot_list.h"
#include "engine/src/db/wal_set.h"
#include "engine/src/db/write_queue.h"
#include "engine/src/format/packed_value.h"
#include "engine/src/iter/db_iterator.h"
#include "engine/src/table/block_cache.h"
#include "engine/src/table/table_counters.h"
#include "engine/src/util/thread.h"
#include "engine/src/version/version_set.h"
#include "lsmkv/engine/db.h"
#include "lsmkv/engine/logger.h"
#include "lsmkv/engine/mutex.h"

namespace lsmkv::engine {

class DbImpl {
 public:
  static absl::StatusOr<std::unique_ptr<DbImpl>> Open(const Options& options,
                                                      const std::string& path);
  ~DbImpl();

  // As in lsmkv/engine/db.h.
  absl::StatusOr<uint64_t> Write(const WriteOptions& options,
                                 std::string_view operations, uint32_t count);
  void WriteAsync(const WriteOptions& options, WriteBatch batch,
                  WriteCallback done);
  // INVALID_ARGUMENT if one is over its limit: before anything is copied.
  absl::Status CheckSizes(size_t key_bytes, size_t value_bytes) const;
  absl::Status CheckBatch(std::string_view operations, uint32_t count) const;

  absl::Status Get(const ReadOptions& options, std::string_view key,
                   PinnedValue* value) const;
  std::unique_ptr<DbIterator> NewIterator(const ReadOptions& options) const;
  std::unique_ptr<Snapshot> GetSnapshot() const;
  Stats GetStats() const;

  absl::Status Flush();
  absl::Status CompactRange(std::optional<std::string_view> begin,
                            std::optional<std::string_view> end);
  void CancelCompactRange() ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status WaitForIdle();
  absl::Status SyncWal();
  absl::StatusOr<VerifyProgress> Verify(
      const VerifyOptions& options,
      absl::FunctionRef<void(const VerifyFinding&)> on_finding,
      absl::FunctionRef<void(const VerifyProgress&)> on_progress) const
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status background_error() const;
  absl::Status Close();

 private:
  struct Held {  // what the process holds of the store
    std::unique_ptr<FileLock> lock;
    std::shared_ptr<BlockCache> cache;
  };

  DbImpl(const Options& options, std::string dir, Held held);

  void AddDiskStats(const Version& version, Stats* stats) const;

  // Closing: has the MANIFEST know that the logs are whole.
  absl::Status CloseLogs();
  // Closing: has in tables what is in no log.
  absl::Status FlushUnlogged() ABSL_LOCKS_EXCLUDED(mu_);

  // Opening.
  absl::Status Recover(bool exists);
  // Makes what was recovered durable, in a MANIFEST of its own, after which
  // writes and compactions may go on.
  absl::Status Begin() ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status RemoveLeftovers();
  absl::Status CheckForeignFiles() const;
  absl::Status StartThreads() ABSL_LOCKS_EXCLUDED(mu_);

  // The leader's part (db_write.cc).
  void Commit(const WriteGroup& group);
  absl::Status CommitGroup(const WriteGroup& group);
  // While writes are stopped.
  void RefuseGroup(const WriteGroup& group);
  // One step back to work after an error that may pass (db_errors.cc).
  absl::Status Resume() ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status MakeRoom(const WriteGroup& group) ABSL_LOCKS_EXCLUDED(mu_);
  void DelayWrites(uint64_t bytes) ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status WaitForRoom() ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status Rotate() ABSL_LOCKS_EXCLUDED(mu_);
  // Syncs the logs, in any thread.
  absl::Status SyncLogs();
  // Has the log thread do what is `wanted`: sync_, drain_ or memory_wanted_.
  void WakeLogThread(std::atomic<bool>* wanted) ABSL_LOCKS_EXCLUDED(mu_);
  void ApplyToMemTable(const WriteGroup& group, SequenceNumber first);
  // INVALID_ARGUMENT if the store cannot promise it.
  bool WritersShouldPack() const;
  // The packed form of the value that the operation is to put, in *buffer;
  // empty if it has none that is worth it, or is not alone.
  std::string_view PackValue(std::string_view operations, uint32_t count,
                             std::string* buffer);
  absl::Status SetDurability(const WriteOptions& options,
                             PendingWrite* write) const;
  bool ShouldRotate(const WriteGroup& group) const;
  // By how much is in it, and by what.
  bool MemtableIsFull() const;

  // Background (db_background.cc).
  enum class FlushTask {
    kNone,
    kBegin,
    kPrepareWal,
    kFlush,
    kResume,          // writes, after an error that may pass
    kRepairManifest,  // where a compaction has left it in doubt
    kCollectGarbage,
  };
  void FlushThread() ABSL_LOCKS_EXCLUDED(mu_);
  FlushTask NextFlushTaskLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status RunFlushTask(FlushTask task) ABSL_LOCKS_EXCLUDED(mu_);
  // Sleeps, but not past Close.
  void WaitToRetry(uint64_t micros) ABSL_LOCKS_EXCLUDED(mu_);
  void CompactionThread() ABSL_LOCKS_EXCLUDED(mu_);
  // Returns when there may be something to compact, with how much of it is
  // wanted, or when closing.
  WritePace WaitForCompactionLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Whether silence would bring a compaction.
  bool IdleCompactionLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void LogThread() ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status PrepareNextWal();
  absl::Status FlushOldest() ABSL_LOCKS_EXCLUDED(mu_);
  // Runs a plan whose tables are marked busy, and unmarks them.
  absl::Status RunPlan(const CompactionPlan& plan,
                       const std::atomic<bool>& cancelled)
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status ExecutePlan(const CompactionPlan& plan,
                           const std::atomic<bool>& cancelled);
  void MarkBusyLocked(const CompactionPlan& plan, bool busy)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // One level of a manual compaction.
  absl::Status CompactLevel(int level, const std::string_view* begin,
                            const std::string_view* end, uint64_t rewrite_below)
      ABSL_LOCKS_EXCLUDED(mu_);
  // The part of a manual compaction that is about dead values.
  absl::Status CollectRange(const std::string_view* begin,
                            const std::string_view* end, uint64_t made_before)
      ABSL_LOCKS_EXCLUDED(mu_);
  // What `make_plan` makes of the newest version, marked busy, once nobody else
  // is at its tables. Nothing when there is no more to do.
  absl::StatusOr<std::optional<CompactionPlan>> NextManualPlan(
      absl::FunctionRef<
          std::optional<CompactionPlan>(const std::shared_ptr<const Version>&)>
          make_plan) ABSL_LOCKS_EXCLUDED(mu_);
  // Runs a plan of a manual compaction that is marked busy.
  absl::Status RunManualPlan(CompactionPlan plan) ABSL_LOCKS_EXCLUDED(mu_);
  void RetireWal(uint64_t number, uint64_t bytes);
  // Frees what readers are done with and removes obsolete files.
  void CollectGarbage() ABSL_LOCKS_EXCLUDED(mu_);

  // True while a change of the memtable has to wait for a flush, for a log or
  // for compactions.
  bool MustWaitLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // To be called when one of these may have changed.
  void UpdateRoomLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Publishes memtables and version to readers.
  void PublishLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void InstallVersionLocked(std::shared_ptr<const Version> version)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Errors (db_errors.cc).
  // Stops writes: for good, or with RESOURCE_EXHAUSTED until there is room.
  void SetBackgroundError(const absl::Status& error) ABSL_LOCKS_EXCLUDED(mu_);
  bool HasHardErrorLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Tells log and listener if what stops writes has changed.
  void ReportErrors() ABSL_LOCKS_EXCLUDED(report_mu_, mu_);
  void SetCompactionError(const absl::Status& error) ABSL_LOCKS_EXCLUDED(mu_);
  void Log(LogLevel level, const std::string& line) const;

  // --- Constant after opening ---
  Options options_;
  const std::string dir_;
  Env* const env_;
  JobContext context_;

  // --- Synchronise themselves ---
  // The order matters: versions_ uses what stands before it.
  Held held_;
  TableCounters table_counters_;
  VersionSet versions_;
  mutable SnapshotList snapshots_;
  ValuePacker packer_;
  mutable Counters counters_;
  std::unique_ptr<WalSet> wals_;
  std::unique_ptr<WriteQueue> queue_;
  // Exchanged under mu_, read under an EpochGuard.
  std::atomic<const ReadState*> read_state_{nullptr};
  // The newest sequence that reads see. Release by the leader, after the
  // memtable has it; acquire by readers.
  std::atomic<SequenceNumber> visible_sequence_{0};
  std::atomic<bool> closing_{false};
  std::atomic<bool> manual_cancelled_{false};  // also by closing
  std::atomic<bool> failed_{false};            // background_error_ is set
  // What AllowedWriteRate says now.
  std::atomic<uint64_t> write_rate_{UINT64_MAX};
  // The next change of the memtable would have to wait.
  std::atomic<bool> room_is_short_{true};
  // A memtable waits to be flushed, or is being flushed.
  std::atomic<bool> flush_is_busy_{false};
  // See WritersShouldPack. By the leader, for those who write next.
  std::atomic<bool> writers_pack_{false};
  // A memtable would be flushed at once, and L0 has room for a small table.
  std::atomic<bool> flush_is_idle_{false};
  // A write waits to be made durable soon.
  std::atomic<bool> sync_wanted_{false};
  std::atomic<bool> drain_wanted_{false};
  std::atomic<bool> memory_wanted_{false};
  // Something may be free to go: see CollectGarbage.
  mutable std::atomic<bool> garbage_wanted_{false};

  // --- The leader's ---
  // memtable_, without the lock; null while no log is in use: until the first
  // write to a store that was closed.
  MemTable* active_ = nullptr;
  SequenceNumber last_sequence_ = 0;
  uint64_t delay_debt_micros_ = 0;

  // --- The flush thread's, or opening's before it ---
  // What recovery found, not yet in a MANIFEST.
  VersionEdit opening_edit_;
  // A log that is made and not yet in the MANIFEST.
  std::shared_ptr<WalWriter> unlisted_wal_;

  // Held while log and listener are told, so that what they hear last is how
  // things are. Nothing else takes it.
  Mutex report_mu_ ABSL_ACQUIRED_BEFORE(mu_);
  absl::Status reported_error_ ABSL_GUARDED_BY(report_mu_);

  // --- Guarded by mu_ ---
  mutable Mutex mu_;
  // The background threads wait for it; the last user of a state signals it.
  mutable CondVar work_wanted_;
  CondVar log_cv_;    // the log thread waits for it
  CondVar retry_cv_;  // signalled by Close only
  // Writers and callers of Flush, ... wait for it.
  mutable CondVar progress_;
  std::shared_ptr<MemTable> memtable_ ABSL_GUARDED_BY(mu_);
  std::deque<std::shared_ptr<MemTable>> immutables_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<const Version> version_ ABSL_GUARDED_BY(mu_);
  std::set<uint64_t> busy_files_ ABSL_GUARDED_BY(mu_);
  int jobs_running_ ABSL_GUARDED_BY(mu_) = 0;
  int compactions_running_ ABSL_GUARDED_BY(mu_) = 0;
  bool compaction_wanted_ ABSL_GUARDED_BY(mu_) = false;
  int idle_waiters_ ABSL_GUARDED_BY(mu_) = 0;  // in WaitForIdle
  // After a compaction that lacked room, silence alone brings none so soon.
  uint64_t idle_retry_micros_ ABSL_GUARDED_BY(mu_) = 0;
  bool begun_ ABSL_GUARDED_BY(mu_) = false;  // see Begin
  absl::Status background_error_ ABSL_GUARDED_BY(mu_);
  // Compactions lack room; only who needs them is refused.
  absl::Status compaction_error_ ABSL_GUARDED_BY(mu_);
  std::vector<const ReadState*> retired_states_ ABSL_GUARDED_BY(mu_);
  std::deque<std::pair<uint64_t, uint64_t>> kept_wals_ ABSL_GUARDED_BY(mu_);
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  mutable int verifies_running_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t recovered_records_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t recovery_cut_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<Thread> threads_ ABSL_GUARDED_BY(mu_);
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_DB_DB_IMPL_H_
