// SnapshotList: the snapshots that are open, so that compactions keep what
// they see.
//
// Threads: any.

#ifndef LSMKV_ENGINE_SRC_DB_SNAPSHOT_LIST_H_
#define LSMKV_ENGINE_SRC_DB_SNAPSHOT_LIST_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "engine/src/format/internal_key.h"
#include "lsmkv/engine/db.h"
#include "lsmkv/engine/mutex.h"

namespace lsmkv::engine {

class SnapshotList {
 public:
  // Opens a snapshot of `*visible`, read under the list's lock: a compaction
  // that does not find it in the list has only older entries than it.
  std::unique_ptr<Snapshot> Open(const std::atomic<SequenceNumber>& visible)
      ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(&mu_);
    const SequenceNumber sequence = visible.load(std::memory_order_acquire);
    sequences_.insert(sequence);
    return std::make_unique<OpenSnapshot>(this, sequence);
  }

  // Ascending, each once.
  std::vector<SequenceNumber> Sequences() const ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(&mu_);
    std::vector<SequenceNumber> out(sequences_.begin(), sequences_.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }
  size_t count() const ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(&mu_);
    return sequences_.size();
  }

 private:
  class OpenSnapshot : public Snapshot {
   public:
    OpenSnapshot(SnapshotList* list, SequenceNumber sequence)
        : Snapshot(sequence), list_(list) {}
    ~OpenSnapshot() override {
      MutexLock lock(&list_->mu_);
      list_->sequences_.erase(list_->sequences_.find(version()));
    }

   private:
    SnapshotList* const list_;
  };

  mutable Mutex mu_;
  std::multiset<SequenceNumber> sequences_ ABSL_GUARDED_BY(mu_);
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_DB_SNAPSHOT_LIST_H_
