// SnapshotRegistry: keeps the snapshots of paged scans between their pages.
//
// A snapshot is kept for a time after its last use; where too many are kept,
// the one unused for longest goes. What is gone is never found again.
//
// Threads: safe for concurrent use. Owns one thread, which lets go of what has
// expired, so that an abandoned scan does not hold up compaction.

#ifndef LSMKV_SERVICE_CORE_SNAPSHOT_REGISTRY_H_
#define LSMKV_SERVICE_CORE_SNAPSHOT_REGISTRY_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "absl/base/thread_annotations.h"

#include "lsmkv/engine/mutex.h"
#include "service/core/store.h"

namespace lsmkv::service {

class SnapshotRegistry {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Clock = std::function<TimePoint()>;

  struct Options {
    size_t snapshots_max = 1000;  // 1 or more
    std::chrono::milliseconds ttl{60'000};
    // How long a finished scan's snapshot is kept, so that a client that lost
    // the last page can ask for it again. At most `ttl` counts.
    std::chrono::milliseconds finished_ttl{5'000};
    Clock clock = [] { return std::chrono::steady_clock::now(); };
  };

  explicit SnapshotRegistry(Options options);
  ~SnapshotRegistry();
  SnapshotRegistry(const SnapshotRegistry&) = delete;
  SnapshotRegistry& operator=(const SnapshotRegistry&) = delete;

  // Keeps a snapshot and returns its id, which is never 0.
  uint64_t Add(std::shared_ptr<const StoreSnapshot> snapshot);
  // Finds a snapshot and renews its time; null if it is gone.
  std::shared_ptr<const StoreSnapshot> Find(uint64_t id);
  // The scan has reached its end: the snapshot may go soon.
  void Finished(uint64_t id);
  // Lets go of what has expired; the owned thread does the same by itself.
  void DropExpired();
  size_t size() const;

 private:
  struct Entry {
    std::shared_ptr<const StoreSnapshot> snapshot;
    TimePoint used;
    TimePoint expires;
  };
  using Dropped = std::vector<std::shared_ptr<const StoreSnapshot>>;

  void TakeExpiredLocked(Dropped* dropped) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void TakeOldestLocked(Dropped* dropped) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::optional<TimePoint> NextExpiryLocked() const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void RunSweeper();

  const Options options_;

  mutable engine::Mutex mu_;
  engine::CondVar changed_;
  std::unordered_map<uint64_t, Entry> entries_ ABSL_GUARDED_BY(mu_);
  uint64_t next_id_ ABSL_GUARDED_BY(mu_) = 1;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;

  std::thread sweeper_;  // last: uses all of the above
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_CORE_SNAPSHOT_REGISTRY_H_
