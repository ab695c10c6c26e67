// Ends a test program that asks for far more memory than its small stores can
// need: a damaged length must not be believed. Sanitizers bring an allocator of
// their own, which has a limit as well.

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    !defined(LSMKV_REDUCED_TESTS)

namespace {

constexpr std::size_t kAllocationBytesMax = 16 << 20;

void* Allocate(std::size_t bytes, std::size_t alignment) {
  if (bytes > kAllocationBytesMax) {
    std::fprintf(stderr, "%zu bytes asked for at once\n", bytes);
    std::abort();
  }
  void* memory = nullptr;
  if (posix_memalign(&memory, alignment, bytes) != 0) std::abort();
  return memory;
}

constexpr std::size_t kAlignment = alignof(std::max_align_t);

}  // namespace

void* operator new(std::size_t bytes) { return Allocate(bytes, kAlignment); }
void* operator new[](std::size_t bytes) { return Allocate(bytes, kAlignment); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return Allocate(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return Allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  std::free(memory);
}

#endif
