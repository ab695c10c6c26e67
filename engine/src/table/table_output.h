// TableOutput: the file side of a TableBuilder: frames blocks, buffers them,
// and sums up the whole file. Threads: one at a time.

#ifndef LSMKV_ENGINE_SRC_TABLE_TABLE_OUTPUT_H_
#define LSMKV_ENGINE_SRC_TABLE_TABLE_OUTPUT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"

#include "engine/src/table/compression.h"
#include "engine/src/table/table_format.h"
#include "engine/src/util/hash.h"
#include "lsmkv/engine/env.h"

namespace lsmkv::engine {

class TableOutput {
 public:
  TableOutput(WritableFile* file, uint64_t file_id, Compression compression);

  // Compresses (where it pays, and if `compress`) and frames one block.
  BlockHandle WriteBlock(std::string_view raw, bool compress);
  // Frames a block that is compressed already.
  BlockHandle WriteStored(const StoredBlock& block);
  // `bytes` that are no block: a footer.
  void WriteRaw(std::string_view bytes) { Append(bytes); }
  // Hands the buffered rest to the file.
  void Flush();

  // The first error of the file; nothing is written after it.
  const absl::Status& status() const { return status_; }
  // Bytes written, buffered ones included.
  uint64_t offset() const { return offset_; }
  // Hash64 of all that was written.
  uint64_t Checksum() const { return hash_.Digest(); }

 private:
  void Append(std::string_view data);

  WritableFile* const file_;
  const uint64_t file_id_;
  BlockCompressor compressor_;
  std::string compressed_;
  StreamingHash64 hash_;
  std::string buffer_;
  uint64_t offset_ = 0;
  uint64_t sync_started_ = 0;
  absl::Status status_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_TABLE_OUTPUT_H_
