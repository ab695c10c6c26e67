#include "engine/src/compaction/values_writer.h"

#include <utility>

#include "engine/src/format/file_names.h"
#include "engine/src/util/deliberate_bug.h"
#include "engine/src/util/random.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {

struct ValuesWriter::OpenFile {
  uint64_t number;
  uint64_t file_id;
  std::unique_ptr<WritableFile> file;
  std::unique_ptr<ValueBuilder> builder;
};

ValuesWriter::ValuesWriter(const JobContext& context, Compression compression,
                           uint64_t file_bytes_max)
    : context_(context),
      compression_(compression),
      file_bytes_max_(file_bytes_max) {}

ValuesWriter::~ValuesWriter() = default;

void ValuesWriter::Abandon() {
  file_.reset();
  files_.clear();
  // What cannot be removed now is removed by the next opening.
  for (const std::string& path : paths_) {
    context_.env->RemoveFile(path).IgnoreError();
  }
}

absl::Status ValuesWriter::MakeRoom() {
  if (file_ != nullptr) {
    if (file_->builder->bytes() < file_bytes_max_) return absl::OkStatus();
    LSMKV_RETURN_IF_ERROR(FinishFile());
  }
  auto next = std::make_unique<OpenFile>();
  next->number = context_.versions->NewFileNumber();
  next->file_id = RandomFileId(context_.env);
  const std::string path = ValuePath(context_.dir, next->number);
  LSMKV_ASSIGN_OR_RETURN(next->file, context_.env->NewWritableFile(path));
  paths_.push_back(path);
  next->builder = std::make_unique<ValueBuilder>(next->file_id, compression_,
                                                 next->file.get());
  file_ = std::move(next);
  return absl::OkStatus();
}

ValueRef ValuesWriter::LastRef() const {
  const ValueBuilder& builder = *file_->builder;
  return {file_->number, builder.values() - 1, builder.last_block_bytes()};
}

absl::StatusOr<ValueRef> ValuesWriter::Add(const ValueRecord& record) {
  LSMKV_RETURN_IF_ERROR(MakeRoom());
  LSMKV_RETURN_IF_ERROR(file_->builder->Add(record));
  return LastRef();
}

absl::StatusOr<ValueRef> ValuesWriter::AddStored(const StoredBlock& block) {
  LSMKV_RETURN_IF_ERROR(MakeRoom());
  LSMKV_RETURN_IF_ERROR(file_->builder->AddStored(block));
  return LastRef();
}

absl::StatusOr<ValueRef> ValuesWriter::Move(const ValueMeta& from,
                                            const ValueRef& ref) {
  LSMKV_ASSIGN_OR_RETURN(const StoredBlock block,
                         from.reader->LoadStored(ref, &scratch_));
  return AddStored(block);
}

absl::Status ValuesWriter::FinishFile() {
  LSMKV_ASSIGN_OR_RETURN(const ValueSummary summary, file_->builder->Finish());
  if (!LSMKV_BUG("value_file_not_synced")) {
    LSMKV_RETURN_IF_ERROR(file_->file->Sync());
  }
  LSMKV_RETURN_IF_ERROR(file_->file->Close());
  auto meta = std::make_shared<ValueMeta>();
  meta->number = file_->number;
  meta->file_id = file_->file_id;
  meta->file_bytes = summary.file_bytes;
  meta->checksum = summary.file_checksum;
  meta->values = summary.values;
  meta->block_bytes = summary.block_bytes;
  LSMKV_RETURN_IF_ERROR(context_.versions->OpenValues(meta.get()));
  written_bytes_ += meta->file_bytes;
  files_.push_back(std::move(meta));
  file_ = nullptr;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::shared_ptr<ValueMeta>>> ValuesWriter::Finish() {
  if (file_ != nullptr) LSMKV_RETURN_IF_ERROR(FinishFile());
  return std::move(files_);
}

}  // namespace lsmkv::engine
