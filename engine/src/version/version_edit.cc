#include "engine/src/version/version_edit.h"

#include "engine/src/util/coding.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

// Frozen: on disk. A field is its tag and its length-prefixed content.
enum class Tag : uint32_t {
  kStoreId = 1,
  kNextFileNumber = 2,
  kFlushedSequence = 3,
  kAddedWal = 4,
  kRemovedWal = 5,
  kAddedFile = 6,
  kRemovedFile = 7,
  kWalFacts = 8,
  kAddedValues = 9,
  kShares = 10,
};

void PutField(std::string* dst, Tag tag, std::string_view content) {
  PutVarint32(dst, static_cast<uint32_t>(tag));
  PutLengthPrefixed(dst, content);
}

void PutNumberField(std::string* dst, Tag tag, uint64_t number) {
  std::string content;
  PutVarint64(&content, number);
  PutField(dst, tag, content);
}

std::string EncodeFile(const VersionEdit::Added& added) {
  const FileMeta& file = *added.file;
  std::string out;
  PutVarint32(&out, static_cast<uint32_t>(added.level));
  PutVarint64(&out, file.number);
  PutFixed64(&out, file.file_id);
  PutVarint64(&out, file.file_bytes);
  PutFixed64(&out, file.checksum);
  PutVarint64(&out, file.records);
  PutVarint64(&out, file.tombstones);
  PutVarint64(&out, file.range_tombstones);
  PutVarint64(&out, file.smallest_sequence);
  PutVarint64(&out, file.largest_sequence);
  PutLengthPrefixed(&out, file.smallest);
  PutLengthPrefixed(&out, file.largest);
  return out;
}

bool DecodeFile(std::string_view content, VersionEdit* edit) {
  auto file = std::make_shared<FileMeta>();
  Decoder in(content);
  uint32_t level;
  std::string_view smallest;
  std::string_view largest;
  if (!in.GetVarint32(&level) || level >= kLevels ||
      !in.GetVarint64(&file->number) || !in.GetFixed64(&file->file_id) ||
      !in.GetVarint64(&file->file_bytes) || !in.GetFixed64(&file->checksum) ||
      !in.GetVarint64(&file->records) || !in.GetVarint64(&file->tombstones) ||
      !in.GetVarint64(&file->range_tombstones) ||
      !in.GetVarint64(&file->smallest_sequence) ||
      !in.GetVarint64(&file->largest_sequence) ||
      !in.GetLengthPrefixed(&smallest) || !in.GetLengthPrefixed(&largest) ||
      !in.empty() || smallest.size() <= kTrailerBytes ||
      largest.size() <= kTrailerBytes ||
      file->largest_sequence > kSequenceMax) {
    return false;
  }
  file->smallest = std::string(smallest);
  file->largest = std::string(largest);
  edit->added_files.push_back({static_cast<int>(level), std::move(file)});
  return true;
}

std::string EncodeValues(const ValueMeta& values) {
  std::string out;
  PutVarint64(&out, values.number);
  PutFixed64(&out, values.file_id);
  PutVarint64(&out, values.file_bytes);
  PutFixed64(&out, values.checksum);
  PutVarint64(&out, values.values);
  PutVarint64(&out, values.block_bytes);
  return out;
}

bool DecodeValues(std::string_view content, VersionEdit* edit) {
  auto values = std::make_shared<ValueMeta>();
  Decoder in(content);
  if (!in.GetVarint64(&values->number) || !in.GetFixed64(&values->file_id) ||
      !in.GetVarint64(&values->file_bytes) ||
      !in.GetFixed64(&values->checksum) || !in.GetVarint64(&values->values) ||
      !in.GetVarint64(&values->block_bytes) || !in.empty() ||
      values->values == 0 || values->block_bytes > values->file_bytes) {
    return false;
  }
  edit->added_values.push_back(std::move(values));
  return true;
}

std::string EncodeShares(const std::vector<ValueShare>& shares) {
  std::string out;
  for (const ValueShare& share : shares) {
    PutVarint64(&out, share.file);
    PutVarint64(&out, share.values);
    PutVarint64(&out, share.bytes);
  }
  return out;
}

// They are those of the table before them.
bool DecodeShares(std::string_view content, VersionEdit* edit) {
  if (edit->added_files.empty()) return false;
  std::vector<ValueShare>& shares = edit->added_files.back().file->shares;
  if (!shares.empty()) return false;
  Decoder in(content);
  while (!in.empty()) {
    ValueShare share;
    if (!in.GetVarint64(&share.file) || !in.GetVarint64(&share.values) ||
        !in.GetVarint64(&share.bytes) || share.values == 0 ||
        (!shares.empty() && share.file <= shares.back().file)) {
      return false;
    }
    shares.push_back(share);
  }
  return !shares.empty();
}

bool DecodeRemovedFile(std::string_view content, VersionEdit* edit) {
  Decoder in(content);
  uint32_t level;
  uint64_t number;
  if (!in.GetVarint32(&level) || level >= kLevels || !in.GetVarint64(&number) ||
      !in.empty()) {
    return false;
  }
  edit->removed_files.push_back({static_cast<int>(level), number});
  return true;
}

bool DecodeWalFacts(std::string_view content, VersionEdit* edit) {
  Decoder in(content);
  WalFacts facts;
  if (!in.GetVarint64(&facts.number) || !in.GetFixed64(&facts.salt) ||
      !in.GetVarint64(&facts.closed_bytes) || !in.empty()) {
    return false;
  }
  edit->wal_facts.push_back(facts);
  return true;
}

bool DecodeNumber(std::string_view content, uint64_t* number) {
  Decoder in(content);
  return in.GetVarint64(number) && in.empty();
}

// False if the content is malformed; *known says whether the tag is ours.
bool DecodeField(uint32_t tag, std::string_view content, VersionEdit* edit,
                 bool* known) {
  uint64_t number = 0;
  *known = true;
  switch (static_cast<Tag>(tag)) {
    case Tag::kAddedFile:
      return DecodeFile(content, edit);
    case Tag::kRemovedFile:
      return DecodeRemovedFile(content, edit);
    case Tag::kWalFacts:
      return DecodeWalFacts(content, edit);
    case Tag::kAddedValues:
      return DecodeValues(content, edit);
    case Tag::kShares:
      return DecodeShares(content, edit);
    case Tag::kStoreId:
      if (!DecodeNumber(content, &number)) return false;
      edit->store_id = number;
      return true;
    case Tag::kNextFileNumber:
      if (!DecodeNumber(content, &number)) return false;
      edit->next_file_number = number;
      return true;
    case Tag::kFlushedSequence:
      if (!DecodeNumber(content, &number) || number > kSequenceMax) {
        return false;
      }
      edit->flushed_sequence = number;
      return true;
    case Tag::kAddedWal:
      if (!DecodeNumber(content, &number)) return false;
      edit->added_wals.push_back(number);
      return true;
    case Tag::kRemovedWal:
      if (!DecodeNumber(content, &number)) return false;
      edit->removed_wals.push_back(number);
      return true;
  }
  *known = false;
  return true;
}

}  // namespace

std::string VersionEdit::Encode() const {
  std::string out;
  if (store_id) PutNumberField(&out, Tag::kStoreId, *store_id);
  if (next_file_number) {
    PutNumberField(&out, Tag::kNextFileNumber, *next_file_number);
  }
  if (flushed_sequence) {
    PutNumberField(&out, Tag::kFlushedSequence, *flushed_sequence);
  }
  for (uint64_t wal : added_wals) PutNumberField(&out, Tag::kAddedWal, wal);
  for (uint64_t wal : removed_wals) PutNumberField(&out, Tag::kRemovedWal, wal);
  for (const WalFacts& facts : wal_facts) {
    std::string content;
    PutVarint64(&content, facts.number);
    PutFixed64(&content, facts.salt);
    PutVarint64(&content, facts.closed_bytes);
    PutField(&out, Tag::kWalFacts, content);
  }
  for (const Removed& removed : removed_files) {
    std::string content;
    PutVarint32(&content, static_cast<uint32_t>(removed.level));
    PutVarint64(&content, removed.number);
    PutField(&out, Tag::kRemovedFile, content);
  }
  for (const auto& values : added_values) {
    PutField(&out, Tag::kAddedValues, EncodeValues(*values));
  }
  for (const Added& added : added_files) {
    PutField(&out, Tag::kAddedFile, EncodeFile(added));
    const std::vector<ValueShare>& shares = added.file->shares;
    if (!shares.empty()) PutField(&out, Tag::kShares, EncodeShares(shares));
  }
  return out;
}

absl::StatusOr<VersionEdit> VersionEdit::Decode(std::string_view bytes,
                                                std::string_view path,
                                                uint64_t offset) {
  VersionEdit edit;
  Decoder in(bytes);
  while (!in.empty()) {
    uint32_t tag;
    std::string_view content;
    bool known = false;
    if (!in.GetVarint32(&tag) || !in.GetLengthPrefixed(&content) ||
        !DecodeField(tag, content, &edit, &known)) {
      return DataLoss(path, offset, "malformed version edit");
    }
    if (!known) {
      return FailedPrecondition(path, ": offset ", offset, ": field ", tag,
                                " belongs to a newer format");
    }
  }
  return edit;
}

}  // namespace lsmkv::engine
