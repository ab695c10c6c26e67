// MemTable: the newest writes, sorted, in memory, until a flush writes them to
// a table. Every memtable has the log that holds the same writes.
//
// Threads: reads from any thread without a lock. Add is called by the leader
// of a commit group, one at a time. A memtable that is no longer written to is
// immutable and is shared by std::shared_ptr.

#ifndef LSMKV_ENGINE_SRC_MEMTABLE_MEMTABLE_H_
#define LSMKV_ENGINE_SRC_MEMTABLE_MEMTABLE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include "engine/src/format/batch.h"
#include "engine/src/format/internal_key.h"
#include "engine/src/iter/internal_iterator.h"
#include "engine/src/memtable/range_tombstone_set.h"
#include "engine/src/memtable/record_tree.h"
#include "engine/src/util/arena.h"

namespace lsmkv::engine {

class MemTable {
 public:
  // `wal_number`: the log that holds its writes. `limit_bytes` sizes the arena.
  MemTable(uint64_t wal_number, size_t limit_bytes);

  // Adds the operation `op` with sequence `sequence`, which only grows.
  void Add(SequenceNumber sequence, const BatchOperation& op);

  struct Hit {
    bool found = false;
    uint64_t trailer = 0;
    std::string_view value;  // lives as long as the memtable
  };
  // The newest point operation on `user_key` that `snapshot` sees.
  Hit Get(std::string_view user_key, SequenceNumber snapshot) const;

  // Point operations only. The memtable must outlive the iterator.
  std::unique_ptr<InternalIterator> NewIterator() const;
  const RangeTombstoneSet& range_tombstones() const { return tombstones_; }

  bool empty() const { return records() == 0; }
  // Operations added, range deletes included.
  uint64_t records() const { return records_.load(std::memory_order_relaxed); }
  // Memory in use.
  size_t bytes() const {
    return records_arena_.used_bytes() + nodes_arena_.used_bytes() +
           tombstones_.memory_bytes();
  }
  // Whether all keys came in ascending order, each once. The leader's.
  bool ascending() const { return tree_.ascending(); }
  uint64_t wal_number() const { return wal_number_; }
  // The newest sequence added. Stable once the memtable is immutable.
  SequenceNumber last_sequence() const {
    return last_sequence_.load(std::memory_order_relaxed);
  }

 private:
  const uint64_t wal_number_;
  Arena records_arena_;
  Arena nodes_arena_;
  RecordTree tree_;
  RangeTombstoneSet tombstones_;
  std::atomic<uint64_t> records_{0};
  std::atomic<SequenceNumber> last_sequence_{0};
};

// Walks a list, which must outlive it.
std::unique_ptr<InternalIterator> NewRecordTreeIterator(const RecordTree* tree);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_MEMTABLE_MEMTABLE_H_
