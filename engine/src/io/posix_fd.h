// UniqueFd: owns a file descriptor.

#ifndef LSMKV_ENGINE_SRC_IO_POSIX_FD_H_
#define LSMKV_ENGINE_SRC_IO_POSIX_FD_H_

#include <unistd.h>

#include <utility>

namespace lsmkv::engine {

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
