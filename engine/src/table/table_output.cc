#include "engine/src/table/table_output.h"

namespace lsmkv::engine {
namespace {
constexpr size_t kBufferBytes = 256 << 10;
// So much is left to the device at once while more is being made: the sync at
// the end of a table then waits for little.
constexpr uint64_t kSyncStepBytes = 1 << 20;
}  // namespace

TableOutput::TableOutput(WritableFile* file, uint64_t file_id,
                         Compression compression)
    : file_(file), file_id_(file_id), compressor_(compression) {
  buffer_.reserve(kBufferBytes);
}

BlockHandle TableOutput::WriteBlock(std::string_view raw, bool compress) {
  std::string_view stored = raw;
  Compression compression = Compression::kNone;
  if (compress) compression = compressor_.Compress(raw, &compressed_, &stored);
  return WriteStored({stored, compression});
}

BlockHandle TableOutput::WriteStored(const StoredBlock& block) {
  const BlockHandle handle{offset_, block.contents.size()};
  Append(block.contents);
  Append(EncodeBlockTrailer(file_id_, handle.offset, block.compression,
                            block.contents));
  return handle;
}

void TableOutput::Append(std::string_view data) {
  offset_ += data.size();
  if (!status_.ok()) return;
  if (buffer_.size() + data.size() > kBufferBytes) Flush();
  buffer_.append(data);
}

void TableOutput::Flush() {
  if (!status_.ok() || buffer_.empty()) return;
  hash_.Update(buffer_);
  status_ = file_->Append(buffer_);
  buffer_.clear();
  if (status_.ok() && offset_ - sync_started_ >= kSyncStepBytes) {
    file_->StartSync();
    sync_started_ = offset_;
  }
}

}  // namespace lsmkv::engine
