// TableBuilder: writes one table file (format: engine/FORMAT.md, "Tables").
//
// Records come in order and leave through a buffer of some blocks, so a table
// of any size is built in little memory; what grows with it is the index and
// eight bytes per key for the filter.
//
// Threads: one at a time. The file is borrowed and must outlive the builder;
// its owner syncs and closes it.
//
// Errors: the first error of the file sticks and is returned by every later
// call. INVALID_ARGUMENT: keys out of order or of an unknown type; a reference
// to a value that is none.

#ifndef LSMKV_ENGINE_SRC_TABLE_TABLE_BUILDER_H_
#define LSMKV_ENGINE_SRC_TABLE_TABLE_BUILDER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "engine/src/format/internal_key.h"
#include "engine/src/format/value_ref.h"
#include "lsmkv/engine/env.h"
#include "lsmkv/engine/options.h"

namespace lsmkv::engine {

struct TableBuildOptions {
  // Size of a data block before compression. One larger record is a block.
  size_t block_bytes = 4 << 10;
  // 0: no filter.
  int filter_bits_per_key = 10;
  Compression compression = Compression::kNone;
  // Salts every checksum of the file; the reader must be told the same.
  uint64_t file_id = 0;
};

// How much of a value file a table refers to.
struct ValueShare {
  uint64_t file = 0;  // the number of the value file
  uint64_t values = 0;
  uint64_t bytes = 0;  // of their blocks, with frames

  bool operator==(const ValueShare& other) const = default;
};
// Counts one more reference in `shares`, which are ascending by file.
void AddToShares(const ValueRef& ref, std::vector<ValueShare>* shares);

// What the MANIFEST needs to know of a finished table.
struct TableSummary {
  uint64_t file_bytes = 0;
  // Hash64 of the whole file.
  uint64_t file_checksum = 0;
  // Point entries of every kind, and those of them that delete.
  uint64_t records = 0;
  uint64_t tombstones = 0;
  uint64_t range_tombstones = 0;
  // Of the point entries; keys count with their trailers.
  uint64_t raw_key_bytes = 0;
  uint64_t raw_value_bytes = 0;
  // Of everything in the table; both 0 if it is empty.
  SequenceNumber smallest_sequence = 0;
  SequenceNumber largest_sequence = 0;
  // Internal keys that bound everything in the table. Where a range tombstone
  // reaches furthest, largest is its end with kRangeEndTrailer.
  std::string smallest;
  std::string largest;
  // Of every value file that it refers to, ascending.
  std::vector<ValueShare> shares;
};

class TableBuilder {
 public:
  TableBuilder(const TableBuildOptions& options, WritableFile* file);
  // Leaves an unfinished file as it is.
  ~TableBuilder();
  TableBuilder(const TableBuilder&) = delete;
  TableBuilder& operator=(const TableBuilder&) = delete;

  // REQUIRES: `internal_key` sorts after every key added before.
  absl::Status Add(std::string_view internal_key, std::string_view value);
  // In any order, any time before Finish. Nothing if begin >= end.
  void AddRangeTombstone(std::string_view begin, std::string_view end,
                         SequenceNumber sequence);

  // About what the file would take if it were finished now.
  uint64_t EstimatedBytes() const;
  // Neither a record nor a range tombstone yet.
  bool empty() const;

  // Writes all that is left; call once, and nothing after it. Neither syncs
  // nor closes the file.
  absl::StatusOr<TableSummary> Finish();

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_TABLE_BUILDER_H_
