// Env::Posix() over system calls that fail, are interrupted or do less than
// they were asked.

#include <errno.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "lsmkv/engine/env.h"
#include "tests/engine/io/system_calls.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace lsmkv::engine {
namespace {

class SystemCallFaultsTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) { return dir_.File(name); }

  std::unique_ptr<WritableFile> Create(const std::string& name) {
    auto file = env_->NewWritableFile(Path(name));
    EXPECT_OK(file);
    return *std::move(file);
  }
  void Write(const std::string& name, const std::string& bytes) {
    const auto file = Create(name);
    ASSERT_OK(file->Append(bytes));
    ASSERT_OK(file->Close());
  }
  std::string Read(const std::string& name) {
    std::string scratch(1000, '\0');
    auto file = env_->NewRandomAccessFile(Path(name));
    if (!file.ok()) return file.status().ToString();
    auto read = (*file)->Read(0, scratch.size(), scratch.data());
    return read.ok() ? std::string(*read) : read.status().ToString();
  }

  Env* const env_ = Env::Posix();
  TempDir dir_;
};

TEST_F(SystemCallFaultsTest, ShortReadIsContinuedToTheEndOfTheFile) {
  Write("f", "0123456789");
  ScopedSystemCallFault fault(
      {.call = "pread", .times = 1000, .error = {}, .bytes = 1});
  EXPECT_EQ(Read("f"), "0123456789");
  EXPECT_EQ(fault.calls(), 11);  // the last one finds the end
}

TEST_F(SystemCallFaultsTest, ReadThatFailsInTheMiddleIsNoEnd) {
  Write("f", "0123456789");
  ScopedSystemCallFault fault({.call = "pread", .error = EIO});
  EXPECT_NE(Read("f").find("INTERNAL"), std::string::npos);
}

TEST_F(SystemCallFaultsTest, ShortWriteIsContinued) {
  ScopedSystemCallFault fault(
      {.call = "pwrite", .times = 1000, .error = {}, .bytes = 3});
  Write("f", "0123456789");
  EXPECT_EQ(fault.calls(), 4);
  EXPECT_EQ(Read("f"), "0123456789");
}

TEST_F(SystemCallFaultsTest, WriteThatWritesNothingIsAnErrorNotALoop) {
  const auto file = Create("f");
  ScopedSystemCallFault fault(
      {.call = "pwrite", .times = 1000, .error = {}, .bytes = 0});
  EXPECT_STATUS_CONTAINS(file->Append("0123"), absl::StatusCode::kInternal,
                         Path("f"));
}

TEST_F(SystemCallFaultsTest, WriteThatFillsTheDiskLeavesAPrefix) {
  const auto file = Create("f");
  {
    ScopedSystemCallFault fault(
        {.call = "pwrite", .times = 1, .error = {}, .bytes = 4});
    ASSERT_OK(file->Append("01234567"));
  }
  {
    ScopedSystemCallFault fault({.call = "pwrite", .error = ENOSPC});
    EXPECT_STATUS_CONTAINS(file->Append("89"),
                           absl::StatusCode::kResourceExhausted, Path("f"));
  }
  EXPECT_EQ(Read("f"), "01234567");
}

// A second call may report success for pages that the first one lost.
TEST_F(SystemCallFaultsTest, FailedSyncIsNotRepeatedEvenIfInterrupted) {
  const auto file = Create("f");
  ASSERT_OK(file->Append("0123"));
  for (const int error : {EINTR, EIO}) {
    ScopedSystemCallFault fault({.call = "fdatasync", .error = error});
    EXPECT_STATUS(file->Sync(), absl::StatusCode::kInternal);
    EXPECT_EQ(fault.calls(), 1);
  }
  for (const int error : {EINTR, EIO, ENOSPC, EDQUOT}) {
    ScopedSystemCallFault fault({.call = "fsync", .error = error});
    EXPECT_STATUS(env_->SyncDir(dir_.path()), absl::StatusCode::kInternal);
    EXPECT_EQ(fault.calls(), 1);
  }
}

// RESOURCE_EXHAUSTED says that nothing was tried.
TEST_F(SystemCallFaultsTest, DirectoryThatCannotBeOpenedIsNotSynced) {
  ScopedSystemCallFault fault({.call = "open", .error = EMFILE});
  EXPECT_STATUS(env_->SyncDir(dir_.path()),
                absl::StatusCode::kResourceExhausted);
}

TEST_F(SystemCallFaultsTest, ReserveIsAHint) {
  const auto file = Create("f");
  for (const int error : {EOPNOTSUPP, ENOSYS}) {
    ScopedSystemCallFault fault({.call = "fallocate", .error = error});
    EXPECT_OK(file->Preallocate(100));
    EXPECT_EQ(fault.failed(), 1);
  }
}

// Its number may belong to another thread's file by then.
TEST_F(SystemCallFaultsTest, FailedCloseIsReportedAndNotRepeated) {
  for (const int error : {EINTR, EIO}) {
    const auto file = Create("f" + std::to_string(error));
    ScopedSystemCallFault fault({.call = "close", .error = error});
    EXPECT_STATUS(file->Close(), absl::StatusCode::kInternal);
    EXPECT_OK(file->Close());
    EXPECT_EQ(fault.calls(), 1);
  }
}

TEST_F(SystemCallFaultsTest, FileThatCannotBeCutIsClosedAllTheSame) {
  const auto file = Create("f");
  ASSERT_OK(file->Preallocate(100));
  ScopedSystemCallFault fault({.call = "ftruncate", .error = EIO});
  EXPECT_STATUS(file->Close(), absl::StatusCode::kInternal);
  EXPECT_STATUS(file->Append("a"), absl::StatusCode::kInternal);
}

// --- Every call, every error ------------------------------------------------

struct CallCase {
  std::string call;
  // What makes the call, on a file "f" that is there and a name "new" that is
  // free.
  std::function<absl::Status(Env*, const TempDir&)> operation;
  bool repeated_if_interrupted;
};
void PrintTo(const CallCase& call, std::ostream* out) { *out << call.call; }

class EverySystemCallTest : public SystemCallFaultsTest,
                            public ::testing::WithParamInterface<CallCase> {
 protected:
  EverySystemCallTest() { Write("f", "0123456789"); }
  absl::Status Operate() { return GetParam().operation(env_, dir_); }
};

TEST_P(EverySystemCallTest, FailsWithTheCodeOfItsErrorAndNamesThePath) {
  for (const int error : {EIO, ENOSPC, EDQUOT, EMFILE, ENFILE}) {
    SCOPED_TRACE(error);
    ScopedSystemCallFault fault({.call = GetParam().call, .error = error});
    const absl::Status status = Operate();
    EXPECT_EQ(fault.failed(), 1);
    EXPECT_STATUS_CONTAINS(status,
                           error == EIO ? absl::StatusCode::kInternal
                                        : absl::StatusCode::kResourceExhausted,
                           dir_.path());
    EXPECT_STATUS_CONTAINS(status, status.code(),
                           "errno " + std::to_string(error));
  }
}

TEST_P(EverySystemCallTest, IsRepeatedIfASignalInterruptsIt) {
  if (!GetParam().repeated_if_interrupted) return;
  ScopedSystemCallFault fault(
      {.call = GetParam().call, .times = 3, .error = EINTR});
  EXPECT_OK(Operate());
  EXPECT_EQ(fault.failed(), 3);
}

absl::Status OpenAndRead(Env* env, const TempDir& dir) {
  auto file = env->NewRandomAccessFile(dir.File("f"));
  if (!file.ok()) return file.status();
  char scratch[4];
  return (*file)->Read(0, sizeof(scratch), scratch).status();
}
absl::Status OpenAndSize(Env* env, const TempDir& dir) {
  auto file = env->NewRandomAccessFile(dir.File("f"));
  return file.ok() ? (*file)->Size().status() : file.status();
}
// Creates "new", does what is asked, and removes it again.
absl::Status WithNewFile(Env* env, const TempDir& dir,
                         absl::Status (*use)(WritableFile*)) {
  absl::Status status;
  {
    auto file = env->NewWritableFile(dir.File("new"));
    status = file.ok() ? use(file->get()) : file.status();
  }
  env->RemoveFile(dir.File("new")).IgnoreError();
  return status;
}
absl::Status Append(Env* env, const TempDir& dir) {
  return WithNewFile(env, dir,
                     [](WritableFile* file) { return file->Append("a"); });
}
absl::Status Reserve(Env* env, const TempDir& dir) {
  return WithNewFile(env, dir,
                     [](WritableFile* file) { return file->Preallocate(10); });
}
absl::Status ReserveAndClose(Env* env, const TempDir& dir) {
  return WithNewFile(env, dir, [](WritableFile* file) {
    const absl::Status status = file->Preallocate(10);
    return status.ok() ? file->Close() : status;
  });
}
absl::Status Sync(Env* env, const TempDir& dir) {
  return WithNewFile(env, dir, [](WritableFile* file) { return file->Sync(); });
}
absl::Status List(Env* env, const TempDir& dir) {
  return env->ListDir(dir.path()).status();
}
absl::Status Lock(Env* env, const TempDir& dir) {
  return env->LockFile(dir.File("lock")).status();
}

INSTANTIATE_TEST_SUITE_P(
    Calls, EverySystemCallTest,
    ::testing::Values(
        CallCase{"open", OpenAndRead, true},
        CallCase{"pread", OpenAndRead, true},
        CallCase{"fstat", OpenAndSize, false}, CallCase{"pwrite", Append, true},
        CallCase{"fallocate", Reserve, true},
        CallCase{"ftruncate", ReserveAndClose, true},
        CallCase{"fdatasync", Sync, false}, CallCase{"readdir", List, false},
        CallCase{"fdopendir", List, false}, CallCase{"flock", Lock, true},
        CallCase{"lstat",
                 [](Env* env, const TempDir& dir) {
                   return env->FileSize(dir.File("f")).status();
                 },
                 false},
        CallCase{"mkdir",
                 [](Env* env, const TempDir& dir) {
                   return env->CreateDir(dir.File("d"));
                 },
                 false},
        CallCase{"rename",
                 [](Env* env, const TempDir& dir) {
                   return env->RenameFile(dir.File("f"), dir.File("g"));
                 },
                 false},
        CallCase{"unlink",
                 [](Env* env, const TempDir& dir) {
                   return env->RemoveFile(dir.File("f"));
                 },
                 false},
        CallCase{"statvfs",
                 [](Env* env, const TempDir& dir) {
                   return env->FreeSpaceBytes(dir.path()).status();
                 },
                 true}),
    [](const auto& param) { return param.param.call; });

}  // namespace
}  // namespace lsmkv::engine
