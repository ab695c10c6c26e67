// UniqueFd, which owns a file descriptor, and what its callers share.

#ifndef LSMKV_ENGINE_SRC_IO_POSIX_FD_H_
#define LSMKV_ENGINE_SRC_IO_POSIX_FD_H_

#include <errno.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <limits>
#include <utility>

namespace lsmkv::engine {

// No file reaches past it.
inline constexpr uint64_t kFileOffsetMax =
    static_cast<uint64_t>(std::numeric_limits<off_t>::max());

// Calls `call` again for as long as a signal interrupts it.
template <typename Call>
auto RetryOnSignal(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.Release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      Close();
      fd_ = other.Release();
    }
    return *this;
  }
  ~UniqueFd() { Close(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int Release() { return std::exchange(fd_, -1); }

  // Closes now; the result is that of close(2), 0 if nothing was open. Never
  // repeated: after EINTR the number may belong to another thread's file.
  int Close() { return fd_ < 0 ? 0 : ::close(Release()); }

 private:
  int fd_ = -1;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_IO_POSIX_FD_H_
