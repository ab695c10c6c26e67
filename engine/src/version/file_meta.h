// FileMeta: what the engine knows of one table file, with the open reader.
//
// Immutable once the table is part of a version, and shared by every version
// that holds it (see ObsoleteFiles).

#ifndef LSMKV_ENGINE_SRC_VERSION_FILE_META_H_
#define LSMKV_ENGINE_SRC_VERSION_FILE_META_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/src/format/internal_key.h"
#include "engine/src/table/table_builder.h"
#include "engine/src/table/table_reader.h"
#include "engine/src/version/obsolete_files.h"
#include "engine/src/version/value_meta.h"

namespace lsmkv::engine {

struct FileMeta {
  FileMeta() = default;
  ~FileMeta() {
    if (obsolete_sink != nullptr && obsolete.load(std::memory_order_acquire)) {
      reader.reset();
      obsolete_sink->Add({FileKind::kTable, number});
    }
  }
  FileMeta(const FileMeta&) = delete;
  FileMeta& operator=(const FileMeta&) = delete;

  std::string_view smallest_user() const { return UserKey(smallest); }
  std::string_view largest_user() const { return UserKey(largest); }
  // True if largest_user() itself is not in the file: the end of a range.
  bool largest_is_exclusive() const {
    return Trailer(largest) == kRangeEndTrailer;
  }
  // True if the file may hold something for a key in [begin, end].
  bool Overlaps(std::string_view begin, std::string_view end) const {
    if (end < smallest_user()) return false;
    return largest_is_exclusive() ? begin < largest_user()
                                  : begin <= largest_user();
  }

  uint64_t number = 0;
  uint64_t file_id = 0;  // also in the file; tells it from any other
  uint64_t file_bytes = 0;
  uint64_t checksum = 0;    // of the whole file
  uint64_t records = 0;     // point entries
  uint64_t tombstones = 0;  // point deletions among them
  uint64_t range_tombstones = 0;
  SequenceNumber smallest_sequence = 0;
  SequenceNumber largest_sequence = 0;
  std::string smallest;  // internal keys, range tombstones included
  std::string largest;
  // Of every value file that it refers to, ascending, and these files.
  std::vector<ValueShare> shares;
  std::vector<ValuePtr> value_files;

  std::unique_ptr<TableReader> reader;
  // Set once the removal of the table is durable in the MANIFEST.
  mutable std::atomic<bool> obsolete{false};
  std::shared_ptr<ObsoleteFiles> obsolete_sink;
};

using FilePtr = std::shared_ptr<const FileMeta>;

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_VERSION_FILE_META_H_
