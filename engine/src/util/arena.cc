#include "engine/src/util/arena.h"

#include <algorithm>
#include <new>

namespace lsmkv::engine {

Arena::Arena(size_t block_bytes) : block_bytes_(block_bytes) {
  MutexLock lock(&mu_);
  current_.store(NewBlock(block_bytes_), std::memory_order_release);
}

Arena::~Arena() {
  MutexLock lock(&mu_);
  for (Block* block : blocks_) {
    block->~Block();
    ::operator delete (block, std::align_val_t{kAlign});
  }
}

Arena::Block* Arena::NewBlock(size_t bytes) {
  void* memory =
      ::operator new (sizeof(Block) + bytes, std::align_val_t{kAlign});
  auto* block = new (memory) Block;
  block->bytes = bytes;
  blocks_.push_back(block);
  allocated_bytes_.fetch_add(sizeof(Block) + bytes, std::memory_order_relaxed);
  return block;
}

char* Arena::AllocateLarge(size_t bytes) {
  MutexLock lock(&mu_);
  Block* block = NewBlock(bytes);
  block->used.store(bytes, std::memory_order_relaxed);
  return block->data();
}

char* Arena::AllocateSlow(size_t bytes) {
  MutexLock lock(&mu_);
  // Another thread may have brought a new block meanwhile.
  Block* block = current_.load(std::memory_order_relaxed);
  size_t at = block->used.fetch_add(bytes, std::memory_order_relaxed);
  if (at + bytes > block->bytes) {
    block = NewBlock(block_bytes_);
    at = block->used.fetch_add(bytes, std::memory_order_relaxed);
    current_.store(block, std::memory_order_release);
  }
  return block->data() + at;
}

size_t Arena::used_bytes() const {
  // Blocks before the current one count as full.
  Block* block = current_.load(std::memory_order_acquire);
  const size_t used =
      std::min(block->used.load(std::memory_order_relaxed), block->bytes);
  return allocated_bytes() - (block->bytes - used);
}

}  // namespace lsmkv::engine
