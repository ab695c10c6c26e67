// Value files: what is written is read back, nothing damaged is, and a
// reference is believed in nothing.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "engine/src/table/value_builder.h"
#include "engine/src/table/value_reader.h"
#include "engine/src/table/value_verifier.h"
#include "tests/engine/table/table_fixture.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

using Keep = ValueReader::Keep;

struct BuiltValues {
  std::string bytes;
  ValueSummary summary;
  std::vector<ValueRef> refs;
};

std::string KeyOf(size_t i) { return NumberKey(i); }
std::string ValueOf(size_t i) {
  return std::string(50 + 97 * i % 400, static_cast<char>('a' + i % 26));
}

BuiltValues Build(size_t n, Compression compression) {
  StringWritableFile file;
  ValueBuilder builder(kTestFileId, compression, &file);
  BuiltValues built;
  for (size_t i = 0; i < n; ++i) {
    EXPECT_OK(builder.Add({KeyOf(i), i + 1, ValueOf(i)}));
    built.refs.push_back({7, i, builder.last_block_bytes()});
  }
  auto summary = builder.Finish();
  EXPECT_OK(summary.status());
  built.summary = *summary;
  built.bytes = file.contents();
  return built;
}

absl::StatusOr<std::unique_ptr<ValueReader>> Open(
    const BuiltValues& built, BlockCache* cache = nullptr,
    std::atomic<uint64_t>* reads = nullptr) {
  return ValueReader::Open(std::make_unique<StringReadFile>(built.bytes, reads),
                           "test.val", kTestFileId, built.bytes.size(),
                           built.summary.values, cache, nullptr);
}

// Everything that can be asked of the file; true if all of it is right.
bool ReadsRight(const BuiltValues& built, std::string* errors) {
  const auto reader = Open(built);
  if (!reader.ok()) {
    *errors = reader.status().ToString();
    return false;
  }
  for (size_t i = 0; i < built.refs.size(); ++i) {
    const auto loaded =
        (*reader)->Load(built.refs[i], KeyOf(i), i + 1, Keep::kNo);
    if (!loaded.ok()) {
      *errors = loaded.status().ToString();
      return false;
    }
    EXPECT_EQ(loaded->value, ValueOf(i));
  }
  return true;
}

uint64_t Findings(const ValueReader& reader, const std::string& bytes,
                  uint64_t checksum) {
  uint64_t findings = 0;
  EXPECT_OK(VerifyValues(reader, std::make_unique<StringReadFile>(bytes),
                         checksum, [&](const TableFinding& finding) {
                           EXPECT_TRUE(absl::IsDataLoss(finding.status));
                           ++findings;
                         }));
  return findings;
}

TEST(ValueFileTest, ValuesComeBackWithEveryCompression) {
  for (const Compression compression :
       {Compression::kNone, Compression::kLz4, Compression::kZstd}) {
    const BuiltValues built = Build(100, compression);
    std::string errors;
    EXPECT_TRUE(ReadsRight(built, &errors)) << errors;
    EXPECT_EQ(built.summary.values, 100u);
    EXPECT_EQ(built.summary.file_bytes, built.bytes.size());
    ASSERT_OK_AND_ASSIGN(const auto reader, Open(built));
    EXPECT_EQ(reader->block_offset(100), built.summary.block_bytes);
    EXPECT_EQ(Findings(*reader, built.bytes, built.summary.file_checksum), 0u);
  }
}

TEST(ValueFileTest, EmptyAndLargeValuesComeBack) {
  StringWritableFile file;
  ValueBuilder builder(kTestFileId, Compression::kLz4, &file);
  const std::string large(3 << 20, 'v');
  ASSERT_OK(builder.Add({"a", 9, ""}));
  const ValueRef first{1, 0, builder.last_block_bytes()};
  ASSERT_OK(builder.Add({"a", 8, large}));
  const ValueRef second{1, 1, builder.last_block_bytes()};
  ASSERT_OK_AND_ASSIGN(const ValueSummary summary, builder.Finish());
  const BuiltValues built{file.contents(), summary, {}};
  ASSERT_OK_AND_ASSIGN(const auto reader, Open(built));
  ASSERT_OK_AND_ASSIGN(const LoadedValue empty,
                       reader->Load(first, "a", 9, Keep::kNo));
  EXPECT_EQ(empty.value, "");
  ASSERT_OK_AND_ASSIGN(const LoadedValue loaded,
                       reader->Load(second, "a", 8, Keep::kNo));
  EXPECT_TRUE(loaded.value == large);
}

TEST(ValueFileTest, WrongReferencesAreDataLoss) {
  const BuiltValues built = Build(20, Compression::kNone);
  ASSERT_OK_AND_ASSIGN(const auto reader, Open(built));
  const ValueRef right = built.refs[3];
  EXPECT_OK(reader->Load(right, KeyOf(3), 4, Keep::kNo).status());
  const auto expect_refused = [&](const ValueRef& ref, const std::string& key,
                                  SequenceNumber sequence) {
    EXPECT_STATUS_CONTAINS(reader->Load(ref, key, sequence, Keep::kNo),
                           absl::StatusCode::kDataLoss, "test.val: offset ");
  };
  expect_refused({7, 20, right.bytes}, KeyOf(3), 4);
  expect_refused({7, UINT64_MAX, right.bytes}, KeyOf(3), 4);
  expect_refused({7, 3, right.bytes + 1}, KeyOf(3), 4);
  expect_refused({7, 3, 0}, KeyOf(3), 4);
  expect_refused(built.refs[4], KeyOf(3), 4);
  expect_refused(right, KeyOf(4), 4);
  expect_refused(right, KeyOf(3), 5);
}

TEST(ValueFileTest, EveryFlippedBitIsRefusedOrFound) {
  const BuiltValues built = Build(6, Compression::kLz4);
  ASSERT_OK_AND_ASSIGN(const auto sound, Open(built));
  for (size_t at = 0; at < built.bytes.size(); ++at) {
    BuiltValues damaged = built;
    damaged.bytes[at] = static_cast<char>(damaged.bytes[at] ^ 1 << at % 8);
    std::string errors;
    EXPECT_FALSE(ReadsRight(damaged, &errors)) << at;
    EXPECT_NE(errors.find("test.val: offset "), std::string::npos) << errors;
    EXPECT_GT(Findings(*sound, damaged.bytes, built.summary.file_checksum), 0u);
  }
}

TEST(ValueFileTest, EveryCutIsRefused) {
  const BuiltValues built = Build(6, Compression::kLz4);
  ASSERT_OK_AND_ASSIGN(const auto sound, Open(built));
  for (size_t n = 0; n < built.bytes.size(); ++n) {
    BuiltValues cut = built;
    cut.bytes.resize(n);
    EXPECT_STATUS(Open(cut), absl::StatusCode::kDataLoss) << n;
    EXPECT_GT(Findings(*sound, cut.bytes, built.summary.file_checksum), 0u);
  }
}

TEST(ValueFileTest, AnotherFileIsRefused) {
  const BuiltValues built = Build(6, Compression::kNone);
  EXPECT_STATUS_CONTAINS(
      ValueReader::Open(std::make_unique<StringReadFile>(built.bytes),
                        "test.val", kTestFileId + 1, built.bytes.size(), 6,
                        nullptr, nullptr),
      absl::StatusCode::kDataLoss, "another file");
  EXPECT_STATUS_CONTAINS(
      ValueReader::Open(std::make_unique<StringReadFile>(built.bytes),
                        "test.val", kTestFileId, built.bytes.size(), 7, nullptr,
                        nullptr),
      absl::StatusCode::kDataLoss, "6 values, not 7");
}

TEST(ValueFileTest, LaterFormatIsRefusedByName) {
  BuiltValues built = Build(1, Compression::kNone);
  const size_t at = built.bytes.size() - kValueFooterBytes;
  ASSERT_OK_AND_ASSIGN(
      ValueFooter footer,
      DecodeValueFooter("", built.bytes.size(), built.bytes.substr(at)));
  footer.format_version = kValueFormatVersion + 1;
  built.bytes.replace(at, kValueFooterBytes, EncodeValueFooter(footer));
  EXPECT_STATUS_CONTAINS(Open(built), absl::StatusCode::kFailedPrecondition,
                         "later version");
}

TEST(ValueFileTest, CacheKeepsWhatIsReadAndPassesLargeValuesBy) {
  const BuiltValues built = Build(20, Compression::kNone);
  std::atomic<uint64_t> reads{0};
  BlockCache cache(64 << 10);
  ASSERT_OK_AND_ASSIGN(const auto reader, Open(built, &cache, &reads));
  reads = 0;
  for (int i = 0; i < 3; ++i) {
    EXPECT_OK(reader->Load(built.refs[1], KeyOf(1), 2, Keep::kHot).status());
  }
  EXPECT_EQ(reads, 1u);
  EXPECT_OK(reader->Load(built.refs[2], KeyOf(2), 3, Keep::kNo).status());
  EXPECT_OK(reader->Load(built.refs[2], KeyOf(2), 3, Keep::kNo).status());
  EXPECT_EQ(reads, 3u);

  BlockCache small(1 << 10);
  ASSERT_OK_AND_ASSIGN(const auto other, Open(built, &small));
  EXPECT_OK(other->Load(built.refs[2], KeyOf(2), 3, Keep::kHot).status());
  EXPECT_EQ(small.used_bytes(), 0u);
}

// What is in the cache under a wrong reference is checked like what is read.
TEST(ValueFileTest, CachedValueOfAnotherKeyIsRefused) {
  const BuiltValues built = Build(20, Compression::kNone);
  BlockCache cache(1 << 20);
  ASSERT_OK_AND_ASSIGN(const auto reader, Open(built, &cache));
  EXPECT_OK(reader->Load(built.refs[1], KeyOf(1), 2, Keep::kHot).status());
  EXPECT_STATUS(reader->Load(built.refs[1], KeyOf(2), 3, Keep::kHot),
                absl::StatusCode::kDataLoss);
}

TEST(ValueFileTest, StoredBlockMovesToAnotherFile) {
  for (const Compression compression :
       {Compression::kNone, Compression::kLz4, Compression::kZstd}) {
    const BuiltValues built = Build(20, compression);
    ASSERT_OK_AND_ASSIGN(const auto reader, Open(built));
    StringWritableFile file;
    ValueBuilder builder(kTestFileId + 1, Compression::kNone, &file);
    std::string scratch;
    for (const size_t i : {3u, 11u}) {
      ASSERT_OK_AND_ASSIGN(const StoredBlock block,
                           reader->LoadStored(built.refs[i], &scratch));
      ASSERT_OK(builder.AddStored(block));
    }
    const ValueRef moved{8, 1, builder.last_block_bytes()};
    ASSERT_OK_AND_ASSIGN(const ValueSummary summary, builder.Finish());
    ASSERT_OK_AND_ASSIGN(
        const auto other,
        ValueReader::Open(std::make_unique<StringReadFile>(file.contents()),
                          "other.val", kTestFileId + 1, summary.file_bytes,
                          summary.values, nullptr, nullptr));
    ASSERT_OK_AND_ASSIGN(const LoadedValue loaded,
                         other->Load(moved, KeyOf(11), 12, Keep::kNo));
    EXPECT_EQ(loaded.value, ValueOf(11));
  }
}

TEST(ValueFileTest, ErrorOfTheFileSticks) {
  StringWritableFile file;
  file.set_capacity_bytes(100);
  ValueBuilder builder(kTestFileId, Compression::kNone, &file);
  absl::Status status;
  for (int i = 0; i < 10'000 && status.ok(); ++i) {
    status = builder.Add({"key", 1, std::string(100, 'v')});
  }
  EXPECT_STATUS(status, absl::StatusCode::kResourceExhausted);
  EXPECT_STATUS(builder.Finish(), absl::StatusCode::kResourceExhausted);
}

TEST(ValueRefTest, OnlyWhatIsWhollyAReferenceIsOne) {
  const ValueRef ref{300, 70'000, uint64_t{1} << 40};
  const std::string bytes = EncodeValueRef(ref);
  ValueRef back;
  ASSERT_TRUE(DecodeValueRef(bytes, &back));
  EXPECT_EQ(back.file, ref.file);
  EXPECT_EQ(back.index, ref.index);
  EXPECT_EQ(back.bytes, ref.bytes);
  EXPECT_FALSE(DecodeValueRef(bytes + "x", &back));
  for (size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_FALSE(DecodeValueRef(bytes.substr(0, n), &back));
  }
}

}  // namespace
}  // namespace lsmkv::engine
