#include "engine/src/io/append_window.h"

#include <errno.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "engine/src/io/posix_status.h"

namespace lsmkv::engine {
namespace {

constexpr uint64_t kWindowBytes = 2 << 20;  // a huge page

}  // namespace

absl::Status AppendWindow::Write(int fd, std::string_view path,
                                 uint64_t reserved_end, uint64_t offset,
                                 std::string_view data) {
  while (!data.empty()) {
    // Also where `offset` lies before the window: the difference wraps round.
    if (window_ == nullptr || offset - window_offset_ >= window_bytes_) {
      const absl::Status moved = MoveTo(fd, reserved_end, offset);
      if (!moved.ok()) return moved;
    }
    const auto at = static_cast<size_t>(offset - window_offset_);
    const size_t n = std::min(data.size(), window_bytes_ - at);
    std::memcpy(window_ + at, data.data(), n);
    if (guard_.faulted()) {
      Unmap();
      return PosixError(path, "write to its mapping", EIO);
    }
    offset += n;
    data.remove_prefix(n);
  }
  return absl::OkStatus();
}

absl::Status AppendWindow::MoveTo(int fd, uint64_t reserved_end,
                                  uint64_t offset) {
  Unmap();
  window_offset_ = offset / kWindowBytes * kWindowBytes;
  window_bytes_ = static_cast<size_t>(
      std::min(kWindowBytes, reserved_end - window_offset_));
  void* mapped = ::mmap(nullptr, window_bytes_, PROT_READ | PROT_WRITE,
                        MAP_SHARED, fd, static_cast<off_t>(window_offset_));
  if (mapped == MAP_FAILED) {
    return absl::UnimplementedError("the file cannot be mapped");
  }
  window_ = static_cast<char*>(mapped);
  // A hint, without which a file system may take small pages.
  static_cast<void>(::madvise(window_, window_bytes_, MADV_HUGEPAGE));
  if (!guard_.Guard(window_, window_bytes_)) {
    Unmap();
    return absl::UnimplementedError("too many files are mapped");
  }
  return absl::OkStatus();
}

void AppendWindow::Unmap() {
  guard_.Release();
  if (window_ != nullptr) ::munmap(window_, window_bytes_);
  window_ = nullptr;
  window_bytes_ = 0;
}

}  // namespace lsmkv::engine
