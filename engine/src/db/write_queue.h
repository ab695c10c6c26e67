// WriteQueue: gathers concurrent writes into groups, each committed by one
// thread, the leader, while the next group gathers. All writes of a group
// share one log append and one sync.
//
// A blocking writer leads if nobody does; an asynchronous write that would
// have to wait for the disk is left to a thread of the queue's own, so that
// its caller never blocks.
//
// Threads: any. Groups are committed one at a time, in order of arrival.

#ifndef LSMKV_ENGINE_SRC_DB_WRITE_QUEUE_H_
#define LSMKV_ENGINE_SRC_DB_WRITE_QUEUE_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"

#include "engine/src/util/thread.h"
#include "lsmkv/engine/db.h"
#include "lsmkv/engine/mutex.h"
#include "lsmkv/engine/write_batch.h"

namespace lsmkv::engine {

// One write on its way. The committer sets status and version.
struct PendingWrite {
  std::string_view operations;  // as WriteBatch encodes them
  uint32_t count = 0;           // may be 0 where only the rest is wanted
  std::string_view packed;      // the value of its only operation, or empty
  bool sync = false;            // before it is acknowledged
  bool sync_soon = false;       // within Options::sync_interval_ms
  bool rotate = false;          // begin a new memtable first
  bool resume = false;          // DbImpl::Resume, while writes are stopped

  absl::Status status;
  uint64_t version = 0;

  // Asynchronous writes own their batch and end by their callback.
  bool async = false;
  WriteBatch batch;
  std::string packed_value;
  WriteCallback done;

  // Blocking writes are woken through it.
  enum : uint32_t { kWaiting, kDone, kLead };
  std::atomic<uint32_t> state{kWaiting};
};

using WriteGroup = std::vector<PendingWrite*>;

class WriteQueue {
 public:
  // `commit` writes a group and sets the result of each member. It runs on
  // one thread at a time.
  explicit WriteQueue(absl::AnyInvocable<void(const WriteGroup&)> commit);
  // REQUIRES: Close was called.
  ~WriteQueue();

  // Starts the queue's thread; to be called before Submit. RESOURCE_EXHAUSTED
  // if there is none to be had.
  absl::Status Start() ABSL_LOCKS_EXCLUDED(mu_);
  // Commits the write, in this thread or in another's group.
  void Run(PendingWrite* write) ABSL_LOCKS_EXCLUDED(mu_);
  // Takes the write and returns; it ends by its callback. `may_block`: the
  // calling thread may not commit it itself.
  void Submit(std::unique_ptr<PendingWrite> write, bool may_block)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Waits for all writes submitted before and ends the thread.
  void Close() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  // Commits the first group. `self` (may be null) is the leader's own write.
  // Without `may_sync` the group ends before a write that wants a sync.
  void Lead(PendingWrite* self, bool may_sync) ABSL_LOCKS_EXCLUDED(mu_);
  WriteGroup TakeGroup(bool may_sync) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Ends the members of a committed group but `self`.
  static void Complete(const WriteGroup& group, PendingWrite* self);
  // Gives leadership to whoever is next, or to nobody.
  void HandOver() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void WakeThread() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ThreadMain() ABSL_LOCKS_EXCLUDED(mu_);

  // Used by the leader only.
  absl::AnyInvocable<void(const WriteGroup&)> commit_;

  Mutex mu_;
  CondVar thread_wanted_;
  CondVar idle_;
  std::deque<PendingWrite*> pending_ ABSL_GUARDED_BY(mu_);
  bool has_leader_ ABSL_GUARDED_BY(mu_) = false;
  bool thread_leads_ ABSL_GUARDED_BY(mu_) = false;
  bool closing_ ABSL_GUARDED_BY(mu_) = false;
  Thread thread_ ABSL_GUARDED_BY(mu_);
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_DB_WRITE_QUEUE_H_
