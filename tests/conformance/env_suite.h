// EnvSuite: what every Env must do, whatever it stands on.
//
// An implementation registers with a harness type that has
//   engine::Env* env();
//   std::string dir();   // an empty directory of its own
// and
//   INSTANTIATE_TYPED_TEST_SUITE_P(Name, EnvSuite, Harness);

#ifndef LSMKV_TESTS_CONFORMANCE_ENV_SUITE_H_
#define LSMKV_TESTS_CONFORMANCE_ENV_SUITE_H_

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"

#include "lsmkv/engine/env.h"
#include "tests/support/random_seed.h"
#include "tests/support/status_matchers.h"

namespace lsmkv {

template <typename Harness>
class EnvSuite : public ::testing::Test {
 protected:
  engine::Env* env() { return harness_.env(); }
  std::string Path(const std::string& name) {
    return harness_.dir() + "/" + name;
  }

  // Writes a whole new file.
  void Create(const std::string& path, std::string_view data) {
    ASSERT_OK_AND_ASSIGN(auto file, env()->NewWritableFile(path));
    ASSERT_OK(file->Append(data));
    ASSERT_OK(file->Close());
  }

  // Reads a whole file.
  absl::StatusOr<std::string> Content(const std::string& path) {
    auto file = env()->NewRandomAccessFile(path);
    if (!file.ok()) return file.status();
    auto size = (*file)->Size();
    if (!size.ok()) return size.status();
    std::string scratch(*size + 1, '\0');
    auto got = (*file)->Read(0, scratch.size(), scratch.data());
    if (!got.ok()) return got.status();
    return std::string(*got);
  }

  std::vector<std::string> SortedNames() {
    auto names = env()->ListDir(harness_.dir());
    EXPECT_OK(names);
    if (!names.ok()) return {};
    std::sort(names->begin(), names->end());
    return *std::move(names);
  }

  Harness harness_;
};

TYPED_TEST_SUITE_P(EnvSuite);

TYPED_TEST_P(EnvSuite, AppendedBytesAreReadBack) {
  ASSERT_OK_AND_ASSIGN(auto file,
                       this->env()->NewWritableFile(this->Path("f")));
  ASSERT_OK(file->Append("hello "));
  ASSERT_OK(file->Append(""));
  ASSERT_OK(file->Append(std::string_view("wor\0ld", 6)));
  ASSERT_OK_AND_ASSIGN(const std::string before_close,
                       this->Content(this->Path("f")));
  EXPECT_EQ(before_close, std::string("hello wor\0ld", 12));
  ASSERT_OK(file->Sync());
  ASSERT_OK(file->Close());
  ASSERT_OK_AND_ASSIGN(const std::string after_close,
                       this->Content(this->Path("f")));
  EXPECT_EQ(after_close, before_close);
}

TYPED_TEST_P(EnvSuite, LargeAppendsAreReadBackAtAnyOffset) {
  Random rng(TestSeed());
  std::string all;
  ASSERT_OK_AND_ASSIGN(auto file,
                       this->env()->NewWritableFile(this->Path("f")));
  for (int i = 0; i < 20; ++i) {
    const std::string part = rng.Bytes(rng.Skewed(18));
    ASSERT_OK(file->Append(part));
    all += part;
  }
  ASSERT_OK(file->Close());
  ASSERT_OK_AND_ASSIGN(auto reader,
                       this->env()->NewRandomAccessFile(this->Path("f")));
  for (int i = 0; i < 50; ++i) {
    const uint64_t offset = rng.Uniform(all.size() + 10);
    const size_t n = rng.Skewed(18);
    std::string scratch(n, '\0');
    ASSERT_OK_AND_ASSIGN(const std::string_view got,
                         reader->Read(offset, n, scratch.data()));
    const std::string want = offset < all.size() ? all.substr(offset, n) : "";
    ASSERT_TRUE(got == want) << "offset " << offset << ", " << n << " bytes";
  }
}

TYPED_TEST_P(EnvSuite, ReadIsCutWhereTheFileEnds) {
  this->Create(this->Path("f"), "0123456789");
  ASSERT_OK_AND_ASSIGN(auto file,
                       this->env()->NewRandomAccessFile(this->Path("f")));
  char scratch[16];
  ASSERT_OK_AND_ASSIGN(std::string_view got, file->Read(7, 16, scratch));
  EXPECT_EQ(got, "789");
  for (const uint64_t offset :
       {uint64_t{10}, uint64_t{11}, uint64_t{1} << 62, (uint64_t{1} << 63) - 1,
        std::numeric_limits<uint64_t>::max()}) {
    ASSERT_OK_AND_ASSIGN(got, file->Read(offset, 16, scratch));
    EXPECT_EQ(got, "") << offset;
  }
  ASSERT_OK_AND_ASSIGN(got, file->Read(3, 0, scratch));
  EXPECT_EQ(got, "");
}

TYPED_TEST_P(EnvSuite, ReadOnceReadsWhatReadDoes) {
  std::string all(3 * 4096 + 100, '\0');
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>(i * 7);
  this->Create(this->Path("f"), all);
  ASSERT_OK_AND_ASSIGN(auto file,
                       this->env()->NewRandomAccessFile(this->Path("f")));
  alignas(4096) static char scratch[5 * 4096];
  for (const uint64_t offset :
       {uint64_t{0}, uint64_t{4096}, uint64_t{5}, uint64_t{3 * 4096},
        uint64_t{4 * 4096}, std::numeric_limits<uint64_t>::max()}) {
    for (const size_t n : {size_t{4096}, size_t{2 * 4096}, size_t{4 * 4096},
                           size_t{100}, size_t{0}}) {
      for (char* const to : {scratch, scratch + 1}) {
        ASSERT_OK_AND_ASSIGN(const std::string_view got,
                             file->ReadOnce(offset, n, to));
        const std::string want =
            offset < all.size() ? all.substr(offset, n) : "";
        ASSERT_TRUE(got == want) << "offset " << offset << ", " << n;
      }
    }
  }
}

TYPED_TEST_P(EnvSuite, ReadAheadChangesNothing) {
  this->Create(this->Path("f"), "0123456789");
  ASSERT_OK_AND_ASSIGN(auto file,
                       this->env()->NewRandomAccessFile(this->Path("f")));
  file->ReadAhead(0, 10);
  file->ReadAhead(5, 0);
  file->ReadAhead(std::numeric_limits<uint64_t>::max(), 10);
  char scratch[16];
  ASSERT_OK_AND_ASSIGN(const std::string_view got, file->Read(0, 16, scratch));
  EXPECT_EQ(got, "0123456789");
}

TYPED_TEST_P(EnvSuite, SizeIsAskedAnew) {
  ASSERT_OK_AND_ASSIGN(auto writer,
                       this->env()->NewWritableFile(this->Path("f")));
  ASSERT_OK_AND_ASSIGN(auto reader,
                       this->env()->NewRandomAccessFile(this->Path("f")));
  ASSERT_OK_AND_ASSIGN(uint64_t size, reader->Size());
  EXPECT_EQ(size, 0u);
  ASSERT_OK(writer->Append("abc"));
  ASSERT_OK_AND_ASSIGN(size, reader->Size());
  EXPECT_EQ(size, 3u);
  ASSERT_OK_AND_ASSIGN(size, this->env()->FileSize(this->Path("f")));
  EXPECT_EQ(size, 3u);
}

TYPED_TEST_P(EnvSuite, NewWritableFileNeverOverwrites) {
  this->Create(this->Path("f"), "old");
  EXPECT_STATUS_CONTAINS(this->env()->NewWritableFile(this->Path("f")),
                         absl::StatusCode::kAlreadyExists, this->Path("f"));
  ASSERT_OK_AND_ASSIGN(const std::string content,
                       this->Content(this->Path("f")));
  EXPECT_EQ(content, "old");
}

TYPED_TEST_P(EnvSuite, MissingFileIsNotFoundAndNamed) {
  engine::Env* const env = this->env();
  const std::string path = this->Path("absent");
  const auto not_found = absl::StatusCode::kNotFound;
  EXPECT_STATUS_CONTAINS(env->NewRandomAccessFile(path), not_found, path);
  EXPECT_STATUS_CONTAINS(env->FileSize(path), not_found, path);
  EXPECT_STATUS_CONTAINS(env->RemoveFile(path), not_found, path);
  EXPECT_STATUS_CONTAINS(env->RenameFile(path, path + "2"), not_found, path);
  EXPECT_STATUS_CONTAINS(env->ListDir(path), not_found, path);
  EXPECT_STATUS_CONTAINS(env->SyncDir(path), not_found, path);
  EXPECT_STATUS_CONTAINS(env->NewWritableFile(path + "/f"), not_found, path);
  EXPECT_STATUS_CONTAINS(env->CreateDir(path + "/d"), not_found, path);
  EXPECT_STATUS_CONTAINS(env->LockFile(path + "/LOCK"), not_found, path);
  ASSERT_OK_AND_ASSIGN(const bool exists, env->FileExists(path));
  EXPECT_FALSE(exists);
}

TYPED_TEST_P(EnvSuite, DirectoryIsNotAFile) {
  engine::Env* const env = this->env();
  const std::string path = this->Path("d");
  ASSERT_OK(env->CreateDir(path));
  EXPECT_STATUS(env->NewRandomAccessFile(path), absl::StatusCode::kInternal);
  EXPECT_STATUS(env->NewWritableFile(path), absl::StatusCode::kAlreadyExists);
  EXPECT_STATUS(env->FileSize(path), absl::StatusCode::kInternal);
  EXPECT_STATUS(env->LockFile(path), absl::StatusCode::kInternal);
  EXPECT_FALSE(env->RemoveFile(path).ok());
  ASSERT_OK_AND_ASSIGN(const bool exists, env->FileExists(path));
  EXPECT_TRUE(exists);
}

TYPED_TEST_P(EnvSuite, FileIsNotADirectory) {
  this->Create(this->Path("f"), "x");
  EXPECT_STATUS(this->env()->ListDir(this->Path("f")),
                absl::StatusCode::kInternal);
  EXPECT_STATUS(this->env()->SyncDir(this->Path("f")),
                absl::StatusCode::kInternal);
  EXPECT_STATUS(this->env()->CreateDir(this->Path("f")),
                absl::StatusCode::kAlreadyExists);
  EXPECT_STATUS(this->env()->NewWritableFile(this->Path("f/g")),
                absl::StatusCode::kInternal);
}

TYPED_TEST_P(EnvSuite, ListDirNamesFilesAndDirectories) {
  EXPECT_EQ(this->SortedNames(), std::vector<std::string>{});
  this->Create(this->Path("b"), "");
  this->Create(this->Path("a"), "");
  ASSERT_OK(this->env()->CreateDir(this->Path("c")));
  this->Create(this->Path("c/inner"), "");
  EXPECT_EQ(this->SortedNames(), (std::vector<std::string>{"a", "b", "c"}));
}

TYPED_TEST_P(EnvSuite, CreateDirTwiceIsOk) {
  ASSERT_OK(this->env()->CreateDir(this->Path("d")));
  this->Create(this->Path("d/f"), "kept");
  ASSERT_OK(this->env()->CreateDir(this->Path("d")));
  ASSERT_OK_AND_ASSIGN(const std::string content,
                       this->Content(this->Path("d/f")));
  EXPECT_EQ(content, "kept");
  ASSERT_OK(this->env()->SyncDir(this->Path("d")));
}

TYPED_TEST_P(EnvSuite, RemovedFileIsGoneButOpenReadersGoOn) {
  this->Create(this->Path("f"), "data");
  ASSERT_OK_AND_ASSIGN(auto reader,
                       this->env()->NewRandomAccessFile(this->Path("f")));
  ASSERT_OK(this->env()->RemoveFile(this->Path("f")));
  ASSERT_OK_AND_ASSIGN(const bool exists,
                       this->env()->FileExists(this->Path("f")));
  EXPECT_FALSE(exists);
  char scratch[8];
  ASSERT_OK_AND_ASSIGN(const std::string_view got, reader->Read(0, 8, scratch));
  EXPECT_EQ(got, "data");
  this->Create(this->Path("f"), "new");  // the name is free again
}

TYPED_TEST_P(EnvSuite, RenameReplacesTheTarget) {
  this->Create(this->Path("from"), "new");
  this->Create(this->Path("to"), "old");
  ASSERT_OK(this->env()->RenameFile(this->Path("from"), this->Path("to")));
  EXPECT_EQ(this->SortedNames(), (std::vector<std::string>{"to"}));
  ASSERT_OK_AND_ASSIGN(const std::string content,
                       this->Content(this->Path("to")));
  EXPECT_EQ(content, "new");
}

TYPED_TEST_P(EnvSuite, RenameToItselfKeepsTheFile) {
  this->Create(this->Path("f"), "data");
  ASSERT_OK(this->env()->RenameFile(this->Path("f"), this->Path("f")));
  ASSERT_OK_AND_ASSIGN(const std::string content,
                       this->Content(this->Path("f")));
  EXPECT_EQ(content, "data");
}

TYPED_TEST_P(EnvSuite, ReservedSpaceReadsAsZerosAndIsCutByClose) {
  ASSERT_OK_AND_ASSIGN(auto file,
                       this->env()->NewWritableFile(this->Path("f")));
  ASSERT_OK(file->Append("ab"));
  ASSERT_OK(file->Preallocate(100));
  ASSERT_OK(file->Append("cd"));
  ASSERT_OK(file->Sync());
  ASSERT_OK_AND_ASSIGN(const std::string open, this->Content(this->Path("f")));
  ASSERT_GE(open.size(), 4u);
  EXPECT_EQ(open.substr(0, 4), "abcd");
  EXPECT_EQ(open.substr(4), std::string(open.size() - 4, '\0'));
  ASSERT_OK(file->Close());
  ASSERT_OK_AND_ASSIGN(const std::string closed,
                       this->Content(this->Path("f")));
  EXPECT_EQ(closed, "abcd");
}

// The same bytes, whichever way each of them goes into the file.
TYPED_TEST_P(EnvSuite, UnsyncedAppendsMixWithOthers) {
  ASSERT_OK_AND_ASSIGN(auto file,
                       this->env()->NewWritableFile(this->Path("f")));
  ASSERT_OK(file->Append("head"));
  ASSERT_OK(file->Sync());
  ASSERT_OK(file->Preallocate(5 << 20));
  std::string expected = "head";
  const size_t sizes[] = {1, 300, 4096, 4097, 70'000, 7};
  for (size_t i = 0; expected.size() < (6u << 20); ++i) {
    const std::string data(sizes[i % std::size(sizes)],
                           static_cast<char>('a' + i % 26));
    ASSERT_OK(i % 7 == 3 ? file->Append(data) : file->AppendUnsynced(data));
    if (i == 300) ASSERT_OK(file->Sync());
    expected += data;
    if (i % 100 != 0) continue;
    ASSERT_OK_AND_ASSIGN(const std::string content,
                         this->Content(this->Path("f")));
    EXPECT_TRUE(content.substr(0, expected.size()) == expected) << i;
  }
  ASSERT_OK(file->Close());
  ASSERT_OK_AND_ASSIGN(const std::string content,
                       this->Content(this->Path("f")));
  EXPECT_TRUE(content == expected);
}

TYPED_TEST_P(EnvSuite, FileThatStartsAnewIsAnotherOneInItsPlace) {
  ASSERT_OK_AND_ASSIGN(auto file,
                       this->env()->NewWritableFile(this->Path("old")));
  constexpr size_t kReserved = 3 << 20;
  ASSERT_OK(file->Preallocate(kReserved));
  ASSERT_OK(file->Append(std::string(1 << 20, 'a')));
  ASSERT_OK(file->AppendUnsynced(std::string(1 << 20, 'b')));
  ASSERT_OK(file->Overwrite(5000, "overwritten"));
  ASSERT_OK(file->StartAnew(this->Path("new")));
  ASSERT_OK(file->AppendDurably("head"));
  ASSERT_OK(file->AppendZeros(10'000));
  ASSERT_OK(file->AppendUnsynced("tail"));
  ASSERT_OK(file->Overwrite(5000, "again"));
  ASSERT_OK(this->env()->RenameFile(this->Path("old"), this->Path("new")));
  std::string expected = "head" + std::string(10'000, '\0') + "tail";
  expected.replace(5000, 5, "again");
  ASSERT_OK_AND_ASSIGN(const std::string open,
                       this->Content(this->Path("new")));
  EXPECT_TRUE(open ==
              expected + std::string(kReserved - expected.size(), '\0'));
  ASSERT_OK(file->Sync());
  ASSERT_OK(file->Close());
  ASSERT_OK_AND_ASSIGN(const std::string closed,
                       this->Content(this->Path("new")));
  EXPECT_TRUE(closed == expected);
}

TYPED_TEST_P(EnvSuite, DiscardTakesNothingElse) {
  ASSERT_OK_AND_ASSIGN(auto file,
                       this->env()->NewWritableFile(this->Path("f")));
  ASSERT_OK(file->Append(std::string(100'000, 'a')));
  constexpr size_t kBegin = 10'000;
  constexpr size_t kBytes = 50'000;
  file->Discard(kBegin, kBytes);
  ASSERT_OK(file->Append("tail"));
  ASSERT_OK(file->Close());
  file->Discard(0, 100'000);  // too late
  ASSERT_OK_AND_ASSIGN(std::string content, this->Content(this->Path("f")));
  ASSERT_EQ(content.size(), 100'004u);
  for (size_t i = kBegin; i < kBegin + kBytes; ++i) {
    ASSERT_TRUE(content[i] == 'a' || content[i] == '\0') << i;
    content[i] = 'a';
  }
  EXPECT_TRUE(content == std::string(100'000, 'a') + "tail");
}

TYPED_TEST_P(EnvSuite, DurableAppendsMixWithOthers) {
  ASSERT_OK_AND_ASSIGN(auto file,
                       this->env()->NewWritableFile(this->Path("f")));
  ASSERT_OK(file->AppendDurably("ab"));
  ASSERT_OK(file->Append("cd"));
  file->StartSync();
  ASSERT_OK(file->AppendDurably("ef"));
  ASSERT_OK(file->Sync());
  ASSERT_OK(file->Close());
  EXPECT_FALSE(file->AppendDurably("gh").ok());
  EXPECT_FALSE(file->StartAnew("g").ok());
  ASSERT_OK_AND_ASSIGN(const std::string content,
                       this->Content(this->Path("f")));
  EXPECT_EQ(content, "abcdef");
}

TYPED_TEST_P(EnvSuite, AppendsGoOnPastReservedSpace) {
  ASSERT_OK_AND_ASSIGN(auto file,
                       this->env()->NewWritableFile(this->Path("f")));
  ASSERT_OK(file->Preallocate(10));
  ASSERT_OK(file->Append(std::string(8, 'a')));
  ASSERT_OK(file->Append(std::string(8, 'b')));
  ASSERT_OK(file->Preallocate(0));
  ASSERT_OK(file->Close());
  ASSERT_OK_AND_ASSIGN(const std::string content,
                       this->Content(this->Path("f")));
  EXPECT_EQ(content, "aaaaaaaabbbbbbbb");
}

TYPED_TEST_P(EnvSuite, DestroyedWriterCutsReservedSpace) {
  {
    ASSERT_OK_AND_ASSIGN(auto file,
                         this->env()->NewWritableFile(this->Path("f")));
    ASSERT_OK(file->Preallocate(100));
    ASSERT_OK(file->Append("abc"));
  }
  ASSERT_OK_AND_ASSIGN(const uint64_t size,
                       this->env()->FileSize(this->Path("f")));
  EXPECT_EQ(size, 3u);
}

TYPED_TEST_P(EnvSuite, ClosedFileTakesNothingMore) {
  ASSERT_OK_AND_ASSIGN(auto file,
                       this->env()->NewWritableFile(this->Path("f")));
  ASSERT_OK(file->Append("abc"));
  ASSERT_OK(file->Close());
  EXPECT_OK(file->Close()) << "a second Close has nothing to do";
  EXPECT_STATUS(file->Append("d"), absl::StatusCode::kInternal);
  EXPECT_STATUS(file->Sync(), absl::StatusCode::kInternal);
  EXPECT_STATUS(file->Preallocate(10), absl::StatusCode::kInternal);
  ASSERT_OK_AND_ASSIGN(const std::string content,
                       this->Content(this->Path("f")));
  EXPECT_EQ(content, "abc");
}

TYPED_TEST_P(EnvSuite, FailedSecondLockLeavesTheFirstInPlace) {
  const std::string path = this->Path("LOCK");
  ASSERT_OK_AND_ASSIGN(auto first, this->env()->LockFile(path));
  for (int i = 0; i < 3; ++i) {
    const auto second = this->env()->LockFile(path);
    EXPECT_STATUS_CONTAINS(second, absl::StatusCode::kFailedPrecondition,
                           path + ": locked by ");
  }
  first.reset();
  EXPECT_OK(this->env()->LockFile(path));
}

TYPED_TEST_P(EnvSuite, LocksOfTwoFilesAreIndependent) {
  ASSERT_OK_AND_ASSIGN(auto a, this->env()->LockFile(this->Path("A")));
  ASSERT_OK_AND_ASSIGN(auto b, this->env()->LockFile(this->Path("B")));
  a.reset();
  EXPECT_OK(this->env()->LockFile(this->Path("A")));
  EXPECT_STATUS(this->env()->LockFile(this->Path("B")),
                absl::StatusCode::kFailedPrecondition);
}

TYPED_TEST_P(EnvSuite, FreeSpaceIsKnown) {
  ASSERT_OK_AND_ASSIGN(const uint64_t bytes,
                       this->env()->FreeSpaceBytes(this->Path("")));
  EXPECT_GT(bytes, 0u);
  EXPECT_STATUS(this->env()->FreeSpaceBytes(this->Path("absent")),
                absl::StatusCode::kNotFound);
}

TYPED_TEST_P(EnvSuite, SleepMovesTheMonotonicClock) {
  const uint64_t before = this->env()->MonotonicMicros();
  this->env()->SleepMicros(1500);
  EXPECT_GE(this->env()->MonotonicMicros(), before + 1500);
}

TYPED_TEST_P(EnvSuite, WallClockCountsFrom1970) {
  constexpr uint64_t kYear2020Micros = 1'577'836'800'000'000;
  EXPECT_GT(this->env()->WallMicros(), kYear2020Micros);
  EXPECT_LT(this->env()->WallMicros(), 10 * kYear2020Micros);
}

TYPED_TEST_P(EnvSuite, RandomBitsAreNeverTheSameTwice) {
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(seen.insert(this->env()->RandomBits()).second);
  }
}

REGISTER_TYPED_TEST_SUITE_P(
    EnvSuite, AppendedBytesAreReadBack, LargeAppendsAreReadBackAtAnyOffset,
    ReadIsCutWhereTheFileEnds, ReadOnceReadsWhatReadDoes,
    ReadAheadChangesNothing, SizeIsAskedAnew, NewWritableFileNeverOverwrites,
    MissingFileIsNotFoundAndNamed, DirectoryIsNotAFile, FileIsNotADirectory,
    ListDirNamesFilesAndDirectories, CreateDirTwiceIsOk,
    RemovedFileIsGoneButOpenReadersGoOn, RenameReplacesTheTarget,
    RenameToItselfKeepsTheFile, ReservedSpaceReadsAsZerosAndIsCutByClose,
    AppendsGoOnPastReservedSpace, UnsyncedAppendsMixWithOthers,
    FileThatStartsAnewIsAnotherOneInItsPlace, DiscardTakesNothingElse,
    DurableAppendsMixWithOthers, DestroyedWriterCutsReservedSpace,
    ClosedFileTakesNothingMore, FailedSecondLockLeavesTheFirstInPlace,
    LocksOfTwoFilesAreIndependent, FreeSpaceIsKnown,
    SleepMovesTheMonotonicClock, WallClockCountsFrom1970,
    RandomBitsAreNeverTheSameTwice);

}  // namespace lsmkv

#endif  // LSMKV_TESTS_CONFORMANCE_ENV_SUITE_H_
