#include "service/core/snapshot_registry.h"

#include <algorithm>
#include <utility>

namespace lsmkv::service {

using engine::MutexLock;

SnapshotRegistry::SnapshotRegistry(Options options)
    : options_(std::move(options)), sweeper_([this] { RunSweeper(); }) {}

SnapshotRegistry::~SnapshotRegistry() {
  {
    MutexLock lock(&mu_);
    stopping_ = true;
  }
  changed_.SignalAll();
  sweeper_.join();
}

// Snapshots are always destroyed outside the lock: the store may take its own.

uint64_t SnapshotRegistry::Add(std::shared_ptr<const StoreSnapshot> snapshot) {
  Dropped dropped;
  uint64_t id = 0;
  {
    MutexLock lock(&mu_);
    TakeExpiredLocked(&dropped);
    while (entries_.size() >= options_.snapshots_max) {
      TakeOldestLocked(&dropped);
    }
    id = next_id_++;
    const TimePoint now = options_.clock();
    entries_[id] = Entry{std::move(snapshot), now, now + options_.ttl};
  }
  changed_.SignalAll();
  return id;
}

std::shared_ptr<const StoreSnapshot> SnapshotRegistry::Find(uint64_t id) {
  Dropped dropped;
  MutexLock lock(&mu_);
  TakeExpiredLocked(&dropped);
  auto it = entries_.find(id);
  if (it == entries_.end()) return nullptr;
  it->second.used = options_.clock();
  it->second.expires = it->second.used + options_.ttl;
  return it->second.snapshot;
}

void SnapshotRegistry::Finished(uint64_t id) {
  {
    MutexLock lock(&mu_);
    auto it = entries_.find(id);
    if (it == entries_.end()) return;
    it->second.expires =
        options_.clock() + std::min(options_.ttl, options_.finished_ttl);
  }
  changed_.SignalAll();
}

void SnapshotRegistry::DropExpired() {
  Dropped dropped;
  MutexLock lock(&mu_);
  TakeExpiredLocked(&dropped);
}

size_t SnapshotRegistry::size() const {
  MutexLock lock(&mu_);
  return entries_.size();
}

void SnapshotRegistry::TakeExpiredLocked(Dropped* dropped) {
  const TimePoint now = options_.clock();
  for (auto it = entries_.begin(); it != entries_.end();) {
    if (it->second.expires > now) {
      ++it;
      continue;
    }
    dropped->push_back(std::move(it->second.snapshot));
    it = entries_.erase(it);
  }
}

void SnapshotRegistry::TakeOldestLocked(Dropped* dropped) {
  auto oldest = std::min_element(entries_.begin(), entries_.end(),
                                 [](const auto& a, const auto& b) {
                                   return a.second.used < b.second.used;
                                 });
  if (oldest == entries_.end()) return;
  dropped->push_back(std::move(oldest->second.snapshot));
  entries_.erase(oldest);
}

std::optional<SnapshotRegistry::TimePoint> SnapshotRegistry::NextExpiryLocked()
    const {
  std::optional<TimePoint> next;
  for (const auto& [id, entry] : entries_) {
    if (!next || entry.expires < *next) next = entry.expires;
  }
  return next;
}

void SnapshotRegistry::RunSweeper() {
  while (true) {
    Dropped dropped;
    MutexLock lock(&mu_);
    if (stopping_) return;
    TakeExpiredLocked(&dropped);
    if (!dropped.empty()) continue;  // let go of them outside the lock
    const auto next = NextExpiryLocked();
    if (!next) {
      changed_.Wait(&mu_);
      continue;
    }
    const auto wait = std::chrono::duration_cast<std::chrono::microseconds>(
        *next - options_.clock());
    // At least a little, so that a clock that stands still costs nothing.
    changed_.WaitFor(
        &mu_, static_cast<uint64_t>(std::max<int64_t>(wait.count(), 1000)));
  }
}

}  // namespace lsmkv::service
