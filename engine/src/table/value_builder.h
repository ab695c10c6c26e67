// ValueBuilder: writes one value file (format: engine/FORMAT.md, "Value
// files").
//
// Threads: one at a time. The file is borrowed and must outlive the builder;
// its owner syncs and closes it. The first error of the file sticks and is
// returned by every later call.

#ifndef LSMKV_ENGINE_SRC_TABLE_VALUE_BUILDER_H_
#define LSMKV_ENGINE_SRC_TABLE_VALUE_BUILDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "engine/src/table/table_output.h"
#include "engine/src/table/value_format.h"
#include "lsmkv/engine/env.h"
#include "lsmkv/engine/options.h"

namespace lsmkv::engine {

// What the MANIFEST needs to know of a finished value file.
struct ValueSummary {
  uint64_t file_bytes = 0;
  // Hash64 of the whole file.
  uint64_t file_checksum = 0;
  uint64_t values = 0;
  uint64_t block_bytes = 0;
};

class ValueBuilder {
 public:
  // `file_id` salts every checksum of the file.
  ValueBuilder(uint64_t file_id, Compression compression, WritableFile* file);

  // Writes a value as block values() of the file.
  absl::Status Add(const ValueRecord& record);
  // The same with a block that another value file has, as it is stored there.
  absl::Status AddStored(const StoredBlock& block);

  uint64_t values() const { return block_bytes_.size(); }
  // Of the block that was written last, with its frame.
  uint64_t last_block_bytes() const { return block_bytes_.back(); }
  // Of all blocks so far.
  uint64_t bytes() const { return output_.offset(); }

  // Writes all that is left; call once, and nothing after it.
  absl::StatusOr<ValueSummary> Finish();

 private:
  absl::Status Count(BlockHandle block);

  const uint64_t file_id_;
  TableOutput output_;
  std::vector<uint64_t> block_bytes_;
  std::string record_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_VALUE_BUILDER_H_
