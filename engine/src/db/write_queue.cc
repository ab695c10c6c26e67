#include "engine/src/db/write_queue.h"

#include <utility>

#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

// A group takes no further member once it has this much: the first of them
// should not wait for the last without need.
constexpr size_t kGroupBytesMax = 4 << 20;

// This thread is running callbacks: a write submitted by one is left to the
// queue's thread, or a chain of them would grow the stack without end.
thread_local bool in_callbacks = false;

}  // namespace

WriteQueue::WriteQueue(absl::AnyInvocable<void(const WriteGroup&)> commit)
    : commit_(std::move(commit)) {}

WriteQueue::~WriteQueue() { Close(); }

absl::Status WriteQueue::Start() {
  MutexLock lock(&mu_);
  return thread_.Start([this] { ThreadMain(); });
}

void WriteQueue::Run(PendingWrite* write) {
  {
    MutexLock lock(&mu_);
    pending_.push_back(write);
    if (!has_leader_) {
      has_leader_ = true;
      write->state.store(PendingWrite::kLead, std::memory_order_relaxed);
    }
  }
  // Acquire: pairs with the release of Complete and HandOver, so that the
  // results, or the leader's state, are seen.
  WaitWhileEqual(write->state, PendingWrite::kWaiting);
  if (write->state.load(std::memory_order_acquire) == PendingWrite::kLead) {
    Lead(write, /*may_sync=*/true);
  }
}

void WriteQueue::Submit(std::unique_ptr<PendingWrite> write, bool may_block) {
  write->async = true;
  {
    MutexLock lock(&mu_);
    if (!closing_) {
      pending_.push_back(write.release());
      if (has_leader_) return;
      has_leader_ = true;
      if (may_block || in_callbacks) {
        WakeThread();
        return;
      }
    }
  }
  if (write != nullptr) {
    std::move(write->done)(absl::FailedPreconditionError("closed"));
    return;
  }
  Lead(nullptr, /*may_sync=*/false);
}

void WriteQueue::Lead(PendingWrite* self, bool may_sync) {
  WriteGroup group;
  {
    MutexLock lock(&mu_);
    group = TakeGroup(may_sync);
  }
  commit_(group);
  {
    MutexLock lock(&mu_);
    HandOver();
  }
  Complete(group, self);
}

WriteGroup WriteQueue::TakeGroup(bool may_sync) {
  WriteGroup group;
  size_t bytes = 0;
  while (!pending_.empty() && (group.empty() || bytes < kGroupBytesMax)) {
    if (!may_sync && pending_.front()->sync) break;
    bytes += pending_.front()->operations.size();
    group.push_back(pending_.front());
    pending_.pop_front();
  }
  return group;
}

void WriteQueue::Complete(const WriteGroup& group, PendingWrite* self) {
  for (PendingWrite* write : group) {
    if (write == self) continue;
    if (write->async) {
      absl::StatusOr<uint64_t> result = write->version;
      if (!write->status.ok()) result = write->status;
      in_callbacks = true;
      std::move(write->done)(std::move(result));
      in_callbacks = false;
      delete write;
    } else {
      write->state.store(PendingWrite::kDone, std::memory_order_release);
      NotifyWaiter(&write->state);
    }
  }
}

void WriteQueue::HandOver() {
  if (pending_.empty()) {
    has_leader_ = false;
    idle_.SignalAll();
  } else if (pending_.front()->async) {
    WakeThread();
  } else {
    // It may return and be gone as soon as it sees the store, but not before
    // it has led its group: notifying it afterwards is safe.
    PendingWrite* next = pending_.front();
    next->state.store(PendingWrite::kLead, std::memory_order_release);
    NotifyWaiter(&next->state);
  }
}

void WriteQueue::WakeThread() {
  thread_leads_ = true;
  LSMKV_CHECK(thread_.running());
  thread_wanted_.Signal();
}

void WriteQueue::ThreadMain() {
  while (true) {
    {
      MutexLock lock(&mu_);
      while (!thread_leads_ && !closing_) thread_wanted_.Wait(&mu_);
      if (!thread_leads_) return;
      thread_leads_ = false;
    }
    Lead(nullptr, /*may_sync=*/true);
  }
}

void WriteQueue::Close() {
  Thread thread;
  {
    MutexLock lock(&mu_);
    while (has_leader_) idle_.Wait(&mu_);
    closing_ = true;
    thread_wanted_.Signal();
    thread = std::move(thread_);
  }
  if (thread.running()) thread.Join();
}

}  // namespace lsmkv::engine
