#include "engine/src/util/arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace lsmkv::engine {
namespace {

constexpr size_t kHugePageBytes = 2 << 20;

}  // namespace

std::align_val_t Arena::AlignmentOf(size_t bytes) {
  return std::align_val_t{
      sizeof(Block) + bytes >= kHugePageBytes ? kHugePageBytes : kBlockAlign};
}

Arena::Arena(size_t block_bytes)
    // A block of the size of huge pages, its header included.
    : block_bytes_(block_bytes >= kHugePageBytes ? block_bytes - sizeof(Block)
                                                 : block_bytes) {
  MutexLock lock(&mu_);
  current_.store(NewBlock(block_bytes_), std::memory_order_release);
}

Arena::~Arena() {
  MutexLock lock(&mu_);
  for (Block* block : blocks_) {
    const std::align_val_t alignment = AlignmentOf(block->bytes);
    block->~Block();
    ::operator delete(block, alignment);
  }
}

Arena::Block* Arena::NewBlock(size_t bytes) {
  void* memory = ::operator new(sizeof(Block) + bytes, AlignmentOf(bytes));
  // Each step of a search is elsewhere in the arena: with pages of 4 KiB most
  // of them miss the TLB too.
  if (sizeof(Block) + bytes >= kHugePageBytes) {
    ::madvise(memory, sizeof(Block) + bytes, MADV_HUGEPAGE);
  }
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
