// Errors, wrong reads, full tables of open files, slow disks, and what
// observers and traces tell of them.

#include "tests/support/sim_faults.h"

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"

#include "lsmkv/engine/env.h"
#include "tests/support/random_seed.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv {
namespace {

class SimFaultsTest : public ::testing::Test {
 protected:
  std::unique_ptr<engine::RandomAccessFile> OpenFile(const std::string& bytes) {
    EXPECT_OK(env_.WriteFile("/f", bytes));
    auto file = env_.NewRandomAccessFile("/f");
    EXPECT_OK(file);
    return file.ok() ? *std::move(file) : nullptr;
  }
  static SimFault Fault(SimFaultKind kind, bool sticky = false) {
    SimFault fault;
    fault.ops = kSimRead;
    fault.kind = kind;
    fault.sticky = sticky;
    return fault;
  }
  static std::string ReadAll(const engine::RandomAccessFile& file, size_t n,
                             uint64_t offset = 0) {
    std::string scratch(n, '?');
    const auto got = file.Read(offset, n, scratch.data());
    EXPECT_OK(got);
    return got.ok() ? std::string(*got) : "";
  }

  Random rng_{TestSeed()};
  SimEnv env_{rng_.Next()};
};

TEST_F(SimFaultsTest, FaultMayKeepAGivenPrefixOfAnAppend) {
  ASSERT_OK_AND_ASSIGN(auto file, env_.NewWritableFile("/f"));
  SimFault fault;
  fault.ops = kSimAppend;
  fault.kept_bytes = 2;
  fault.status = absl::ResourceExhaustedError("ENOSPC");
  env_.Inject(fault);
  EXPECT_STATUS(file->Append("abc"), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(*env_.ReadFile("/f"), "ab");
  EXPECT_OK(file->Append("d")) << "it was not sticky";
}

TEST_F(SimFaultsTest, ReadMayFail) {
  const auto file = OpenFile("abc");
  env_.Inject(Fault(SimFaultKind::kError));
  char scratch[8];
  EXPECT_STATUS(file->Read(0, 3, scratch), absl::StatusCode::kInternal);
  EXPECT_EQ(ReadAll(*file, 3), "abc");
}

TEST_F(SimFaultsTest, ShortReadGivesTooLittle) {
  const auto file = OpenFile("abc");
  env_.Inject(Fault(SimFaultKind::kShortRead, /*sticky=*/true));
  std::set<std::string> got;
  for (int i = 0; i < 100; ++i) got.insert(ReadAll(*file, 8));
  EXPECT_EQ(got, (std::set<std::string>{"", "a", "ab"}));
  EXPECT_EQ(env_.faults_fired(), 100u);
}

TEST_F(SimFaultsTest, StaleReadGivesOnePageFromBeforeTheWrite) {
  const auto file = OpenFile(std::string(2 * kSimPageBytes, 'a'));
  env_.Inject(Fault(SimFaultKind::kStaleRead, /*sticky=*/true));
  const std::string zeros(kSimPageBytes, '\0');
  const std::string page(kSimPageBytes, 'a');
  std::set<std::string> got;
  for (int i = 0; i < 50; ++i) got.insert(ReadAll(*file, 2 * kSimPageBytes));
  EXPECT_EQ(got, (std::set<std::string>{zeros + page, page + zeros}));
}

TEST_F(SimFaultsTest, StaleReadOfUnsyncedBytesGivesTheDisk) {
  ASSERT_OK_AND_ASSIGN(auto writer, env_.NewWritableFile("/f"));
  ASSERT_OK(writer->Preallocate(4));
  ASSERT_OK(writer->Sync());
  ASSERT_OK(writer->Append("new"));
  ASSERT_OK_AND_ASSIGN(auto reader, env_.NewRandomAccessFile("/f"));
  env_.Inject(Fault(SimFaultKind::kStaleRead));
  EXPECT_EQ(ReadAll(*reader, 3), std::string(3, '\0'));
  EXPECT_EQ(ReadAll(*reader, 3), "new");
}

TEST_F(SimFaultsTest, MisdirectedReadGivesAnotherPlace) {
  std::string bytes;
  for (char c = 'a'; c < 'e'; ++c) bytes += std::string(kSimSectorBytes, c);
  const auto file = OpenFile(bytes);
  env_.Inject(Fault(SimFaultKind::kMisdirectedRead, /*sticky=*/true));
  std::set<std::string> got;
  for (int i = 0; i < 100; ++i) got.insert(ReadAll(*file, 3));
  EXPECT_EQ(got.count("bbb"), 1u);
  EXPECT_EQ(got.count("ddd"), 1u);
  for (const std::string& read : got) EXPECT_EQ(read.size(), 3u);
}

TEST_F(SimFaultsTest, WrongReadsKeepToTheirFiles) {
  const auto file = OpenFile("abc");
  SimFault fault = Fault(SimFaultKind::kShortRead, /*sticky=*/true);
  fault.path_part = ".sst";
  env_.Inject(fault);
  EXPECT_EQ(ReadAll(*file, 3), "abc");
}

TEST_F(SimFaultsTest, TooManyOpenFilesAreRefusedUntilOneCloses) {
  ASSERT_OK(env_.WriteFile("/g", "x"));
  EXPECT_EQ(env_.open_files(), 0u);
  ASSERT_OK_AND_ASSIGN(auto lock, env_.LockFile("/LOCK"));
  ASSERT_OK_AND_ASSIGN(auto writer, env_.NewWritableFile("/f"));
  EXPECT_EQ(env_.open_files(), 2u);
  env_.SetOpenFilesMax(2);
  const auto kTooMany = absl::StatusCode::kResourceExhausted;
  EXPECT_STATUS(env_.NewRandomAccessFile("/g"), kTooMany);
  EXPECT_STATUS_CONTAINS(env_.NewWritableFile("/h"), kTooMany, "open files");
  EXPECT_STATUS(env_.LockFile("/LOCK2"), kTooMany);
  ASSERT_OK(writer->Close());
  ASSERT_OK_AND_ASSIGN(auto reader, env_.NewRandomAccessFile("/g"));
  EXPECT_STATUS(env_.NewRandomAccessFile("/g"), kTooMany);
  reader.reset();
  writer.reset();  // was counted off when it closed
  lock.reset();
  EXPECT_EQ(env_.open_files(), 0u);
  env_.ClearOpenFilesLimit();
  ASSERT_OK(env_.NewRandomAccessFile("/g").status());
}

TEST_F(SimFaultsTest, SlowOperationsMoveTheClocks) {
  ASSERT_OK_AND_ASSIGN(auto file, env_.NewWritableFile("/f"));
  env_.SetLatency(kSimSync | kSimSyncDir, 10 * SimEnv::kSecond);
  const uint64_t start = env_.MonotonicMicros();
  const uint64_t wall = env_.WallMicros();
  ASSERT_OK(file->Append("a"));
  EXPECT_EQ(env_.MonotonicMicros(), start);
  ASSERT_OK(file->Sync());
  ASSERT_OK(env_.SyncDir("/"));
  EXPECT_EQ(env_.MonotonicMicros(), start + 20 * SimEnv::kSecond);
  EXPECT_EQ(env_.WallMicros(), wall + 20 * SimEnv::kSecond);
}

TEST_F(SimFaultsTest, ObserverHearsOfOperationsBeforeAndAfter) {
  ASSERT_OK_AND_ASSIGN(auto file, env_.NewWritableFile("/f"));
  std::vector<std::string> heard;
  env_.SetObserver(
      kSimAppend | kSimSync | kSimRename, [&](const SimEvent& event) {
        heard.push_back(std::string(event.before ? "before " : "after ") +
                        SimOpName(event.op) + " " + std::string(event.path) +
                        (event.data.empty() ? "" : " ") +
                        std::string(event.data) +
                        (event.before || event.ok ? "" : " failed"));
      });
  ASSERT_OK(file->Append("abc"));
  env_.FailNth(kSimSync, 1, absl::InternalError("EIO"));
  EXPECT_FALSE(file->Sync().ok());
  ASSERT_OK(env_.RenameFile("/f", "/g"));
  ASSERT_OK(env_.RemoveFile("/g"));  // not asked for
  env_.SetObserver(0, nullptr);
  ASSERT_OK(file->Sync());
  EXPECT_EQ(heard, (std::vector<std::string>{
                       "before append /f abc", "after append /f abc",
                       "before sync /f", "after sync /f failed",
                       "before rename /f to /g", "after rename /f to /g"}));
}

TEST_F(SimFaultsTest, ObserverSeesTheDiskAsItIs) {
  ASSERT_OK_AND_ASSIGN(auto file, env_.NewWritableFile("/f"));
  ASSERT_OK(env_.SyncDir("/"));
  ASSERT_OK(file->Append("abc"));
  std::string before;
  std::string after;
  env_.SetObserver(kSimSync, [&](const SimEvent& event) {
    const auto image = env_.CrashImage(CrashMode::kDropUnsynced, 1);
    (event.before ? before : after) = *image->ReadFile("/f");
  });
  ASSERT_OK(file->Sync());
  EXPECT_EQ(before, "");
  EXPECT_EQ(after, "abc");
}

TEST_F(SimFaultsTest, TraceNamesTheLastOperations) {
  ASSERT_OK_AND_ASSIGN(auto file, env_.NewWritableFile("/f"));
  env_.FailNth(kSimAppend, 1, absl::InternalError("EIO"));
  EXPECT_FALSE(file->Append("abc").ok());
  EXPECT_EQ(env_.Trace(),
            "#1 create /f\n#2 append /f bytes=3 -> INTERNAL: /f: EIO\n");
  for (size_t i = 0; i < 2 * SimTrace::kOperationsMax; ++i) {
    ASSERT_OK(file->Sync());
  }
  EXPECT_EQ(env_.Trace().find("create"), std::string::npos);
  EXPECT_NE(env_.Trace().find("#402 sync /f"), std::string::npos);
}

TEST_F(SimFaultsTest, SameSeedGoesWrongInTheSameWay) {
  const uint64_t seed = rng_.Next();
  std::vector<std::string> left;
  for (int run = 0; run < 2; ++run) {
    SimEnv env(seed);
    ASSERT_OK_AND_ASSIGN(auto file, env.NewWritableFile("/f"));
    env.FailNth(kSimAppend, 1, absl::InternalError("EIO"), /*sticky=*/true);
    for (int i = 0; i < 10; ++i) {
      EXPECT_FALSE(file->Append("0123456789").ok());
    }
    left.push_back(*env.ReadFile("/f"));
  }
  EXPECT_EQ(left[0], left[1]);
}

}  // namespace
}  // namespace lsmkv
