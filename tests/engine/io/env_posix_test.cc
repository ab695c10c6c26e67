// What only the operating system can do to Env::Posix(); the rest is in
// env_suite_test.cc.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include <linux/magic.h>

#include "engine/src/util/status.h"
#include "lsmkv/engine/env.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace lsmkv::engine {
namespace {

// Runs `body` in a forked child; its return value is the child's exit code.
template <typename Body>
pid_t Fork(Body body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  return pid;
}

int ExitCode(pid_t pid) {
  int wait_status = 0;
  EXPECT_EQ(::waitpid(pid, &wait_status, 0), pid);
  EXPECT_TRUE(WIFEXITED(wait_status)) << wait_status;
  return WEXITSTATUS(wait_status);
}

// Lowers a limit of the process for a scope.
class ScopedLimit {
 public:
  ScopedLimit(decltype(RLIMIT_NOFILE) resource, rlim_t value)
      : resource_(resource) {
    EXPECT_EQ(::getrlimit(resource_, &old_), 0);
    rlimit lowered = old_;
    lowered.rlim_cur = value;
    EXPECT_EQ(::setrlimit(resource_, &lowered), 0);
  }
  ~ScopedLimit() { EXPECT_EQ(::setrlimit(resource_, &old_), 0); }
  ScopedLimit(const ScopedLimit&) = delete;
  ScopedLimit& operator=(const ScopedLimit&) = delete;

 private:
  const decltype(RLIMIT_NOFILE) resource_;
  rlimit old_{};
};

class EnvPosixTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) { return dir_.File(name); }

  mode_t Mode(const std::string& path) {
    struct stat st = {};
    EXPECT_EQ(::lstat(path.c_str(), &st), 0) << path;
    return st.st_mode & 07777;
  }

  Env* const env_ = Env::Posix();
  TempDir dir_;
};

TEST_F(EnvPosixTest, FilesAreForTheirOwnerOnly) {
  const mode_t old_mask = ::umask(0);
  const auto file = env_->NewWritableFile(Path("f"));
  const auto dir = env_->CreateDir(Path("d"));
  const auto lock = env_->LockFile(Path("LOCK"));
  ::umask(old_mask);
  ASSERT_OK(file);
  ASSERT_OK(dir);
  ASSERT_OK(lock);
  EXPECT_EQ(Mode(Path("f")), 0600u);
  EXPECT_EQ(Mode(Path("d")), 0700u);
  EXPECT_EQ(Mode(Path("LOCK")), 0600u);
}

TEST_F(EnvPosixTest, SymbolicLinksAreNotFollowed) {
  { ASSERT_OK(env_->NewWritableFile(Path("real"))); }
  ASSERT_EQ(::symlink(Path("real").c_str(), Path("link").c_str()), 0);
  ASSERT_EQ(::symlink(Path("nowhere").c_str(), Path("dangling").c_str()), 0);
  EXPECT_STATUS_CONTAINS(env_->NewRandomAccessFile(Path("link")),
                         absl::StatusCode::kInternal, Path("link"));
  EXPECT_STATUS(env_->FileSize(Path("link")), absl::StatusCode::kInternal);
  EXPECT_STATUS(env_->LockFile(Path("link")), absl::StatusCode::kInternal);
  EXPECT_STATUS(env_->NewWritableFile(Path("dangling")),
                absl::StatusCode::kAlreadyExists);
  ASSERT_OK_AND_ASSIGN(const bool taken, env_->FileExists(Path("dangling")));
  EXPECT_TRUE(taken);
  ASSERT_OK_AND_ASSIGN(const bool made, env_->FileExists(Path("nowhere")));
  EXPECT_FALSE(made);
}

TEST_F(EnvPosixTest, DirectoryMayBeReachedThroughALink) {
  ASSERT_OK(env_->CreateDir(Path("d")));
  ASSERT_EQ(::symlink(Path("d").c_str(), Path("link").c_str()), 0);
  EXPECT_OK(env_->CreateDir(Path("link")));
  EXPECT_OK(env_->NewWritableFile(Path("link/f")));
  EXPECT_OK(env_->SyncDir(Path("link")));
  ASSERT_OK_AND_ASSIGN(const auto names, env_->ListDir(Path("link")));
  EXPECT_EQ(names, std::vector<std::string>{"f"});
}

TEST_F(EnvPosixTest, PipeIsRefusedWithoutBlocking) {
  ASSERT_EQ(::mkfifo(Path("pipe").c_str(), 0600), 0);
  EXPECT_STATUS_CONTAINS(env_->NewRandomAccessFile(Path("pipe")),
                         absl::StatusCode::kInternal, "not a regular file");
  EXPECT_STATUS_CONTAINS(env_->LockFile(Path("pipe")),
                         absl::StatusCode::kInternal, "not a regular file");
  EXPECT_STATUS(env_->FileSize(Path("pipe")), absl::StatusCode::kInternal);
}

TEST_F(EnvPosixTest, DeviceIsRefused) {
  EXPECT_STATUS_CONTAINS(env_->NewRandomAccessFile("/dev/zero"),
                         absl::StatusCode::kInternal, "not a regular file");
}

TEST_F(EnvPosixTest, DataNeverGetsAStandardDescriptor) {
  const std::string written = Path("written");
  const std::string locked = Path("LOCK");
  const pid_t child = Fork([&] {
    for (int fd = 0; fd < 3; ++fd) ::close(fd);
    auto file = env_->NewWritableFile(written);
    auto reader = env_->NewRandomAccessFile(written);
    auto lock = env_->LockFile(locked);
    if (!file.ok() || !reader.ok() || !lock.ok()) return 10;
    for (int fd = 0; fd < 3; ++fd) {
      if (::fcntl(fd, F_GETFD) != -1 || errno != EBADF) return 20 + fd;
    }
    if (!(*file)->Append("data").ok() || !(*file)->Close().ok()) return 30;
    return 0;
  });
  EXPECT_EQ(ExitCode(child), 0);
  ASSERT_OK_AND_ASSIGN(const uint64_t size, env_->FileSize(written));
  EXPECT_EQ(size, 4u);
}

TEST_F(EnvPosixTest, DescriptorsAreClosedInExecutedPrograms) {
  std::vector<bool> open_before;
  for (int fd = 0; fd < 64; ++fd) {
    open_before.push_back(::fcntl(fd, F_GETFD) != -1);
  }
  ASSERT_OK_AND_ASSIGN(auto file, env_->NewWritableFile(Path("f")));
  ASSERT_OK_AND_ASSIGN(auto reader, env_->NewRandomAccessFile(Path("f")));
  ASSERT_OK_AND_ASSIGN(auto lock, env_->LockFile(Path("LOCK")));
  int found = 0;
  for (int fd = 0; fd < 64; ++fd) {
    const int flags = ::fcntl(fd, F_GETFD);
    if (flags == -1 || open_before[static_cast<size_t>(fd)]) continue;
    ++found;
    EXPECT_NE(flags & FD_CLOEXEC, 0) << fd;
  }
  EXPECT_EQ(found, 3);
}

TEST_F(EnvPosixTest, TooManyOpenFilesIsResourceExhausted) {
  ASSERT_OK_AND_ASSIGN(auto file, env_->NewWritableFile(Path("f")));
  const ScopedLimit limit(RLIMIT_NOFILE, 0);
  EXPECT_STATUS(env_->NewRandomAccessFile(Path("f")),
                absl::StatusCode::kResourceExhausted);
  EXPECT_STATUS(env_->NewWritableFile(Path("g")),
                absl::StatusCode::kResourceExhausted);
  EXPECT_STATUS(env_->ListDir(dir_.path()),
                absl::StatusCode::kResourceExhausted);
  EXPECT_STATUS(env_->LockFile(Path("LOCK")),
                absl::StatusCode::kResourceExhausted);
  EXPECT_OK(file->Append("open files go on"));
}

// A file at its size limit takes what fits (a short write) and then fails.
TEST_F(EnvPosixTest, ShortWriteIsContinuedUntilTheErrorIsKnown) {
  struct sigaction ignore = {};
  struct sigaction old = {};
  ignore.sa_handler = SIG_IGN;
  ASSERT_EQ(::sigaction(SIGXFSZ, &ignore, &old), 0);
  {
    const ScopedLimit limit(RLIMIT_FSIZE, 10);
    ASSERT_OK_AND_ASSIGN(auto file, env_->NewWritableFile(Path("f")));
    ASSERT_OK(file->Append("12345678"));
    EXPECT_STATUS_CONTAINS(file->Append("abcdefgh"),
                           absl::StatusCode::kInternal, Path("f"));
    ASSERT_OK(file->Close());
  }
  ASSERT_EQ(::sigaction(SIGXFSZ, &old, nullptr), 0);
  ASSERT_OK_AND_ASSIGN(auto file, env_->NewRandomAccessFile(Path("f")));
  char scratch[32];
  ASSERT_OK_AND_ASSIGN(const auto got, file->Read(0, 32, scratch));
  EXPECT_EQ(got, "12345678ab");
}

TEST_F(EnvPosixTest, PreallocateTakesTheSpace) {
  ASSERT_OK_AND_ASSIGN(auto file, env_->NewWritableFile(Path("f")));
  ASSERT_OK(file->Preallocate(1 << 20));
  struct stat st = {};
  ASSERT_EQ(::stat(Path("f").c_str(), &st), 0);
  if (st.st_size != 0) {  // 0: this file system cannot reserve, which is OK
    EXPECT_EQ(st.st_size, 1 << 20);
    EXPECT_GE(st.st_blocks * 512, 1 << 20);
  }
  ASSERT_OK(file->Close());
  ASSERT_EQ(::stat(Path("f").c_str(), &st), 0);
  EXPECT_EQ(st.st_size, 0);
}

// Reserved space that is written to before it is needed is what a later sync
// does not have to allot any more.
TEST_F(EnvPosixTest, ZerosGoAheadOfSmallSyncedAppends) {
  const std::string path = Path("f");
  ASSERT_OK_AND_ASSIGN(auto file, env_->NewWritableFile(path));
  ASSERT_OK(file->Preallocate(1 << 20));
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  struct statfs fs = {};
  ASSERT_EQ(::fstatfs(fd, &fs), 0);
  // Others need no zeros, or do not tell what was written.
  const bool tells =
      fs.f_type == EXT4_SUPER_MAGIC || fs.f_type == XFS_SUPER_MAGIC;
  const auto written = [&](off_t at) {
    return ::lseek(fd, at, SEEK_DATA) == at;
  };
  std::string all;
  for (int i = 0; i < 10; ++i) {
    if (tells) EXPECT_EQ(written(8192), i > 4) << i;
    const std::string small = "small " + std::to_string(i);
    ASSERT_OK(file->Append(small));
    ASSERT_OK(file->Sync());
    all += small;
  }
  // Behind what is large there are none.
  const std::string large(200 << 10, 'l');
  ASSERT_OK(file->Append(large));
  ASSERT_OK(file->Sync());
  ASSERT_OK(file->Append("end"));
  all += large + "end";
  if (tells) EXPECT_FALSE(written(256 << 10));
  ::close(fd);
  // What is not appended reads as zero, and goes in the end.
  ASSERT_OK_AND_ASSIGN(auto reader, env_->NewRandomAccessFile(path));
  std::string scratch(300 << 10, 'x');
  ASSERT_OK_AND_ASSIGN(std::string_view got,
                       reader->Read(0, scratch.size(), scratch.data()));
  EXPECT_EQ(got.substr(0, all.size()), all);
  EXPECT_EQ(got.find_first_not_of('\0', all.size()), std::string_view::npos);
  ASSERT_OK(file->Close());
  ASSERT_OK_AND_ASSIGN(got, reader->Read(0, scratch.size(), scratch.data()));
  EXPECT_EQ(got, all);
}

TEST_F(EnvPosixTest, DiscardGivesSpaceBack) {
  ASSERT_OK_AND_ASSIGN(auto file, env_->NewWritableFile(Path("f")));
  ASSERT_OK(file->Append(std::string(1 << 20, 'a')));
  ASSERT_OK(file->Sync());
  file->Discard(4096, 512 << 10);
  ASSERT_OK(file->Close());
  ASSERT_OK_AND_ASSIGN(auto reader, env_->NewRandomAccessFile(Path("f")));
  char scratch[1];
  ASSERT_OK_AND_ASSIGN(const auto got, reader->Read(4096, 1, scratch));
  if (got == "a") return;  // this file system cannot, which is OK
  struct stat st = {};
  ASSERT_EQ(::stat(Path("f").c_str(), &st), 0);
  EXPECT_EQ(st.st_size, 1 << 20);
  EXPECT_LE(st.st_blocks * 512, (512 << 10) + 4096);
}

// Cut by someone else: an error, as it is with a system call, and no SIGBUS.
TEST_F(EnvPosixTest, UnsyncedAppendToACutFileIsAnError) {
  ASSERT_OK_AND_ASSIGN(auto file, env_->NewWritableFile(Path("f")));
  ASSERT_OK(file->Preallocate(1 << 20));
  ASSERT_OK(file->AppendUnsynced("abc"));
  struct stat st = {};
  ASSERT_EQ(::stat(Path("f").c_str(), &st), 0);
  if (st.st_size == 0) return;  // this file system cannot reserve
  ASSERT_EQ(::truncate(Path("f").c_str(), 0), 0);
  EXPECT_STATUS_CONTAINS(file->AppendUnsynced("def"),
                         absl::StatusCode::kInternal, Path("f"));
}

TEST_F(EnvPosixTest, UnsyncedAppendsSurviveTheDeathOfTheProcess) {
  const pid_t pid = Fork([&] {
    auto file = env_->NewWritableFile(Path("f"));
    if (!file.ok() || !(*file)->Preallocate(3 << 20).ok()) return 1;
    for (int i = 0; i < 50'000; ++i) {
      const std::string data = Concat(100'000 + i, "-");
      if (!(*file)->AppendUnsynced(std::string(7, 'x') + data).ok()) return 2;
    }
    ::raise(SIGKILL);
    return 3;
  });
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
  ASSERT_OK_AND_ASSIGN(auto file, env_->NewRandomAccessFile(Path("f")));
  char scratch[14];
  ASSERT_OK_AND_ASSIGN(auto got, file->Read(0, sizeof(scratch), scratch));
  EXPECT_EQ(got, "xxxxxxx100000-");
  ASSERT_OK_AND_ASSIGN(got, file->Read(49'999 * 14, sizeof(scratch), scratch));
  EXPECT_EQ(got, "xxxxxxx149999-");
}

TEST_F(EnvPosixTest, ImpossibleReserveIsAnError) {
  ASSERT_OK_AND_ASSIGN(auto file, env_->NewWritableFile(Path("f")));
  ASSERT_OK(file->Append("abc"));
  EXPECT_FALSE(file->Preallocate(~uint64_t{0}).ok());
  ASSERT_OK(file->Append("def"));
  ASSERT_OK(file->Close());
  ASSERT_OK_AND_ASSIGN(const uint64_t size, env_->FileSize(Path("f")));
  EXPECT_EQ(size, 6u);
}

// Root may do everything: gives the folder to a user who may not, and is that
// user for a scope. Does nothing where the test is no root's.
class ScopedPlainUser {
 public:
  explicit ScopedPlainUser(const std::string& folder)
      : was_root_(::geteuid() == 0) {
    if (!was_root_) return;
    EXPECT_EQ(::chown(folder.c_str(), kNobody, kNobody), 0);
    EXPECT_EQ(::seteuid(kNobody), 0);
  }
  ~ScopedPlainUser() {
    if (was_root_) {
      EXPECT_EQ(::seteuid(0), 0);
    }
  }
  ScopedPlainUser(const ScopedPlainUser&) = delete;
  ScopedPlainUser& operator=(const ScopedPlainUser&) = delete;

 private:
  static constexpr uid_t kNobody = 65534;
  const bool was_root_;
};

TEST_F(EnvPosixTest, NoPermissionIsPermissionDenied) {
  const ScopedPlainUser user(dir_.path());
  { ASSERT_OK(env_->NewWritableFile(Path("f"))); }
  ASSERT_EQ(::chmod(Path("f").c_str(), 0), 0);
  EXPECT_STATUS_CONTAINS(env_->NewRandomAccessFile(Path("f")),
                         absl::StatusCode::kPermissionDenied, Path("f"));
}

TEST_F(EnvPosixTest, RenameMovesBetweenDirectories) {
  ASSERT_OK(env_->CreateDir(Path("d")));
  { ASSERT_OK(env_->NewWritableFile(Path("f"))); }
  ASSERT_OK(env_->RenameFile(Path("f"), Path("d/f")));
  ASSERT_OK_AND_ASSIGN(const bool there, env_->FileExists(Path("d/f")));
  EXPECT_TRUE(there);
}

TEST_F(EnvPosixTest, SyncMayRunBesideAppend) {
  ASSERT_OK_AND_ASSIGN(auto file, env_->NewWritableFile(Path("f")));
  std::thread syncer([&file] {
    for (int i = 0; i < 20; ++i) EXPECT_OK(file->Sync());
  });
  for (int i = 0; i < 200; ++i) EXPECT_OK(file->Append("0123456789"));
  syncer.join();
  ASSERT_OK(file->Close());
  ASSERT_OK_AND_ASSIGN(const uint64_t size, env_->FileSize(Path("f")));
  EXPECT_EQ(size, 2000u);
}

// --- Locks -------------------------------------------------------------------

TEST_F(EnvPosixTest, SecondLockInOneProcessNamesIt) {
  ASSERT_OK_AND_ASSIGN(auto first, env_->LockFile(Path("LOCK")));
  // Known without the file's help, as on a disk too full to write into it.
  ASSERT_EQ(::truncate(Path("LOCK").c_str(), 0), 0);
  EXPECT_STATUS_CONTAINS(
      env_->LockFile(Path("LOCK")), absl::StatusCode::kFailedPrecondition,
      Concat("locked by process ", ::getpid(), " (this one)"));
}

TEST_F(EnvPosixTest, LockIsOfTheFileNotOfItsName) {
  ASSERT_OK(env_->CreateDir(Path("d")));
  ASSERT_EQ(::symlink(Path("d").c_str(), Path("alias").c_str()), 0);
  ASSERT_OK_AND_ASSIGN(auto first, env_->LockFile(Path("d/LOCK")));
  EXPECT_STATUS(env_->LockFile(Path("alias/LOCK")),
                absl::StatusCode::kFailedPrecondition);
}

// A child process that holds `path` until it is told to go.
class LockHolder {
 public:
  explicit LockHolder(const std::string& path) {
    int ready[2];
    int done[2];
    EXPECT_EQ(::pipe2(ready, O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(done, O_CLOEXEC), 0);
    pid_ = Fork([&]() -> int {
      ::close(ready[0]);
      ::close(done[1]);
      const auto lock = Env::Posix()->LockFile(path);
      char byte = lock.ok() ? 'y' : 'n';
      if (::write(ready[1], &byte, 1) != 1) return 1;
      const bool told = ::read(done[0], &byte, 1) == 0;  // until it is closed
      // Not returned: that would release the lock in good order.
      ::_exit(told ? 0 : 2);
    });
    ::close(ready[1]);
    ::close(done[0]);
    done_ = done[1];
    char byte = 'n';
    EXPECT_EQ(::read(ready[0], &byte, 1), 1);
    EXPECT_EQ(byte, 'y');
    ::close(ready[0]);
  }
  // The child ends without a destructor running, as one that is killed does.
  void Stop() {
    ::close(done_);
    EXPECT_EQ(ExitCode(pid_), 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
  int done_ = -1;
};

TEST_F(EnvPosixTest, LockOfAnotherProcessIsNamedAndEndsWithIt) {
  LockHolder holder(Path("LOCK"));
  for (int i = 0; i < 2; ++i) {
    EXPECT_STATUS_CONTAINS(
        env_->LockFile(Path("LOCK")), absl::StatusCode::kFailedPrecondition,
        Concat(Path("LOCK"), ": locked by process ", holder.pid()));
  }
  holder.Stop();
  EXPECT_OK(env_->LockFile(Path("LOCK"))) << "the file is still there";
}

TEST_F(EnvPosixTest, LockWithoutAReadableOwnerIsStillALock) {
  const int fd =
      ::open(Path("LOCK").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_GE(fd, 0);
  ASSERT_EQ(::flock(fd, LOCK_EX | LOCK_NB), 0);
  EXPECT_STATUS_CONTAINS(env_->LockFile(Path("LOCK")),
                         absl::StatusCode::kFailedPrecondition,
                         "locked by another process");
  ::close(fd);
  EXPECT_OK(env_->LockFile(Path("LOCK")));
}

TEST_F(EnvPosixTest, FailedLocksLeaveTheLockVisibleToOtherProcesses) {
  ASSERT_OK_AND_ASSIGN(auto first, env_->LockFile(Path("LOCK")));
  EXPECT_FALSE(env_->LockFile(Path("LOCK")).ok());
  const int fd = ::open(Path("LOCK").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(::flock(fd, LOCK_EX | LOCK_NB), -1);
  first.reset();
  EXPECT_EQ(::flock(fd, LOCK_EX | LOCK_NB), 0);
  ::close(fd);
}

TEST_F(EnvPosixTest, ForkedChildCannotReleaseTheLock) {
  ASSERT_OK_AND_ASSIGN(auto lock, env_->LockFile(Path("LOCK")));
  const pid_t child = Fork([&] {
    lock.reset();
    return 0;
  });
  EXPECT_EQ(ExitCode(child), 0);
  const int fd = ::open(Path("LOCK").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(::flock(fd, LOCK_EX | LOCK_NB), -1);
  ::close(fd);
}

TEST_F(EnvPosixTest, OwnerReleasesTheLockEvenIfAForkedChildLives) {
  ASSERT_OK_AND_ASSIGN(auto lock, env_->LockFile(Path("LOCK")));
  int done[2];
  ASSERT_EQ(::pipe2(done, O_CLOEXEC), 0);
  const pid_t child = Fork([&] {
    ::close(done[1]);
    char byte;
    return ::read(done[0], &byte, 1) == 0 ? 0 : 1;
  });
  ::close(done[0]);
  lock.reset();
  EXPECT_OK(env_->LockFile(Path("LOCK")));
  ::close(done[1]);
  EXPECT_EQ(ExitCode(child), 0);
}

TEST_F(EnvPosixTest, OnlyOneOfManyThreadsGetsTheLock) {
  std::vector<std::unique_ptr<FileLock>> locks(8);
  std::vector<std::thread> threads;
  for (auto& slot : locks) {
    threads.emplace_back([this, &slot] {
      auto lock = env_->LockFile(Path("LOCK"));
      if (lock.ok()) slot = *std::move(lock);
    });
  }
  for (std::thread& thread : threads) thread.join();
  int held = 0;
  for (const auto& lock : locks) held += lock != nullptr ? 1 : 0;
  EXPECT_EQ(held, 1);
}

}  // namespace
}  // namespace lsmkv::engine
