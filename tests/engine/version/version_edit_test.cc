#include "engine/src/version/version_edit.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "engine/src/util/coding.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

VersionEdit Sample() {
  VersionEdit edit;
  edit.store_id = 77;
  edit.next_file_number = 12;
  edit.flushed_sequence = 345;
  edit.added_wals = {8, 9};
  edit.removed_wals = {7};
  edit.wal_facts = {{8, 0x1234567890abcdef, 0}, {9, 5, 4096}};
  edit.removed_files = {{2, 5}};
  auto file = std::make_shared<FileMeta>();
  file->number = 11;
  file->file_id = 0xfeedfacecafebeef;
  file->file_bytes = uint64_t{5} << 32;
  file->checksum = 42;
  file->records = 100;
  file->tombstones = 3;
  file->range_tombstones = 1;
  file->smallest_sequence = 10;
  file->largest_sequence = 200;
  file->smallest = MakeInternalKey(std::string("a\0b", 3), 1);
  file->largest = MakeInternalKey("z", kRangeEndTrailer);
  file->shares = {{10, 5, 600}, {13, 1, uint64_t{1} << 33}};
  edit.added_files.push_back({3, file});
  auto values = std::make_shared<ValueMeta>();
  values->number = 13;
  values->file_id = 0x1122334455667788;
  values->file_bytes = uint64_t{9} << 32;
  values->checksum = 43;
  values->values = 17;
  values->block_bytes = uint64_t{8} << 32;
  edit.added_values.push_back(std::move(values));
  return edit;
}

TEST(VersionEditTest, EveryFieldComesBack) {
  const std::string encoded = Sample().Encode();
  ASSERT_OK_AND_ASSIGN(const VersionEdit edit,
                       VersionEdit::Decode(encoded, "MANIFEST-1", 0));
  EXPECT_EQ(edit.Encode(), encoded);
  EXPECT_EQ(edit.store_id, 77u);
  EXPECT_EQ(edit.next_file_number, 12u);
  EXPECT_EQ(edit.flushed_sequence, 345u);
  ASSERT_EQ(edit.added_files.size(), 1u);
  EXPECT_EQ(edit.added_files[0].level, 3);
  const FileMeta& file = *edit.added_files[0].file;
  EXPECT_EQ(file.file_bytes, uint64_t{5} << 32);
  EXPECT_EQ(file.smallest_user(), std::string_view("a\0b", 3));
  EXPECT_TRUE(file.largest_is_exclusive());
  EXPECT_EQ(file.shares, (std::vector<ValueShare>{{10, 5, 600},
                                                  {13, 1, uint64_t{1} << 33}}));
  ASSERT_EQ(edit.added_values.size(), 1u);
  const ValueMeta& values = *edit.added_values[0];
  EXPECT_EQ(values.number, 13u);
  EXPECT_EQ(values.file_id, 0x1122334455667788u);
  EXPECT_EQ(values.file_bytes, uint64_t{9} << 32);
  EXPECT_EQ(values.checksum, 43u);
  EXPECT_EQ(values.values, 17u);
  EXPECT_EQ(values.block_bytes, uint64_t{8} << 32);
}

TEST(VersionEditTest, CutAnywhereIsRefusedOrAPrefixOfTheFields) {
  const std::string encoded = Sample().Encode();
  for (size_t n = 0; n < encoded.size(); ++n) {
    const auto edit =
        VersionEdit::Decode(std::string_view(encoded).substr(0, n), "M", 0);
    if (edit.ok()) {
      EXPECT_TRUE(encoded.starts_with(edit->Encode()));
    } else {
      EXPECT_STATUS(edit, absl::StatusCode::kDataLoss);
    }
  }
}

TEST(VersionEditTest, UnknownFieldIsANewerFormat) {
  std::string encoded;
  PutVarint32(&encoded, 99);
  PutLengthPrefixed(&encoded, "future");
  EXPECT_STATUS_CONTAINS(VersionEdit::Decode(encoded, "MANIFEST-1", 48),
                         absl::StatusCode::kFailedPrecondition, "field 99");
}

TEST(VersionEditTest, SequencePastTheLastIsDamage) {
  VersionEdit edit;
  edit.flushed_sequence = kSequenceMax;
  EXPECT_OK(VersionEdit::Decode(edit.Encode(), "MANIFEST-1", 0).status());
  edit.flushed_sequence = kSequenceMax + 1;
  EXPECT_STATUS(VersionEdit::Decode(edit.Encode(), "MANIFEST-1", 0),
                absl::StatusCode::kDataLoss);
  edit = Sample();
  edit.added_files[0].file->largest_sequence = kSequenceMax + 1;
  EXPECT_STATUS(VersionEdit::Decode(edit.Encode(), "MANIFEST-1", 0),
                absl::StatusCode::kDataLoss);
}

// A store without value files has a MANIFEST that an older version reads.
TEST(VersionEditTest, FieldsOfValueFilesAreThereOnlyIfAnyIs) {
  VersionEdit edit = Sample();
  edit.added_values.clear();
  edit.added_files[0].file->shares.clear();
  const std::string encoded = edit.Encode();
  Decoder in(encoded);
  while (!in.empty()) {
    uint32_t tag;
    std::string_view content;
    ASSERT_TRUE(in.GetVarint32(&tag) && in.GetLengthPrefixed(&content));
    EXPECT_LE(tag, 8u);
  }
}

TEST(VersionEditTest, SharesWithoutATableOrOutOfOrderAreDamage) {
  VersionEdit edit = Sample();
  edit.added_files[0].file->shares = {{13, 1, 1}, {10, 5, 600}};
  EXPECT_STATUS(VersionEdit::Decode(edit.Encode(), "M", 0),
                absl::StatusCode::kDataLoss);
  edit.added_files[0].file->shares = {{13, 0, 1}};
  EXPECT_STATUS(VersionEdit::Decode(edit.Encode(), "M", 0),
                absl::StatusCode::kDataLoss);
  std::string encoded;
  PutVarint32(&encoded, 10);
  PutLengthPrefixed(&encoded, std::string("\1\1\1", 3));
  EXPECT_STATUS(VersionEdit::Decode(encoded, "M", 0),
                absl::StatusCode::kDataLoss);
}

TEST(VersionEditTest, LevelOutOfRangeIsDamage) {
  std::string encoded;
  std::string content;
  PutVarint32(&content, kLevels);
  PutVarint64(&content, 1);
  PutVarint32(&encoded, 7);
  PutLengthPrefixed(&encoded, content);
  EXPECT_STATUS_CONTAINS(VersionEdit::Decode(encoded, "MANIFEST-1", 48),
                         absl::StatusCode::kDataLoss, "MANIFEST-1: offset 48");
}

}  // namespace
}  // namespace lsmkv::engine
