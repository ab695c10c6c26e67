#include "tests/engine/io/system_calls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace lsmkv {
namespace {

std::optional<SystemCallFault> armed;
int calls_made = 0;
int calls_failed = 0;

// Whether this call goes wrong.
bool Strikes(std::string_view call) {
  if (!armed || armed->call != call) return false;
  const int n = calls_made++;
  if (n < armed->after || n >= armed->after + armed->times) return false;
  ++calls_failed;
  if (armed->error) errno = *armed->error;
  return true;
}

}  // namespace

ScopedSystemCallFault::ScopedSystemCallFault(SystemCallFault fault) {
  calls_made = 0;
  calls_failed = 0;
  armed = std::move(fault);
}
ScopedSystemCallFault::~ScopedSystemCallFault() { armed.reset(); }
int ScopedSystemCallFault::calls() const { return calls_made; }
int ScopedSystemCallFault::failed() const { return calls_failed; }

}  // namespace lsmkv

// Transfers may be short, all else fails or does not. The names are those that
// the linker gives the real call and its stand-in.
#define LSMKV_WRAP_TRANSFER(call, parameters, arguments_before, count, \
                            arguments_after)                           \
  extern "C" ssize_t __real_##call parameters;                         \
  extern "C" ssize_t __wrap_##call parameters {                        \
    if (lsmkv::Strikes(#call)) {                                       \
      if (lsmkv::armed->error) return -1;                              \
      count = std::min(count, lsmkv::armed->bytes);                    \
    }                                                                  \
    return __real_##call(LSMKV_UNWRAP arguments_before,                \
                         count LSMKV_UNWRAP arguments_after);          \
  }
#define LSMKV_UNWRAP(...) __VA_ARGS__
#define LSMKV_WRAP(type, call, parameters, arguments, failure) \
  extern "C" type __real_##call parameters;                    \
  extern "C" type __wrap_##call parameters {                   \
    if (lsmkv::Strikes(#call)) return failure;                 \
    return __real_##call arguments;                            \
  }

LSMKV_WRAP_TRANSFER(pread, (int fd, void* to, size_t n, off_t at), (fd, to), n,
                    (, at))
LSMKV_WRAP_TRANSFER(pwrite, (int fd, const void* from, size_t n, off_t at),
                    (fd, from), n, (, at))
LSMKV_WRAP(int, fdatasync, (int fd), (fd), -1)
LSMKV_WRAP(int, fsync, (int fd), (fd), -1)
LSMKV_WRAP(int, fallocate, (int fd, int mode, off_t at, off_t n),
           (fd, mode, at, n), -1)
LSMKV_WRAP(int, ftruncate, (int fd, off_t n), (fd, n), -1)
LSMKV_WRAP(int, fstat, (int fd, struct stat* st), (fd, st), -1)
LSMKV_WRAP(int, lstat, (const char* path, struct stat* st), (path, st), -1)
LSMKV_WRAP(int, mkdir, (const char* path, mode_t mode), (path, mode), -1)
LSMKV_WRAP(int, rename, (const char* from, const char* to), (from, to), -1)
LSMKV_WRAP(int, unlink, (const char* path), (path), -1)
LSMKV_WRAP(int, flock, (int fd, int operation), (fd, operation), -1)
LSMKV_WRAP(int, statvfs, (const char* path, struct statvfs* st), (path, st), -1)
LSMKV_WRAP(DIR*, fdopendir, (int fd), (fd), nullptr)
LSMKV_WRAP(struct dirent*, readdir, (DIR * dir), (dir), nullptr)

extern "C" int __real_open(const char* path, int flags, ...);
extern "C" int __wrap_open(const char* path, int flags, ...) {
  if (lsmkv::Strikes("open")) return -1;
  va_list more;
  va_start(more, flags);
  const mode_t mode = va_arg(more, mode_t);
  va_end(more);
  return __real_open(path, flags, mode);
}

// A file that failed to close is closed all the same.
extern "C" int __real_close(int fd);
extern "C" int __wrap_close(int fd) {
  const bool strikes = lsmkv::Strikes("close");
  const int error = errno;
  const int result = __real_close(fd);
  if (!strikes) return result;
  errno = error;
  return -1;
}
