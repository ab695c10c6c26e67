#include "engine/src/table/block_memory.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <new>

#include "lsmkv/engine/mutex.h"

namespace lsmkv::engine {
namespace {

// Smaller blocks are rare, and larger ones are few.
constexpr size_t kSharedBytesMin = 1 << 10;
constexpr size_t kSharedBytesMax = 128 << 10;
// Between a power of two and the next there are so many sizes.
constexpr size_t kSizesPerDoubling = 32;
constexpr size_t kSizes =
    kSizesPerDoubling *
    (std::countr_zero(kSharedBytesMax) - std::countr_zero(kSharedBytesMin));
// Of all sizes. What one thread drops while another reads is little.
constexpr size_t kSpareBytesMax = 4 << 20;
// So many sizes are looked at where there is too much, for each block that
// goes.
constexpr size_t kSizesPerDrop = 8;

bool IsShared(size_t bytes) {
  return bytes > kSharedBytesMin && bytes <= kSharedBytesMax;
}

// REQUIRES: IsShared(bytes).
size_t StepOf(size_t bytes) {
  return std::bit_floor(bytes - 1) / kSizesPerDoubling;
}

size_t SizeIndex(size_t bytes) {
  const auto doublings = static_cast<size_t>(
      std::countr_zero(std::bit_floor(bytes - 1) / kSharedBytesMin));
  return kSizesPerDoubling * doublings + (bytes - 1) / StepOf(bytes) -
         kSizesPerDoubling;
}

// What is kept begins with one of these.
struct Spare {
  size_t bytes;
  Spare* next;
};

class Spares {
 public:
  // Null if there is none.
  char* Take(size_t bytes) {
    OneSize& size = sizes_[SizeIndex(bytes)];
    MutexLock lock(&size.mu);
    Spare* const spare = size.first;
    if (spare == nullptr) return nullptr;
    size.first = spare->next;
    spare_bytes_.fetch_sub(BlockMemoryBytes(bytes), std::memory_order_relaxed);
    return reinterpret_cast<char*>(spare);
  }
  // False if there is enough.
  bool Give(char* memory, size_t bytes) {
    const size_t taken = BlockMemoryBytes(bytes);
    if (spare_bytes_.load(std::memory_order_relaxed) + taken > kSpareBytesMax) {
      DropSome();
      return false;
    }
    spare_bytes_.fetch_add(taken, std::memory_order_relaxed);
    OneSize& size = sizes_[SizeIndex(bytes)];
    MutexLock lock(&size.mu);
    size.first = new (memory) Spare{taken, size.first};
    return true;
  }

 private:
  struct alignas(64) OneSize {
    Mutex mu;
    Spare* first ABSL_GUARDED_BY(mu) = nullptr;
  };

  // One of each of the next few sizes, in turn: what is kept of a size that
  // nobody asks for any more makes room for those that are.
  void DropSome() {
    const size_t begin = next_drop_.fetch_add(kSizesPerDrop);
    for (size_t i = 0; i < kSizesPerDrop; ++i) {
      OneSize& size = sizes_[(begin + i) % kSizes];
      Spare* spare;
      {
        MutexLock lock(&size.mu);
        spare = size.first;
        if (spare == nullptr) continue;
        size.first = spare->next;
      }
      spare_bytes_.fetch_sub(spare->bytes, std::memory_order_relaxed);
      ::operator delete(spare);
    }
  }

  std::array<OneSize, kSizes> sizes_;
  std::atomic<size_t> spare_bytes_{0};
  std::atomic<size_t> next_drop_{0};
};

// Null where a sanitizer is to see each block come and go.
Spares* SharedSpares() {
#if defined(LSMKV_SANITIZED)
  return nullptr;
#else
  static auto* const spares = new Spares;  // blocks may outlive static objects
  return spares;
#endif
}

}  // namespace

size_t BlockMemoryBytes(size_t bytes) {
  if (!IsShared(bytes)) return bytes;
  const size_t step = StepOf(bytes);
  return (bytes + step - 1) / step * step;
}

char* TakeBlockMemory(size_t bytes) {
  Spares* const spares = IsShared(bytes) ? SharedSpares() : nullptr;
  char* memory = spares != nullptr ? spares->Take(bytes) : nullptr;
  if (memory != nullptr) return memory;
  return static_cast<char*>(::operator new(BlockMemoryBytes(bytes)));
}

void GiveBlockMemory(char* memory, size_t bytes) {
  Spares* const spares = IsShared(bytes) ? SharedSpares() : nullptr;
  if (spares != nullptr && spares->Give(memory, bytes)) return;
  ::operator delete(memory);
}

}  // namespace lsmkv::engine
