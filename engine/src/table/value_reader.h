// ValueReader: reads one value file (format: engine/FORMAT.md, "Value files").
//
// Holds the places of its blocks in memory. Blocks come and go with the block
// cache as those of tables do: one slot per value.
//
// Threads: safe for any. Values that were loaded may outlive the reader.
//
// Errors: DATA_LOSS naming file and offset where bytes are damaged, or are not
// what the reference says; FAILED_PRECONDITION for a format of a later version;
// those of the file.

#ifndef LSMKV_ENGINE_SRC_TABLE_VALUE_READER_H_
#define LSMKV_ENGINE_SRC_TABLE_VALUE_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "engine/src/format/value_ref.h"
#include "engine/src/table/block_cache.h"
#include "engine/src/table/block_fetch.h"
#include "engine/src/table/table_counters.h"
#include "engine/src/table/value_format.h"
#include "lsmkv/engine/env.h"

namespace lsmkv::engine {

// A value within the block that keeps it.
struct LoadedValue {
  BlockRef block;
  std::string_view value;
};

class ValueReader {
 public:
  // What to do with a block that had to be read.
  enum class Keep : uint8_t { kNo, kHot, kCold };

  // `file_id`, `file_bytes` and `values` are what the MANIFEST says. `cache`
  // may be null, `counters` too; both are borrowed for the reader's life.
  static absl::StatusOr<std::unique_ptr<ValueReader>> Open(
      std::unique_ptr<RandomAccessFile> file, std::string path,
      uint64_t file_id, uint64_t file_bytes, uint64_t values, BlockCache* cache,
      TableCounters* counters);
  // REQUIRES: no call is running and none follows, not even from inside an
  // EpochGuard that began before.
  ~ValueReader();
  ValueReader(const ValueReader&) = delete;
  ValueReader& operator=(const ValueReader&) = delete;

  // The value that the write `sequence` put for the key, which must be where
  // `ref` says.
  absl::StatusOr<LoadedValue> Load(const ValueRef& ref,
                                   std::string_view user_key,
                                   SequenceNumber sequence, Keep keep) const;
  // The block as it is stored, checked, in *scratch.
  absl::StatusOr<StoredBlock> LoadStored(const ValueRef& ref,
                                         std::string* scratch) const;
  // DATA_LOSS if there is no such block.
  absl::Status Check(const ValueRef& ref) const;
  // Tells the system that the `bytes` from this value on are read soon.
  void ReadAhead(const ValueRef& ref, uint64_t bytes) const;

  const TableFile& file() const { return file_; }
  uint64_t values() const { return offsets_.size() - 1; }
  // Where block i starts; of values(): where the last one ends.
  uint64_t block_offset(uint64_t i) const { return offsets_[i]; }
  const ValueFooter& footer() const { return footer_; }
  uint64_t memory_bytes() const;

 private:
  ValueReader(TableFile file, BlockCache* cache, TableCounters* counters);
  absl::Status LoadIndex(uint64_t values);
  BlockRef FromCache(uint64_t i) const;

  const TableFile file_;
  BlockCache* const cache_;
  TableCounters* const counters_;
  // Constant after Open; slots_ synchronises itself (block_cache.h).
  ValueFooter footer_;
  std::vector<uint64_t> offsets_ = {0};
  BlockCache::Slots slots_;  // one per block
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_VALUE_READER_H_
