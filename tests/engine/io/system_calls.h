// The system calls of Env::Posix(), made to fail on demand: the test is linked
// with --wrap for each of them, so that the engine as it is calls what stands
// in system_calls.cc.
//
// Threads: one.

#ifndef LSMKV_TESTS_ENGINE_IO_SYSTEM_CALLS_H_
#define LSMKV_TESTS_ENGINE_IO_SYSTEM_CALLS_H_

#include <cstddef>
#include <optional>
#include <string>

namespace lsmkv {

struct SystemCallFault {
  std::string call;
  // So many calls succeed first, and so many fail then.
  int after = 0;
  int times = 1;
  // What errno becomes. Unset: reads and writes transfer at most `bytes`.
  std::optional<int> error;
  size_t bytes = 0;
};

// For a scope; forgets the counts of the one before.
class ScopedSystemCallFault {
 public:
  explicit ScopedSystemCallFault(SystemCallFault fault);
  ~ScopedSystemCallFault();
  ScopedSystemCallFault(const ScopedSystemCallFault&) = delete;
  ScopedSystemCallFault& operator=(const ScopedSystemCallFault&) = delete;

  // How often the call was made, and how often it was made to fail.
  int calls() const;
  int failed() const;
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_ENGINE_IO_SYSTEM_CALLS_H_
