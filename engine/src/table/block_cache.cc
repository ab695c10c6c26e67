#include "engine/src/table/block_cache.h"

#include <algorithm>
#include <bit>

#include "engine/src/util/epoch.h"
#include "engine/src/util/status.h"
#include "lsmkv/engine/db.h"

namespace lsmkv::engine {
namespace {

// Smaller shards would evict what a larger cache of the same size keeps.
constexpr size_t kShardBytesMin = size_t{32} << 20;
constexpr size_t kShardsMax = 64;
// Cold blocks may fill 1 / kColdShare of a shard before they go first.
constexpr size_t kColdShare = 8;
// Blocks that one eviction may spare: bounds the time under the mutex. Where
// so many in a row are in use, the choice matters little.
constexpr int kSecondChancesMax = 256;

size_t ShardsFor(size_t capacity_bytes) {
  return std::bit_floor(
      std::clamp<size_t>(capacity_bytes / kShardBytesMin, 1, kShardsMax));
}

}  // namespace

std::shared_ptr<BlockCache> NewBlockCache(size_t capacity_bytes) {
  return std::make_shared<BlockCache>(capacity_bytes);
}

BlockCache::Slots BlockCache::NewSlots(size_t count) {
  // Memory that is new to the process is zero already, and calloc knows.
  static_assert(Slot::is_always_lock_free && sizeof(Slot) == sizeof(void*));
  void* const slots = std::calloc(std::max<size_t>(count, 1), sizeof(Slot));
  LSMKV_CHECK(slots != nullptr);
  return Slots(static_cast<Slot*>(slots));
}

void BlockCache::Queue::Append(DataBlock* block) {
  block->older_ = newest;
  block->newer_ = nullptr;
  (newest != nullptr ? newest->newer_ : oldest) = block;
  newest = block;
  bytes += block->charge_bytes();
}

void BlockCache::Queue::Remove(DataBlock* block) {
  (block->older_ != nullptr ? block->older_->newer_ : oldest) = block->newer_;
  (block->newer_ != nullptr ? block->newer_->older_ : newest) = block->older_;
  bytes -= block->charge_bytes();
}

BlockCache::BlockCache(size_t capacity_bytes)
    : capacity_bytes_(capacity_bytes),
      shards_(ShardsFor(capacity_bytes)),
      shard_capacity_bytes_(capacity_bytes / shards_),
      shard_(std::make_unique<Shard[]>(shards_)) {}

BlockCache::~BlockCache() {
  // What is left would point into slots that are gone or about to go.
  LSMKV_CHECK(used_bytes() == 0);
}

size_t BlockCache::used_bytes() const {
  size_t sum = 0;
  for (size_t i = 0; i < shards_; ++i) {
    sum += shard_[i].used_bytes.load(std::memory_order_relaxed);
  }
  return sum;
}

BlockCache::Shard* BlockCache::ShardOf(const Slot* slot) {
  const auto address = reinterpret_cast<uintptr_t>(slot);
  const uint64_t hash = uint64_t{address} * 0x9e3779b97f4a7c15ULL;
  return &shard_[(hash >> 32) & (shards_ - 1)];
}

void BlockCache::Unlink(Shard* shard, DataBlock* block) {
  (block->cold_ ? shard->cold : shard->hot).Remove(block);
  shard->used_bytes.fetch_sub(block->charge_bytes(), std::memory_order_relaxed);
  // Release: the end of the table, which reads null here and then frees the
  // slot without the mutex, comes after all we did with the slot.
  block->slot_->store(nullptr, std::memory_order_release);
}

DataBlock* BlockCache::EvictOne(Shard* shard) {
  DataBlock* victim = nullptr;
  for (int spared = 0;; ++spared) {
    const bool from_cold =
        shard->hot.oldest == nullptr ||
        shard->cold.bytes > shard_capacity_bytes_ / kColdShare;
    Queue& queue = from_cold ? shard->cold : shard->hot;
    victim = queue.oldest;
    if (!victim->touched_.load(std::memory_order_relaxed) ||
        spared == kSecondChancesMax) {
      break;
    }
    victim->touched_.store(false, std::memory_order_relaxed);
    queue.Remove(victim);
    victim->cold_ = false;
    shard->hot.Append(victim);
  }
  // What the next eviction will touch: of old blocks nothing is in the
  // processor's caches, and it would wait for each of them in turn.
  const DataBlock* const next = victim->newer_;
  if (next != nullptr) {
    __builtin_prefetch(next->newer_);
    __builtin_prefetch(next->slot_);
  }
  Unlink(shard, victim);
  return victim;
}

void BlockCache::Insert(Slot* slot, DataBlock* block, Priority priority) {
  const size_t charge = block->charge_bytes();
  if (charge > shard_capacity_bytes_) return;
  DataBlock* victims = nullptr;  // linked through older_
  Shard* const shard = ShardOf(slot);
  {
    MutexLock lock(&shard->mu);
    if (slot->load(std::memory_order_relaxed) != nullptr) return;
    while (shard->used_bytes.load(std::memory_order_relaxed) + charge >
           shard_capacity_bytes_) {
      DataBlock* const victim = EvictOne(shard);
      victim->older_ = victims;
      victims = victim;
    }
    block->Ref();
    block->slot_ = slot;
    block->cold_ = priority == Priority::kCold;
    (block->cold_ ? shard->cold : shard->hot).Append(block);
    shard->used_bytes.fetch_add(charge, std::memory_order_relaxed);
    // Release: who loads the slot sees the whole block.
    slot->store(block, std::memory_order_release);
  }
  if (victims == nullptr) return;
  // Not under the mutex: this may free other things, even a table, whose end
  // takes the mutex.
  Epochs::Retire([victims] {
    for (DataBlock* block_left = victims; block_left != nullptr;) {
      DataBlock* const next = block_left->older_;
      block_left->Unref();
      block_left = next;
    }
  });
}

void BlockCache::Erase(Slot* slots, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    // Acquire: pairs with the release in Unlink.
    if (slots[i].load(std::memory_order_acquire) == nullptr) continue;
    Shard* const shard = ShardOf(&slots[i]);
    DataBlock* block;
    {
      MutexLock lock(&shard->mu);
      block = slots[i].load(std::memory_order_relaxed);
      if (block != nullptr) Unlink(shard, block);
    }
    // No guard can cover it: nobody else uses the table.
    if (block != nullptr) block->Unref();
  }
}

}  // namespace lsmkv::engine
