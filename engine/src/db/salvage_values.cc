#include "engine/src/db/salvage_values.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/src/db/salvage_blocks.h"
#include "engine/src/format/file_names.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {

struct SalvageValues::File {
  ValuePtr meta;
  SalvagedFile report;
  bool tried = false;  // to open it
  absl::Status opened;
  TableFile file;
  ValueFooter footer;
  std::vector<BlockHandle> blocks;  // those of values, in order
};

SalvageValues::SalvageValues(Env* env, std::string dir)
    : env_(env), dir_(std::move(dir)) {}
SalvageValues::~SalvageValues() = default;

SalvageValues::File* SalvageValues::AddFile(uint64_t number, ValuePtr meta) {
  std::unique_ptr<File>& file = files_[number];
  if (file == nullptr) {
    file = std::make_unique<File>();
    file->meta = std::move(meta);
    file->report.path = ValuePath(dir_, number);
    if (file->meta != nullptr) file->report.bytes = file->meta->file_bytes;
  }
  return file.get();
}

absl::Status SalvageValues::Open(File* file) {
  TableFile& on_disk = file->file;
  on_disk.path = file->report.path;
  LSMKV_ASSIGN_OR_RETURN(on_disk.file, env_->NewRandomAccessFile(on_disk.path));
  LSMKV_ASSIGN_OR_RETURN(on_disk.file_bytes, on_disk.file->Size());
  file->report.bytes = std::max(file->report.bytes, on_disk.file_bytes);
  const absl::Status footer = ReadFooter(file);
  // The id salts every checksum: without one nothing can be checked.
  if (!footer.ok() && file->meta == nullptr) return footer;
  if (!footer.ok()) on_disk.file_id = file->meta->file_id;
  const absl::Status index = footer.ok() ? ReadIndex(file) : footer;
  if (index.ok()) return absl::OkStatus();
  file->report.note =
      Concat("its values were searched for: ",
             std::string_view(index.message().data(), index.message().size()));
  file->blocks = FindValueBlocks(on_disk, on_disk.file_bytes);
  return absl::OkStatus();
}

absl::Status SalvageValues::ReadFooter(File* file) {
  TableFile& on_disk = file->file;
  // A file that lost its end has no footer; one that got longer has it where
  // it was.
  uint64_t bytes = on_disk.file_bytes;
  if (file->meta != nullptr) bytes = std::min(bytes, file->meta->file_bytes);
  if (bytes < kValueFooterBytes) {
    return DataLoss(on_disk.path, bytes, "too short for a value file");
  }
  const uint64_t at = bytes - kValueFooterBytes;
  std::array<char, kValueFooterBytes> scratch;
  LSMKV_ASSIGN_OR_RETURN(
      const std::string_view read,
      ReadExactly(on_disk, at, kValueFooterBytes, scratch.data()));
  LSMKV_ASSIGN_OR_RETURN(file->footer,
                         DecodeValueFooter(on_disk.path, bytes, read));
  if (file->meta != nullptr && file->footer.file_id != file->meta->file_id) {
    return DataLoss(on_disk.path, at, "this is another file: its id is ",
                    file->footer.file_id, ", not ", file->meta->file_id);
  }
  on_disk.file_id = file->footer.file_id;
  return absl::OkStatus();
}

absl::Status SalvageValues::ReadIndex(File* file) {
  const ValueFooter& footer = file->footer;
  LSMKV_ASSIGN_OR_RETURN(const MetaBlock block,
                         ReadMetaBlock(file->file, footer.index));
  std::vector<uint64_t> offsets;
  if (!ParseValueIndex(block.contents(), footer.values, footer.index.offset,
                       &offsets)) {
    return DataLoss(file->file.path, footer.index.offset, "malformed index");
  }
  for (size_t i = 0; i + 1 < offsets.size(); ++i) {
    file->blocks.push_back(
        {offsets[i], offsets[i + 1] - offsets[i] - kBlockTrailerBytes});
  }
  return absl::OkStatus();
}

absl::Status SalvageValues::LoadFrom(File* file, const ValueRef& ref,
                                     std::string_view user_key,
                                     SequenceNumber sequence,
                                     std::string* value) {
  if (!file->tried) {
    file->tried = true;
    file->opened = Open(file);
  }
  LSMKV_RETURN_IF_ERROR(file->opened);
  if (ref.index >= file->blocks.size()) {
    return DataLoss(file->file.path, 0, "its value ", ref.index,
                    " is not found");
  }
  const BlockHandle at = file->blocks[ref.index];
  LSMKV_ASSIGN_OR_RETURN(const BlockRef block, ReadBlock(file->file, at));
  ValueRecord record;
  if (!ParseValueRecord(block->bytes(), &record) ||
      record.user_key != user_key || record.sequence != sequence) {
    return DataLoss(file->file.path, at.offset,
                    "this is the value of another write");
  }
  value->assign(record.value);
  return absl::OkStatus();
}

bool SalvageValues::Load(std::string_view reference, std::string_view user_key,
                         SequenceNumber sequence, std::string* value) {
  ValueRef ref;
  if (!DecodeValueRef(reference, &ref)) ref = {};
  File* const file = AddFile(ref.file, nullptr);
  const absl::Status loaded = LoadFrom(file, ref, user_key, sequence, value);
  if (loaded.ok()) return true;
  SalvageLoss loss;
  if (ref.index < file->blocks.size()) {
    loss.offset = file->blocks[ref.index].offset;
  }
  loss.bytes = ref.bytes;
  loss.smallest_key.assign(user_key);
  loss.largest_key.assign(user_key);
  loss.status = loaded;
  file->report.losses.push_back(std::move(loss));
  file->report.records_lost += 1;
  return false;
}

std::vector<SalvagedFile> SalvageValues::Finish() {
  std::vector<SalvagedFile> reports;
  for (auto& [number, file] : files_) {
    SalvagedFile& report = file->report;
    if (!report.losses.empty()) {
      report.state = file->opened.ok() ? SalvagedFile::State::kPartly
                                       : SalvagedFile::State::kUnreadable;
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace lsmkv::engine
