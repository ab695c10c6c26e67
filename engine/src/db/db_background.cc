// The background work of DbImpl: flushing, compacting, syncing, cleaning up.

#include <algorithm>
#include <utility>

#include "engine/src/compaction/compaction_job.h"
#include "engine/src/compaction/flush_job.h"
#include "engine/src/compaction/value_collector.h"
#include "engine/src/db/backoff.h"
#include "engine/src/db/db_impl.h"
#include "engine/src/db/write_controller.h"
#include "engine/src/format/file_names.h"
#include "engine/src/util/deliberate_bug.h"
#include "engine/src/util/epoch.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

// How long to wait for readers before obsolete memory and files are tried
// again.
constexpr uint64_t kGarbageMicros = 50'000;
// The longest wait between two tries of what lacks room.
constexpr uint64_t kRetryMicrosMax = 1'000'000;
// A compaction may write much before it fails again: it waits this many times
// as long as it took, if that is longer, up to a minute.
constexpr uint64_t kCompactionRetryFactor = 4;
constexpr uint64_t kCompactionRetryMicrosMax = 60'000'000;

}  // namespace

DbImpl::FlushTask DbImpl::NextFlushTaskLocked() const {
  if (!HasHardErrorLocked()) {
    if (!begun_) return FlushTask::kBegin;
    // The log first: a writer may be waiting for it.
    if (!wals_->has_next()) return FlushTask::kPrepareWal;
    if (!immutables_.empty()) return FlushTask::kFlush;
    if (!background_error_.ok()) return FlushTask::kResume;
    if (versions_.in_doubt()) return FlushTask::kRepairManifest;
  }
  return garbage_wanted_.load() ? FlushTask::kCollectGarbage : FlushTask::kNone;
}

void DbImpl::FlushThread() {
  Backoff backoff(kRetryMicrosMax);
  bool retrying = false;
  while (true) {
    FlushTask task = FlushTask::kNone;
    bool stopped = false;
    {
      MutexLock lock(&mu_);
      while (!closing_.load() &&
             (task = NextFlushTaskLocked()) == FlushTask::kNone) {
        work_wanted_.Wait(&mu_);
      }
      if (closing_.load()) return;
      stopped = absl::IsResourceExhausted(background_error_);
      ++jobs_running_;
    }
    if (stopped && !retrying) {  // it was a writer that failed
      retrying = true;
      WaitToRetry(backoff.Failed(env_->MonotonicMicros()));
    }
    const absl::Status status = RunFlushTask(task);
    // While a repair lacks room, only who needs the MANIFEST is held up by its
    // doubt. Any other failure of it is for good.
    if (!status.ok() && (task != FlushTask::kRepairManifest ||
                         !absl::IsResourceExhausted(status))) {
      SetBackgroundError(status);
    }
    CollectGarbage();
    {
      MutexLock lock(&mu_);
      --jobs_running_;
      UpdateRoomLocked();
      progress_.SignalAll();
      // What a reader held back just now is tried again a little later.
      if (task == FlushTask::kCollectGarbage && garbage_wanted_.load()) {
        work_wanted_.WaitFor(&mu_, kGarbageMicros);
      }
    }
    if (absl::IsResourceExhausted(status)) {
      retrying = true;
      WaitToRetry(backoff.Failed(env_->MonotonicMicros()));
    } else if (retrying && !failed_.load()) {
      retrying = false;
      backoff.Succeeded(env_->MonotonicMicros());
    }
  }
}

absl::Status DbImpl::RunFlushTask(FlushTask task) {
  switch (task) {
    case FlushTask::kBegin:
      LSMKV_RETURN_IF_ERROR(Begin());
      // In one go: a store that is closed with a log is opened as quickly
      // again.
      return PrepareNextWal();
    case FlushTask::kPrepareWal:
      return PrepareNextWal();
    case FlushTask::kFlush:
      return FlushOldest();
    case FlushTask::kResume: {
      PendingWrite write;
      write.resume = true;
      queue_->Run(&write);
      return absl::OkStatus();  // what is not done yet is the next task
    }
    case FlushTask::kRepairManifest:
      return versions_.Repair();
    case FlushTask::kCollectGarbage:
    case FlushTask::kNone:
      break;
  }
  return absl::OkStatus();
}

void DbImpl::WaitToRetry(uint64_t micros) {
  wals_->DropSpare();  // its space may be all that is lacking
  MutexLock lock(&mu_);
  if (micros > 0 && !closing_.load()) retry_cv_.WaitFor(&mu_, micros);
}

absl::Status DbImpl::PrepareNextWal() {
  LSMKV_RETURN_IF_ERROR(versions_.Repair());
  // Kept where the MANIFEST could not be written: it may name the log, which
  // then must be there.
  if (unlisted_wal_ == nullptr) {
    LSMKV_ASSIGN_OR_RETURN(const LogOrigin origin, versions_.origin());
    LSMKV_ASSIGN_OR_RETURN(unlisted_wal_,
                           wals_->Create(versions_.NewFileNumber(), origin));
  }
  // Recovery must know the log before a write in it is acknowledged.
  VersionEdit edit;
  edit.added_wals.push_back(unlisted_wal_->number());
  edit.wal_facts.push_back({unlisted_wal_->number(), unlisted_wal_->salt(), 0});
  LSMKV_RETURN_IF_ERROR(versions_.LogAndApply(
      std::move(edit), [](std::shared_ptr<const Version>) {}));
  wals_->SetNext(std::exchange(unlisted_wal_, nullptr));
  return absl::OkStatus();
}

absl::Status DbImpl::FlushOldest() {
  LSMKV_RETURN_IF_ERROR(versions_.Repair());
  std::shared_ptr<MemTable> memtable;
  {
    MutexLock lock(&mu_);
    memtable = immutables_.back();
  }
  const uint64_t start = env_->MonotonicMicros();
  LSMKV_ASSIGN_OR_RETURN(JobResult result,
                         RunFlush(context_, *memtable, snapshots_.Sequences()));
  if (LSMKV_BUG("log_removed_before_flush_is_durable")) {
    RetireWal(memtable->wal_number(), memtable->bytes());
  }
  LSMKV_RETURN_IF_ERROR(versions_.LogAndApply(
      std::move(result.edit), [&](std::shared_ptr<const Version> version) {
        MutexLock lock(&mu_);
        LSMKV_CHECK(immutables_.back() == memtable);
        immutables_.pop_back();
        // Counted before anyone who waits for the flush can go on.
        counters_.flushes.fetch_add(1);
        counters_.flush_written_bytes.fetch_add(result.written_bytes);
        InstallVersionLocked(std::move(version));
      }));
  const uint64_t wal_bytes = memtable->bytes();
  if (!wals_->Release(memtable->wal_number(), memtable->last_sequence())) {
    RetireWal(memtable->wal_number(), wal_bytes);
  }
  const uint64_t micros = env_->MonotonicMicros() - start;
  counters_.flush_seconds.Add(static_cast<double>(micros) / 1e6);
  Log(LogLevel::kInfo,
      Concat("flush_end records=", memtable->records(),
             " written_bytes=", result.written_bytes, " micros=", micros));
  return absl::OkStatus();
}

void DbImpl::RetireWal(uint64_t number, uint64_t bytes) {
  std::vector<uint64_t> remove;
  {
    MutexLock lock(&mu_);
    kept_wals_.emplace_back(number, bytes);
    uint64_t kept_bytes = 0;
    for (const auto& [kept, size] : kept_wals_) kept_bytes += size;
    while (!kept_wals_.empty() && kept_bytes > options_.wal_keep_bytes) {
      kept_bytes -= kept_wals_.front().second;
      remove.push_back(kept_wals_.front().first);
      kept_wals_.pop_front();
    }
  }
  // One that cannot be removed now goes at the next opening.
  for (uint64_t wal : remove) {
    env_->RemoveFile(WalPath(dir_, wal)).IgnoreError();
  }
}

void DbImpl::CompactionThread() {
  Backoff backoff(kRetryMicrosMax);
  while (true) {
    std::optional<CompactionPlan> plan;
    {
      MutexLock lock(&mu_);
      const WritePace pace = WaitForCompactionLocked();
      if (closing_.load()) return;
      // That nothing is in memory may last as long as a flush somebody asked
      // for: what L0 then hides would be collected after what is known.
      const bool quiet = pace == WritePace::kIdle ||
                         (options_.idle_compaction_ms == 0 &&
                          memtable_->empty() && immutables_.empty());
      plan = PickWork(version_, options_, busy_files_, pace, quiet);
      if (!plan) {
        compaction_wanted_ = false;
        compaction_error_ = absl::OkStatus();
        progress_.SignalAll();
        continue;
      }
      MarkBusyLocked(*plan, true);
    }
    const uint64_t start = env_->MonotonicMicros();
    const absl::Status status = RunPlan(*plan, closing_);
    plan.reset();
    CollectGarbage();
    const uint64_t now = env_->MonotonicMicros();
    if (absl::IsResourceExhausted(status)) {
      SetCompactionError(status);
      {
        MutexLock lock(&mu_);
        idle_retry_micros_ = now + kCompactionRetryMicrosMax;
      }
      WaitToRetry(std::max(backoff.Failed(now),
                           std::min(kCompactionRetryFactor * (now - start),
                                    kCompactionRetryMicrosMax)));
    } else if (status.ok()) {
      SetCompactionError(status);
      backoff.Succeeded(now);
    } else if (!absl::IsCancelled(status)) {
      SetBackgroundError(status);
    }
  }
}

WritePace DbImpl::WaitForCompactionLocked() {
  // What the last write was when the wait for silence began.
  std::optional<SequenceNumber> last_write;
  uint64_t silent_at_micros = 0;
  while (!closing_.load()) {
    const bool can_compact = begun_ && !HasHardErrorLocked();
    if (can_compact && compaction_wanted_) {
      return idle_waiters_ > 0 && options_.idle_compaction_ms > 0
                 ? WritePace::kIdle
                 : WritePace::kBusy;
    }
    if (!can_compact || !IdleCompactionLocked()) {
      last_write.reset();
      work_wanted_.Wait(&mu_);
      continue;
    }
    const uint64_t now = env_->MonotonicMicros();
    const SequenceNumber visible = visible_sequence_.load();
    if (last_write != visible) {
      last_write = visible;
      silent_at_micros = now + options_.idle_compaction_ms * 1000;
    }
    if (now >= silent_at_micros) return WritePace::kIdle;
    work_wanted_.WaitFor(&mu_, silent_at_micros - now);
  }
  return WritePace::kBusy;
}

bool DbImpl::IdleCompactionLocked() const {
  return options_.idle_compaction_ms > 0 &&
         env_->MonotonicMicros() >= idle_retry_micros_ &&
         PickWork(version_, options_, busy_files_, WritePace::kIdle,
                  /*quiet=*/true)
             .has_value();
}

void DbImpl::MarkBusyLocked(const CompactionPlan& plan, bool busy) {
  for (const uint64_t number : plan.FileNumbers()) {
    if (busy) {
      busy_files_.insert(number);
    } else {
      busy_files_.erase(number);
    }
  }
  jobs_running_ += busy ? 1 : -1;
  compactions_running_ += busy ? 1 : -1;
}

absl::Status DbImpl::RunPlan(const CompactionPlan& plan,
                             const std::atomic<bool>& cancelled) {
  const absl::Status status = ExecutePlan(plan, cancelled);
  MutexLock lock(&mu_);
  MarkBusyLocked(plan, false);
  compaction_wanted_ = true;
  work_wanted_.SignalAll();
  progress_.SignalAll();
  return status;
}

absl::Status DbImpl::ExecutePlan(const CompactionPlan& plan,
                                 const std::atomic<bool>& cancelled) {
  LSMKV_RETURN_IF_ERROR(versions_.Repair());
  const uint64_t start = env_->MonotonicMicros();
  LSMKV_ASSIGN_OR_RETURN(
      JobResult result,
      RunCompaction(context_, plan, snapshots_.Sequences(), cancelled));
  LSMKV_RETURN_IF_ERROR(versions_.LogAndApply(
      std::move(result.edit), [&](std::shared_ptr<const Version> version) {
        MutexLock lock(&mu_);
        InstallVersionLocked(std::move(version));
      }));
  const uint64_t micros = env_->MonotonicMicros() - start;
  const auto level = static_cast<size_t>(plan.output_level);
  counters_.compactions.fetch_add(1);
  counters_.compaction_read_bytes[level].fetch_add(result.read_bytes);
  counters_.compaction_written_bytes[level].fetch_add(result.written_bytes);
  counters_.compaction_seconds.Add(static_cast<double>(micros) / 1e6);
  Log(LogLevel::kInfo,
      Concat("compaction_end level=", plan.level, " output_level=",
             plan.output_level, " moved=", plan.trivial_move ? 1 : 0,
             " read_bytes=", result.read_bytes,
             " written_bytes=", result.written_bytes, " micros=", micros));
  return absl::OkStatus();
}

void DbImpl::LogThread() {
  while (true) {
    if (drain_wanted_.load()) {
      // A writer meets the error, too, and can say which write it is about.
      wals_->Drain().IgnoreError();
      // Only now: what has become full meanwhile is asked for by the next
      // write.
      drain_wanted_.store(false);
    }
    if (memory_wanted_.exchange(false)) Arena::PrepareReadyBlock();
    {
      MutexLock lock(&mu_);
      while (!closing_.load() && !sync_wanted_.load() &&
             !drain_wanted_.load() && !memory_wanted_.load()) {
        log_cv_.Wait(&mu_);
      }
      if (closing_.load()) return;
      if (!sync_wanted_.load()) continue;
      log_cv_.WaitFor(&mu_, options_.sync_interval_ms * 1000);
    }
    sync_wanted_.store(false);
    // An error is sticky and has been reported. Not through the write queue: a
    // writer that waits for room there must not hold this up.
    SyncWal().IgnoreError();
  }
}

void DbImpl::CollectGarbage() {
  garbage_wanted_.store(false);
  std::vector<const ReadState*> states;
  bool stopped;
  {
    MutexLock lock(&mu_);
    states.swap(retired_states_);
    stopped = HasHardErrorLocked();
  }
  for (const ReadState* state : states) {
    Epochs::Retire([state] { state->Unref(); });
  }
  if (!Epochs::Collect()) {
    MutexLock lock(&mu_);
    garbage_wanted_.store(true);
    work_wanted_.SignalAll();  // the flush thread tries again
  }
  if (stopped) return;  // the MANIFEST on disk may be older than we think
  for (const ParsedName file : versions_.TakeObsolete()) {
    const std::string path = file.kind == FileKind::kTable
                                 ? TablePath(dir_, file.number)
                                 : ValuePath(dir_, file.number);
    env_->RemoveFile(path).IgnoreError();
  }
}

void DbImpl::PublishLocked() {
  auto* next = new ReadState;
  next->memtable = memtable_;
  next->immutables.assign(immutables_.begin(), immutables_.end());
  next->version = version_;
  // Release: a reader that sees the pointer sees what it points to.
  const ReadState* old = read_state_.exchange(next, std::memory_order_acq_rel);
  if (old != nullptr) retired_states_.push_back(old);
}

void DbImpl::InstallVersionLocked(std::shared_ptr<const Version> version) {
  version_ = std::move(version);
  PublishLocked();
  Backlog backlog;
  backlog.l0_files = version_->level(0).size();
  const uint64_t dead = DeadValueBytes(*version_);
  backlog.pending_compaction_bytes =
      PendingCompactionBytes(*version_, options_) + dead -
      std::min(dead, DeadValueBytesMax(*version_, options_));
  write_rate_.store(AllowedWriteRate(backlog, options_),
                    std::memory_order_relaxed);
  UpdateRoomLocked();  // before who waits for it goes on
  compaction_wanted_ = true;
  work_wanted_.SignalAll();
  progress_.SignalAll();
}

}  // namespace lsmkv::engine
