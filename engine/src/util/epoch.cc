#include "engine/src/util/epoch.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/src/util/thread.h"
#include "lsmkv/engine/mutex.h"

namespace lsmkv::engine {
namespace epoch_internal {

std::atomic<uint64_t> global_epoch{1};

namespace {

std::atomic<ThreadRecord*> all_records{nullptr};

// Hands the thread's record on when the thread ends.
struct RecordOwner {
  ThreadRecord* record = nullptr;
  ~RecordOwner() {
    if (record == nullptr) return;
    CachedRecord() = nullptr;
    record->in_use.store(false, std::memory_order_release);
  }
};
thread_local RecordOwner record_owner;

// The oldest epoch in which some thread reads; UINT64_MAX if none does.
uint64_t OldestActive() {
  uint64_t oldest = UINT64_MAX;
  for (const ThreadRecord* record = all_records.load(std::memory_order_acquire);
       record != nullptr; record = record->next) {
    const uint64_t epoch = record->epoch.load(std::memory_order_acquire);
    if (epoch != 0) oldest = std::min(oldest, epoch);
  }
  return oldest;
}

struct Retired {
  uint64_t epoch;
  absl::AnyInvocable<void() &&> free;
};

struct RetiredList {
  Mutex mu;
  std::vector<Retired> items ABSL_GUARDED_BY(mu);  // in epoch order
  int freeing ABSL_GUARDED_BY(mu) = 0;             // threads that run frees

  // Takes out what no reader can see any more.
  std::vector<Retired> TakeFree() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    std::vector<Retired> free;
    if (items.empty()) return free;
    // Pairs with the fence in EpochGuard: either this sees the reader's epoch,
    // or the reader sees the pointer already unlinked.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    const uint64_t oldest = OldestActive();
    auto end = std::find_if(items.begin(), items.end(), [&](const Retired& r) {
      return r.epoch >= oldest;
    });
    free.assign(std::make_move_iterator(items.begin()),
                std::make_move_iterator(end));
    items.erase(items.begin(), end);
    return free;
  }
};

// Never destroyed: threads may end after static destruction has begun.
RetiredList& List() {
  static auto* list = new RetiredList;
  return *list;
}

}  // namespace

ThreadRecord* AcquireRecord() {
  for (ThreadRecord* record = all_records.load(std::memory_order_acquire);
       record != nullptr; record = record->next) {
    bool expected = false;
    if (record->in_use.compare_exchange_strong(expected, true,
                                               std::memory_order_acq_rel)) {
      record->depth = 0;
      record_owner.record = record;
      return record;
    }
  }
  auto* record = new ThreadRecord;
  record->in_use.store(true, std::memory_order_relaxed);
  ThreadRecord* head = all_records.load(std::memory_order_relaxed);
  do {
    record->next = head;
  } while (!all_records.compare_exchange_weak(
      head, record, std::memory_order_release, std::memory_order_relaxed));
  record_owner.record = record;
  return record;
}

}  // namespace epoch_internal

bool Epochs::Collect() {
  using epoch_internal::List;
  std::vector<epoch_internal::Retired> ready;
  {
    MutexLock lock(&List().mu);
    ready = List().TakeFree();
    ++List().freeing;
  }
  for (auto& item : ready) std::move(item.free)();
  ready.clear();
  MutexLock lock(&List().mu);
  --List().freeing;
  return List().items.empty() && List().freeing == 0;
}

void Epochs::Retire(absl::AnyInvocable<void() &&> free) {
  using epoch_internal::List;
  {
    MutexLock lock(&List().mu);
    const uint64_t epoch =
        epoch_internal::global_epoch.fetch_add(1, std::memory_order_seq_cst);
    List().items.push_back({epoch, std::move(free)});
  }
  Collect();
}

void Epochs::Drain() {
  using epoch_internal::List;
  uint64_t target;
  {
    MutexLock lock(&List().mu);
    target = epoch_internal::global_epoch.fetch_add(1);
  }
  while (true) {
    Collect();
    {
      MutexLock lock(&List().mu);
      if (List().freeing == 0 &&
          (List().items.empty() || List().items.front().epoch > target)) {
        return;
      }
    }
    YieldThread();
  }
}

}  // namespace lsmkv::engine
