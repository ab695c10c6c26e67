// What DbImpl does about errors that no caller waits for.
//
// An error is hard, and stops writes until the store is opened again, or it is
// RESOURCE_EXHAUSTED: no room on the disk, no free descriptor. That one stops
// writes only until the flush thread has got through what failed
// (engine/README.md, Errors).

#include "engine/src/db/db_impl.h"
#include "engine/src/util/deliberate_bug.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {

absl::Status DbImpl::background_error() const {
  if (!failed_.load(std::memory_order_acquire)) return absl::OkStatus();
  MutexLock lock(&mu_);
  if (background_error_.ok()) return absl::OkStatus();
  if (absl::IsResourceExhausted(background_error_)) {
    return MakeStatus(absl::StatusCode::kResourceExhausted,
                      "writes wait for room: ", background_error_.ToString());
  }
  return FailedPrecondition("writes are stopped by an earlier error: ",
                            background_error_.ToString());
}

bool DbImpl::HasHardErrorLocked() const {
  return !background_error_.ok() &&
         !absl::IsResourceExhausted(background_error_);
}

void DbImpl::SetBackgroundError(const absl::Status& error) {
  {
    MutexLock lock(&mu_);
    const bool worse = background_error_.ok() ||
                       (!absl::IsResourceExhausted(error) &&
                        absl::IsResourceExhausted(background_error_));
    if (!worse) return;
    background_error_ = error;
    failed_.store(true, std::memory_order_release);
    work_wanted_.SignalAll();
    progress_.SignalAll();
  }
  ReportErrors();
}

void DbImpl::ReportErrors() {
  MutexLock report_lock(&report_mu_);
  absl::Status now;
  {
    MutexLock lock(&mu_);
    now = background_error_;
  }
  if (now == reported_error_) return;
  reported_error_ = now;
  if (now.ok()) {
    Log(LogLevel::kInfo, "writes_resumed");
  } else {
    Log(LogLevel::kError,
        Concat("background_error status=\"", now.ToString(), "\""));
  }
  if (options_.listener == nullptr) return;
  if (now.ok()) {
    options_.listener->OnWritesResumed();
  } else {
    options_.listener->OnBackgroundError(now);
  }
}

// By the leader, so that no append is under way.
//
// A log whose append failed may end in a part of a group, or in all of it. No
// record may follow there: it would be lost behind the torn one. And none may
// follow in the next log while the MANIFEST names this one: it would have the
// sequence number of a record that was refused and may yet be there. So its
// memtable is flushed first, and the log goes with it.
absl::Status DbImpl::Resume() {
  if (wals_->current_failed() && !LSMKV_BUG("record_follows_torn_one")) {
    // The flush thread makes the next log, flushes, and comes back.
    return wals_->has_next() ? Rotate() : absl::OkStatus();
  }
  {
    MutexLock lock(&mu_);
    if (!absl::IsResourceExhausted(background_error_)) return background_error_;
    background_error_ = absl::OkStatus();
    failed_.store(false, std::memory_order_release);
    UpdateRoomLocked();
    progress_.SignalAll();
  }
  ReportErrors();
  return absl::OkStatus();
}

void DbImpl::SetCompactionError(const absl::Status& error) {
  {
    MutexLock lock(&mu_);
    if (compaction_error_ == error) return;
    compaction_error_ = error;
    progress_.SignalAll();
  }
  if (!error.ok()) {
    Log(LogLevel::kWarn,
        Concat("compaction_error status=\"", error.ToString(), "\""));
  }
}

}  // namespace lsmkv::engine
