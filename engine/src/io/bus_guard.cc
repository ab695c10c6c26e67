#include "engine/src/io/bus_guard.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cstdint>

namespace lsmkv::engine {

// Written by the guard's user, read by the handler in the same thread: the
// atomics serve other threads' handlers, which look at every range.
struct GuardedRange {
  std::atomic<bool> taken{false};
  std::atomic<uintptr_t> begin{0};
  std::atomic<size_t> bytes{0};
  std::atomic<bool> faulted{false};
};

namespace {

// One for each store that is open in the process; others do without.
std::array<GuardedRange, 64> ranges;
struct sigaction previous_action;

// Async-signal-safe: atomics without locks and one system call.
bool Replace(uintptr_t address) {
  for (GuardedRange& range : ranges) {
    const uintptr_t begin = range.begin.load(std::memory_order_acquire);
    const size_t bytes = range.bytes.load(std::memory_order_acquire);
    if (begin == 0 || address < begin || address - begin >= bytes) continue;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the range is kept as a number
    void* const place = reinterpret_cast<void*>(begin);
    if (::mmap(place, bytes, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
      return false;
    }
    range.faulted.store(true, std::memory_order_release);
    return true;
  }
  return false;
}

void OnBusError(int signal, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  const bool replaced = Replace(reinterpret_cast<uintptr_t>(info->si_addr));
  errno = saved_errno;
  if (replaced) return;
  if ((previous_action.sa_flags & SA_SIGINFO) != 0) {
    previous_action.sa_sigaction(signal, info, context);
  } else if (previous_action.sa_handler != SIG_DFL &&
             previous_action.sa_handler != SIG_IGN) {
    previous_action.sa_handler(signal);
  } else {
    // The instruction runs again, and the default action ends the process.
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    ::sigaction(SIGBUS, &action, nullptr);
  }
}

bool InstallOnce() {
  static const bool installed = [] {
    if (::sigaction(SIGBUS, nullptr, &previous_action) != 0) return false;
    struct sigaction action = {};
    action.sa_sigaction = OnBusError;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    ::sigemptyset(&action.sa_mask);
    return ::sigaction(SIGBUS, &action, nullptr) == 0;
  }();
  return installed;
}

}  // namespace

bool BusGuard::Guard(char* begin, size_t bytes) {
  Release();
  if (!InstallOnce()) return false;
  for (GuardedRange& range : ranges) {
    if (range.taken.exchange(true, std::memory_order_acquire)) continue;
    range.faulted.store(false, std::memory_order_relaxed);
    range.bytes.store(bytes, std::memory_order_relaxed);
    range.begin.store(reinterpret_cast<uintptr_t>(begin),
                      std::memory_order_release);
    range_ = &range;
    return true;
  }
  return false;
}

bool BusGuard::faulted() const {
  return range_ != nullptr && range_->faulted.load(std::memory_order_acquire);
}

void BusGuard::Release() {
  if (range_ == nullptr) return;
  range_->begin.store(0, std::memory_order_release);
  range_->bytes.store(0, std::memory_order_relaxed);
  range_->taken.store(false, std::memory_order_release);
  range_ = nullptr;
}

}  // namespace lsmkv::engine
