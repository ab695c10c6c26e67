// BlockCache: bounds the memory of the data blocks that tables keep.
//
// There is no lookup in it. Every table has one atomic pointer per block, its
// slot; a hit is one load of that pointer. The cache decides which slots stay
// filled: it links the blocks of filled slots in shards, and when a shard is
// full it empties the slot of a block that was not used of late.
//
//   who           does                                 under
//   reader        loads the slot, uses or pins         an EpochGuard
//   after a miss  fills the empty slot (Insert)        the shard's mutex
//   eviction      empties the slot, then retires       the shard's mutex
//   table's end   empties all its slots (Erase)        the shard's mutex
//
// A slot belongs to one shard, so that every change of a slot is made under one
// mutex; and a block taken from a slot lives until the guards of its readers
// are gone, because its reference is dropped through Epochs::Retire.
//
// Two queues per shard. Blocks that lookups brought are in "hot"; blocks that
// scans brought start in "cold", which may hold an eighth of the memory
// before it pays first, and move to "hot" if used again. Both give a used block
// a second chance (CLOCK).
//
// Threads: safe for any.

#ifndef LSMKV_ENGINE_SRC_TABLE_BLOCK_CACHE_H_
#define LSMKV_ENGINE_SRC_TABLE_BLOCK_CACHE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "engine/src/table/data_block.h"
#include "lsmkv/engine/mutex.h"

namespace lsmkv::engine {

class BlockCache {
 public:
  using Slot = std::atomic<DataBlock*>;
  struct FreeSlots {
    void operator()(Slot* slots) const { std::free(slots); }
  };
  using Slots = std::unique_ptr<Slot[], FreeSlots>;
  enum class Priority : uint8_t { kHot, kCold };

  explicit BlockCache(size_t capacity_bytes);
  // REQUIRES: every table that used it is gone.
  ~BlockCache();
  BlockCache(const BlockCache&) = delete;
  BlockCache& operator=(const BlockCache&) = delete;

  // All of them empty. Of a page whose slots nobody uses nothing is touched.
  static Slots NewSlots(size_t count);

  size_t capacity_bytes() const { return capacity_bytes_; }
  // Never more than the capacity. Does not count evicted blocks that a reader
  // still holds.
  size_t used_bytes() const;

  // Puts `block` in *slot and takes a reference of its own, evicting others as
  // needed. Does nothing if the slot is filled or the block too large.
  void Insert(Slot* slot, DataBlock* block, Priority priority);
  // Empties `count` slots for good.
  // REQUIRES: nobody else uses them any more.
  void Erase(Slot* slots, size_t count);

 private:
  // A queue through the blocks' own links, oldest first.
  struct Queue {
    DataBlock* oldest = nullptr;
    DataBlock* newest = nullptr;
    size_t bytes = 0;

    void Append(DataBlock* block);
    void Remove(DataBlock* block);
  };
  struct alignas(64) Shard {
    Mutex mu;
    Queue hot ABSL_GUARDED_BY(mu);
    Queue cold ABSL_GUARDED_BY(mu);
    // Written under mu; read by anyone.
    std::atomic<size_t> used_bytes{0};
  };

  Shard* ShardOf(const Slot* slot);
  // Unlinks one block and empties its slot; the caller drops its reference.
  DataBlock* EvictOne(Shard* shard) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard->mu);
  void Unlink(Shard* shard, DataBlock* block)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard->mu);

  // Constant after construction.
  const size_t capacity_bytes_;
  const size_t shards_;  // a power of two
  const size_t shard_capacity_bytes_;
  const std::unique_ptr<Shard[]> shard_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_BLOCK_CACHE_H_
