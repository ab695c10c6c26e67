#include "engine/src/util/arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

constexpr size_t kHugePageBytes = 2 << 20;
// So many huge pages are kept for the next arena: a memtable of 64 MiB, and
// what is more than its limit in the pages of its records and nodes.
constexpr size_t kSparePagesMax = 40;

// Huge pages. Each step of a search is elsewhere in a memtable: with pages of
// 4 KiB most of them miss the TLB too (a seventh of the time of random puts).
class HugePages {
 public:
  // What arenas gave back comes first: the system would clear it again, which
  // is a tenth of the time of ascending puts.
  char* Take() {
    {
      MutexLock lock(&mu_);
      if (!spare_.empty()) {
        char* page = spare_.back();
        spare_.pop_back();
        wants_ready_.store(spare_.empty(), std::memory_order_relaxed);
        return page;
      }
    }
    wants_ready_.store(true, std::memory_order_relaxed);
    return Map();
  }
  void Give(char* page) {
    {
      MutexLock lock(&mu_);
      if (spare_.size() < kSparePagesMax) {
        spare_.push_back(page);
        return;
      }
    }
    ::munmap(page, kHugePageBytes);
  }
  bool wants_ready() const {
    return wants_ready_.load(std::memory_order_relaxed);
  }
  void PrepareReady() {
    if (!wants_ready_.exchange(false, std::memory_order_relaxed)) return;
    char* page = Map();
    // A hint: where it is not to be had, the writer waits.
    ::madvise(page, kHugePageBytes, MADV_POPULATE_WRITE);
    Give(page);
  }

 private:
  // Twice as much, of which the part that is aligned is kept.
  static char* Map() {
    void* mapped = ::mmap(nullptr, 2 * kHugePageBytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    LSMKV_CHECK(mapped != MAP_FAILED);
    auto* begin = static_cast<char*>(mapped);
    const size_t skip =
        (kHugePageBytes - reinterpret_cast<uintptr_t>(begin) % kHugePageBytes) %
        kHugePageBytes;
    char* page = begin + skip;
    if (skip > 0) ::munmap(begin, skip);
    ::munmap(page + kHugePageBytes, kHugePageBytes - skip);
    ::madvise(page, kHugePageBytes, MADV_HUGEPAGE);
    return page;
  }

  std::atomic<bool> wants_ready_{false};  // a hint
  Mutex mu_;
  std::vector<char*> spare_ ABSL_GUARDED_BY(mu_);
};

HugePages& SharedHugePages() {
  static auto* pages = new HugePages;  // stores may outlive static objects
  return *pages;
}

}  // namespace

Arena::Arena(size_t block_bytes)
    // A huge page with its header, or smaller.
    : block_bytes_(std::min(block_bytes, kHugePageBytes - sizeof(Block))) {
  MutexLock lock(&mu_);
  current_.store(NewBlock(block_bytes_), std::memory_order_release);
}

Arena::~Arena() {
  MutexLock lock(&mu_);
  for (Block* block : blocks_) {
    const size_t bytes = sizeof(Block) + block->bytes;
    block->~Block();
    if (bytes == kHugePageBytes) {
      SharedHugePages().Give(reinterpret_cast<char*>(block));
    } else {
      ::operator delete (block, std::align_val_t{kBlockAlign});
    }
  }
}

bool Arena::WantsReadyBlock() { return SharedHugePages().wants_ready(); }

void Arena::PrepareReadyBlock() { SharedHugePages().PrepareReady(); }

Arena::Block* Arena::NewBlock(size_t bytes) {
  const size_t total = sizeof(Block) + bytes;
  void* memory = total == kHugePageBytes
                     ? SharedHugePages().Take()
                     : ::operator new (total, std::align_val_t{kBlockAlign});
  auto* block = new (memory) Block;
  block->bytes = bytes;
  blocks_.push_back(block);
  allocated_bytes_.fetch_add(total, std::memory_order_relaxed);
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
