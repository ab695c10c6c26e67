// RangeTombstoneSet: the range deletions of a memtable, added one by one and
// read without a lock.
//
// They are kept as a few immutable RangeTombstones whose sizes double, merged
// as in a binary counter: adding costs O(log n) amortised copies, reading
// looks into O(log n) of them. Every state that was ever published lives as
// long as the set, so a reader needs no protection.

#ifndef LSMKV_ENGINE_SRC_MEMTABLE_RANGE_TOMBSTONE_SET_H_
#define LSMKV_ENGINE_SRC_MEMTABLE_RANGE_TOMBSTONE_SET_H_

#include <atomic>
#include <memory>
#include <vector>

#include "engine/src/format/range_tombstone.h"

namespace lsmkv::engine {

class RangeTombstoneSet {
 public:
  // A set of tombstones as they were given, and cut for searching.
  struct Run {
    std::shared_ptr<const std::vector<RangeTombstone>> given;
    std::shared_ptr<const RangeTombstones> cut;
  };
  using State = std::vector<Run>;

  // One writer at a time.
  void Add(RangeTombstone tombstone);

  // Any thread. Null if there are none.
  const State* state() const {
    // Acquire: pairs with the release in Add.
    return state_.load(std::memory_order_acquire);
  }
  SequenceNumber Covering(std::string_view user_key,
                          SequenceNumber snapshot) const;
  std::vector<RangeTombstone> ToList() const;
  size_t count() const { return count_.load(std::memory_order_relaxed); }
  // All that is kept, earlier states included.
  size_t memory_bytes() const {
    return memory_bytes_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<const State*> state_{nullptr};
  std::atomic<size_t> count_{0};
  std::atomic<size_t> memory_bytes_{0};
  // The writer's.
  std::vector<std::unique_ptr<const State>> states_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_MEMTABLE_RANGE_TOMBSTONE_SET_H_
