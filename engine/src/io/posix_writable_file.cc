#include "engine/src/io/posix_writable_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include <linux/magic.h>

#include "engine/src/io/posix_status.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

// What fills whole pages goes through pwrite: the system need not clear the
// pages first, and one call carries much. Of 12 KB each: 7.8 us in place of
// 17.8 where the page cache grows into memory that was not used before.
constexpr size_t kMappedBytesMax = 4 << 10;
constexpr uint64_t kPageBytes = 4 << 10;
constexpr size_t kZerosBytes = 256 << 10;

// Reserved space that was never written to costs a sync that first reaches it
// an entry in the file system's journal. Where every few bytes are synced,
// zeros go ahead of them: one sync in many carries these, the others only data.
// 12 KB and a sync each: 120 to 170 us in place of 220 to 260 (ext4). What is
// synced in larger parts would only be written twice.
constexpr size_t kZerosAheadBytes = 128 << 10;
constexpr uint64_t kSmallSyncBytesMax = 32 << 10;
// A log has a sync or two when it is made and when it is closed.
constexpr int kSmallSyncsMin = 4;

const std::string& Zeros() {
  static const auto* const zeros = new std::string(kZerosBytes, '\0');
  return *zeros;
}

// Elsewhere what is written twice may get another place the second time, and
// gains nothing.
bool WritesInPlace(int fd) {
  struct statfs fs = {};
  if (::fstatfs(fd, &fs) != 0) return false;
  return fs.f_type == EXT4_SUPER_MAGIC || fs.f_type == XFS_SUPER_MAGIC;
}

}  // namespace

PosixWritableFile::PosixWritableFile(std::string path, UniqueFd fd)
    : path_(std::move(path)), fd_(std::move(fd)) {}

PosixWritableFile::~PosixWritableFile() {
  // An owner that cares for the result has called Close.
  Close().IgnoreError();
}

absl::Status PosixWritableFile::Append(std::string_view data) {
  LSMKV_RETURN_IF_ERROR(CheckOpen());
  uint64_t written_bytes = 0;
  absl::Status status = WriteAt(size_bytes_, data, &written_bytes);
  size_bytes_ += written_bytes;
  CountUnsynced(data.size());
  if (status.ok()) WriteZerosAhead();
  return status;
}

void PosixWritableFile::CountUnsynced(uint64_t bytes) {
  // Not one step: a sync that comes between is counted as none.
  unsynced_bytes_.store(unsynced_bytes_.load(std::memory_order_relaxed) + bytes,
                        std::memory_order_relaxed);
}

void PosixWritableFile::WriteZerosAhead() {
  if (size_bytes_ <= zeroed_end_ || !writes_in_place_ ||
      small_syncs_.load(std::memory_order_relaxed) < kSmallSyncsMin ||
      unsynced_bytes_.load(std::memory_order_relaxed) > kSmallSyncBytesMax) {
    return;
  }
  // The last page of what was appended ends in zeros already.
  const uint64_t from =
      (size_bytes_ + kPageBytes - 1) / kPageBytes * kPageBytes;
  if (from >= reserved_end_) return;
  zeroed_end_ = std::min<uint64_t>(from + kZerosAheadBytes, reserved_end_);
  // The space reads as zeros anyway: an error takes nothing from anyone.
  uint64_t written_bytes = 0;
  WriteAt(from,
          std::string_view(Zeros()).substr(
              0, static_cast<size_t>(zeroed_end_ - from)),
          &written_bytes)
      .IgnoreError();
}

absl::Status PosixWritableFile::WriteAt(uint64_t offset, std::string_view data,
                                        uint64_t* written_bytes) {
  while (*written_bytes < data.size()) {
    const std::string_view rest =
        data.substr(static_cast<size_t>(*written_bytes));
    const ssize_t put = RetryOnSignal([&] {
      return ::pwrite(fd_.get(), rest.data(), rest.size(),
                      static_cast<off_t>(offset + *written_bytes));
    });
    if (put < 0) return PosixError(path_, "pwrite", errno);
    if (put == 0) return PosixError(path_, "pwrite", 0);  // never to end
    *written_bytes += static_cast<uint64_t>(put);
  }
  return absl::OkStatus();
}

absl::Status PosixWritableFile::AppendUnsynced(std::string_view data) {
  LSMKV_RETURN_IF_ERROR(CheckOpen());
  if (data.size() > kMappedBytesMax ||
      maps_no_more_.load(std::memory_order_relaxed) ||
      size_bytes_ > reserved_end_ ||
      data.size() > reserved_end_ - size_bytes_) {
    return Append(data);
  }
  was_mapped_.store(true, std::memory_order_relaxed);
  absl::Status status =
      window_.Write(fd_.get(), path_, reserved_end_, size_bytes_, data);
  if (absl::IsUnimplemented(status)) {
    maps_no_more_.store(true, std::memory_order_relaxed);
    return Append(data);
  }
  // As after a write that fails, what it has put there is not cut by Close.
  size_bytes_ += data.size();
  CountUnsynced(data.size());
  return status;
}

absl::Status PosixWritableFile::AppendZeros(uint64_t bytes) {
  LSMKV_RETURN_IF_ERROR(CheckOpen());
  if (size_bytes_ > reserved_end_ || bytes > reserved_end_ - size_bytes_) {
    return WritableFile::AppendZeros(bytes);
  }
  size_bytes_ +=
      bytes;  // reserved space is part of the file, and reads as that
  return absl::OkStatus();
}

absl::Status PosixWritableFile::Overwrite(uint64_t offset,
                                          std::string_view data) {
  LSMKV_RETURN_IF_ERROR(CheckOpen());
  if (overwrites_mapped_) {
    // The mapping may reach past the end of the file, but `data` does not.
    absl::Status status = overwritten_.Write(
        fd_.get(), path_, /*reserved_end=*/kFileOffsetMax, offset, data);
    if (!absl::IsUnimplemented(status)) return status;
    overwrites_mapped_ = false;
  }
  uint64_t written_bytes = 0;
  return WriteAt(offset, data, &written_bytes);
}

absl::Status PosixWritableFile::Sync() {
  LSMKV_RETURN_IF_ERROR(CheckOpen());
  if (was_mapped_.load(std::memory_order_relaxed)) {
    maps_no_more_.store(true, std::memory_order_relaxed);
  }
  const uint64_t unsynced_bytes =
      unsynced_bytes_.exchange(0, std::memory_order_relaxed);
  if (unsynced_bytes > kSmallSyncBytesMax) {
    small_syncs_.store(0, std::memory_order_relaxed);
  } else if (unsynced_bytes > 0) {
    small_syncs_.fetch_add(1, std::memory_order_relaxed);
  }
  // Not repeated after EINTR: a second call may report success for pages
  // that the first one lost.
  if (::fdatasync(fd_.get()) != 0) {
    return PosixError(path_, "fdatasync", errno);
  }
  return absl::OkStatus();
}

void PosixWritableFile::StartSync() {
  // Without the last page, which will be written to again.
  const uint64_t end = size_bytes_ / kPageBytes * kPageBytes;
  if (!fd_.valid() || end <= sync_started_) return;
  static_cast<void>(::sync_file_range(
      fd_.get(), static_cast<off_t>(sync_started_),
      static_cast<off_t>(end - sync_started_), SYNC_FILE_RANGE_WRITE));
  sync_started_ = end;
}

absl::Status PosixWritableFile::AppendDurably(std::string_view data) {
  LSMKV_RETURN_IF_ERROR(CheckOpen());
  const iovec part = {const_cast<char*>(data.data()), data.size()};
  // Not repeated after EINTR, for the reason of Sync.
  const ssize_t put = ::pwritev2(fd_.get(), &part, 1,
                                 static_cast<off_t>(size_bytes_), RWF_DSYNC);
  if (put == static_cast<ssize_t>(data.size())) {
    size_bytes_ += data.size();
    return absl::OkStatus();
  }
  if (put < 0 && (errno == EOPNOTSUPP || errno == ENOSYS)) {
    return WritableFile::AppendDurably(data);
  }
  return PosixError(path_, "pwritev2", put < 0 ? errno : 0);
}

absl::Status PosixWritableFile::StartAnew(const std::string& path) {
  LSMKV_RETURN_IF_ERROR(CheckOpen());
  if (size_bytes_ > reserved_end_) {
    return absl::UnimplementedError("the file has no reserve");
  }
  window_.Unmap();
  for (uint64_t at = 0; at < size_bytes_; at += kZerosBytes) {
    const uint64_t n = std::min<uint64_t>(kZerosBytes, size_bytes_ - at);
    uint64_t written_bytes = 0;
    LSMKV_RETURN_IF_ERROR(
        WriteAt(at, std::string_view(Zeros()).substr(0, static_cast<size_t>(n)),
                &written_bytes));
  }
  path_ = path;
  size_bytes_ = 0;
  sync_started_ = 0;
  zeroed_end_ = 0;
  small_syncs_.store(0, std::memory_order_relaxed);
  return absl::OkStatus();
}

absl::Status PosixWritableFile::Preallocate(uint64_t bytes) {
  LSMKV_RETURN_IF_ERROR(CheckOpen());
  if (bytes == 0) return absl::OkStatus();
  if (bytes > kFileOffsetMax - size_bytes_) {
    return PosixError(path_, "fallocate", EFBIG);
  }
  has_reserve_ = true;
  writes_in_place_ = WritesInPlace(fd_.get());
  const int rc = RetryOnSignal([&] {
    return ::fallocate(fd_.get(), 0, static_cast<off_t>(size_bytes_),
                       static_cast<off_t>(bytes));
  });
  if (rc == 0) {
    reserved_end_ = std::max(reserved_end_, size_bytes_ + bytes);
    return absl::OkStatus();
  }
  if (errno == EOPNOTSUPP || errno == ENOSYS) return absl::OkStatus();
  absl::Status status = PosixError(path_, "fallocate", errno);
  // A failed call may keep what it got: on a disk that is almost full, the
  // room that others need to make more. Close cuts it if this cannot.
  CutReserve();
  return status;
}

void PosixWritableFile::Discard(uint64_t offset, uint64_t bytes) {
  if (!fd_.valid() || bytes == 0) return;
  static_cast<void>(
      ::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                  static_cast<off_t>(offset), static_cast<off_t>(bytes)));
}

absl::Status PosixWritableFile::Close() {
  if (!fd_.valid()) return absl::OkStatus();
  overwritten_.Unmap();
  absl::Status status;
  if (has_reserve_ && CutReserve() != 0) {
    status = PosixError(path_, "ftruncate", errno);
  }
  if (fd_.Close() != 0 && status.ok()) {
    status = PosixError(path_, "close", errno);
  }
  return status;
}

absl::Status PosixWritableFile::CheckOpen() const {
  if (fd_.valid()) return absl::OkStatus();
  return Internal(path_, ": the file is closed");
}

int PosixWritableFile::CutReserve() {
  window_.Unmap();  // memory past the end of a file must not be touched
  reserved_end_ = 0;
  return RetryOnSignal(
      [&] { return ::ftruncate(fd_.get(), static_cast<off_t>(size_bytes_)); });
}

}  // namespace lsmkv::engine
