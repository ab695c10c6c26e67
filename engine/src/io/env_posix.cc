// Env::Posix(): files through pread and write, locks through flock.
//
// Nothing is buffered here: the log and table writers hand over whole blocks.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/src/io/posix_fd.h"
#include "engine/src/io/posix_status.h"
#include "engine/src/io/posix_writable_file.h"
#include "engine/src/util/status.h"
#include "lsmkv/engine/env.h"
#include "lsmkv/engine/mutex.h"

namespace lsmkv::engine {
namespace {

constexpr uint64_t kMicrosPerSecond = 1'000'000;
constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirMode = 0700;

// Opens with O_CLOEXEC, and never as 0, 1 or 2: a process started with these
// closed would otherwise write its messages into a data file.
absl::StatusOr<UniqueFd> OpenFd(const std::string& path, int flags) {
  UniqueFd fd(RetryOnSignal(
      [&] { return ::open(path.c_str(), flags | O_CLOEXEC, kFileMode); }));
  if (!fd.valid()) return PosixError(path, "open", errno);
  if (fd.get() > STDERR_FILENO) return fd;
  UniqueFd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!moved.valid()) return PosixError(path, "fcntl(F_DUPFD)", errno);
  return moved;
}

absl::StatusOr<struct stat> StatFd(const std::string& path, int fd) {
  struct stat st;
  if (::fstat(fd, &st) != 0) return PosixError(path, "fstat", errno);
  return st;
}

absl::Status CheckRegular(const std::string& path, const struct stat& st) {
  if (S_ISREG(st.st_mode)) return absl::OkStatus();
  return Internal(path, ": not a regular file");
}

// Opens what must be a regular file. Links are not followed, and O_NONBLOCK,
// which means nothing to a regular file, keeps a pipe from blocking the open.
absl::StatusOr<UniqueFd> OpenRegular(const std::string& path, int flags) {
  LSMKV_ASSIGN_OR_RETURN(UniqueFd fd,
                         OpenFd(path, flags | O_NOFOLLOW | O_NONBLOCK));
  LSMKV_ASSIGN_OR_RETURN(const struct stat st, StatFd(path, fd.get()));
  LSMKV_RETURN_IF_ERROR(CheckRegular(path, st));
  return fd;
}

// What O_DIRECT asks of places and memory; where it asks for more, Read does
// it.
constexpr uint64_t kDirectAlignBytes = 4096;

class PosixRandomAccessFile : public RandomAccessFile {
 public:
  PosixRandomAccessFile(std::string path, UniqueFd fd)
      : path_(std::move(path)), fd_(std::move(fd)) {}

  absl::StatusOr<std::string_view> Read(uint64_t offset, size_t n,
                                        char* scratch) const override {
    // Offsets come from bytes on disk. No file reaches past kFileOffsetMax.
    if (offset > kFileOffsetMax) return std::string_view(scratch, 0);
    n = static_cast<size_t>(std::min<uint64_t>(n, kFileOffsetMax - offset));
    size_t done = 0;
    while (done < n) {
      const ssize_t got = RetryOnSignal([&] {
        return ::pread(fd_.get(), scratch + done, n - done,
                       static_cast<off_t>(offset + done));
      });
      if (got < 0) return PosixError(path_, "pread", errno);
      if (got == 0) break;  // the end of the file
      done += static_cast<size_t>(got);
    }
    return std::string_view(scratch, done);
  }

  absl::StatusOr<std::string_view> ReadOnce(uint64_t offset, size_t n,
                                            char* scratch) const override {
    if (const auto resident = ReadIfResident(offset, n, scratch)) {
      return *resident;
    }
    const bool aligned = (offset | n | reinterpret_cast<uintptr_t>(scratch)) %
                             kDirectAlignBytes ==
                         0;
    if (aligned && offset <= kFileOffsetMax) {
      // The same file, whatever has become of its name.
      const std::string self = Concat("/proc/self/fd/", fd_.get());
      const UniqueFd direct(
          ::open(self.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC));
      if (direct.valid() &&
          ::pread(direct.get(), scratch, n, static_cast<off_t>(offset)) ==
              static_cast<ssize_t>(n)) {
        return std::string_view(scratch, n);
      }
    }
    return Read(offset, n, scratch);
  }

  absl::StatusOr<uint64_t> Size() const override {
    LSMKV_ASSIGN_OR_RETURN(const struct stat st, StatFd(path_, fd_.get()));
    return static_cast<uint64_t>(st.st_size);
  }

  void ReadAhead(uint64_t offset, size_t n) const override {
    // To the system a length of 0 means "to the end".
    if (n == 0 || offset > kFileOffsetMax || n > kFileOffsetMax - offset)
      return;
    // A hint: where it is refused, nothing is lost but time.
    static_cast<void>(::posix_fadvise(fd_.get(), static_cast<off_t>(offset),
                                      static_cast<off_t>(n),
                                      POSIX_FADV_WILLNEED));
  }

  std::optional<std::string_view> ReadIfResident(uint64_t offset, size_t n,
                                                 char* scratch) const override {
    if (offset > kFileOffsetMax) return std::nullopt;
    struct iovec to = {scratch, n};
    // Any error, and a part, says no more than that Read has to do it.
    const ssize_t got =
        ::preadv2(fd_.get(), &to, 1, static_cast<off_t>(offset), RWF_NOWAIT);
    if (got < 0 || static_cast<size_t>(got) != n) return std::nullopt;
    return std::string_view(scratch, n);
  }

 private:
  const std::string path_;
  const UniqueFd fd_;
};

// The files this process has locked. flock alone would keep two callers of one
// process apart too, but could not say so in the message.
class LockTable {
 public:
  using FileId = std::pair<dev_t, ino_t>;

  // False if it is in the table already.
  bool Insert(const FileId& id) ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(&mu_);
    return held_.insert(id).second;
  }
  void Erase(const FileId& id) ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(&mu_);
    held_.erase(id);
  }

 private:
  Mutex mu_;
  std::set<FileId> held_ ABSL_GUARDED_BY(mu_);
};

// An entry in the table for as long as this object lives.
class LockTableEntry {
 public:
  LockTableEntry(LockTable* table, LockTable::FileId id)
      : table_(table), id_(id), inserted_(table->Insert(id)) {}
  ~LockTableEntry() {
    if (inserted_) table_->Erase(id_);
  }
  LockTableEntry(const LockTableEntry&) = delete;
  LockTableEntry& operator=(const LockTableEntry&) = delete;

  bool inserted() const { return inserted_; }

 private:
  LockTable* const table_;
  const LockTable::FileId id_;
  const bool inserted_;
};

class PosixFileLock : public FileLock {
 public:
  PosixFileLock(UniqueFd fd, std::unique_ptr<LockTableEntry> entry)
      : owner_(::getpid()), entry_(std::move(entry)), fd_(std::move(fd)) {}

  ~PosixFileLock() override {
    // The lock belongs to the open file, which a forked child shares: the
    // owner lets go of it even if a child still has the file open, and a child
    // that destroys its copy of this object takes nothing from the owner.
    if (::getpid() == owner_) {
      static_cast<void>(::flock(fd_.get(), LOCK_UN));
    }
  }

 private:
  const pid_t owner_;
  // Destroyed last to first: the file is closed, then the entry goes.
  std::unique_ptr<LockTableEntry> entry_;
  UniqueFd fd_;
};

absl::Status LockedBy(const std::string& path, int64_t pid) {
  if (pid <= 0) return FailedPrecondition(path, ": locked by another process");
  return FailedPrecondition(path, ": locked by process ", pid,
                            pid == ::getpid() ? " (this one)" : "");
}

// The process that wrote its number into a lock file, or 0.
int64_t ReadLockOwner(int fd) {
  char text[32] = {};
  const ssize_t got =
      RetryOnSignal([&] { return ::pread(fd, text, sizeof(text) - 1, 0); });
  return got <= 0 ? 0 : std::strtoll(text, nullptr, 10);
}

// Only serves the message of whoever fails to get the lock, so a full disk
// must not keep the holder from it.
void WriteLockOwner(int fd, off_t old_size) {
  const std::string text = Concat(::getpid(), "\n");
  const ssize_t put = ::pwrite(fd, text.data(), text.size(), 0);
  const off_t size = put < 0 ? 0 : static_cast<off_t>(put);
  if (size >= old_size) return;
  static_cast<void>(RetryOnSignal([&] { return ::ftruncate(fd, size); }));
}

class PosixEnv : public Env {
 public:
  absl::StatusOr<std::unique_ptr<RandomAccessFile>> NewRandomAccessFile(
      const std::string& path) override {
    LSMKV_ASSIGN_OR_RETURN(UniqueFd fd, OpenRegular(path, O_RDONLY));
    return std::make_unique<PosixRandomAccessFile>(path, std::move(fd));
  }

  absl::StatusOr<std::unique_ptr<WritableFile>> NewWritableFile(
      const std::string& path) override {
    LSMKV_ASSIGN_OR_RETURN(UniqueFd fd,
                           OpenRegular(path, O_RDWR | O_CREAT | O_EXCL));
    return std::make_unique<PosixWritableFile>(path, std::move(fd));
  }

  absl::StatusOr<std::vector<std::string>> ListDir(
      const std::string& path) override {
    LSMKV_ASSIGN_OR_RETURN(UniqueFd fd, OpenFd(path, O_RDONLY | O_DIRECTORY));
    std::unique_ptr<DIR, int (*)(DIR*)> dir(::fdopendir(fd.get()), ::closedir);
    if (dir == nullptr) return PosixError(path, "fdopendir", errno);
    fd.Release();  // closedir closes it
    std::vector<std::string> names;
    while (true) {
      errno = 0;  // the end is told from an error by errno alone
      const struct dirent* entry = ::readdir(dir.get());
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return PosixError(path, "readdir", errno);
    return names;
  }

  absl::StatusOr<bool> FileExists(const std::string& path) override {
    // lstat: a link that leads nowhere takes up its name all the same.
    struct stat st;
    if (::lstat(path.c_str(), &st) == 0) return true;
    if (errno == ENOENT) return false;
    return PosixError(path, "lstat", errno);
  }

  absl::StatusOr<uint64_t> FileSize(const std::string& path) override {
    struct stat st;
    if (::lstat(path.c_str(), &st) != 0) {
      return PosixError(path, "lstat", errno);
    }
    LSMKV_RETURN_IF_ERROR(CheckRegular(path, st));
    return static_cast<uint64_t>(st.st_size);
  }

  absl::Status CreateDir(const std::string& path) override {
    if (::mkdir(path.c_str(), kDirMode) == 0) return absl::OkStatus();
    const int error = errno;
    struct stat st;  // stat: the directory may be reached through a link
    if (error == EEXIST && ::stat(path.c_str(), &st) == 0 &&
        S_ISDIR(st.st_mode)) {
      return absl::OkStatus();
    }
    return PosixError(path, "mkdir", error);
  }

  absl::Status SyncDir(const std::string& path) override {
    LSMKV_ASSIGN_OR_RETURN(UniqueFd fd, OpenFd(path, O_RDONLY | O_DIRECTORY));
    if (::fsync(fd.get()) != 0) {
      return NeverRetried(PosixError(path, "fsync", errno));
    }
    return absl::OkStatus();
  }

  absl::Status RemoveFile(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return PosixError(path, "unlink", errno);
    return absl::OkStatus();
  }

  absl::Status RenameFile(const std::string& from,
                          const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) {
      return PosixError(Concat(from, " to ", to), "rename", errno);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<FileLock>> LockFile(
      const std::string& path) override {
    LSMKV_ASSIGN_OR_RETURN(UniqueFd fd, OpenRegular(path, O_RDWR | O_CREAT));
    LSMKV_ASSIGN_OR_RETURN(const struct stat st, StatFd(path, fd.get()));
    auto entry = std::make_unique<LockTableEntry>(
        &locks_, LockTable::FileId(st.st_dev, st.st_ino));
    // Closing this second descriptor leaves the holder's lock alone: flock
    // ties it to the open file, unlike fcntl.
    if (!entry->inserted()) return LockedBy(path, ::getpid());
    if (RetryOnSignal([&] { return ::flock(fd.get(), LOCK_EX | LOCK_NB); }) !=
        0) {
      if (errno == EWOULDBLOCK) return LockedBy(path, ReadLockOwner(fd.get()));
      return PosixError(path, "flock", errno);
    }
    // A lock on a file that has lost its name in the meantime guards nothing.
    struct stat named;
    if (::lstat(path.c_str(), &named) != 0 || named.st_dev != st.st_dev ||
        named.st_ino != st.st_ino) {
      return FailedPrecondition(path, ": replaced while it was being locked");
    }
    WriteLockOwner(fd.get(), st.st_size);
    return std::make_unique<PosixFileLock>(std::move(fd), std::move(entry));
  }

  absl::StatusOr<uint64_t> FreeSpaceBytes(const std::string& path) override {
    struct statvfs st;
    if (RetryOnSignal([&] { return ::statvfs(path.c_str(), &st); }) != 0) {
      return PosixError(path, "statvfs", errno);
    }
    return uint64_t{st.f_bavail} * uint64_t{st.f_frsize};
  }

  uint64_t MonotonicMicros() override { return Now(CLOCK_MONOTONIC); }
  uint64_t WallMicros() override { return Now(CLOCK_REALTIME); }

  void SleepMicros(uint64_t micros) override {
    struct timespec left;
    left.tv_sec = static_cast<time_t>(micros / kMicrosPerSecond);
    left.tv_nsec = static_cast<long>(micros % kMicrosPerSecond * 1000);
    while (::nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
  }

  uint64_t RandomBits() override {
    uint64_t bits = 0;
    // Eight bytes come whole, and fail only for a signal.
    while (::getrandom(&bits, sizeof bits, 0) != sizeof bits) {
    }
    return bits;
  }

 private:
  static uint64_t Now(clockid_t clock) {
    struct timespec now;
    // Cannot fail for the two clocks asked for.
    static_cast<void>(::clock_gettime(clock, &now));
    return static_cast<uint64_t>(now.tv_sec) * kMicrosPerSecond +
           static_cast<uint64_t>(now.tv_nsec) / 1000;
  }

  LockTable locks_;
};

}  // namespace

Env* Env::Posix() {
  // Never destroyed: background threads may outlive the end of main.
  static PosixEnv* const env = new PosixEnv;
  return env;
}

}  // namespace lsmkv::engine
