// The background work of DbImpl: flushing, compacting, syncing, cleaning up.

#include <algorithm>
#include <utility>

#include "engine/src/compaction/compaction_job.h"
#include "engine/src/compaction/flush_job.h"
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

}  // namespace

void DbImpl::FlushThread() {
  while (true) {
    std::shared_ptr<MemTable> oldest;
    bool wal_wanted = false;
    {
      MutexLock lock(&mu_);
      while (!closing_.load() && !garbage_wanted_.load() &&
             (!background_error_.ok() ||
              (wals_->has_next() && immutables_.empty()))) {
        work_wanted_.Wait(&mu_);
      }
      if (closing_.load()) return;
      if (background_error_.ok()) {
        wal_wanted = !wals_->has_next();
        if (!immutables_.empty()) oldest = immutables_.back();
      }
      ++jobs_running_;
    }
    // The log first: a writer may be waiting for it.
    absl::Status status;
    if (wal_wanted) {
      status = PrepareNextWal();
    } else if (oldest != nullptr) {
      status = FlushOldest(oldest);
    }
    if (!status.ok()) SetBackgroundError(status);
    oldest.reset();
    CollectGarbage();
    MutexLock lock(&mu_);
    --jobs_running_;
    UpdateRoomLocked();
    progress_.SignalAll();
    // What a reader held back just now is tried again a little later.
    if (garbage_wanted_.load()) work_wanted_.WaitFor(&mu_, kGarbageMicros);
  }
}

absl::Status DbImpl::PrepareNextWal() {
  const uint64_t number = versions_.NewFileNumber();
  LSMKV_ASSIGN_OR_RETURN(const LogOrigin origin, versions_.origin());
  LSMKV_ASSIGN_OR_RETURN(std::shared_ptr<LogWriter> log,
                         wals_->Create(number, origin));
  // Recovery must know the log before a write in it is acknowledged.
  VersionEdit edit;
  edit.added_wals.push_back(number);
  edit.wal_facts.push_back({number, log->salt(), 0});
  LSMKV_RETURN_IF_ERROR(versions_.LogAndApply(
      std::move(edit), [](std::shared_ptr<const Version>) {}));
  wals_->SetNext(std::move(log));
  return absl::OkStatus();
}

absl::Status DbImpl::FlushOldest(const std::shared_ptr<MemTable>& memtable) {
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
  wals_->Release(memtable->wal_number(), memtable->last_sequence());
  RetireWal(memtable->wal_number(), wal_bytes);
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
  while (true) {
    std::optional<CompactionPlan> plan;
    {
      MutexLock lock(&mu_);
      while (!closing_.load() &&
             (!background_error_.ok() || !compaction_wanted_)) {
        work_wanted_.Wait(&mu_);
      }
      if (closing_.load()) return;
      plan = PickCompaction(version_, options_, busy_files_);
      if (!plan) {
        compaction_wanted_ = false;
        progress_.SignalAll();
        continue;
      }
      MarkBusyLocked(*plan, true);
    }
    const absl::Status status = RunPlan(*plan, closing_);
    if (!status.ok() && !absl::IsCancelled(status)) SetBackgroundError(status);
    plan.reset();
    CollectGarbage();
  }
}

void DbImpl::MarkBusyLocked(const CompactionPlan& plan, bool busy) {
  for (const auto* files : {&plan.inputs, &plan.output_files}) {
    for (const FilePtr& file : *files) {
      if (busy) {
        busy_files_.insert(file->number);
      } else {
        busy_files_.erase(file->number);
      }
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

void DbImpl::SyncThread() {
  while (true) {
    {
      MutexLock lock(&mu_);
      while (!closing_.load() && !sync_wanted_.load()) sync_cv_.Wait(&mu_);
      if (closing_.load()) return;
      sync_cv_.WaitFor(&mu_, options_.sync_interval_ms * 1000);
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
  {
    MutexLock lock(&mu_);
    states.swap(retired_states_);
  }
  for (const ReadState* state : states) {
    Epochs::Retire([state] { state->Unref(); });
  }
  if (!Epochs::Collect()) garbage_wanted_.store(true);
  if (failed_.load(std::memory_order_acquire)) {
    return;  // what the MANIFEST says on disk may be older than we think
  }
  for (uint64_t number : versions_.obsolete_files()->Take()) {
    env_->RemoveFile(TablePath(dir_, number)).IgnoreError();
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
  backlog.pending_compaction_bytes =
      PendingCompactionBytes(*version_, options_);
  write_rate_.store(AllowedWriteRate(backlog, options_),
                    std::memory_order_relaxed);
  compaction_wanted_ = true;
  work_wanted_.SignalAll();
  progress_.SignalAll();
}

void DbImpl::SetBackgroundError(const absl::Status& error) {
  {
    MutexLock lock(&mu_);
    if (!background_error_.ok()) return;
    background_error_ = error;
    failed_.store(true, std::memory_order_release);
    progress_.SignalAll();
  }
  Log(LogLevel::kError,
      Concat("background_error status=\"", error.ToString(), "\""));
  if (options_.listener != nullptr) options_.listener->OnBackgroundError(error);
}

}  // namespace lsmkv::engine
