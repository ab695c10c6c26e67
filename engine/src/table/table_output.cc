#include "engine/src/table/table_output.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace lsmkv::engine {
namespace {
constexpr size_t kBufferBytes = 256 << 10;
}  // namespace

// The streaming form of Hash64 (util/hash.h).
struct TableOutput::HashState {
  HashState() { XXH3_64bits_reset(&state); }
  XXH3_state_t state;
};

TableOutput::TableOutput(WritableFile* file, uint64_t file_id,
                         Compression compression)
    : file_(file),
      file_id_(file_id),
      compressor_(compression),
      hash_(std::make_unique<HashState>()) {
  buffer_.reserve(kBufferBytes);
}

TableOutput::~TableOutput() = default;

BlockHandle TableOutput::WriteBlock(std::string_view raw, bool compress) {
  std::string_view stored = raw;
  Compression compression = Compression::kNone;
  if (compress) compression = compressor_.Compress(raw, &stored);
  const BlockHandle handle{offset_, stored.size()};
  Append(stored);
  Append(EncodeBlockTrailer(file_id_, handle.offset, compression, stored));
  return handle;
}

void TableOutput::WriteFooter(const Footer& footer) {
  Append(EncodeFooter(footer));
}

void TableOutput::Append(std::string_view data) {
  offset_ += data.size();
  if (!status_.ok()) return;
  if (buffer_.size() + data.size() > kBufferBytes) Flush();
  buffer_.append(data);
}

void TableOutput::Flush() {
  if (!status_.ok() || buffer_.empty()) return;
  XXH3_64bits_update(&hash_->state, buffer_.data(), buffer_.size());
  status_ = file_->Append(buffer_);
  buffer_.clear();
}

uint64_t TableOutput::Checksum() const {
  return XXH3_64bits_digest(&hash_->state);
}

}  // namespace lsmkv::engine
