#include "engine/src/version/version_edit.h"

#include <string>

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
  edit.added_files.push_back({3, file});
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
