// BusGuard: outlives SIGBUS in memory that is mapped from a file.
//
// The system sends SIGBUS to a thread that touches a mapped page which the
// device cannot give or take (an I/O error, a file system that turned
// read-only, a file that someone cut). A system call would have returned an
// error there; a store must not die of it either. The handler puts anonymous
// memory in the place of the guarded range, so that the thread goes on, and
// the range is known to have faulted: what was written to it since it was
// guarded may be lost.
//
// The handler is installed with the first guard, once, and passes on what is
// no concern of its own. A program that installs a handler for SIGBUS later
// and does not pass on in turn takes the protection away.
//
// Threads: a guard has one user at a time, which alone touches its range.

#ifndef LSMKV_ENGINE_SRC_IO_BUS_GUARD_H_
#define LSMKV_ENGINE_SRC_IO_BUS_GUARD_H_

#include <cstddef>

namespace lsmkv::engine {

struct GuardedRange;

class BusGuard {
 public:
  BusGuard() = default;
  ~BusGuard() { Release(); }
  BusGuard(const BusGuard&) = delete;
  BusGuard& operator=(const BusGuard&) = delete;

  // Guards [begin, begin + bytes), whole pages that are mapped, instead of
  // what it guarded before. False if too many ranges are guarded already, or
  // there can be no handler.
  [[nodiscard]] bool Guard(char* begin, size_t bytes);
  // Whether the range has faulted since. To be asked after writing to it.
  bool faulted() const;
  // To be called before the range is unmapped.
  void Release();

 private:
  GuardedRange* range_ = nullptr;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_IO_BUS_GUARD_H_
